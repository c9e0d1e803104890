using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Backfills;

/// <summary>What a backfill would do, before its launch.</summary>
public sealed record BackfillPreview
{
    /// <summary>The schedule's name as it is written.</summary>
    public required string Schedule { get; init; }
    public required string TimeZone { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }

    /// <summary>The range, both ends inclusive.</summary>
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset To { get; init; }

    /// <summary>Rising.</summary>
    public required IReadOnlyList<PlannedSlot> Slots { get; init; }
    public required int Parallel { get; init; }
    public required int MostParallel { get; init; }
    public required int Priority { get; init; }
    public int ToRun => Slots.Count(s => s.Runs);
}

/// <summary>How many slots of a backfill stand where.</summary>
public sealed record SlotCounts
{
    /// <summary>Their turn has not come.</summary>
    public int Waiting { get; init; }
    public int Queued { get; init; }
    public int Running { get; init; }
    public int Retrying { get; init; }
    public int Succeeded { get; init; }

    /// <summary>Failed, timed out or interrupted for good.</summary>
    public int Failed { get; init; }
    public int Cancelled { get; init; }

    /// <summary>Never to run.</summary>
    public int Skipped { get; init; }
    public int Total => ToRun + Skipped;
    public int ToRun => Left + Ended;
    public int Left => Waiting + Queued + Running + Retrying;
    public int Ended => Succeeded + Failed + Cancelled;

    internal static SlotCounts Of(IEnumerable<(SlotState State, int Count)> counts)
    {
        var by = counts.GroupBy(c => c.State).ToDictionary(g => g.Key, g => g.Sum(c => c.Count));
        int In(SlotState state) => by.GetValueOrDefault(state);
        return new SlotCounts
        {
            Waiting = In(SlotState.Waiting),
            Queued = In(SlotState.Queued),
            Running = In(SlotState.Running),
            Retrying = In(SlotState.Retrying),
            Succeeded = In(SlotState.Succeeded),
            Failed = In(SlotState.Failed) + In(SlotState.TimedOut) + In(SlotState.Interrupted),
            Cancelled = In(SlotState.Cancelled),
            Skipped = In(SlotState.Skipped),
        };
    }
}

/// <summary>A backfill as pages and the API show it. Its texts are a person's: hostile.</summary>
public sealed record BackfillView
{
    public required long Id { get; init; }
    public required string Schedule { get; init; }

    /// <summary>Whether the schedule is still there.</summary>
    public required bool HasSchedule { get; init; }
    public required int Generation { get; init; }
    public required string TimeZone { get; init; }
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset To { get; init; }
    public required BackfillMode Mode { get; init; }
    public required BackfillOrder Order { get; init; }
    public required BackfillOnFailure OnFailure { get; init; }
    public required int Parallel { get; init; }

    /// <summary>The slots of its pool now.</summary>
    public required int MostParallel { get; init; }
    public HoursWindow? Hours { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }
    public required int Priority { get; init; }
    public required BackfillState State { get; init; }
    public required string StateReason { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public required string Note { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public required SlotCounts Slots { get; init; }

    /// <summary>How long a run of it took on average; null while none has ended by itself.</summary>
    public TimeSpan? EachRun { get; init; }

    /// <summary>How long what is left takes at this pace, in hours in which it may run; null while nobody can tell.</summary>
    public TimeSpan? TimeLeft => FinishedAt is not null || State != BackfillState.Running || EachRun is not { } each ? null : each * Math.Ceiling(Slots.Left / (double)Math.Min(Parallel, MostParallel));
}

/// <summary>One occurrence of a backfill.</summary>
/// <param name="Reason">Why it runs or does not.</param>
/// <param name="Tries">How often it was put back after a failure.</param>
public sealed record SlotView(DateTimeOffset ScheduledFor, SlotState State, long? RunId, string Reason, int Tries, long? DurationMs);

/// <summary>That occurrences of a schedule did not run though nobody wanted that, and no backfill has run them since.</summary>
/// <param name="Missed">How many.</param>
/// <param name="From">The first.</param>
/// <param name="To">The last.</param>
public sealed record ScheduleGap(string Schedule, string TimeZone, int Missed, DateTimeOffset From, DateTimeOffset To);

/// <summary>What pages and the API ask about backfills. Never writes.</summary>
public sealed class BackfillQueries
{
    /// <summary>How far back gaps are looked for.</summary>
    public static readonly TimeSpan GapsWithin = TimeSpan.FromDays(14);

    // Bounds what a schedule of every second that missed a week costs.
    private const int MostGapRows = 20_000;

    private readonly Database _database;
    private readonly BackfillPlanner _planner;
    private readonly SchedulerOptions _options;
    private readonly TimeProvider _clock;

    internal BackfillQueries(Database database, BackfillPlanner planner, SchedulerOptions options, TimeProvider clock) =>
        (_database, _planner, _options, _clock) = (database, planner, options, clock);

    /// <summary>What a backfill would do.</summary>
    /// <returns>Null where there is no such schedule.</returns>
    /// <exception cref="Fields.InvalidInputException">The request can't be done, by field.</exception>
    public async Task<BackfillPreview?> PreviewAsync(BackfillRequest request, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        await using var db = _database.Read();
        return _planner.Plan(db, request, _clock.GetUtcNow()) is not { } plan ? null : new BackfillPreview
        {
            Schedule = plan.Schedule.Name,
            TimeZone = plan.Schedule.TimeZone,
            Pool = plan.Schedule.Pool,
            JobKind = plan.Schedule.JobKind,
            From = plan.From,
            To = plan.To,
            Slots = plan.Slots,
            Parallel = plan.Parallel,
            MostParallel = plan.MostParallel,
            Priority = plan.Priority,
        };
    }

    /// <summary>Newest first.</summary>
    /// <param name="schedule">The exact name of a schedule; null: of all.</param>
    /// <param name="beforeId">Only those with a smaller number: the next page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<BackfillView>> ListAsync(string? schedule, long? beforeId, int limit, CancellationToken ct)
    {
        await using var db = _database.Read();
        var found = await db.Backfills.Where(b => (schedule == null || b.ScheduleName == schedule) && (beforeId == null || b.Id < beforeId)).OrderByDescending(b => b.Id).Take(limit).ToListAsync(ct);
        var ids = found.Select(b => b.Id).ToList();
        var counts = (await db.BackfillSlots.Where(s => ids.Contains(s.BackfillId)).GroupBy(s => new { s.BackfillId, s.State })
            .Select(g => new { g.Key.BackfillId, g.Key.State, Count = g.Count() }).ToListAsync(ct)).ToLookup(g => g.BackfillId, g => (g.State, g.Count));
        return await ViewsAsync(db, found, b => SlotCounts.Of(counts[b.Id]), ct);
    }

    /// <summary>With the slots counted as their runs stand at this moment.</summary>
    public async Task<BackfillView?> GetAsync(long id, CancellationToken ct)
    {
        await using var db = _database.Read();
        if (await db.Backfills.FirstOrDefaultAsync(b => b.Id == id, ct) is not { } backfill) return null;
        var counts = await LiveSlots(db, id).GroupBy(s => s.State).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(ct);
        return (await ViewsAsync(db, [backfill], _ => SlotCounts.Of(counts.Select(c => ((SlotState)c.Key, c.Count))), ct))[0];
    }

    /// <summary>All slots, rising, as their runs stand at this moment; at most <see cref="BackfillRequest.MostSlots"/>.</summary>
    public async Task<IReadOnlyList<SlotView>> SlotsAsync(long id, CancellationToken ct)
    {
        await using var db = _database.Read();
        return (await LiveSlots(db, id).OrderBy(s => s.At).ToListAsync(ct))
            .ConvertAll(s => new SlotView(At(s.At), (SlotState)s.State, s.RunId, s.Reason, s.Tries, s.DurationMs));
    }

    /// <summary>Schedules with missed runs, the most missed first.</summary>
    /// <param name="schedule">Of this one alone; null: of all.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<ScheduleGap>> GapsAsync(string? schedule, CancellationToken ct)
    {
        await using var db = _database.Read();
        // What another backfill has run, or is about to, is no gap any more. A row may stand for several occurrences. The planner would take the index of states, which has every row that was ever skipped.
        var gaps = await db.Database.SqlQueryRaw<GapRow>(
            $"""
            SELECT s.name AS Name, s.time_zone AS TimeZone, gap.missed AS Missed, gap.since AS Since, gap.at AS At FROM (
                SELECT schedule, sum(count) AS missed, min(since) AS since, max(at) AS at FROM (
                    SELECT r.schedule_id AS schedule, coalesce(r.stands_from, r.scheduled_for) AS since, r.scheduled_for AS at, r.stands_for - (
                        SELECT count(DISTINCT b.scheduled_for) FROM backfill_slots b
                        WHERE b.schedule_id = r.schedule_id AND b.scheduled_for BETWEEN coalesce(r.stands_from, r.scheduled_for) AND r.scheduled_for AND b.state IN (0, 1, 2, 3, 9)) AS count
                    FROM runs r INDEXED BY ix_runs_missed WHERE r.{RunTable.Missed} AND r.scheduled_for >= @from AND (@name IS NULL OR r.schedule_id = (SELECT id FROM schedules WHERE name = @name))
                    ORDER BY r.scheduled_for DESC LIMIT {MostGapRows}) WHERE count > 0 GROUP BY schedule) AS gap
            JOIN schedules s ON s.id = gap.schedule ORDER BY gap.missed DESC, s.name
            """,
            new SqliteParameter("@from", (_clock.GetUtcNow() - GapsWithin).ToUnixTimeMilliseconds()), new SqliteParameter("@name", (object?)schedule ?? DBNull.Value)).ToListAsync(ct);
        return gaps.ConvertAll(g => new ScheduleGap(g.Name, g.TimeZone, (int)g.Missed, At(g.Since), At(g.At)));
    }

    private static IQueryable<SlotRow> LiveSlots(SchedulerDb db, long id) => db.Database.SqlQueryRaw<SlotRow>(
        """
        SELECT s.scheduled_for AS At, CASE WHEN s.state = 9 THEN 9 ELSE coalesce(r.status, s.state) END AS State, s.run_id AS RunId, s.reason AS Reason, s.tries AS Tries, r.duration_ms AS DurationMs
        FROM backfill_slots s LEFT JOIN runs r ON r.id = s.run_id WHERE s.backfill_id = @id
        """, new SqliteParameter("@id", id));

    private async Task<IReadOnlyList<BackfillView>> ViewsAsync(SchedulerDb db, List<Backfill> backfills, Func<Backfill, SlotCounts> counts, CancellationToken ct)
    {
        var schedules = backfills.Select(b => b.ScheduleId).ToList();
        var there = (await db.Schedules.Where(s => schedules.Contains(s.Id)).Select(s => s.Id).ToListAsync(ct)).ToHashSet();
        var going = backfills.Where(b => b.FinishedAt == null).Select(b => (long?)b.Id).ToList();
        var each = await db.Runs.Where(r => going.Contains(r.BackfillId) && r.DurationMs != null && r.Status != RunStatus.Cancelled && r.Status != RunStatus.Skipped)
            .GroupBy(r => r.BackfillId).Select(g => new { Id = g.Key!.Value, Mean = g.Average(r => r.DurationMs)!.Value }).ToDictionaryAsync(g => g.Id, g => g.Mean, ct);
        return backfills.ConvertAll(b => new BackfillView
        {
            Id = b.Id,
            Schedule = b.ScheduleName,
            HasSchedule = there.Contains(b.ScheduleId),
            Generation = b.Generation,
            TimeZone = b.TimeZone,
            From = b.RangeFrom,
            To = b.RangeTo,
            Mode = b.Mode,
            Order = b.SlotOrder,
            OnFailure = b.OnFailure,
            Parallel = b.Parallel,
            MostParallel = _options.Pools.GetValueOrDefault(b.Pool, b.Parallel),
            Hours = HoursWindow.TryParse(b.Hours, out var hours) ? hours : null,
            Pool = b.Pool,
            JobKind = b.JobKind,
            Priority = b.Priority,
            State = b.State,
            StateReason = b.StateReason,
            CreatedAt = b.CreatedAt,
            CreatedBy = b.CreatedBy,
            Note = b.Note,
            FinishedAt = b.FinishedAt,
            Slots = counts(b),
            EachRun = each.TryGetValue(b.Id, out var mean) ? TimeSpan.FromMilliseconds(mean) : null,
        });
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private sealed record SlotRow(long At, int State, long? RunId, string Reason, int Tries, long? DurationMs);

    private sealed record GapRow(string Name, string TimeZone, long Missed, long Since, long At);
}
