using System.Globalization;

namespace Scheduler.Web.Time;

/// <summary>One instant, in the words of the screens.</summary>
/// <param name="Clock">As narrow as the reader can do with: <c>14:05</c> today, <c>Tue 24 Nov 14:05</c> this year, <c>24 Nov 2025 14:05</c>.</param>
/// <param name="ZoneName">Where: <c>Berlin</c>, <c>UTC</c>.</param>
/// <param name="Relative">From now: <c>in 5 h</c>, <c>12 s ago</c>.</param>
/// <param name="Iso">ISO 8601 with the offset of the shown zone.</param>
/// <param name="Tooltip">The ISO form with its zone, and the viewer's own time where that differs.</param>
public sealed record InstantText(string Clock, string ZoneName, string Relative, string Iso, string Tooltip)
{
    public static InstantText Of(DateTimeOffset at, TimeZoneInfo shown, TimeZoneInfo viewer, DateTimeOffset now, bool seconds)
    {
        var local = TimeZoneInfo.ConvertTime(at, shown);
        var today = TimeZoneInfo.ConvertTime(now, shown).Date;
        var day = local.Date == today ? "" : local.Year == today.Year ? "ddd d MMM " : "d MMM yyyy ";
        var iso = Iso8601(local);
        var tooltip = $"{iso} ({shown.Id})";
        if (TimeZoneInfo.ConvertTime(at, viewer) is var own && own.Offset != local.Offset)
            tooltip += $"\n{own.ToString("ddd d MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture)} your time ({viewer.Id})";
        return new InstantText(
            local.ToString(day + (seconds ? "HH:mm:ss" : "HH:mm"), CultureInfo.InvariantCulture), CityOf(shown), RelativeText(at - now), iso, tooltip);
    }

    /// <summary>The distance from now; what lies ahead is positive. js/clock.js says the same words in the browser.</summary>
    public static string RelativeText(TimeSpan ahead)
    {
        var seconds = Math.Abs(ahead.TotalSeconds);
        if (seconds < 1) return "now";
        // Rounded, and each unit holds until the next one's own rounding takes over: 59.7 min is an hour, not "60 min".
        var text = seconds < 59.5 ? $"{Round(seconds)} s"
            : seconds < 59.5 * 60 ? $"{Round(seconds / 60)} min"
            : seconds < 47.5 * 3600 ? $"{Round(seconds / 3600)} h"
            : seconds < 59.5 * 86400 ? $"{Round(seconds / 86400)} d"
            : seconds < 730 * 86400 ? $"{Round(seconds / (30.44 * 86400))} mo"
            : $"{Round(seconds / (365.25 * 86400))} y";
        return ahead > TimeSpan.Zero ? $"in {text}" : $"{text} ago";
    }

    private static int Round(double value) => (int)Math.Floor(value + 0.5);

    private static string Iso8601(DateTimeOffset local) => local.Offset == TimeSpan.Zero
        ? local.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    private static string CityOf(TimeZoneInfo zone) =>
        zone.Id is "UTC" or "Etc/UTC" ? "UTC" : zone.Id[(zone.Id.LastIndexOf('/') + 1)..].Replace('_', ' ');
}
