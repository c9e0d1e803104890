using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Backfills;

/// <summary>
/// Moves backfills on, inside a write. A slot and its run change in one transaction, and the file itself keeps a slot from getting two runs:
/// a process that dies leaves nothing half done, and the next one goes on from what is on disk.
/// </summary>
internal sealed class BackfillSteps(RunQueue queue, Endings endings, LiveFeed feed, SchedulerOptions options)
{
    /// <summary>Notes what its runs have come to, begins what may begin, and ends the backfill with its last run. Does nothing where nothing has changed.</summary>
    public void Step(WriteBatch write, long id)
    {
        if (write.Db.Backfills.AsNoTracking().FirstOrDefault(b => b.Id == id && b.FinishedAt == null) is not { } backfill) return;
        var changed = Settle(write, id);
        if (backfill.State is BackfillState.Running or BackfillState.Paused)
        {
            if (write.Scalar("SELECT 1 FROM schedules WHERE id = ?1", backfill.ScheduleId) is null)
                Stop(write, backfill, BackfillState.Cancelled, "The schedule was deleted.");
            else if (backfill.OnFailure == BackfillOnFailure.FailFast && FirstBad(write, id) is { } bad)
                Stop(write, backfill, BackfillState.Failed, $"Stopped at the first failure, the occurrence of {SkipReason.Print(bad)}.");
            else
            {
                if (backfill.OnFailure == BackfillOnFailure.Retry) changed |= PutBack(write, id, "AND tries = 0") > 0;
                changed |= Feed(write, backfill);
            }
        }
        if (Finish(write, id))
        {
            changed = true;
            Tell(write, id);
        }
        if (changed) Announce(write, backfill);
    }

    /// <summary>Takes over the states of the runs. All backfills where no one is named.</summary>
    /// <returns>Whether any has changed.</returns>
    public static bool Settle(WriteBatch write, long? id) => write.Execute(
        $"""
        UPDATE backfill_slots SET state = (SELECT status FROM runs WHERE runs.id = backfill_slots.run_id)
        WHERE {(id is null ? "state <> 9" : $"backfill_id = ?1 AND {BackfillTable.Active}")}
            AND EXISTS (SELECT 1 FROM runs WHERE runs.id = backfill_slots.run_id AND runs.status <> backfill_slots.state)
        """, [.. id is { } one ? [one] : Array.Empty<object?>()]) > 0;

    /// <summary>Ends what remains: slots whose turn has not come never run, waiting runs are cancelled, running ones are told to stop.</summary>
    /// <param name="by">Whom the runs name; null for the backfill itself.</param>
    public void Stop(WriteBatch write, Backfill backfill, BackfillState state, string reason, string? by = null)
    {
        write.Execute("UPDATE backfill_slots SET state = CASE WHEN run_id IS NULL THEN 6 ELSE (SELECT coalesce(max(status), 6) FROM runs WHERE runs.id = run_id) END WHERE backfill_id = ?1 AND state = 9", backfill.Id);
        foreach (var (_, run) in Slots(write, $"backfill_id = ?1 AND {BackfillTable.Active} ORDER BY scheduled_for", backfill.Id))
            if (!queue.CancelWaiting(write, run!.Value, $"Backfill {backfill.Id}: {reason}")) queue.RequestCancel(write, run.Value, by ?? $"backfill {backfill.Id}");
        write.Execute("UPDATE backfills SET state = ?2, state_reason = ?3 WHERE id = ?1", backfill.Id, state, reason);
        Settle(write, backfill.Id);
        Announce(write, backfill);
    }

    /// <summary>Lets slots whose run ended badly wait for another attempt.</summary>
    /// <param name="further">A further condition.</param>
    /// <returns>How many.</returns>
    public static int PutBack(WriteBatch write, long id, string further = "") =>
        write.Execute($"UPDATE backfill_slots SET state = 9, tries = tries + 1 WHERE backfill_id = ?1 AND {BackfillTable.Bad} {further}", id);

    public void Announce(WriteBatch write, Backfill backfill) => write.AfterCommit(() => feed.Publish(new LiveChange.BackfillChanged(backfill.Id)));

    private bool Feed(WriteBatch write, Backfill backfill)
    {
        var room = RoomOf(write, backfill) - Count(write, backfill.Id, BackfillTable.Active);
        return room < 0 ? TakeBack(write, backfill, -room) : room > 0 && Begin(write, backfill, room);
    }

    private int RoomOf(WriteBatch write, Backfill backfill)
    {
        if (backfill.State != BackfillState.Running) return 0;
        if (HoursWindow.TryParse(backfill.Hours, out var hours) && TriggerZone.TryFind(backfill.TimeZone, out var zone) && !hours.IsOpen(write.Now, zone)) return 0;
        return Math.Min(backfill.Parallel, options.Pools.GetValueOrDefault(backfill.Pool, backfill.Parallel));
    }

    // What has begun goes on. What only waits is taken back, the latest in turn first.
    private bool TakeBack(WriteBatch write, Backfill backfill, int count)
    {
        var any = false;
        foreach (var (at, run) in Slots(write, $"backfill_id = ?1 AND state = 0 ORDER BY scheduled_for {Backwards(backfill)} LIMIT ?2", backfill.Id, count))
        {
            if (!queue.Withdraw(write, run!.Value)) continue;
            write.Execute("UPDATE backfill_slots SET state = 9, run_id = NULL WHERE backfill_id = ?1 AND scheduled_for = ?2", backfill.Id, at);
            any = true;
        }
        return any;
    }

    private bool Begin(WriteBatch write, Backfill backfill, int room)
    {
        var next = Slots(write, $"backfill_id = ?1 AND state = 9 ORDER BY tries, scheduled_for {Forwards(backfill)} LIMIT ?2", backfill.Id, room);
        foreach (var (at, run) in next)
        {
            var (state, runId) = run is { } before && write.Db.Runs.AsNoTracking().FirstOrDefault(r => r.Id == before) is { } old
                ? (Again(write, backfill, old), old.Id) : (SlotState.Queued, Enqueue(write, backfill, at));
            write.Execute("UPDATE backfill_slots SET state = ?3, run_id = ?4 WHERE backfill_id = ?1 AND scheduled_for = ?2", backfill.Id, at, state, runId);
        }
        return next.Count > 0;
    }

    private long Enqueue(WriteBatch write, Backfill backfill, DateTimeOffset at) => queue.Enqueue(write, new NewRun
    {
        ScheduleId = backfill.ScheduleId,
        ScheduleName = backfill.ScheduleName,
        Generation = backfill.Generation,
        TriggerType = TriggerType.Backfill,
        ScheduledFor = at,
        BackfillId = backfill.Id,
        Priority = backfill.Priority,
        Pool = backfill.Pool,
        JobKind = backfill.JobKind,
        MaxAttempts = backfill.MaxAttempts,
        RequestedBy = backfill.CreatedBy,
    });

    // The same run, one attempt more. A run that somebody dismissed, or has requeued by hand, stays as it is.
    private SlotState Again(WriteBatch write, Backfill backfill, Run run) =>
        queue.Requeue(write, run, run.Pool, $"Tried again by backfill {backfill.Id}.") ? SlotState.Retrying : (SlotState)run.Status;

    private static bool Finish(WriteBatch write, long id)
    {
        if (write.Scalar($"SELECT 1 FROM backfill_slots WHERE backfill_id = ?1 AND state IN (0, 1, 2, 9) LIMIT 1", id) is not null) return false;
        return write.Execute(
            $"""
            UPDATE backfills SET finished_at = ?2, state = CASE
                WHEN state NOT IN (0, 1) THEN state
                WHEN NOT EXISTS (SELECT 1 FROM backfill_slots WHERE backfill_id = ?1 AND state IN (4, 5, 6, 7)) THEN 2
                WHEN EXISTS (SELECT 1 FROM backfill_slots WHERE backfill_id = ?1 AND state = 3) THEN 3
                ELSE 4 END
            WHERE id = ?1 AND finished_at IS NULL
            """, id, write.Now) > 0;
    }

    private void Tell(WriteBatch write, long id)
    {
        var over = write.Db.Backfills.AsNoTracking().First(b => b.Id == id);
        endings.Tell(write, new Ending.OfBackfill(
            id, over.ScheduleName, over.State.ToString(), over.Total, Count(write, id, "state = 3"), Count(write, id, BackfillTable.Bad), Count(write, id, "state = 6"), Count(write, id, "state = 8")));
    }

    private static DateTimeOffset? FirstBad(WriteBatch write, long id) =>
        write.Scalar($"SELECT min(scheduled_for) FROM backfill_slots WHERE backfill_id = ?1 AND {BackfillTable.Bad}", id) is long at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    private static int Count(WriteBatch write, long id, string which) => (int)(long)write.Scalar($"SELECT count(*) FROM backfill_slots WHERE backfill_id = ?1 AND {which}", id)!;

    private static string Forwards(Backfill backfill) => backfill.SlotOrder == BackfillOrder.OldestFirst ? "ASC" : "DESC";

    private static string Backwards(Backfill backfill) => backfill.SlotOrder == BackfillOrder.OldestFirst ? "DESC" : "ASC";

    private static List<(DateTimeOffset At, long? Run)> Slots(WriteBatch write, string which, params ReadOnlySpan<object?> values)
    {
        using var rows = write.Query($"SELECT scheduled_for, run_id FROM backfill_slots WHERE {which}", values);
        var slots = new List<(DateTimeOffset, long?)>();
        while (rows.Read()) slots.Add((DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)), rows.IsNull(1) ? null : rows.GetInt64(1)));
        return slots;
    }
}
