using Scheduler.Core.Runs;

namespace Scheduler.Web.Components.Dashboard;

/// <summary>The order in which runs that are going on stand on the dashboard.</summary>
internal static class RunOrder
{
    /// <summary>Those that stood there keep their places among each other; new ones come after them. Nothing jumps because another ended.</summary>
    public static IReadOnlyList<RunView> Steady(IReadOnlyList<RunView> shown, IReadOnlyList<RunView> fresh)
    {
        var places = shown.Select((run, place) => (run.Id, place)).ToDictionary(p => p.Id, p => p.place);
        return fresh.Select((run, place) => (run, place)).OrderBy(r => places.GetValueOrDefault(r.run.Id, int.MaxValue)).ThenBy(r => r.place).Select(r => r.run).ToList();
    }
}
