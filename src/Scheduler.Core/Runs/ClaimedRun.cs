using Scheduler.Core.Jobs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>A run that a worker has taken.</summary>
/// <param name="Manifest">What it does, as JSON: its own, or that of its schedule's revision. Null where it is gone.</param>
internal sealed record ClaimedRun(
    long Id, long? ScheduleId, string ScheduleName, int Generation, TriggerType TriggerType, string JobKind, string? Manifest, int Attempt, int MaxAttempts,
    DateTimeOffset AttemptStartedAt, string? CancelRequestedBy, string Pool)
{
    /// <summary>It took no slot of the pool but the lane that only emergencies use.</summary>
    public bool InEmergencyLane { get; init; }
    public bool OverridesRateLimits { get; init; }

    /// <summary>The past instant that a backfill's run stands for; null for all others.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <inheritdoc cref="Run.Parameters"/>
    public string? Parameters { get; init; }
}

/// <summary>What is free in a pool.</summary>
/// <param name="Slots">For runs of every kind.</param>
/// <param name="EmergencyLane">Whether one emergency more may start when no slot is left.</param>
internal readonly record struct PoolRoom(int Slots, bool EmergencyLane);

/// <summary>How an attempt ended.</summary>
/// <param name="Status">A terminal status, or Retrying.</param>
/// <param name="Reason">In words that an operator can act on.</param>
/// <param name="Error">What failed, or null.</param>
/// <param name="RetryAt">When the next attempt may start; only with Retrying.</param>
/// <param name="CoveredAssets">What was looked at from end to end: open findings there that were not seen again are gone.</param>
internal sealed record RunEnding(RunStatus Status, string Reason, string? Error, DateTimeOffset? RetryAt, IReadOnlyCollection<string> CoveredAssets)
{
    /// <summary>How the attempt itself ended, which differs from the run's status where another attempt follows.</summary>
    public RunStatus AttemptStatus { get; init; } = Status;

    /// <summary>What the job has told that schedules may follow; raised with a good end alone.</summary>
    public IReadOnlyCollection<JobEvent.Happened> Happened { get; init; } = [];

    /// <summary>What is still to be stored of the attempt, in the same transaction.</summary>
    public Action<WriteBatch>? Before { get; init; }
}
