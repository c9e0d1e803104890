using Scheduler.Core.Schedules;

namespace Scheduler.Core.Dispatching;

/// <summary>What to do with an occurrence, seen the run of the same schedule that still goes on.</summary>
internal abstract record ConcurrencyDecision
{
    public sealed record Start : ConcurrencyDecision;

    /// <summary>Start once the other has ended.</summary>
    public sealed record StartAfter : ConcurrencyDecision;

    /// <summary>Cancel the other and all that waits, and start once it is gone.</summary>
    public sealed record Replace : ConcurrencyDecision;

    public sealed record Skip(string Reason) : ConcurrencyDecision;

    public static ConcurrencyDecision For(ConcurrencyPolicy policy, ActiveRun? active) => (policy, active) switch
    {
        (_, null) or (ConcurrencyPolicy.Allow, _) => new Start(),
        (ConcurrencyPolicy.Queue, _) => new StartAfter(),
        (ConcurrencyPolicy.Replace, _) => new Replace(),
        (_, { StartedAt: { } since }) => new Skip($"Previous run {active.RunId} still going since {since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC (Forbid)."),
        _ => new Skip($"Previous run {active.RunId} still waits to start (Forbid)."),
    };
}

/// <summary>A run of a schedule that has not ended; without a start while it waits.</summary>
internal sealed record ActiveRun(long RunId, DateTimeOffset? StartedAt);
