using Scheduler.Core.Runs;
using Scheduler.Core.Workers;

namespace Scheduler.Web.Api;

/// <summary>What runs and what waits, with the reason for each.</summary>
/// <param name="Engine">Whether this process drives the schedules; another does while it says StandingBy.</param>
/// <param name="EngineReason">Why it does not; empty while it does.</param>
/// <param name="Running">The longest first.</param>
/// <param name="Items">A page of what waits, in the order of the start.</param>
public sealed record QueueJson(
    DateTimeOffset Now, EngineStatus Engine, string EngineReason, IReadOnlyList<QueuePoolJson> Pools, IReadOnlyList<OngoingRunJson> Running, int Matching, IReadOnlyList<QueuedRunJson> Items, string? NextCursor)
{
    public static QueueJson Of(QueueView view) => new(
        view.At, view.Engine, view.EngineReason,
        view.Pools.Select(p => new QueuePoolJson(p.Name, p.Slots, p.Busy, p.LaneBusy, p.Waiting, p.OldestQueuedAt)).ToList(),
        view.Running.Select(r => new OngoingRunJson(RunJson.Of(r.Run), r.Usual is { } usual ? (long)usual.TotalMilliseconds : null)).ToList(),
        view.Matching, view.Waiting.Select(QueuedRunJson.From).ToList(), view.Next is { } next ? QueryReader.CursorOf('q', next) : null);
}

/// <param name="EmergencyLaneBusy">A run is in the lane that only emergencies use.</param>
/// <param name="OldestQueuedAt">Since when the one waits that has waited longest of those that may start.</param>
public sealed record QueuePoolJson(string Name, int Slots, int Busy, bool EmergencyLaneBusy, int Waiting, DateTimeOffset? OldestQueuedAt);

/// <param name="UsualMs">How long the schedule's runs usually take; null where nobody knows.</param>
public sealed record OngoingRunJson(RunJson Run, long? UsualMs);

/// <param name="Cause">Of a closed list.</param>
/// <param name="Words">The same as a sentence; instants in UTC.</param>
/// <param name="Place">Its place among those of its pool that may start, with NoFreeSlot and Starting; <c>of</c> so many.</param>
/// <param name="Until">When the wait is over, with Blackout, Retry and ClockSetBack.</param>
/// <param name="BehindRun">The run that goes on, with PreviousRun.</param>
/// <param name="DowntimeId">Where it is answered for, with Answer.</param>
/// <param name="ExpectedAt">When it starts if all takes as long as usual; null where nobody can tell.</param>
public sealed record QueuedRunJson(
    RunJson Run, WaitCause Cause, string Words, int? Place, int? Of, DateTimeOffset? Until, long? BehindRun, long? DowntimeId, DateTimeOffset? ExpectedAt)
{
    internal static QueuedRunJson From(QueuedRun queued) => new(
        RunJson.Of(queued.Run), queued.Wait.Cause, queued.Words, queued.Wait.Place, queued.Wait.Of, queued.Wait.Until, queued.Wait.BehindRun, queued.DowntimeId, queued.ExpectedAt);
}
