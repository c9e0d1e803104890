using Scheduler.Core.Blackouts;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>By which rules an event starts a run.</summary>
/// <param name="Policy">Where an earlier run goes on.</param>
/// <param name="StartingDeadline">It is skipped if it could not start within that.</param>
/// <param name="Window">It waits until so long no further event has come; null: it does not wait.</param>
internal sealed record EventRules(ConcurrencyPolicy Policy, TimeSpan? StartingDeadline, TimeSpan? Window);

/// <summary>What an event came to in the queue.</summary>
/// <param name="RunId">Its run.</param>
/// <param name="Skipped">Why the run is only recorded; null where it will start.</param>
/// <param name="Before">The event of the same burst whose place it took in that run.</param>
internal sealed record EventRun(long RunId, SkipReason? Skipped = null, long? Before = null);

/// <summary>What becomes of events: each starts a run, joins one that waits for the end of a burst, or is recorded as skipped.</summary>
internal sealed partial class RunQueue
{
    /// <summary>So many runs of one schedule may wait before events start no more of them.</summary>
    public const int MostWaitingForEvents = 10_000;

    /// <summary>A burst is waited out for so many windows at the most.</summary>
    public const int MostWindows = 10;

    /// <summary>Records what an event starts, by the rules for occurrences that fall due: policy, blackouts, starting deadline.</summary>
    /// <returns>Null where too many runs of the schedule wait already; then nothing is recorded.</returns>
    public EventRun? EnqueueEvent(WriteBatch write, NewRun run, EventRules rules)
    {
        var scheduleId = run.ScheduleId!.Value;
        if (rules.Window is { } window)
        {
            if (JoinBurst(write, run, rules, window) is { } joined) return joined;
            var limit = write.Now + MostWindows * window;
            run = run with { NotBefore = write.Now + window, BurstLimitAt = limit, Reason = BurstWords(write.Now + window, limit) };
        }
        var cover = BlackoutHold.Selecting(write, scheduleId).Covering(write.Now);
        if (SkipOf(write, run, rules, cover) is { } reason) return new EventRun(InsertSkipped(write, run, reason), reason);
        if (IsFlooded(write, scheduleId)) return null;
        if (rules.Policy == ConcurrencyPolicy.Replace) CancelEarlier(write, scheduleId, SkipReason.Replaced(run.EventId!.Value), $"event {run.EventId} (Replace)");
        if (cover is not null) run = run with { NotBefore = Later(run.NotBefore ?? write.Now, cover.Until), BlackoutId = cover.BlackoutId, Reason = BlackoutHold.Words(cover) };
        // Under Forbid too: a run by hand may start while this one waits for its retry, or for the end of its burst.
        run = run with { StartBy = (run.NotBefore ?? write.Now) + rules.StartingDeadline, Exclusive = rules.Policy != ConcurrencyPolicy.Allow };
        return new EventRun(Enqueue(write, run));
    }

    private static SkipReason? SkipOf(WriteBatch write, NewRun run, EventRules rules, BlackoutCover? cover)
    {
        if (cover is { Mode: BlackoutMode.Skip } || write.Now + rules.StartingDeadline < cover?.Until) return SkipReason.Blackout(cover!.Name, cover.Until);
        // The last of a burst waits its turn: skipping it would lose what the burst was about.
        if (rules.Window is not null || rules.Policy != ConcurrencyPolicy.Forbid) return null;
        return ConcurrencyDecision.For(rules.Policy, FindActive(write, run.ScheduleId!.Value)) is ConcurrencyDecision.Skip skip ? skip.Reason : null;
    }

    private long InsertSkipped(WriteBatch write, NewRun run, SkipReason reason)
    {
        var id = Insert(write, run with { NotBefore = null, BurstLimitAt = null, Reason = reason.Words, Cause = reason.Cause }, RunStatus.Skipped)!.Value;
        write.Execute("UPDATE schedules SET not_run = not_run + 1 WHERE id = ?1", run.ScheduleId);
        write.AfterCommit(() => Announce(id, run.ScheduleName, run.Pool));
        return id;
    }

    // Where one run at a time is meant, also a burst is joined that is over, as long as its run has not begun.
    private EventRun? JoinBurst(WriteBatch write, NewRun run, EventRules rules, TimeSpan window)
    {
        long id;
        long? before;
        DateTimeOffset notBefore, limit;
        using (var rows = write.Query(
            $"SELECT id, event_id, not_before, burst_limit_at FROM runs WHERE {RunTable.Gathering} AND schedule_id = ?1 AND (?2 OR not_before > ?3) ORDER BY id DESC LIMIT 1",
            run.ScheduleId, rules.Policy is ConcurrencyPolicy.Forbid or ConcurrencyPolicy.Replace, write.Now))
        {
            if (!rows.Read()) return null;
            (id, before, notBefore, limit) = (rows.GetInt64(0), rows.IsNull(1) ? null : rows.GetInt64(1), rows.GetInstant(2)!.Value, rows.GetInstant(3)!.Value);
        }
        var wanted = write.Now + window;
        var until = Later(notBefore, wanted < limit ? wanted : limit);
        write.Execute(
            """
            UPDATE runs SET event_id = ?2, parameters = ?3, occasion = ?4, generation = ?5, job_kind = ?6, pool = ?7, priority = ?8, max_attempts = ?9, not_before = ?10, due_at = ?10, start_by = ?11,
                reason = CASE WHEN blackout_id IS NULL THEN ?12 ELSE reason END
            WHERE id = ?1
            """,
            id, run.EventId, run.Parameters, $"{run.Occasion}, the last of a burst", run.Generation, run.JobKind, run.Pool, run.Priority, run.MaxAttempts, until, until + rules.StartingDeadline,
            BurstWords(until, limit));
        write.AfterCommit(() => Announce(id, run.ScheduleName, run.Pool));
        return new EventRun(id, Before: before);
    }

    private static string BurstWords(DateTimeOffset until, DateTimeOffset limit) => until < limit
        ? $"Waits for the end of a burst: starts at {SkipReason.Print(until)} unless another event comes, and at {SkipReason.Print(limit)} at the latest."
        : $"Waits for the end of a burst: starts at {SkipReason.Print(limit)}, however long the burst goes on.";

    private static bool IsFlooded(WriteBatch write, long scheduleId) =>
        (long)write.Scalar($"SELECT count(*) FROM (SELECT 1 FROM runs WHERE schedule_id = ?1 AND {RunTable.Active} AND status = 0 LIMIT ?2)", scheduleId, MostWaitingForEvents)! == MostWaitingForEvents;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
