using Scheduler.Core.Schedules;

namespace Scheduler.Core.Runs;

/// <summary>A run to be, as its maker asks for it.</summary>
internal sealed record NewRun
{
    public long? ScheduleId { get; init; }
    public required string ScheduleName { get; init; }
    public required int Generation { get; init; }
    public required TriggerType TriggerType { get; init; }
    public DateTimeOffset? ScheduledFor { get; init; }
    public int StandsFor { get; init; } = 1;
    public DateTimeOffset? StandsFrom { get; init; }
    public string Occasion { get; init; } = "";
    public string Reason { get; init; } = "";
    public SkipCause? Cause { get; init; }
    public required int Priority { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }
    public string? Job { get; init; }
    public required int MaxAttempts { get; init; }
    public DateTimeOffset? StartBy { get; init; }

    /// <summary>Not to be started before; null: at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The blackout whose end it waits for.</summary>
    public long? BlackoutId { get; init; }
    public Overrides Overrides { get; init; } = Overrides.None;
    public bool Exclusive { get; init; }
    public string? RequestedBy { get; init; }
    public long? EmergencyId { get; init; }

    public long? EventId { get; init; }

    /// <inheritdoc cref="Run.Parameters"/>
    public string? Parameters { get; init; }

    /// <inheritdoc cref="Run.BurstLimitAt"/>
    public DateTimeOffset? BurstLimitAt { get; init; }

    /// <summary>The backfill that it is part of: then its occurrence lies in the past, and no other run of that backfill has it.</summary>
    public long? BackfillId { get; init; }
}

/// <summary>What the dispatcher decided for one due schedule.</summary>
/// <param name="ScheduleId">Which.</param>
/// <param name="ScheduleName">Its name.</param>
/// <param name="Generation">The revision that was read; a changed schedule is looked at anew.</param>
/// <param name="WasDueAt">The next run that was read: the fence against a second look at the same instant.</param>
/// <param name="NextRunAt">Where it moves; null ends a schedule that follows the clock.</param>
/// <param name="LastScheduledAt">The latest occurrence dealt with.</param>
/// <param name="Policy">For occurrences that find a run still going.</param>
/// <param name="MissedRuns">For occurrences that fall into a blackout one by one.</param>
/// <param name="CatchUpLimit">The most catch-up runs that wait under the policy All.</param>
/// <param name="Runs">One for each occurrence, in order; those with <see cref="RunStatus.Skipped"/> are only recorded.</param>
internal sealed record DueSchedule(
    long ScheduleId, string ScheduleName, int Generation, DateTimeOffset WasDueAt, DateTimeOffset? NextRunAt, DateTimeOffset LastScheduledAt,
    ConcurrencyPolicy Policy, MissedRunsPolicy MissedRuns, int CatchUpLimit, IReadOnlyList<(NewRun Run, RunStatus Status)> Runs)
{
    /// <summary>A single occurrence that was looked at in time and that nothing holds: how it is recorded hangs on no other run but one that is still going.</summary>
    public bool IsPlain => Runs is [({ TriggerType: TriggerType.Scheduled, NotBefore: null, BlackoutId: null, Cause: null }, RunStatus.Queued)];
}

/// <summary>An occurrence that is in the ledger, as SQLite has it.</summary>
internal sealed record RecordedOccurrence(long ScheduleId, long ScheduledFor);
