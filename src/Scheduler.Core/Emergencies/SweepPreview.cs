using Scheduler.Core.Blackouts;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;

namespace Scheduler.Core.Emergencies;

/// <summary>A schedule that a sweep would start.</summary>
/// <param name="BehindRun">A run of it that goes on, and that another has to wait for; null where none does.</param>
/// <param name="Cover">The blackout that covers it now; null where none does.</param>
public sealed record SweepTarget(string Schedule, ScheduleState State, string Pool, string JobKind, long? BehindRun, BlackoutCover? Cover)
{
    /// <summary>Whether it could not start, whatever is free.</summary>
    public bool IsHeld(Overrides overrides) => (Cover is not null && !overrides.Blackouts) || (BehindRun is not null && !overrides.Concurrency);
}

/// <summary>What would become of a sweep's runs in one pool.</summary>
/// <param name="Runs">All of them.</param>
/// <param name="AtOnce">Start in a moment: slots that are free now, and the emergency lane.</param>
/// <param name="ForSlot">Wait for a slot, before everything else.</param>
/// <param name="InBlackout">Wait for the end of a blackout.</param>
/// <param name="BehindRun">Wait for a run of their schedule that goes on.</param>
public sealed record SweepOutlook(string Pool, int Runs, int AtOnce, int ForSlot, int InBlackout, int BehindRun);

/// <summary>What a sweep would do, as things stand.</summary>
/// <param name="Count">How many schedules the labels select.</param>
/// <param name="Targets">They, by name; empty where there are more than <see cref="EmergencyControl.MostSchedules"/>.</param>
/// <param name="Room">By pool: how many runs could start now, the emergency lane included.</param>
public sealed record SweepPreview(int Count, IReadOnlyList<SweepTarget> Targets, IReadOnlyDictionary<string, int> Room)
{
    public bool IsTooMany => Count > EmergencyControl.MostSchedules;

    /// <summary>Pool by pool, by name.</summary>
    public IReadOnlyList<SweepOutlook> Outlook(Overrides overrides) => Targets.GroupBy(t => t.Pool).OrderBy(p => p.Key, StringComparer.Ordinal).Select(pool =>
    {
        var inBlackout = pool.Count(t => t.Cover is not null && !overrides.Blackouts);
        var held = pool.Count(t => t.IsHeld(overrides));
        var free = pool.Count() - held;
        var atOnce = Math.Min(free, Room.GetValueOrDefault(pool.Key));
        return new SweepOutlook(pool.Key, pool.Count(), atOnce, free - atOnce, inBlackout, held - inBlackout);
    }).ToList();
}
