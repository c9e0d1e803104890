namespace Scheduler.Core.Runs;

/// <summary>A stored run. Only <see cref="RunQueue"/> and <see cref="RunJournal"/> write it.</summary>
internal sealed class Run
{
    public long Id { get; init; }

    /// <summary>Null for an ad-hoc job that no schedule stands behind.</summary>
    public long? ScheduleId { get; init; }

    /// <summary>The schedule's name, or the ad-hoc job's; kept when the schedule is deleted.</summary>
    public required string ScheduleName { get; init; }

    /// <summary>The revision that the run does; 0 where <see cref="Job"/> holds it.</summary>
    public required int Generation { get; init; }
    public required TriggerType TriggerType { get; init; }

    /// <summary>The occurrence that it stands for; null where a person or an event started it.</summary>
    public DateTimeOffset? ScheduledFor { get; init; }

    /// <summary>How many missed occurrences a catch-up run stands for, itself included; otherwise 1.</summary>
    public int StandsFor { get; init; } = 1;

    /// <summary>The first of the occurrences that it stands for, <see cref="ScheduledFor"/> being the last; null where it stands for one.</summary>
    public DateTimeOffset? StandsFrom { get; init; }
    public required RunStatus Status { get; set; }

    /// <summary>What brought it about where <see cref="TriggerType"/> does not say it all: a person's reason, the run that it repeats, what a catch-up stands for.</summary>
    /// <remarks>Set with the row. It changes only where a waiting catch-up comes to stand for more.</remarks>
    public string Occasion { get; init; } = "";

    /// <summary>Why it stands where it stands, in words that an operator can act on.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Why it did not run; null where it ran or may yet.</summary>
    public SkipCause? Cause { get; set; }
    public required int Priority { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }

    /// <summary>A whole manifest as JSON where it differs from the revision's: changed options, or an ad-hoc job.</summary>
    public string? Job { get; init; }

    /// <summary>The try that is going on or was the last; 0 before the first.</summary>
    public int Attempt { get; set; }
    public required int MaxAttempts { get; init; }

    /// <summary>What orders equal priorities: the occurrence, or when it was asked for.</summary>
    public required DateTimeOffset DueAt { get; init; }
    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>The <see cref="NotBefore"/> of a run that waits for a person to say whether it still runs. An instant that never comes.</summary>
    public static readonly DateTimeOffset UntilAnswered = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Not to be started before: a retry's wait, the end of a blackout, or <see cref="UntilAnswered"/>.</summary>
    public required DateTimeOffset NotBefore { get; set; }

    /// <summary>Recorded as skipped if it could not start by then.</summary>
    public DateTimeOffset? StartBy { get; init; }

    /// <summary>The blackout whose end it waits for; null where none holds it.</summary>
    public long? BlackoutId { get; set; }

    /// <inheritdoc cref="Overrides.Concurrency"/>
    public bool OverridesConcurrency { get; init; }

    /// <inheritdoc cref="Overrides.Blackouts"/>
    public bool OverridesBlackout { get; init; }

    /// <inheritdoc cref="Overrides.RateLimits"/>
    public bool OverridesRateLimits { get; init; }

    /// <summary>Waits while another run of the schedule goes on.</summary>
    public bool Exclusive { get; init; }

    /// <summary>When the first attempt began.</summary>
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? AttemptStartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Set once a person said that a dead letter needs nothing more.</summary>
    public DateTimeOffset? DismissedAt { get; set; }
    public string? DismissedBy { get; set; }
    public string? DismissReason { get; set; }

    /// <summary>Where it stands among what waits, the smallest first: <see cref="StartOrder"/>. The database works it out.</summary>
    public long StartRank { get; private set; }

    /// <summary>From the first start to the end, waits between attempts included.</summary>
    public long? DurationMs { get; set; }

    /// <summary>0 to 1; null where the job says nothing of it.</summary>
    public double? Progress { get; set; }
    public string? Activity { get; set; }
    public int AssetsScanned { get; set; }
    public int FindingsTotal { get; set; }
    public int Critical { get; set; }
    public int High { get; set; }
    public int Medium { get; set; }
    public int Low { get; set; }
    public int Info { get; set; }
    public int NewFindings { get; set; }
    public int FixedFindings { get; set; }
    public string? Error { get; set; }

    /// <summary>The person who asked for it; null where time or an event did.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>Set once somebody asked a running run to stop.</summary>
    public string? CancelRequestedBy { get; set; }
    public long? BackfillId { get; init; }
    /// <summary>The event that started it; the last of a burst where it waits for the end of one.</summary>
    public long? EventId { get; init; }

    /// <summary>What of the event reaches the job: a JSON object of texts; null where no event started it.</summary>
    public string? Parameters { get; init; }

    /// <summary>However long the burst goes on for whose end it waits, it starts then; null where it waits for none.</summary>
    public DateTimeOffset? BurstLimitAt { get; init; }

    /// <summary>The sweep that started it, with others.</summary>
    public long? EmergencyId { get; init; }

    /// <summary>A JSON object of numbers.</summary>
    public string Metrics { get; set; } = "{}";

    /// <summary>The process start that runs it: <see cref="Workers.Boot"/>.</summary>
    public long? BootId { get; set; }
}

/// <summary>One try of a run that has ended.</summary>
internal sealed class Attempt
{
    public required long RunId { get; init; }
    public required int Number { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset FinishedAt { get; init; }
    public required RunStatus Status { get; init; }
    public string? Error { get; init; }
}
