using Scheduler.Core.Jobs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>Something came to its end, as its own transaction tells it.</summary>
internal abstract record Ending
{
    /// <summary>A run that had begun ended for good. Its row stands as it ended; the counters of its schedule stand as before.</summary>
    public sealed record OfRun(long RunId, long? ScheduleId, string ScheduleName, TriggerType TriggerType, RunStatus Status) : Ending
    {
        /// <summary>What its job has told that schedules may follow; empty unless it ended well.</summary>
        public IReadOnlyCollection<JobEvent.Happened> Happened { get; init; } = [];
    }

    /// <summary>A backfill ended.</summary>
    /// <param name="State">How, in a word.</param>
    public sealed record OfBackfill(long BackfillId, string ScheduleName, string State, int Total, int Succeeded, int Failed, int Cancelled, int Skipped) : Ending;
}

/// <summary>
/// Tells of endings inside the transactions that record them, so that what follows from one is on disk with it. Those who tell don't know who listens.
/// A listener must be quick, and must not let an exception out: it would cost the run its ending.
/// </summary>
/// <param name="listeners">Asked for at the first ending.</param>
internal sealed class Endings(Func<IReadOnlyList<Action<WriteBatch, Ending>>> listeners)
{
    private readonly Lazy<IReadOnlyList<Action<WriteBatch, Ending>>> _listeners = new(listeners);

    public void Tell(WriteBatch write, Ending ending)
    {
        foreach (var listener in _listeners.Value) listener(write, ending);
    }
}
