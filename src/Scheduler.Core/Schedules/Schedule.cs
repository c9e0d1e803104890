using Scheduler.Core.Runs;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Schedules;

/// <summary>Whether a schedule's trigger counts. Stored as the number.</summary>
public enum ScheduleState
{
    Active = 0,

    /// <summary>A person paused it; nothing falls due until it is resumed.</summary>
    Paused = 1,

    /// <summary>The scheduler itself will not run it: its time zone or tool has gone. The reason stands with it.</summary>
    Disabled = 2,

    /// <summary>The one-time instant or the end date has passed.</summary>
    Completed = 3,
}

/// <summary>What happens to an occurrence while an earlier run of the schedule is still going. Stored as the number.</summary>
public enum ConcurrencyPolicy { Forbid = 0, Allow = 1, Replace = 2, Queue = 3 }

/// <summary>What happens to occurrences that passed while nobody was there to start them. Stored as the number.</summary>
public enum MissedRunsPolicy
{
    /// <summary>One catch-up run that says how many occurrences it stands for.</summary>
    Latest = 0,

    /// <summary>A catch-up run each, up to <see cref="SchedulerOptions.CatchUpLimit"/>.</summary>
    All = 1,

    /// <summary>None; each is recorded as skipped.</summary>
    Skip = 2,
}

/// <summary>A stored schedule. The manifest stands whole in <see cref="Spec"/>; the other columns are what the engine and lists ask by.</summary>
internal sealed class Schedule
{
    public long Id { get; init; }
    public required string Name { get; init; }
    public required Guid Uid { get; init; }

    /// <summary>1 at creation, one more with every change.</summary>
    public required int Generation { get; set; }
    public required ScheduleState State { get; set; }

    /// <summary>Why it is disabled or completed, in words; empty otherwise.</summary>
    public string StateReason { get; set; } = "";

    /// <summary>The manifest as JSON, without status.</summary>
    public required string Spec { get; set; }
    public required string TriggerText { get; set; }

    /// <summary>The type of event that it follows; null where its trigger is no event.</summary>
    public string? EventType { get; set; }

    /// <summary>When an event last started a run of it, or a run that waits for the end of a burst.</summary>
    public DateTimeOffset? EventFiredAt { get; set; }
    public required string TimeZone { get; set; }

    /// <summary>Where an interval starts to count.</summary>
    public required DateTimeOffset AnchorAt { get; set; }

    /// <summary>Whether <see cref="AnchorAt"/> was given as startAt: then nothing runs before it, and an interval's first run is at it.</summary>
    public required bool HasStart { get; set; }
    public DateTimeOffset? EndAt { get; set; }
    public required int Priority { get; set; }
    public required string Pool { get; set; }
    public required string JobKind { get; set; }
    public required ConcurrencyPolicy ConcurrencyPolicy { get; set; }
    public required MissedRunsPolicy MissedRuns { get; set; }
    public TimeSpan? StartingDeadline { get; set; }
    public required int MaxAttempts { get; set; }

    /// <summary>The next due instant; null where there is none, or while it is not active.</summary>
    public DateTimeOffset? NextRunAt { get; set; }

    /// <summary>The latest occurrence that was dealt with.</summary>
    public DateTimeOffset? LastScheduledAt { get; set; }
    public DateTimeOffset? LastSuccessAt { get; set; }
    public int Succeeded { get; set; }
    public int Failed { get; set; }

    /// <summary>How the run ended that was the last to end by itself: backfills and cancelled runs say nothing. Null: none has.</summary>
    public RunStatus? LastStatus { get; set; }

    /// <summary>How many occurrences in a row came and did not run, up to now.</summary>
    public int NotRun { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
    public DateTimeOffset? PausedAt { get; set; }
    public DateTimeOffset? PausedUntil { get; set; }
    public string? PausedBy { get; set; }
    public string? PauseReason { get; set; }
    public List<ScheduleLabel> Labels { get; init; } = [];
}

/// <summary>One label, beside the manifest so that lists can ask by it.</summary>
internal sealed class ScheduleLabel
{
    public long ScheduleId { get; init; }
    public required string Key { get; init; }
    public required string Value { get; init; }
}

/// <summary>The manifest as it stood after one change. Runs point at it: it is the snapshot of what they do.</summary>
internal sealed class Revision
{
    public required long ScheduleId { get; init; }
    public required int Generation { get; init; }
    public required string Spec { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string By { get; init; }
    public string Note { get; init; } = "";
}
