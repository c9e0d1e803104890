using Scheduler.Core.Access;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Layout;

/// <summary>A place in the navigation. A new screen is one more line here: bar, drawer, keys and help follow.</summary>
/// <param name="Text">What it is called.</param>
/// <param name="Href">Its address; everything below it counts as this place.</param>
/// <param name="Icon">One of <see cref="Icons"/>.</param>
/// <param name="Key">The letter that leads here after <c>g</c>, or null.</param>
/// <param name="Least">The least role that sees it.</param>
/// <param name="Also">An address elsewhere that counts as this place too.</param>
public sealed record NavigationItem(string Text, string Href, string Icon, char? Key = null, Role Least = Role.Viewer, string? Also = null)
{
    public static IReadOnlyList<NavigationItem> All { get; } =
    [
        new("Dashboard", "/", Icons.Dashboard, 'h'),
        new("Schedules", "/schedules", Icons.Clock, 's'),
        new("Runs", "/runs", Icons.Runs, 'r'),
        new("Queue", "/queue", Icons.Queue, 'q'),
        new("Calendar", "/calendar", Icons.Calendar, 'c'),
        new("Backfills", "/backfills", Icons.Rewind, 'b'),
        new("Events", "/events", Icons.Event, 'e'),
        new("Emergencies", "/emergencies", Icons.Bolt, 'm', Also: "/emergency"),
        new("Blackouts", "/settings/blackouts", Icons.Pause, null, Role.Operator),
        new("Users", "/settings/users", Icons.Users, 'u', Role.Administrator),
        new("Settings", "/settings", Icons.Settings, null, Role.Administrator),
    ];

    /// <summary>Whether the address is this place, and no other item is nearer to it.</summary>
    public bool IsAt(string path) => All.Where(i => i.Covers(path)).MaxBy(i => i.Href.Length) == this;

    private bool Covers(string path) =>
        path == Href || path == Also || (Href != "/" && path.StartsWith(Href, StringComparison.Ordinal) && path[Href.Length] is '/' or '?');
}
