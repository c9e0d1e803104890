using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Runs;

/// <summary>What became of an instant of a schedule: a closed list.</summary>
public enum WhyNotKind
{
    /// <summary>A run started for it, however it ended.</summary>
    Ran,

    /// <summary>Its run waits to start.</summary>
    Waiting,

    /// <summary>It is recorded as not run, with its cause.</summary>
    Skipped,

    /// <summary>A run, or a skipped row, of a later occurrence stands for it too.</summary>
    CountedIn,

    /// <summary>The timing of that time has no occurrence there.</summary>
    NotDue,

    Paused,

    /// <summary>No engine drove this data folder then, and none has dealt with it yet.</summary>
    SchedulerDown,

    /// <summary>The schedule did not exist.</summary>
    NotMadeYet,

    /// <summary>It lies ahead and will fall due.</summary>
    Ahead,

    /// <summary>The scheduler will not run the schedule; its state says why.</summary>
    Disabled,

    /// <summary>It was due, and no row says what became of it: rows may have been removed by age.</summary>
    NoRecord,
}

/// <summary>The answer to "why didn't it run?".</summary>
public sealed record WhyNotAnswer
{
    public required WhyNotKind Kind { get; init; }

    /// <summary>In words, with instants in the schedule's zone. May quote a person's reason: hostile.</summary>
    public required string Sentence { get; init; }

    /// <summary>The row that says so, where there is one.</summary>
    public long? RunId { get; init; }
    public SkipCause? Cause { get; init; }

    /// <summary>The due instants next to it, by the timing of that time; where it was not due.</summary>
    public DateTimeOffset? PreviousDueAt { get; init; }
    public DateTimeOffset? NextDueAt { get; init; }

    /// <summary>The revision in force at that time; null before the first.</summary>
    public int? Generation { get; init; }
}

/// <summary>Answers for any schedule and any instant whether it ran then, and if not, why not. Reads the ledger, the revisions, the audit log and the engine's starts.</summary>
public sealed class WhyNot(Database database, ManifestReader manifests, TimeProvider clock)
{
    /// <summary>How far ahead of the instant a row that stands for several is looked for.</summary>
    private const int MostRowsAfter = 5000;

    /// <param name="scheduleName">Which.</param>
    /// <param name="instant">When; a whole second means any instant in it, as people don't type milliseconds.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null where there is no such schedule.</returns>
    public async Task<WhyNotAnswer?> AnswerAsync(string scheduleName, DateTimeOffset instant, CancellationToken ct)
    {
        await using var db = database.Read();
        if (await db.Schedules.FirstOrDefaultAsync(s => s.Name == scheduleName, ct) is not { } schedule) return null;
        var now = clock.GetUtcNow();
        var say = new Speech(schedule, instant);
        if (await RowAsync(db, schedule.Id, instant, ct) is { } row) return say.Of(row);

        var revision = await db.Revisions.Where(r => r.ScheduleId == schedule.Id && r.At <= instant).OrderByDescending(r => r.Generation).FirstOrDefaultAsync(ct);
        if (revision is null) return say.NotMadeYet();
        if (TimingOf(schedule, revision) is not { } timing) return say.Disabled();
        var at = timing.Next(instant.AddTicks(-1)) is { } due && due < SecondAfter(instant) ? due : (DateTimeOffset?)null;
        if (at is null) return say.NotDue(timing, revision.Generation, revision.Generation == schedule.Generation);
        if (await StandInAsync(db, schedule.Id, at.Value, ct) is { } standIn) return Speech.CountedIn(standIn, revision.Generation);
        if (at > now) return say.Ahead(revision.Generation, await CoverAsync(db, schedule.Id, at.Value, ct));
        if (await PauseAsync(db, schedule, at.Value, ct) is { } pause) return say.Paused(pause, revision.Generation);
        if (schedule.State == ScheduleState.Disabled) return say.Disabled();
        return await AbsenceAsync(db, at.Value, now, ct) is var (from, to) ? say.Down(from, to, revision.Generation) : Speech.NoRecord(revision.Generation);
    }

    private static DateTimeOffset SecondAfter(DateTimeOffset instant) => instant.Millisecond == 0 ? instant.AddSeconds(1) : instant.AddMilliseconds(1);

    private static Task<Run?> RowAsync(SchedulerDb db, long scheduleId, DateTimeOffset instant, CancellationToken ct) => db.Runs
        .FromSqlRaw($"SELECT * FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = {{0}} AND scheduled_for >= {{1}} AND scheduled_for < {{2}}",
            scheduleId, instant.ToUnixTimeMilliseconds(), SecondAfter(instant).ToUnixTimeMilliseconds())
        .OrderBy(r => r.ScheduledFor).FirstOrDefaultAsync(ct);

    private static Task<Run?> StandInAsync(SchedulerDb db, long scheduleId, DateTimeOffset at, CancellationToken ct) => db.Runs
        .FromSqlRaw($"SELECT * FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = {{0}} AND scheduled_for > {{1}} ORDER BY scheduled_for LIMIT {MostRowsAfter}",
            scheduleId, at.ToUnixTimeMilliseconds())
        .Where(r => r.StandsFrom <= at).OrderBy(r => r.ScheduledFor).FirstOrDefaultAsync(ct);

    private Timing? TimingOf(Schedule schedule, Revision revision)
    {
        try
        {
            return Timing.Of(manifests.ReadStored(revision.Spec).Spec, schedule.CreatedAt);
        }
        catch (TimeZoneNotFoundException)
        {
            return null; // gone from this machine; the schedule's state says so
        }
    }

    private static async Task<BlackoutCover?> CoverAsync(SchedulerDb db, long scheduleId, DateTimeOffset at, CancellationToken ct)
    {
        var labels = await db.ScheduleLabels.Where(l => l.ScheduleId == scheduleId).ToDictionaryAsync(l => l.Key, l => l.Value, ct);
        return (await BlackoutBook.ReadAsync(db, ct)).Covering(labels, at);
    }

    // The schedule's row knows the pause that goes on; of those before it the audit log tells, which nobody can change unseen.
    private static async Task<SchedulePause?> PauseAsync(SchedulerDb db, Schedule schedule, DateTimeOffset at, CancellationToken ct)
    {
        var last = await db.Audit
            .Where(a => a.ObjectKind == "schedule" && a.ObjectName == schedule.Name && a.At >= schedule.CreatedAt && a.At <= at && (a.Action == "paused" || a.Action == "resumed"))
            .OrderByDescending(a => a.Id).FirstOrDefaultAsync(ct);
        if (last is not { Action: "paused" }) return null;
        var (until, reason) = ReadPause(last.Details);
        return until <= at ? null : new SchedulePause(last.Actor, last.At, until, reason);
    }

    /// <summary>What the audit row of a pause says: "until 2026-03-02T08:00:00Z, db move", either part alone, or nothing.</summary>
    internal static (DateTimeOffset? Until, string Reason) ReadPause(string details)
    {
        const string Until = "until ";
        var comma = details.IndexOf(", ", StringComparison.Ordinal);
        var first = comma < 0 ? details : details[..comma];
        if (!first.StartsWith(Until, StringComparison.Ordinal) || !Instants.TryParse(first[Until.Length..], out var until)) return (null, details);
        return (until, comma < 0 ? "" : details[(comma + 2)..]);
    }

    private static async Task<(DateTimeOffset? From, DateTimeOffset? To)?> AbsenceAsync(SchedulerDb db, DateTimeOffset at, DateTimeOffset now, CancellationToken ct)
    {
        var before = await db.Boots.Where(b => b.IsEngine && b.StartedAt <= at).OrderByDescending(b => b.Id).FirstOrDefaultAsync(ct);
        var after = await db.Boots.Where(b => b.IsEngine && b.StartedAt > at).OrderBy(b => b.Id).Select(b => (DateTimeOffset?)b.StartedAt).FirstOrDefaultAsync(ct);
        var end = before?.StoppedAt ?? before?.SeenAt ?? before?.StartedAt;
        // An engine that has not been followed by another, and did not say that it stopped, may well live.
        var isOver = before is null || before.StoppedAt is not null || after is not null || now - end > TimeSpan.FromMinutes(2);
        return isOver && (end is null || end <= at) ? (end, after) : null;
    }

    /// <summary>The sentences.</summary>
    private sealed class Speech(Schedule schedule, DateTimeOffset instant)
    {
        private readonly TriggerZone _zone = TriggerZone.TryFind(schedule.TimeZone, out var zone) ? zone : TriggerZone.Utc;

        public WhyNotAnswer Of(Run run)
        {
            var (kind, sentence) = run switch
            {
                { Status: RunStatus.Skipped } => (WhyNotKind.Skipped, $"Skipped. {run.Reason}"),
                { Status: RunStatus.Queued } => (WhyNotKind.Waiting, $"Run {run.Id} waits to start. {(run.Reason.Length > 0 ? run.Reason : run.Occasion)}"),
                { StartedAt: null } => (WhyNotKind.Skipped, $"Run {run.Id} never started: {run.Status}. {run.Reason}"),
                _ => (WhyNotKind.Ran, $"It ran: run {run.Id} started at {Print(run.StartedAt.Value)}, {run.Status}."),
            };
            return new WhyNotAnswer { Kind = kind, Sentence = sentence.TrimEnd(), RunId = run.Id, Cause = run.Cause, Generation = run.Generation };
        }

        public WhyNotAnswer NotMadeYet() => new() { Kind = WhyNotKind.NotMadeYet, Sentence = $"The schedule did not exist then: {schedule.CreatedBy} made it at {Print(schedule.CreatedAt)}." };

        public WhyNotAnswer Disabled() => new() { Kind = WhyNotKind.Disabled, Sentence = $"The schedule is disabled: {schedule.StateReason}" };

        public WhyNotAnswer NotDue(Timing timing, int generation, bool isCurrent)
        {
            var (previous, next) = (timing.Previous(instant), timing.Next(instant));
            var by = isCurrent ? "" : $", by the timing of generation {generation}, which was in force";
            var sides = (previous, next) switch
            {
                (null, null) => timing.FollowsTheClock ? "It has no occurrence at all." : "Its trigger does not follow the clock.",
                ({ } p, null) => $"The last occurrence was at {Print(p)}.",
                (null, { } n) => $"The first is at {Print(n)}.",
                ({ } p, { } n) => $"The occurrences next to it are {Print(p)} and {Print(n)}.",
            };
            return new WhyNotAnswer { Kind = WhyNotKind.NotDue, Sentence = $"Not due then{by}. {sides}", PreviousDueAt = previous, NextDueAt = next, Generation = generation };
        }

        public static WhyNotAnswer CountedIn(Run run, int generation) => new()
        {
            Kind = WhyNotKind.CountedIn,
            Sentence = run.Status == RunStatus.Skipped
                ? $"Skipped, together with {run.StandsFor - 1} more. {run.Reason}"
                : $"Counted into {(run.TriggerType == TriggerType.CatchUp ? "catch-up run" : "run")} {run.Id} ({run.Status}). {run.Occasion}".TrimEnd(),
            RunId = run.Id, Cause = run.Cause, Generation = generation,
        };

        public WhyNotAnswer Ahead(int generation, BlackoutCover? cover) => new()
        {
            Kind = WhyNotKind.Ahead, Generation = generation,
            Sentence = schedule is { State: ScheduleState.Paused } && !(schedule.PausedUntil <= instant)
                ? $"It lies ahead and will not run: paused by {schedule.PausedBy}{Quoted(schedule.PauseReason)}{(schedule.PausedUntil is { } until ? $" until {Print(until)}" : "")}."
                : cover is null ? "It lies ahead and will fall due then."
                : $"It lies ahead, in blackout '{cover.Name}', which lasts until {Print(cover.Until)}: it will {(cover.Mode == BlackoutMode.Skip ? "be skipped" : "be caught up after it")}.",
        };

        public WhyNotAnswer Paused(SchedulePause pause, int generation) => new()
        {
            Kind = WhyNotKind.Paused, Generation = generation,
            Sentence = $"Not due: paused by {pause.By}{Quoted(pause.Reason)} since {Print(pause.At)}{(pause.Until is { } until ? $", until {Print(until)}" : "")}.",
        };

        public WhyNotAnswer Down(DateTimeOffset? from, DateTimeOffset? to, int generation) => new()
        {
            Kind = WhyNotKind.SchedulerDown, Generation = generation,
            Sentence = (from, to) switch
            {
                (null, null) => "Missed: the scheduler has never run on this data folder.",
                ({ } f, null) => $"Missed: the scheduler is down since {Print(f)}.",
                (null, { } t) => $"Missed: the scheduler was down until {Print(t)}.",
                ({ } f, { } t) => $"Missed: the scheduler was down from {Print(f)} to {Print(t)}.",
            },
        };

        public static WhyNotAnswer NoRecord(int generation) => new()
        {
            Kind = WhyNotKind.NoRecord, Generation = generation,
            Sentence = "It was due, and no row says what became of it: it may have been removed by age, or not be recorded yet.",
        };

        private static string Quoted(string? reason) => string.IsNullOrEmpty(reason) ? "" : $" '{reason}'";

        private string Print(DateTimeOffset at) => $"{_zone.ToLocal(at):yyyy-MM-dd HH:mm:ss} {_zone.Id}";
    }
}
