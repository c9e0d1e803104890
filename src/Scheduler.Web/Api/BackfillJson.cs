using Scheduler.Core.Backfills;
using Scheduler.Core.Impact;

namespace Scheduler.Web.Api;

/// <summary>A backfill as the API writes it.</summary>
public sealed record BackfillJson
{
    public required long Id { get; init; }
    public required string Schedule { get; init; }

    /// <summary>The range, both ends inclusive.</summary>
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset To { get; init; }

    /// <summary>Running, Paused, Completed, Partial, Failed or Cancelled.</summary>
    public required BackfillState State { get; init; }

    /// <summary>Why it stands there; empty where nothing needs saying.</summary>
    public required string Reason { get; init; }

    /// <summary>all, missing or missing-or-failed.</summary>
    public required string Mode { get; init; }

    /// <summary>oldest-first or newest-first.</summary>
    public required string Order { get; init; }

    /// <summary>continue, fail-fast or retry.</summary>
    public required string OnFailure { get; init; }
    public required int MaxParallel { get; init; }

    /// <summary>In which runs may begin, on the clock of the schedule's zone: 22:00-06:00; null: at any.</summary>
    public required string? Hours { get; init; }

    /// <summary>All slots; the six counts below make it up.</summary>
    public required int Total { get; init; }

    /// <summary>Slots whose turn has not come, and those whose run waits for a worker.</summary>
    public required int Queued { get; init; }
    public required int Running { get; init; }
    public required int Succeeded { get; init; }

    /// <summary>Failed, timed out or interrupted for good.</summary>
    public required int Failed { get; init; }
    public required int Cancelled { get; init; }

    /// <summary>Never to run: the plan says so, or a person ticked them off.</summary>
    public required int Skipped { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public required string Note { get; init; }

    /// <summary>When nothing of it waited or ran any more; null while something does.</summary>
    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How long what is left takes at this pace; null while nobody can tell.</summary>
    public required long? TimeLeftMs { get; init; }

    public static BackfillJson Of(BackfillView backfill) => new()
    {
        Id = backfill.Id,
        Schedule = backfill.Schedule,
        From = backfill.From,
        To = backfill.To,
        State = backfill.State,
        Reason = backfill.StateReason,
        Mode = BackfillBody.Word(backfill.Mode),
        Order = BackfillBody.Word(backfill.Order),
        OnFailure = BackfillBody.Word(backfill.OnFailure),
        MaxParallel = backfill.Parallel,
        Hours = backfill.Hours?.ToString(),
        Total = backfill.Slots.Total,
        Queued = backfill.Slots.Waiting + backfill.Slots.Queued,
        Running = backfill.Slots.Running + backfill.Slots.Retrying,
        Succeeded = backfill.Slots.Succeeded,
        Failed = backfill.Slots.Failed,
        Cancelled = backfill.Slots.Cancelled,
        Skipped = backfill.Slots.Skipped,
        CreatedAt = backfill.CreatedAt,
        CreatedBy = backfill.CreatedBy,
        Note = backfill.Note,
        FinishedAt = backfill.FinishedAt,
        TimeLeftMs = backfill.TimeLeft is { } left ? (long)left.TotalMilliseconds : null,
    };
}

/// <summary>What a backfill would do; nothing was made.</summary>
/// <param name="Count">Slots.</param>
/// <param name="Create">Those that would get a run.</param>
/// <param name="Skip">Those that would not.</param>
public sealed record BackfillPreviewJson(int Count, int Create, int Skip, IReadOnlyList<PlannedSlotJson> Slots, ImpactJson? Impact)
{
    public static BackfillPreviewJson Of(BackfillPreview preview, BlastRadius? impact) => new(
        preview.Slots.Count, preview.ToRun, preview.Slots.Count - preview.ToRun,
        preview.Slots.Select(s => new PlannedSlotJson(s.ScheduledFor, s.Runs ? "create" : "skip", s.Reason, s.RunId)).ToList(), impact is null ? null : ImpactJson.Of(impact));
}

/// <param name="Action">create or skip.</param>
/// <param name="RunId">The run that the reason speaks of.</param>
public sealed record PlannedSlotJson(DateTimeOffset ScheduledFor, string Action, string Reason, long? RunId);

/// <summary>What it would do to everything else. Texts are people's: hostile.</summary>
/// <param name="Refused">What is wrong with the job today; nothing may be launched while there is any.</param>
/// <param name="OutOfScope">How many of them are targets without permission.</param>
/// <param name="Requests">Of all runs, by what earlier ones sent; null where none has told.</param>
/// <param name="Late">Runs of the coming 24 hours that would start later, the latest first.</param>
public sealed record ImpactJson(
    int Runs, int Targets, IReadOnlyList<string> Refused, int OutOfScope, long EachRunMs, bool IsMeasured, long LastsMs, double? Requests,
    IReadOnlyList<LateStartJson> Late, IReadOnlyList<CrossedBlackoutJson> Blackouts)
{
    public static ImpactJson Of(BlastRadius impact) => new(
        impact.Runs, impact.Targets, impact.Refused, impact.OutOfScope, (long)impact.EachRun.TotalMilliseconds, impact.IsMeasured, (long)impact.Lasts.TotalMilliseconds, impact.Requests,
        impact.Late.Select(l => new LateStartJson(l.Schedule, l.DueAt, (long)l.By.TotalMilliseconds)).ToList(), impact.Blackouts.Select(b => new CrossedBlackoutJson(b.Name, b.Window.From, b.Window.Until)).ToList());
}

public sealed record LateStartJson(string Schedule, DateTimeOffset DueAt, long ByMs);

public sealed record CrossedBlackoutJson(string Name, DateTimeOffset From, DateTimeOffset Until);

/// <summary>One occurrence of a backfill.</summary>
/// <param name="State">Waiting, or as its run's status; Skipped where it never runs.</param>
/// <param name="Reason">Why it runs or does not, as the plan said it.</param>
public sealed record SlotJson(DateTimeOffset ScheduledFor, SlotState State, long? RunId, string Reason, int Tries, long? DurationMs)
{
    public static SlotJson Of(SlotView slot) => new(slot.ScheduledFor, slot.State, slot.RunId, slot.Reason, slot.Tries, slot.DurationMs);
}

/// <summary>A schedule with missed runs.</summary>
public sealed record GapJson(string Schedule, int Missed, DateTimeOffset From, DateTimeOffset To)
{
    public static GapJson Of(ScheduleGap gap) => new(gap.Schedule, gap.Missed, gap.From, gap.To);
}
