using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Live;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>What becomes of due times: each is recorded as one run, queued, held or skipped, together with the move of its schedule's next run.</summary>
internal sealed partial class RunQueue
{
    /// <summary>Records the occurrences of a batch of due schedules and moves their next runs, in one transaction.</summary>
    /// <returns>How many schedules were moved; fewer than given where one was changed in between.</returns>
    public Task<int> EnqueueDueAsync(IReadOnlyList<DueSchedule> batch, CancellationToken ct) => writer.WriteAsync(write =>
    {
        // The pools ask for work while it is being recorded, so that their claim shares this transaction's flush.
        foreach (var pool in batch.SelectMany(due => due.Runs).Select(r => r.Run.Pool).Distinct(StringComparer.Ordinal)) signals.Notify(pool);
        var moved = Move(write, batch);
        foreach (var due in EnqueuePlain(write, moved)) EnqueueOccurrences(write, due);
        foreach (var due in moved) write.AfterCommit(() => feed.Publish(new LiveChange.ScheduleChanged(due.ScheduleName)));
        return moved.Count;
    }, ct);

    /// <summary>Records what has fallen due on a schedule and nobody has looked at yet, by the rules that held when it fell due.</summary>
    /// <remarks>For a person who changes when a schedule falls due: after a start much may be waiting, and by the new trigger it was never due.</remarks>
    public void EnqueueDue(WriteBatch write, Schedule schedule)
    {
        if (schedule.State != ScheduleState.Active || schedule.NextRunAt is not { } first || first > write.Now) return;
        var blackouts = BlackoutHold.Selecting(write, schedule.Id);
        while (schedule.NextRunAt <= write.Now)
        {
            var due = DuePlan.For(schedule, Timing.Of(schedule), write.Now, Absence, options.CatchUpLimit, RecordedFrom(write, schedule.Id, schedule.NextRunAt.Value), blackouts);
            EnqueueOccurrences(write, due);
            (schedule.NextRunAt, schedule.LastScheduledAt) = (due.NextRunAt, due.LastScheduledAt);
        }
    }

    /// <summary>Records what has fallen due on a schedule and will not run, as one skipped run that says how many occurrences it stands for.</summary>
    /// <remarks>For a person who pauses or deletes a schedule between its due time and the dispatcher's look: no due time may vanish.</remarks>
    public void SkipDue(WriteBatch write, Schedule schedule, SkipReason reason)
    {
        if (schedule.State != ScheduleState.Active || schedule.NextRunAt is not { } first || first > write.Now) return;
        var recorded = RecordedFrom(write, schedule.Id, first);
        var (count, last) = (1, first);
        foreach (var at in Timing.Of(schedule).Between(first, write.Now).Where(at => at > first && !recorded.Contains(at))) (count, last) = (count + 1, at);
        schedule.LastScheduledAt = last;
        schedule.NotRun += count;
        InsertSkipped(write, schedule, last, count, reason, first);
    }

    /// <summary>Records one occurrence, due or still ahead, as skipped. The unique occurrence key then keeps it from ever running, whatever becomes of the timing.</summary>
    /// <returns>The run's number; null when the occurrence is recorded already.</returns>
    public long? SkipOne(WriteBatch write, Schedule schedule, DateTimeOffset at, SkipReason reason) => InsertSkipped(write, schedule, at, 1, reason, at);

    /// <summary>Takes back a skip of an occurrence that still lies ahead: the ledger owes nobody an entry before the due time.</summary>
    /// <returns>False when there is no such skip.</returns>
    public bool ForgetSkip(WriteBatch write, Schedule schedule, DateTimeOffset at)
    {
        var id = (long?)write.Scalar(
            $"DELETE FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = ?1 AND scheduled_for = ?2 AND status = 8 AND scheduled_for > ?3 RETURNING id", schedule.Id, at, write.Now);
        if (id is not { } run) return false;
        write.AfterCommit(() => feed.Publish(new LiveChange.RunChanged(run, schedule.Name)));
        return true;
    }

    /// <summary>The first due instant after the given one that is not recorded yet: a skip lies ahead of its time.</summary>
    public static DateTimeOffset? NextUnrecorded(WriteBatch write, long scheduleId, Timing timing, DateTimeOffset after)
    {
        var recorded = RecordedFrom(write, scheduleId, after);
        var next = timing.Next(after);
        while (next is { } at && recorded.Contains(at)) next = timing.Next(at);
        return next;
    }

    /// <summary>The occurrences of some schedules that are in the ledger at or after an instant: what people skipped ahead of time.</summary>
    public static async Task<ILookup<long, DateTimeOffset>> RecordedFromAsync(SchedulerDb db, IEnumerable<long> scheduleIds, DateTimeOffset from, CancellationToken ct) =>
        (await db.Database.SqlQueryRaw<RecordedOccurrence>(
            $"""
            SELECT r.schedule_id AS ScheduleId, r.scheduled_for AS ScheduledFor FROM json_each(@ids) AS s CROSS JOIN runs AS r
            WHERE r.{RunTable.ByOccurrence} AND r.schedule_id = s.value AND r.scheduled_for >= @since
            """, new SqliteParameter("@ids", JsonSerializer.Serialize(scheduleIds)), new SqliteParameter("@since", from.ToUnixTimeMilliseconds())).ToListAsync(ct))
        .ToLookup(r => r.ScheduleId, r => DateTimeOffset.FromUnixTimeMilliseconds(r.ScheduledFor));

    // A herd is moved and recorded by statements that take all of it: to begin a statement costs more than to put one row into seven indexes.
    private static List<DueSchedule> Move(WriteBatch write, IReadOnlyList<DueSchedule> batch)
    {
        var moved = new HashSet<long>();
        // The plus signs keep the planner from the index of what falls due: the row is found by its number.
        using (var rows = write.Query(
            """
            UPDATE schedules SET next_run_at = due.next, last_scheduled_at = due.last, state = CASE WHEN due.next IS NULL THEN 3 ELSE state END,
                state_reason = CASE WHEN due.next IS NULL THEN 'Its last occurrence has passed.' ELSE state_reason END
            FROM (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS generation, json_extract(value, '$[2]') AS was,
                    json_extract(value, '$[3]') AS next, json_extract(value, '$[4]') AS last FROM json_each(?1)) AS due
            WHERE schedules.id = due.id AND +schedules.generation = due.generation AND +schedules.next_run_at = due.was AND +schedules.state = 0
            RETURNING schedules.id
            """, Json(batch, due => [due.ScheduleId, due.Generation, Ms(due.WasDueAt), due.NextRunAt is { } next ? Ms(next) : null, Ms(due.LastScheduledAt)])))
            while (rows.Read()) moved.Add(rows.GetInt64(0));
        return [.. batch.Where(due => moved.Contains(due.ScheduleId))];
    }

    /// <summary>Records, in one statement, the occurrences of those schedules that have a single one, which may begin at once.</summary>
    /// <returns>The other schedules, to be looked at one by one.</returns>
    private IEnumerable<DueSchedule> EnqueuePlain(WriteBatch write, List<DueSchedule> batch)
    {
        var busy = Busy(write, batch.Where(due => due.IsPlain && due.Policy != ConcurrencyPolicy.Allow));
        var isPlain = batch.ToLookup(due => due.IsPlain && !busy.Contains(due.ScheduleId));
        // What a run has of its schedule is copied here: it was moved in this transaction, so that it is the revision that was read.
        using (var rows = write.Query(
            $"""
            INSERT INTO runs ({RunTable.Inserted})
            SELECT CASE WHEN s.id < 0 THEN s.id END, s.id, s.name, s.generation, 0, due.at, 1, 0, '', s.priority, s.pool, s.job_kind, NULL, 0, s.max_attempts, due.at, ?2, ?2, due.start_by, s.concurrency_policy <> ?3,
                NULL, NULL, NULL, NULL, 0, NULL, '', NULL, NULL, NULL, NULL, NULL, 0, 0, {RunTable.NothingSeen}
            FROM (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS at, json_extract(value, '$[2]') AS start_by FROM json_each(?1)) AS due CROSS JOIN schedules AS s ON s.id = due.id
            WHERE true ON CONFLICT DO NOTHING RETURNING id, schedule_name, pool
            """, Json(isPlain[true], due => [due.ScheduleId, Ms(due.Runs[0].Run.ScheduledFor!.Value), due.Runs[0].Run.StartBy is { } startBy ? Ms(startBy) : null]), write.Now, ConcurrencyPolicy.Allow))
            while (rows.Read())
            {
                var (id, name, pool) = (rows.GetInt64(0), rows.GetString(1), rows.GetString(2));
                write.AfterCommit(() => Announce(id, name, pool));
            }
        return isPlain[false];
    }

    // Those with a run that FindActive would find.
    private static HashSet<long> Busy(WriteBatch write, IEnumerable<DueSchedule> batch)
    {
        var busy = new HashSet<long>();
        using var rows = write.Query(
            $"""
            SELECT due.value FROM json_each(?1) AS due CROSS JOIN runs INDEXED BY ix_runs_active ON runs.schedule_id = due.value
            WHERE {RunTable.Active} AND trigger_type <> 5 AND not_before < ?2
            """, JsonSerializer.Serialize(batch.Select(due => due.ScheduleId)), Run.UntilAnswered);
        while (rows.Read()) busy.Add(rows.GetInt64(0));
        return busy;
    }

    private static string Json(IEnumerable<DueSchedule> batch, Func<DueSchedule, long?[]> numbers) => JsonSerializer.Serialize(batch.Select(numbers));

    private static long Ms(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    private static HashSet<DateTimeOffset> RecordedFrom(WriteBatch write, long scheduleId, DateTimeOffset from)
    {
        using var rows = write.Query($"SELECT scheduled_for FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = ?1 AND scheduled_for >= ?2", scheduleId, from);
        var recorded = new HashSet<DateTimeOffset>();
        while (rows.Read()) recorded.Add(rows.GetInstant(0)!.Value);
        return recorded;
    }

    private long? InsertSkipped(WriteBatch write, Schedule schedule, DateTimeOffset at, int standsFor, SkipReason reason, DateTimeOffset from)
    {
        var id = Insert(write, new NewRun
        {
            ScheduleId = schedule.Id,
            ScheduleName = schedule.Name,
            Generation = schedule.Generation,
            TriggerType = TriggerType.Scheduled,
            ScheduledFor = at,
            StandsFor = standsFor,
            StandsFrom = standsFor == 1 ? null : from,
            Reason = standsFor == 1 ? reason.Words : $"{reason.Words} Stands for {standsFor} occurrences.",
            Cause = reason.Cause,
            Priority = schedule.Priority,
            Pool = schedule.Pool,
            JobKind = schedule.JobKind,
            MaxAttempts = schedule.MaxAttempts,
        }, RunStatus.Skipped);
        if (id is { } run) write.AfterCommit(() => Announce(run, schedule.Name, schedule.Pool));
        return id;
    }

    private void EnqueueOccurrences(WriteBatch write, DueSchedule due)
    {
        var notRun = 0;
        foreach (var (run, status) in due.Runs)
        {
            var (insert, into) = (run, status);
            if (status == RunStatus.Queued && run.NotBefore == Run.UntilAnswered)
            {
                // It has not begun, so that it blocks nobody; and it will not start beside a run that goes on.
                if (Insert(write, run with { Exclusive = due.Policy != ConcurrencyPolicy.Allow }, status) is { } asked) write.AfterCommit(() => Announce(asked, run.ScheduleName, run.Pool));
                continue;
            }
            if (status == RunStatus.Queued && run.BlackoutId is not null)
            {
                notRun += Hold(write, due, run);
                continue;
            }
            if (status == RunStatus.Queued)
            {
                switch (ConcurrencyDecision.For(due.Policy, due.Policy == ConcurrencyPolicy.Allow ? null : FindActive(write, due.ScheduleId), run.TriggerType == TriggerType.CatchUp))
                {
                    case ConcurrencyDecision.Skip skip:
                        (insert, into) = (run with { Reason = skip.Reason.Words, Cause = skip.Reason.Cause }, RunStatus.Skipped);
                        break;
                    case ConcurrencyDecision.Replace:
                        CancelEarlier(write, due.ScheduleId, SkipReason.Replaced(run.ScheduledFor), "the next occurrence (Replace)");
                        break;
                }
                // Under Forbid too: a run by hand may start while this one waits for its retry.
                insert = insert with { Exclusive = due.Policy != ConcurrencyPolicy.Allow };
            }
            if (into == RunStatus.Skipped) notRun += insert.StandsFor;
            if (Insert(write, insert, into) is { } id) write.AfterCommit(() => Announce(id, insert.ScheduleName, insert.Pool));
        }
        if (notRun > 0) write.Execute("UPDATE schedules SET not_run = not_run + ?2 WHERE id = ?1", due.ScheduleId, notRun);
    }

    // All that the schedule still has going or waiting makes room for the latest occurrence. What a person asked for and still waits is left to
    // that person, what waits for the end of a blackout to the blackout, and what waits for an answer to the answer.
    private void CancelEarlier(WriteBatch write, long scheduleId, SkipReason reason, string by)
    {
        var earlier = new List<long>();
        using (var rows = write.Query(
            $"""
            SELECT id FROM runs WHERE schedule_id = ?1 AND {RunTable.Active}
                AND ((status = 1 AND trigger_type <> 5) OR ({RunTable.Waiting} AND trigger_type IN (0, 1, 2) AND blackout_id IS NULL AND not_before < ?2))
            """, scheduleId, Run.UntilAnswered))
            while (rows.Read()) earlier.Add(rows.GetInt64(0));
        foreach (var id in earlier)
            if (!CancelWaiting(write, id, reason.Words, reason.Cause)) RequestCancel(write, id, by);
    }

    /// <summary>Records a catch-up run that waits for the end of a blackout. Under Latest it is counted into the one that waits already.</summary>
    /// <returns>How many occurrences were given up for it: those beyond what is caught up.</returns>
    private int Hold(WriteBatch write, DueSchedule due, NewRun run)
    {
        if (due.MissedRuns == MissedRunsPolicy.Latest && CountIn(write, run)) return 0;
        // It has not begun, so that it blocks nobody; and it does not start beside a run that goes on.
        if (Insert(write, run with { Exclusive = due.Policy != ConcurrencyPolicy.Allow }, RunStatus.Queued) is { } id) write.AfterCommit(() => Announce(id, run.ScheduleName, run.Pool));
        if (due.MissedRuns != MissedRunsPolicy.All || FindOldestBeyond(write, due) is not { } oldest) return 0;
        Skip(write, oldest, SkipReason.CatchUpLimit(InBlackout(write, run), due.CatchUpLimit));
        return 1;
    }

    private bool CountIn(WriteBatch write, NewRun run)
    {
        long id;
        int count;
        DateTimeOffset from;
        using (var rows = write.Query($"SELECT id, stands_for, coalesce(stands_from, scheduled_for) FROM runs WHERE {RunTable.HeldByBlackout} AND schedule_id = ?1 AND trigger_type = 1 AND attempt = 0", run.ScheduleId))
        {
            if (!rows.Read()) return false;
            (id, count, from) = (rows.GetInt64(0), rows.GetInt32(1) + run.StandsFor, rows.GetInstant(2)!.Value);
        }
        var occasion = DuePlan.CatchUpWords(count, from, run.ScheduledFor!.Value, InBlackout(write, run));
        // OR IGNORE: an occurrence that is recorded already is neither counted again nor an error.
        write.Execute(
            """
            UPDATE OR IGNORE runs SET generation = ?2, scheduled_for = ?3, due_at = ?3, stands_for = ?4, stands_from = ?5, occasion = ?6, not_before = ?7, start_by = ?8, blackout_id = ?9, reason = ?10
            WHERE id = ?1
            """, id, run.Generation, run.ScheduledFor, count, from, occasion, run.NotBefore, run.StartBy, run.BlackoutId, run.Reason);
        write.AfterCommit(() => Announce(id, run.ScheduleName, run.Pool));
        return true;
    }

    private static string InBlackout(WriteBatch write, NewRun run) => $"in blackout '{write.Scalar("SELECT name FROM blackouts WHERE id = ?1", run.BlackoutId)}'";

    // One at a time is enough: they come one at a time.
    private static ClaimedRun? FindOldestBeyond(WriteBatch write, DueSchedule due) => FindWaiting(
        write, $"{RunTable.HeldByBlackout} AND schedule_id = ?1 AND trigger_type = 1 AND attempt = 0 ORDER BY scheduled_for DESC LIMIT 1 OFFSET ?2", due.ScheduleId, due.CatchUpLimit)?.Run;

    // Backfills of the past neither block a schedule nor are blocked by it; nor does what waits for an answer block it.
    private static ActiveRun? FindActive(WriteBatch write, long scheduleId)
    {
        using var rows = write.Query(
            $"SELECT id, started_at FROM runs WHERE schedule_id = ?1 AND {RunTable.Active} AND trigger_type <> 5 AND not_before < ?2 ORDER BY status = 1 DESC, id LIMIT 1", scheduleId, Run.UntilAnswered);
        return rows.Read() ? new ActiveRun(rows.GetInt64(0), rows.GetInstant(1)) : null;
    }
}
