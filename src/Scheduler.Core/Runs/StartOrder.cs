namespace Scheduler.Core.Runs;

/// <summary>
/// In which order waiting runs of a pool start: by priority, but each point of priority is worth <see cref="PointIsWorth"/> of waiting, so that nobody
/// starves. A run of priority 0 that has waited for half an hour goes before a new one of priority 10; the lowest priority waits at most ten hours
/// longer than the highest. Emergencies go before all others. Equals go by due time.
/// </summary>
/// <remarks>
/// As every run ages at the same pace, the order between two never changes while they wait. So it needs no clock: it is a rank of the row itself,
/// worked out by the database, and an index serves it.
/// </remarks>
public static class StartOrder
{
    /// <summary>A run that was queued so much earlier goes before one that has a point of priority more.</summary>
    public static readonly TimeSpan PointIsWorth = TimeSpan.FromMinutes(3);

    /// <summary>The smallest starts first. Milliseconds; emergencies lie three hundred years before all others. Part of the file's schema: a change needs a migration.</summary>
    internal const string Rank = "CASE WHEN trigger_type = 4 THEN queued_at - 10000000000000 ELSE queued_at - priority * 180000 END";
}
