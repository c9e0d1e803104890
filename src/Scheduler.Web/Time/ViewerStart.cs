namespace Scheduler.Web.Time;

/// <summary>What the page hands to its circuit, since a circuit sees no request: preferences from cookies, and where the viewer is.</summary>
/// <param name="Choice">The clock that the viewer chose last.</param>
/// <param name="Zone">The browser's IANA zone, once a script has told it.</param>
/// <param name="Address">The remote network address.</param>
public sealed record ViewerStart(ZoneChoice Choice, string? Zone, string? Address);

/// <summary>Preferences that the browser keeps in cookies, so that the first pixel is right already.</summary>
public sealed record Preferences(string Theme, string Navigation, bool SingleKeys, ZoneChoice Choice, string? Zone)
{
    public const string ThemeCookie = "scheduler-theme";
    public const string NavigationCookie = "scheduler-nav";
    public const string KeysCookie = "scheduler-keys";
    public const string ChoiceCookie = "scheduler-clock";
    public const string ZoneCookie = "scheduler-zone";

    public static Preferences Of(HttpContext? context)
    {
        string? Cookie(string name) => context?.Request.Cookies[name];
        return new Preferences(
            Cookie(ThemeCookie) is "light" or "dark" ? Cookie(ThemeCookie)! : "system",
            Cookie(NavigationCookie) is "slim" ? "slim" : "wide",
            Cookie(KeysCookie) is not "off",
            Enum.TryParse<ZoneChoice>(Cookie(ChoiceCookie), ignoreCase: true, out var choice) && Enum.IsDefined(choice) ? choice : ZoneChoice.Schedule,
            Cookie(ZoneCookie) is { Length: > 0 and < 100 } zone ? Uri.UnescapeDataString(zone) : null);
    }
}
