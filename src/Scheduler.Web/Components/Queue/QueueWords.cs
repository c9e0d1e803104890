using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Queue;

/// <summary>How the queue's page speaks.</summary>
internal static class QueueWords
{
    /// <summary>The cause in the filter.</summary>
    public static string Of(WaitCause cause) => cause switch
    {
        WaitCause.EngineNotRunning => "Engine not running",
        WaitCause.Answer => "An answer",
        WaitCause.NoWorkers => "No such pool",
        WaitCause.Blackout => "A blackout's end",
        WaitCause.Retry => "Its next attempt",
        WaitCause.Burst => "A burst's end",
        WaitCause.ClockSetBack => "The clock",
        WaitCause.PreviousRun => "An earlier run",
        WaitCause.NoFreeSlot => "A free slot",
        WaitCause.Starting => "Nothing: starts now",
        _ => throw new ArgumentOutOfRangeException(nameof(cause), cause, "A cause without words."),
    };

    /// <summary>A run that waits in line looks queued; one that may not start yet, waiting.</summary>
    public static StateLook Look(QueuedRun queued) => queued.Wait.Cause switch
    {
        WaitCause.Retry => StateLook.Retrying,
        WaitCause.NoFreeSlot or WaitCause.Starting => StateLook.Queued,
        _ => StateLook.Waiting,
    };

    /// <summary>"Idle. 4 of 4 workers free."</summary>
    public static string Idle(IReadOnlyList<QueuePool> pools) => $"Idle. {pools.Sum(p => Math.Max(0, p.Slots - p.Busy))} of {pools.Sum(p => p.Slots)} workers free.";

    /// <summary>How far a run is in its usual time: 0 to 1; null where nobody knows the usual.</summary>
    public static double? Age(TimeSpan elapsed, TimeSpan? usual) => usual is { } length && length > TimeSpan.Zero ? Math.Clamp(elapsed / length, 0, 1) : null;
}
