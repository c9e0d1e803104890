using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Core.Analytics;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Findings;
using Scheduler.Core.Live;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>
/// The only writer of run states. Each method is one transaction: a batch of due schedules with their runs and next instants,
/// a claim, an ending with its attempt, findings, counters and roll-ups. A crash between them leaves nothing half done.
/// </summary>
internal sealed partial class RunQueue(DatabaseWriter writer, LiveFeed feed, RunSignals signals, RunningRuns running, Endings endings, SchedulerOptions options, TimeProvider clock)
{
    /// <summary>A write that takes longer is held up by something.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private volatile Absence _absence = new(DateTimeOffset.MaxValue);

    /// <summary>The pool of runs that the command line executes itself: no worker claims from it.</summary>
    public const string ConsolePool = "console";

    /// <summary>Occurrences before its end were missed: nobody was there to start them. It ends at the end of time while nobody is.</summary>
    public Absence Absence
    {
        get => _absence;
        set => _absence = value;
    }

    /// <summary>Adds one run that a person asked for. Must be called inside the write that also audits it.</summary>
    /// <returns>The run's number.</returns>
    public long Enqueue(WriteBatch write, NewRun run)
    {
        var id = Insert(write, run, RunStatus.Queued) ?? throw new InvalidOperationException("A run without an occurrence can't collide.");
        write.AfterCommit(() => Announce(id, run.ScheduleName, run.Pool));
        return id;
    }

    /// <summary>Adds a run and takes it at once, for a process that executes it itself.</summary>
    public ClaimedRun EnqueueAndStart(WriteBatch write, long bootId, NewRun run)
    {
        Enqueue(write, run);
        var waiting = FindWaiting(write, "id = last_insert_rowid()") ?? throw new InvalidOperationException("The run that was just added does not wait.");
        return Start(write, waiting.Run, waiting.Status, bootId);
    }

    /// <summary>Takes as many runs of a pool as there is room for, in start order, in one transaction. Two workers can't take one run.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="room">What is free in it.</param>
    /// <param name="bootId">Who takes them.</param>
    public Task<IReadOnlyList<ClaimedRun>> ClaimAsync(string pool, PoolRoom room, long bootId, CancellationToken ct) => writer.WriteAsync(write =>
    {
        var claimed = new List<ClaimedRun>();
        while (claimed.Count < room.Slots && ClaimNext(write, pool, emergencyOnly: false, bootId) is { } run) claimed.Add(run);
        if (claimed.Count == room.Slots && room.EmergencyLane && ClaimNext(write, pool, emergencyOnly: true, bootId) is { } emergency) claimed.Add(emergency with { InEmergencyLane = true });
        return (IReadOnlyList<ClaimedRun>)claimed;
    }, ct);

    /// <summary>Takes the next run of a pool that may start now, if there is one.</summary>
    private ClaimedRun? ClaimNext(WriteBatch write, string pool, bool emergencyOnly, long bootId)
    {
        while (FindWaiting(write, pool, emergencyOnly) is { } waiting)
        {
            if (waiting.StartBy is { } startBy && startBy < write.Now && waiting.Run.Attempt == 1)
                Skip(write, waiting.Run, waiting.IsHeld ? SkipReason.Blackout(startBy) : Absence.HadFullDiskAt(startBy) ? SkipReason.DiskFull(startBy) : SkipReason.NoFreeSlot(startBy, pool));
            else if (!BlackoutHold.Apply(write, pool, waiting.Run, Announce))
                return Start(write, waiting.Run, waiting.Status, bootId);
        }
        return null;
    }

    /// <summary>Takes one certain run, for the command line's own process. Null when somebody else was quicker.</summary>
    public Task<ClaimedRun?> TryClaimAsync(long runId, long bootId, CancellationToken ct) => writer.WriteAsync(write =>
        FindWaiting(write, "id = ?1", runId) is { } waiting ? Start(write, waiting.Run, waiting.Status, bootId) : null, ct);

    /// <summary>Looks anew at what blackouts hold, after they or a schedule's labels were changed: what none covers any more may start.</summary>
    public void LookAtHeldAgain(WriteBatch write) => BlackoutHold.LookAgain(write, Announce);

    /// <summary>Lets runs start that waited for nothing but their turn when the clock was set back: by the new time they were asked for in the future.</summary>
    /// <remarks>Retries keep their wait, and what a blackout holds or a person has to answer for is not touched. A burst waits for one window, as though its last event came now.</remarks>
    public Task StartFromNowAsync(CancellationToken ct) => writer.WriteAsync(write =>
    {
        const string Window = "(burst_limit_at - queued_at) / ?2";
        write.Execute(
            $"""
            UPDATE runs SET not_before = ?1 + {Window}, queued_at = ?1, burst_limit_at = ?1 + burst_limit_at - queued_at
            WHERE {RunTable.Gathering} AND blackout_id IS NULL AND not_before > ?1 + {Window}
            """, write.Now, MostWindows);
        using var rows = write.Query(
            $"UPDATE runs SET not_before = ?1 WHERE {RunTable.Waiting} AND status = 0 AND attempt = 0 AND blackout_id IS NULL AND burst_limit_at IS NULL AND not_before > ?1 AND not_before < ?2 RETURNING id, schedule_name, pool",
            write.Now, Run.UntilAnswered);
        while (rows.Read())
        {
            var (id, name, pool) = (rows.GetInt64(0), rows.GetString(1), rows.GetString(2));
            write.AfterCommit(() => Announce(id, name, pool));
        }
    }, ct);

    /// <summary>When the next run of a pool may start of those that wait for their time; null when none does.</summary>
    public static DateTimeOffset? NextNotBefore(Lookout lookout, string pool, DateTimeOffset now) =>
        lookout.Number($"SELECT min(not_before) FROM runs WHERE {RunTable.Waiting} AND pool = ?1 AND not_before > ?2", pool, now) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    /// <summary>The pools in which something waits that may start before an instant.</summary>
    /// <param name="pools">Which to look at, as a JSON array.</param>
    /// <param name="before">Exclusive.</param>
    public static IReadOnlyList<string> PoolsWithWork(Lookout lookout, string pools, DateTimeOffset before) => lookout.Ask(
        $"SELECT value FROM json_each(?1) AS p WHERE EXISTS (SELECT 1 FROM runs WHERE {RunTable.Waiting} AND pool = p.value AND not_before < ?2)",
        rows =>
        {
            var found = new List<string>();
            while (rows.Read()) found.Add(rows.GetString(0));
            return found;
        }, pools, before);

    /// <summary>Ends an attempt: the state, the attempt, what is gone, the schedule's counters and the roll-ups, in one transaction. The slot that gets free may take its next run in the same one.</summary>
    /// <param name="run">The run.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="mayTakeNext">Asked inside the transaction.</param>
    /// <param name="bootId">Who would take the next one.</param>
    /// <param name="ct">Where the disk is full it waits for room until this fires.</param>
    /// <returns>The next run for the slot; null where none may start now.</returns>
    public Task<ClaimedRun?> CompleteAsync(ClaimedRun run, RunEnding ending, Func<bool> mayTakeNext, long bootId, CancellationToken ct) => writer.WriteSurelyAsync(write =>
    {
        Complete(write, run, ending);
        if (!mayTakeNext() || ClaimNext(write, run.Pool, run.InEmergencyLane, bootId) is not { } next) return null;
        return run.InEmergencyLane ? next with { InEmergencyLane = true } : next;
    }, ct);

    /// <summary>Ends an attempt, in a transaction that is open.</summary>
    public void Complete(WriteBatch write, ClaimedRun run, RunEnding ending)
    {
        RunStates.Demand(RunStatus.Running, ending.Status);
        ending.Before?.Invoke(write);
        var gone = ending.Status == RunStatus.Retrying ? 0 : FindingLedger.MarkGone(write, run.Id, run.ScheduleName, ending.CoveredAssets);
        EndAttempt(write, run, ending);
        var (pool, ended) = End(write, run, ending, gone);
        if (ended is not null)
        {
            RollUps.Count(write, ended);
            endings.Tell(write, new Ending.OfRun(run.Id, run.ScheduleId, run.ScheduleName, run.TriggerType, ending.Status) { Happened = ending.Status == RunStatus.Succeeded ? ending.Happened : [] });
            if (run.ScheduleId is { } scheduleId) CountEnding(write, scheduleId, run.TriggerType, ending.Status);
        }
        write.AfterCommit(() => Announce(run.Id, run.ScheduleName, pool));
    }

    /// <returns>The run's pool; and how it ended, null where another attempt follows.</returns>
    private static (string Pool, EndedRun? Run) End(WriteBatch write, ClaimedRun run, RunEnding ending, int gone)
    {
        var isLast = ending.Status.IsTerminal();
        var changed = write.Execute(
            """
            UPDATE runs SET status = ?2, reason = ?3, error = ?4, not_before = coalesce(?5, not_before), fixed_findings = fixed_findings + ?6, activity = NULL,
                finished_at = CASE WHEN ?7 THEN ?8 END, duration_ms = CASE WHEN ?7 THEN ?8 - started_at END,
                progress = CASE WHEN ?2 = 3 THEN 1.0 ELSE progress END
            WHERE id = ?1 AND status = 1
            """,
            run.Id, ending.Status, ending.Reason, ending.Error, ending.RetryAt, gone, isLast, write.Now);
        if (changed == 0) throw new InvalidOperationException($"Run {run.Id} is not running; somebody else has ended it.");
        // Asked for the row that was just changed SQLite answers sooner than by RETURNING, which makes a table of its answer.
        using var rows = write.Query($"SELECT pool, {EndedRun.Columns} FROM runs WHERE id = ?1", run.Id);
        rows.Read();
        return (rows.GetString(0), isLast ? EndedRun.Read(rows, 1) : null);
    }

    /// <summary>Records that the process that ran it died. It is tried again where its policy allows that.</summary>
    /// <param name="note">A further sentence for whoever looks into it, with a space before it; or nothing.</param>
    public void Interrupt(WriteBatch write, ClaimedRun run, DateTimeOffset? retryAt, string note = "") => Complete(write, run, retryAt is null
        ? new RunEnding(RunStatus.Interrupted, $"The process that ran it ended before the run did.{note}", "Interrupted", null, [])
        : new RunEnding(RunStatus.Retrying, $"Interrupted; waits for its next attempt.{note}", "Interrupted", retryAt, []) { AttemptStatus = RunStatus.Interrupted });

    /// <summary>Cancels a run that has not started or waits for a retry. False when it has started meanwhile.</summary>
    public bool CancelWaiting(WriteBatch write, long runId, string reason, SkipCause? cause = null)
    {
        string name, pool;
        EndedRun ended;
        using (var rows = write.Query(
            $"""
            UPDATE runs SET status = 6, reason = ?2, cause = ?4, finished_at = ?3, duration_ms = CASE WHEN started_at IS NULL THEN NULL ELSE ?3 - started_at END
            WHERE id = ?1 AND status IN (0, 2) RETURNING schedule_name, pool, {EndedRun.Columns}
            """, runId, reason, write.Now, cause))
        {
            if (!rows.Read()) return false;
            (name, pool, ended) = (rows.GetString(0), rows.GetString(1), EndedRun.Read(rows, 2));
        }
        RollUps.Count(write, ended);
        if (ended.DurationMs is not null) endings.Tell(write, new Ending.OfRun(runId, ended.ScheduleId, name, ended.TriggerType, RunStatus.Cancelled));
        write.AfterCommit(() => Announce(runId, name, pool));
        return true;
    }

    /// <summary>Takes back a run that nobody has started, as though it had never been asked for. False when it has started or ended.</summary>
    public bool Withdraw(WriteBatch write, long runId)
    {
        if (write.Scalar("DELETE FROM runs WHERE id = ?1 AND status = 0 AND attempt = 0 RETURNING schedule_name", runId) is not string name) return false;
        write.AfterCommit(() => feed.Publish(new LiveChange.RunChanged(runId, name)));
        return true;
    }

    /// <summary>Gives a dead letter one attempt more. False when it is none.</summary>
    /// <param name="pool">Where it waits.</param>
    public bool Requeue(WriteBatch write, Run run, string pool, string reason)
    {
        if (!run.Status.IsBad() || run.DismissedAt is not null) return false;
        RunStates.Demand(run.Status, RunStatus.Retrying);
        KeepInFigures(write, run.Id);
        write.Execute(
            $"""
            UPDATE runs SET status = 2, reason = ?2, pool = ?3, not_before = ?4, max_attempts = max(max_attempts, attempt + 1), exclusive = schedule_id IS NOT NULL AND trigger_type <> 5,
                cancel_requested_by = NULL, finished_at = NULL, duration_ms = NULL
            WHERE id = ?1 AND {RunTable.Dead}
            """, run.Id, reason, pool, write.Now);
        write.AfterCommit(() => Announce(run.Id, run.ScheduleName, pool));
        return true;
    }

    // Its ending was counted and did happen; with the next one the figures count two, of which the rows show the last.
    private static void KeepInFigures(WriteBatch write, long runId)
    {
        EndedRun ended;
        using (var rows = write.Query($"SELECT {EndedRun.Columns} FROM runs WHERE id = ?1", runId)) ended = rows.Read() ? EndedRun.Read(rows, 0) : throw new InvalidOperationException($"Run {runId} is gone.");
        RollUps.Archive(write, [ended]);
    }

    /// <summary>Notes that a dead letter needs nothing more. False when it is none.</summary>
    public bool Dismiss(WriteBatch write, Run run, string by, string reason)
    {
        if (write.Execute($"UPDATE runs SET dismissed_at = ?2, dismissed_by = ?3, dismiss_reason = ?4 WHERE id = ?1 AND {RunTable.Dead}", run.Id, write.Now, by, reason) == 0) return false;
        write.AfterCommit(() => feed.Publish(new LiveChange.RunChanged(run.Id, run.ScheduleName)));
        return true;
    }

    /// <summary>Puts a waiting run before all that wait in its pool, emergencies apart, by raising its priority so far. Nobody else's place changes but by one.</summary>
    /// <returns>Its new priority; null where it is the first already, or waits no more.</returns>
    public int? MoveToFront(WriteBatch write, long runId)
    {
        // The rank falls by 180,000 a point of priority: StartOrder.Rank.
        using var rows = write.Query(
            $"""
            UPDATE runs SET priority = (queued_at - front.start_rank) / 180000 + 1
            FROM (SELECT id, start_rank, due_at FROM runs WHERE {RunTable.Waiting} AND pool = (SELECT pool FROM runs WHERE id = ?1) AND trigger_type <> 4 ORDER BY start_rank, due_at, id LIMIT 1) AS front
            WHERE runs.id = ?1 AND runs.id <> front.id AND runs.trigger_type <> 4 AND {RunTable.Waiting} RETURNING priority, schedule_name, pool
            """, runId);
        if (!rows.Read()) return null;
        var (priority, name, pool) = (rows.GetInt32(0), rows.GetString(1), rows.GetString(2));
        write.AfterCommit(() => Announce(runId, name, pool));
        return priority;
    }

    /// <summary>Answers for runs that wait for one: they may start, or are recorded as skipped.</summary>
    /// <param name="from">The occurrences at or after this instant,</param>
    /// <param name="to">and before this one.</param>
    /// <param name="schedule">Of this schedule alone; null: of all.</param>
    /// <param name="skip">Why they are skipped; null: they run, whatever their starting deadline was.</param>
    /// <returns>How many.</returns>
    public int Answer(WriteBatch write, DateTimeOffset from, DateTimeOffset to, string? schedule, SkipReason? skip)
    {
        var answered = new List<(long Id, string Name, string Pool, int StandsFor, EndedRun Run)>();
        var set = skip is null ? "not_before = ?5, start_by = NULL" : "status = 8, cause = ?6, reason = reason || ' ' || ?7, finished_at = ?5, not_before = ?5";
        using (var rows = write.Query(
            $"UPDATE runs SET {set} WHERE {RunTable.Waiting} AND {Awaited} AND (?4 IS NULL OR schedule_name = ?4) RETURNING id, schedule_name, pool, stands_for, {EndedRun.Columns}",
            [Run.UntilAnswered, from, to, schedule, write.Now, .. skip is null ? (object?[])[] : [skip.Cause, skip.Words]]))
            while (rows.Read())
                answered.Add((rows.GetInt64(0), rows.GetString(1), rows.GetString(2), rows.GetInt32(3), skip is null ? Unended : EndedRun.Read(rows, 4)));
        foreach (var (id, name, pool, standsFor, run) in answered)
        {
            if (skip is not null)
            {
                RollUps.Count(write, run);
                write.Execute("UPDATE schedules SET not_run = not_run + ?2 WHERE id = ?1", run.ScheduleId, standsFor);
            }
            write.AfterCommit(() => Announce(id, name, pool));
        }
        return answered.Count;
    }

    /// <summary>Whether a run of these occurrences waits for an answer.</summary>
    public static bool IsAnswerAwaited(WriteBatch write, DateTimeOffset from, DateTimeOffset to) =>
        write.Scalar($"SELECT 1 FROM runs WHERE {RunTable.Waiting} AND {Awaited} LIMIT 1", Run.UntilAnswered, from, to) is not null;

    private const string Awaited = $"{RunTable.OfAbsence} AND not_before = ?1 AND scheduled_for >= ?2 AND scheduled_for < ?3";

    private static readonly EndedRun Unended = new(null, TriggerType.CatchUp, RunStatus.Queued, default, null, null);

    /// <summary>Notes durably that a running run is to stop, and tells the job once that is on disk.</summary>
    public void RequestCancel(WriteBatch write, long runId, string by)
    {
        write.Execute("UPDATE runs SET cancel_requested_by = coalesce(cancel_requested_by, ?2) WHERE id = ?1 AND status = 1", runId, by);
        write.AfterCommit(() => running.Cancel(runId, by));
    }

    /// <summary>
    /// Awaits a write in which a person stops runs. Where it is held up, as long as another program holds the database, the jobs are told ahead of it: what the person wants is
    /// that they stop now. The answer still says what is on disk; a crash before that leaves them interrupted.
    /// </summary>
    /// <param name="written">The write.</param>
    /// <param name="runs">Reads which runs it stops; those that run here are told.</param>
    /// <param name="by">Who stops them.</param>
    public async Task<T> StoppedInTimeAsync<T>(Task<T> written, Func<Task<IReadOnlyCollection<long>>> runs, string by)
    {
        try
        {
            return await written.WaitAsync(Patience, clock);
        }
        catch (TimeoutException) when (!written.IsCompleted)
        {
            foreach (var run in await runs()) running.CancelAhead(run, by);
            return await written;
        }
    }

    /// <summary>Deletes runs that have ended, with their attempts and what they saw of findings. The figures keep them.</summary>
    /// <param name="write">The transaction.</param>
    /// <param name="runIds">Those among them that have not ended, or that prove a finding open or gone, are left alone.</param>
    /// <returns>The numbers of the deleted.</returns>
    public static IReadOnlyList<long> DeleteEnded(WriteBatch write, IReadOnlyCollection<long> runIds)
    {
        if (runIds.Count == 0) return [];
        var (deleted, ended) = (new List<long>(runIds.Count), new List<EndedRun>(runIds.Count));
        using (var rows = write.Query($"DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?1)) AND {RunTable.Disposable} RETURNING id, {EndedRun.Columns}", JsonSerializer.Serialize(runIds)))
            while (rows.Read())
            {
                deleted.Add(rows.GetInt64(0));
                ended.Add(EndedRun.Read(rows, 1));
            }
        if (deleted.Count == 0) return [];
        var ids = JsonSerializer.Serialize(deleted);
        write.Execute("DELETE FROM attempts WHERE run_id IN (SELECT value FROM json_each(?1))", ids);
        write.Execute("DELETE FROM run_findings WHERE run_id IN (SELECT value FROM json_each(?1))", ids);
        write.Execute("DELETE FROM short_logs WHERE run_id IN (SELECT value FROM json_each(?1))", ids);
        RollUps.Archive(write, ended);
        return deleted;
    }

    /// <returns>Null when the occurrence is recorded already: then nothing is written.</returns>
    private static long? Insert(WriteBatch write, NewRun run, RunStatus status)
    {
        var id = InsertRow(write, run, status);
        if (id is not null && status == RunStatus.Skipped) RollUps.Count(write, new EndedRun(run.ScheduleId, run.TriggerType, status, write.Now, null, null));
        return id;
    }

    // The self-check's run has its schedule's number, all others the next one. What waits for the end of a burst is due then, and not late before.
    private static long? InsertRow(WriteBatch write, NewRun run, RunStatus status) => write.Insert(
        $"""
        INSERT INTO runs ({RunTable.Inserted})
        VALUES (CASE WHEN ?1 < 0 THEN ?1 END, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, coalesce(?5, CASE WHEN ?30 IS NOT NULL THEN ?20 END, ?14), ?14, coalesce(?20, ?14), ?15, ?16, ?17, ?18, ?19, ?21, ?22, CASE WHEN ?7 = 8 THEN ?14 END,
            ?23, ?24, ?27, ?28, ?29, ?30, ?25, ?26, {RunTable.NothingSeen})
        ON CONFLICT DO NOTHING
        """,
        run.ScheduleId, run.ScheduleName, run.Generation, run.TriggerType, run.ScheduledFor, run.StandsFor, status, run.Reason, run.Priority, run.Pool,
        run.JobKind, run.Job, run.MaxAttempts, write.Now, run.StartBy, run.Exclusive, run.RequestedBy, run.StandsFrom, run.Cause, run.NotBefore,
        run.BlackoutId, run.Overrides.Blackouts, run.Occasion, run.EmergencyId, run.Overrides.Concurrency, run.Overrides.RateLimits, run.BackfillId,
        run.EventId, run.Parameters, run.BurstLimitAt);

    private static (ClaimedRun Run, RunStatus Status, DateTimeOffset? StartBy, bool IsHeld)? FindWaiting(WriteBatch write, string pool, bool emergencyOnly) =>
        FindWaiting(write, $"""
            pool = ?1 AND not_before <= ?2{(emergencyOnly ? " AND trigger_type = 4 AND start_rank < 0" : "")}
            AND NOT (exclusive AND EXISTS (SELECT 1 FROM runs other WHERE other.schedule_id = runs.schedule_id AND other.status = 1 AND other.{RunTable.Active} AND other.trigger_type <> 5))
            ORDER BY start_rank, due_at, id LIMIT 1
            """, pool, write.Now);

    private static (ClaimedRun Run, RunStatus Status, DateTimeOffset? StartBy, bool IsHeld)? FindWaiting(WriteBatch write, string condition, params ReadOnlySpan<object?> values)
    {
        using var rows = write.Query(
            $"""
            SELECT id, schedule_id, schedule_name, generation, trigger_type, job_kind,
                coalesce(job, (SELECT spec FROM revisions v WHERE v.schedule_id = runs.schedule_id AND v.generation = runs.generation)),
                attempt, max_attempts, cancel_requested_by, status, start_by, pool, blackout_id, overrides_rate_limits, CASE WHEN trigger_type = 5 THEN scheduled_for END, parameters
            FROM runs WHERE {RunTable.Waiting} AND {condition}
            """, values);
        if (!rows.Read()) return null;
        var run = new ClaimedRun(
            rows.GetInt64(0), rows.IsNull(1) ? null : rows.GetInt64(1), rows.GetString(2), rows.GetInt32(3), (TriggerType)rows.GetInt32(4),
            rows.GetString(5), rows.IsNull(6) ? null : rows.GetString(6), rows.GetInt32(7) + 1, rows.GetInt32(8), write.Now, rows.IsNull(9) ? null : rows.GetString(9),
            rows.GetString(12)) { OverridesRateLimits = rows.GetBoolean(14), AsOf = rows.GetInstant(15), Parameters = rows.IsNull(16) ? null : rows.GetString(16) };
        return (run, (RunStatus)rows.GetInt32(10), rows.GetInstant(11), !rows.IsNull(13));
    }

    private ClaimedRun Start(WriteBatch write, ClaimedRun run, RunStatus from, long bootId)
    {
        RunStates.Demand(from, RunStatus.Running);
        write.Execute(
            """
            UPDATE runs SET status = 1, reason = '', blackout_id = NULL, attempt = ?2, boot_id = ?3, started_at = coalesce(started_at, ?4),
                attempt_started_at = ?4, progress = NULL
            WHERE id = ?1
            """, run.Id, run.Attempt, bootId, write.Now);
        write.AfterCommit(() => feed.Publish(new LiveChange.RunChanged(run.Id, run.ScheduleName)));
        return run;
    }

    private void Skip(WriteBatch write, ClaimedRun run, SkipReason reason)
    {
        if (write.Execute("UPDATE runs SET status = 8, reason = ?2, cause = ?4, finished_at = ?3 WHERE id = ?1 AND status = 0", run.Id, reason.Words, write.Now, reason.Cause) == 1)
            RollUps.Count(write, new EndedRun(run.ScheduleId, run.TriggerType, RunStatus.Skipped, write.Now, null, null));
        write.AfterCommit(() => feed.Publish(new LiveChange.RunChanged(run.Id, run.ScheduleName)));
    }

    private static void EndAttempt(WriteBatch write, ClaimedRun run, RunEnding ending) => write.Execute(
        "INSERT INTO attempts (run_id, number, started_at, finished_at, status, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        run.Id, run.Attempt, run.AttemptStartedAt, write.Now, ending.AttemptStatus, ending.Error);

    // Backfills and runs by hand are no part of the schedule's own history; but whether it works, a run by hand says as well.
    private static void CountEnding(WriteBatch write, long scheduleId, TriggerType type, RunStatus status)
    {
        if (type is TriggerType.Backfill || status is RunStatus.Cancelled) return;
        var counts = type is not (TriggerType.Manual or TriggerType.Emergency);
        write.Execute(
            """
            UPDATE schedules SET last_status = ?2, not_run = 0, succeeded = succeeded + ?3, failed = failed + ?4, last_success_at = CASE WHEN ?3 THEN ?5 ELSE last_success_at END
            WHERE id = ?1
            """, scheduleId, status, counts && status == RunStatus.Succeeded, counts && status != RunStatus.Succeeded, write.Now);
    }

    private void Announce(long runId, string scheduleName, string pool)
    {
        signals.Notify(pool);
        feed.Publish(new LiveChange.RunChanged(runId, scheduleName));
    }
}
