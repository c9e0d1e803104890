using Scheduler.Core.Runs;
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

    public sealed record Skip(SkipReason Reason) : ConcurrencyDecision;

    /// <param name="isCatchUp">It stands for what was missed: it waits its turn, for skipping it would miss that again.</param>
    public static ConcurrencyDecision For(ConcurrencyPolicy policy, ActiveRun? active, bool isCatchUp = false) => (policy, active) switch
    {
        (_, null) or (ConcurrencyPolicy.Allow, _) => new Start(),
        (ConcurrencyPolicy.Queue, _) => new StartAfter(),
        (ConcurrencyPolicy.Forbid, _) when isCatchUp => new StartAfter(),
        (ConcurrencyPolicy.Replace, _) => new Replace(),
        (_, { StartedAt: { } since }) => new Skip(SkipReason.StillRunning(active.RunId, since)),
        _ => new Skip(SkipReason.StillWaiting(active.RunId)),
    };
}

/// <summary>A run of a schedule that has not ended; without a start while it waits.</summary>
internal sealed record ActiveRun(long RunId, DateTimeOffset? StartedAt);
