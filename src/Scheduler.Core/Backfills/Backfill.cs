using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;

namespace Scheduler.Core.Backfills;

/// <summary>Which past occurrences a backfill runs. Stored as the number.</summary>
public enum BackfillMode
{
    /// <summary>All of them, also those that ran.</summary>
    All = 0,

    /// <summary>Those that never ran.</summary>
    Missing = 1,

    /// <summary>Those that never ran, or ran and did not succeed.</summary>
    MissingOrFailed = 2,
}

/// <summary>What becomes of the rest when a run of a backfill ends badly, its schedule's own retries used up. Stored as the number.</summary>
public enum BackfillOnFailure
{
    /// <summary>The others go on.</summary>
    Continue = 0,

    /// <summary>What remains is cancelled.</summary>
    FailFast = 1,

    /// <summary>The others go on, and when they have begun, the slot gets one attempt more.</summary>
    Retry = 2,
}

/// <summary>In which order the slots of a backfill are begun. Stored as the number.</summary>
public enum BackfillOrder { OldestFirst = 0, NewestFirst = 1 }

/// <summary>Where a backfill stands. Stored as the number.</summary>
public enum BackfillState
{
    Running = 0,

    /// <summary>A person paused it: no further slot begins.</summary>
    Paused = 1,

    /// <summary>Over; all that was to run succeeded.</summary>
    Completed = 2,

    /// <summary>Over; some succeeded, and some did not or were cancelled.</summary>
    Partial = 3,

    /// <summary>Over; none succeeded, or the first failure stopped it.</summary>
    Failed = 4,

    /// <summary>A person cancelled what remained.</summary>
    Cancelled = 5,
}

/// <summary>Where one occurrence of a backfill stands. The first nine are its run's own states, by the same numbers.</summary>
public enum SlotState
{
    Queued = RunStatus.Queued,
    Running = RunStatus.Running,
    Retrying = RunStatus.Retrying,
    Succeeded = RunStatus.Succeeded,
    Failed = RunStatus.Failed,
    TimedOut = RunStatus.TimedOut,

    /// <summary>With a run: that run was cancelled. Without: its turn never came.</summary>
    Cancelled = RunStatus.Cancelled,
    Interrupted = RunStatus.Interrupted,

    /// <summary>It is not to run: the plan says so, or a person ticked it off.</summary>
    Skipped = RunStatus.Skipped,

    /// <summary>It has no run yet, or waits for another attempt: its turn will come.</summary>
    Waiting = 9,
}

/// <summary>A stored backfill: a batch of runs for past occurrences of a schedule, with the manifest of the day of its launch.</summary>
internal sealed class Backfill
{
    public long Id { get; init; }
    public required long ScheduleId { get; init; }

    /// <summary>Kept when the schedule is deleted.</summary>
    public required string ScheduleName { get; init; }

    /// <summary>The revision that all its runs do.</summary>
    public required int Generation { get; init; }
    public required string TimeZone { get; init; }

    /// <summary>The range as it was asked for, both ends inclusive.</summary>
    public required DateTimeOffset RangeFrom { get; init; }
    public required DateTimeOffset RangeTo { get; init; }
    public required BackfillMode Mode { get; init; }
    public required BackfillOrder SlotOrder { get; init; }
    public required BackfillOnFailure OnFailure { get; init; }

    /// <summary>The most of its runs that are queued or running at once.</summary>
    public required int Parallel { get; set; }

    /// <summary><see cref="HoursWindow"/> as text; null: at any hour.</summary>
    public string? Hours { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }
    public required int Priority { get; init; }
    public required int MaxAttempts { get; init; }
    public required BackfillState State { get; set; }

    /// <summary>Why it stands there, in words; empty where nothing needs saying.</summary>
    public string StateReason { get; set; } = "";

    /// <summary>Slots, those that don't run included.</summary>
    public required int Total { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }

    /// <summary>Why it was launched, as its author said; empty where they said nothing.</summary>
    public required string Note { get; init; }

    /// <summary>When nothing of it waited or ran any more; null while something does.</summary>
    public DateTimeOffset? FinishedAt { get; set; }
}

/// <summary>One occurrence of a backfill.</summary>
internal sealed class BackfillSlot
{
    public required long BackfillId { get; init; }
    public required DateTimeOffset ScheduledFor { get; init; }
    public required long ScheduleId { get; init; }
    public required SlotState State { get; set; }
    public long? RunId { get; set; }

    /// <summary>How often it was put back after a failure.</summary>
    public int Tries { get; set; }

    /// <summary>Why it runs or does not, as the plan said it.</summary>
    public required string Reason { get; init; }
}

internal static class BackfillTable
{
    /// <summary>Slots whose run waits or goes on.</summary>
    public const string Active = "state IN (0, 1, 2)";

    /// <summary>Slots whose run ended badly.</summary>
    public const string Bad = "state IN (4, 5, 7)";

    public static void Map(ModelBuilder model)
    {
        model.Entity<Backfill>(backfill =>
        {
            backfill.ToTable("backfills");
            backfill.HasIndex(b => b.Id).HasFilter("finished_at IS NULL").HasDatabaseName("ix_backfills_unfinished");
            backfill.HasIndex(b => new { b.ScheduleId, b.Id }).HasDatabaseName("ix_backfills_schedule");
        });
        model.Entity<BackfillSlot>(slot =>
        {
            slot.ToTable("backfill_slots");
            slot.HasKey(s => new { s.BackfillId, s.ScheduledFor });
            slot.HasIndex(s => new { s.BackfillId, s.State, s.Tries, s.ScheduledFor }).HasDatabaseName("ix_backfill_slots_state");
            slot.HasIndex(s => new { s.ScheduleId, s.ScheduledFor }).HasDatabaseName("ix_backfill_slots_occurrence");
        });
    }
}
