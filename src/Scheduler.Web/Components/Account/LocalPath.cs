namespace Scheduler.Web.Components.Account;

/// <summary>Where to go after signing in: a path of ours, whatever the link said.</summary>
internal static class LocalPath
{
    public static string Of(string? path) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) && path.Length < 2000 ? path : "/";
}
