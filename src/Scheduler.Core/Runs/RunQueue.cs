using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Analytics;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Findings;
using Scheduler.Core.Live;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>A run to be, as its maker asks for it.</summary>
internal sealed record NewRun
{
    public long? ScheduleId { get; init; }
    public required string ScheduleName { get; init; }
    public required int Generation { get; init; }
    public required TriggerType TriggerType { get; init; }
    public DateTimeOffset? ScheduledFor { get; init; }
    public int StandsFor { get; init; } = 1;
    public DateTimeOffset? StandsFrom { get; init; }
    public string Occasion { get; init; } = "";
    public string Reason { get; init; } = "";
    public SkipCause? Cause { get; init; }
    public required int Priority { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }
    public string? Job { get; init; }
    public required int MaxAttempts { get; init; }
    public DateTimeOffset? StartBy { get; init; }

    /// <summary>Not to be started before; null: at once.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The blackout whose end it waits for.</summary>
    public long? BlackoutId { get; init; }
    public Overrides Overrides { get; init; } = Overrides.None;
    public bool Exclusive { get; init; }
    public string? RequestedBy { get; init; }
    public long? EmergencyId { get; init; }

    /// <summary>The backfill that it is part of: then its occurrence lies in the past, and no other run of that backfill has it.</summary>
    public long? BackfillId { get; init; }
}

/// <summary>What the dispatcher decided for one due schedule.</summary>
/// <param name="ScheduleId">Which.</param>
/// <param name="ScheduleName">Its name.</param>
/// <param name="Generation">The revision that was read; a changed schedule is looked at anew.</param>
/// <param name="WasDueAt">The next run that was read: the fence against a second look at the same instant.</param>
/// <param name="NextRunAt">Where it moves; null ends a schedule that follows the clock.</param>
/// <param name="LastScheduledAt">The latest occurrence dealt with.</param>
/// <param name="Policy">For occurrences that find a run still going.</param>
/// <param name="MissedRuns">For occurrences that fall into a blackout one by one.</param>
/// <param name="CatchUpLimit">The most catch-up runs that wait under the policy All.</param>
/// <param name="Runs">One for each occurrence, in order; those with <see cref="RunStatus.Skipped"/> are only recorded.</param>
internal sealed record DueSchedule(
    long ScheduleId, string ScheduleName, int Generation, DateTimeOffset WasDueAt, DateTimeOffset? NextRunAt, DateTimeOffset LastScheduledAt,
    ConcurrencyPolicy Policy, MissedRunsPolicy MissedRuns, int CatchUpLimit, IReadOnlyList<(NewRun Run, RunStatus Status)> Runs);

/// <summary>An occurrence that is in the ledger, as SQLite has it.</summary>
internal sealed record RecordedOccurrence(long ScheduleId, long ScheduledFor);

/// <summary>A run that a worker has taken.</summary>
/// <param name="Manifest">What it does, as JSON: its own, or that of its schedule's revision. Null where it is gone.</param>
internal sealed record ClaimedRun(
    long Id, long? ScheduleId, string ScheduleName, int Generation, TriggerType TriggerType, string JobKind, string? Manifest, int Attempt, int MaxAttempts,
    DateTimeOffset AttemptStartedAt, string? CancelRequestedBy, string Pool)
{
    /// <summary>It took no slot of the pool but the lane that only emergencies use.</summary>
    public bool InEmergencyLane { get; init; }
    public bool OverridesRateLimits { get; init; }
}

/// <summary>What is free in a pool.</summary>
/// <param name="Slots">For runs of every kind.</param>
/// <param name="EmergencyLane">Whether one emergency more may start when no slot is left.</param>
internal readonly record struct PoolRoom(int Slots, bool EmergencyLane);

/// <summary>How an attempt ended.</summary>
/// <param name="Status">A terminal status, or Retrying.</param>
/// <param name="Reason">In words that an operator can act on.</param>
/// <param name="Error">What failed, or null.</param>
/// <param name="RetryAt">When the next attempt may start; only with Retrying.</param>
/// <param name="CoveredAssets">What was looked at from end to end: open findings there that were not seen again are gone.</param>
internal sealed record RunEnding(RunStatus Status, string Reason, string? Error, DateTimeOffset? RetryAt, IReadOnlyCollection<string> CoveredAssets)
{
    /// <summary>How the attempt itself ended, which differs from the run's status where another attempt follows.</summary>
    public RunStatus AttemptStatus { get; init; } = Status;

    /// <summary>What is still to be stored of the attempt, in the same transaction.</summary>
    public Action<WriteBatch>? Before { get; init; }
}

/// <summary>
/// The only writer of run states. Each method is one transaction: a batch of due schedules with their runs and next instants,
/// a claim, an ending with its attempt, findings, counters and roll-ups. A crash between them leaves nothing half done.
/// </summary>
internal sealed class RunQueue(DatabaseWriter writer, LiveFeed feed, RunSignals signals, RunningRuns running, SchedulerOptions options)
{
    private volatile Absence _absence = new(DateTimeOffset.MaxValue);

    /// <summary>The pool of runs that the command line executes itself: no worker claims from it.</summary>
    public const string ConsolePool = "console";

    /// <summary>Occurrences before its end were missed: nobody was there to start them. It ends at the end of time while nobody is.</summary>
    public Absence Absence
    {
        get => _absence;
        set => _absence = value;
    }

    /// <summary>Records the occurrences of a batch of due schedules and moves their next runs, in one transaction.</summary>
    /// <returns>How many schedules were moved; fewer than given where one was changed in between.</returns>
    public Task<int> EnqueueDueAsync(IReadOnlyList<DueSchedule> batch, CancellationToken ct) => writer.WriteAsync(write =>
    {
        var moved = 0;
        // The pools ask for work while it is being recorded, so that their claim shares this transaction's flush.
        foreach (var pool in batch.SelectMany(due => due.Runs).Select(r => r.Run.Pool).Distinct(StringComparer.Ordinal)) signals.Notify(pool);
        foreach (var due in batch)
            if (Move(write, due))
            {
                moved++;
                EnqueueOccurrences(write, due);
                write.AfterCommit(() => feed.Publish(new LiveChange.ScheduleChanged(due.ScheduleName)));
            }
        return moved;
    }, ct);

    /// <summary>Adds one run that a person asked for. Must be called inside the write that also audits it.</summary>
    /// <returns>The run's number.</returns>
    public long Enqueue(WriteBatch write, NewRun run)
    {
        var id = Insert(write, run, RunStatus.Queued) ?? throw new InvalidOperationException("A run without an occurrence can't collide.");
        write.AfterCommit(() => Announce(id, run.ScheduleName, run.Pool));
        return id;
    }

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

    /// <summary>When the next waiting retry of a pool may start; null when none waits.</summary>
    public static DateTimeOffset? NextRetryAt(SchedulerDb db, string pool, DateTimeOffset now) =>
        db.Runs.Where(r => r.Status == RunStatus.Retrying && r.Pool == pool && r.NotBefore > now).Min(r => (DateTimeOffset?)r.NotBefore);

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
        var isLast = ending.Status.IsTerminal();
        RunStates.Demand(RunStatus.Running, ending.Status);
        ending.Before?.Invoke(write);
        var gone = ending.Status == RunStatus.Retrying ? 0 : FindingLedger.MarkGone(write, run.Id, run.ScheduleName, ending.CoveredAssets);
        EndAttempt(write, run, ending);
        using var command = write.Command(
            $"""
            UPDATE runs SET status = ?2, reason = ?3, error = ?4, not_before = coalesce(?5, not_before), fixed_findings = fixed_findings + ?6, activity = NULL,
                finished_at = CASE WHEN ?7 THEN ?8 END, duration_ms = CASE WHEN ?7 THEN ?8 - started_at END,
                progress = CASE WHEN ?2 = 3 THEN 1.0 ELSE progress END
            WHERE id = ?1 AND status = 1 RETURNING pool, {EndedRun.Columns}
            """,
            run.Id, ending.Status, ending.Reason, ending.Error, ending.RetryAt, gone, isLast, write.Now);
        using var reader = command.ExecuteReader();
        if (!reader.Read()) throw new InvalidOperationException($"Run {run.Id} is not running; somebody else has ended it.");
        var pool = reader.GetString(0);
        if (isLast) RollUps.Count(write, EndedRun.Read(reader, 1));
        if (isLast && run.ScheduleId is { } scheduleId) CountEnding(write, scheduleId, run.TriggerType, ending.Status);
        write.AfterCommit(() => Announce(run.Id, run.ScheduleName, pool));
    }

    /// <summary>Records that the process that ran it died. It is tried again where its policy allows that.</summary>
    /// <param name="note">A further sentence for whoever looks into it, with a space before it; or nothing.</param>
    public void Interrupt(WriteBatch write, ClaimedRun run, DateTimeOffset? retryAt, string note = "") => Complete(write, run, retryAt is null
        ? new RunEnding(RunStatus.Interrupted, $"The process that ran it ended before the run did.{note}", "Interrupted", null, [])
        : new RunEnding(RunStatus.Retrying, $"Interrupted; waits for its next attempt.{note}", "Interrupted", retryAt, []) { AttemptStatus = RunStatus.Interrupted });

    /// <summary>Cancels a run that has not started or waits for a retry. False when it has started meanwhile.</summary>
    public bool CancelWaiting(WriteBatch write, long runId, string reason, SkipCause? cause = null)
    {
        using var command = write.Command(
            $"""
            UPDATE runs SET status = 6, reason = ?2, cause = ?4, finished_at = ?3, duration_ms = CASE WHEN started_at IS NULL THEN NULL ELSE ?3 - started_at END
            WHERE id = ?1 AND status IN (0, 2) RETURNING schedule_name, pool, {EndedRun.Columns}
            """, runId, reason, write.Now, cause);
        using var reader = command.ExecuteReader();
        if (!reader.Read()) return false;
        var (name, pool) = (reader.GetString(0), reader.GetString(1));
        RollUps.Count(write, EndedRun.Read(reader, 2));
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
        using var command = write.Command($"SELECT {EndedRun.Columns} FROM runs WHERE id = ?1", runId);
        EndedRun ended;
        using (var reader = command.ExecuteReader()) ended = reader.Read() ? EndedRun.Read(reader, 0) : throw new InvalidOperationException($"Run {runId} is gone.");
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
        using var command = write.Command(
            $"""
            UPDATE runs SET priority = (queued_at - front.start_rank) / 180000 + 1
            FROM (SELECT id, start_rank, due_at FROM runs WHERE {RunTable.Waiting} AND pool = (SELECT pool FROM runs WHERE id = ?1) AND trigger_type <> 4 ORDER BY start_rank, due_at, id LIMIT 1) AS front
            WHERE runs.id = ?1 AND runs.id <> front.id AND runs.trigger_type <> 4 AND {RunTable.Waiting} RETURNING priority, schedule_name, pool
            """, runId);
        using var reader = command.ExecuteReader();
        if (!reader.Read()) return null;
        var (priority, name, pool) = (reader.GetInt32(0), reader.GetString(1), reader.GetString(2));
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
        using (var command = write.Command(
            $"UPDATE runs SET {set} WHERE {RunTable.Waiting} AND {Awaited} AND (?4 IS NULL OR schedule_name = ?4) RETURNING id, schedule_name, pool, stands_for, {EndedRun.Columns}",
            [Run.UntilAnswered, from, to, schedule, write.Now, .. skip is null ? (object?[])[] : [skip.Cause, skip.Words]]))
        using (var reader = command.ExecuteReader())
            while (reader.Read())
                answered.Add((reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3), skip is null ? Unended : EndedRun.Read(reader, 4)));
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

    /// <summary>Deletes runs that have ended, with their attempts and what they saw of findings. The figures keep them.</summary>
    /// <param name="write">The transaction.</param>
    /// <param name="runIds">Those among them that have not ended, or that prove a finding open or gone, are left alone.</param>
    /// <returns>The numbers of the deleted.</returns>
    public static IReadOnlyList<long> DeleteEnded(WriteBatch write, IReadOnlyCollection<long> runIds)
    {
        if (runIds.Count == 0) return [];
        var (deleted, ended) = (new List<long>(runIds.Count), new List<EndedRun>(runIds.Count));
        using (var command = write.Command($"DELETE FROM runs WHERE id IN (SELECT value FROM json_each(?1)) AND {RunTable.Disposable} RETURNING id, {EndedRun.Columns}", JsonSerializer.Serialize(runIds)))
        using (var reader = command.ExecuteReader())
            while (reader.Read())
            {
                deleted.Add(reader.GetInt64(0));
                ended.Add(EndedRun.Read(reader, 1));
            }
        if (deleted.Count == 0) return [];
        var ids = JsonSerializer.Serialize(deleted);
        write.Execute("DELETE FROM attempts WHERE run_id IN (SELECT value FROM json_each(?1))", ids);
        write.Execute("DELETE FROM run_findings WHERE run_id IN (SELECT value FROM json_each(?1))", ids);
        write.Execute("DELETE FROM short_logs WHERE run_id IN (SELECT value FROM json_each(?1))", ids);
        RollUps.Archive(write, ended);
        return deleted;
    }

    private static bool Move(WriteBatch write, DueSchedule due) => write.Execute(
        """
        UPDATE schedules SET next_run_at = ?4, last_scheduled_at = ?5, state = CASE WHEN ?4 IS NULL THEN 3 ELSE state END,
            state_reason = CASE WHEN ?4 IS NULL THEN 'Its last occurrence has passed.' ELSE state_reason END
        WHERE id = ?1 AND generation = ?2 AND next_run_at = ?3 AND state = 0
        """,
        due.ScheduleId, due.Generation, due.WasDueAt, due.NextRunAt, due.LastScheduledAt) == 1;

    private static HashSet<DateTimeOffset> RecordedFrom(WriteBatch write, long scheduleId, DateTimeOffset from)
    {
        using var command = write.Command($"SELECT scheduled_for FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = ?1 AND scheduled_for >= ?2", scheduleId, from);
        using var reader = command.ExecuteReader();
        var recorded = new HashSet<DateTimeOffset>();
        while (reader.Read()) recorded.Add(Instant(reader, 0)!.Value);
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
                        CancelEarlier(write, due.ScheduleId, SkipReason.Replaced(run.ScheduledFor));
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
    private void CancelEarlier(WriteBatch write, long scheduleId, SkipReason reason)
    {
        var earlier = new List<long>();
        using (var command = write.Command(
            $"""
            SELECT id FROM runs WHERE schedule_id = ?1 AND {RunTable.Active}
                AND ((status = 1 AND trigger_type <> 5) OR ({RunTable.Waiting} AND {RunTable.ByOccurrence} AND blackout_id IS NULL AND not_before < ?2))
            """, scheduleId, Run.UntilAnswered))
        using (var reader = command.ExecuteReader())
            while (reader.Read()) earlier.Add(reader.GetInt64(0));
        foreach (var id in earlier)
            if (!CancelWaiting(write, id, reason.Words, reason.Cause)) RequestCancel(write, id, "the next occurrence (Replace)");
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
        using (var command = write.Command($"SELECT id, stands_for, coalesce(stands_from, scheduled_for) FROM runs WHERE {RunTable.HeldByBlackout} AND schedule_id = ?1 AND trigger_type = 1 AND attempt = 0", run.ScheduleId))
        using (var reader = command.ExecuteReader())
        {
            if (!reader.Read()) return false;
            (id, count, from) = (reader.GetInt64(0), reader.GetInt32(1) + run.StandsFor, Instant(reader, 2)!.Value);
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
        using var command = write.Command(
            $"SELECT id, started_at FROM runs WHERE schedule_id = ?1 AND {RunTable.Active} AND trigger_type <> 5 AND not_before < ?2 ORDER BY status = 1 DESC, id LIMIT 1", scheduleId, Run.UntilAnswered);
        using var reader = command.ExecuteReader();
        return reader.Read() ? new ActiveRun(reader.GetInt64(0), Instant(reader, 1)) : null;
    }

    /// <returns>Null when the occurrence is recorded already: then nothing is written.</returns>
    private static long? Insert(WriteBatch write, NewRun run, RunStatus status)
    {
        var id = InsertRow(write, run, status);
        if (id is not null && status == RunStatus.Skipped) RollUps.Count(write, new EndedRun(run.ScheduleId, run.TriggerType, status, write.Now, null, null));
        return id;
    }

    // The self-check's run has its schedule's number, all others the next one.
    private static long? InsertRow(WriteBatch write, NewRun run, RunStatus status) => (long?)write.Scalar(
        """
        INSERT INTO runs (id, schedule_id, schedule_name, generation, trigger_type, scheduled_for, stands_for, status, reason, priority, pool, job_kind, job,
            attempt, max_attempts, due_at, queued_at, not_before, start_by, exclusive, requested_by, stands_from, cause, blackout_id, overrides_blackout, finished_at,
            occasion, emergency_id, backfill_id, overrides_concurrency, overrides_rate_limits, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
        VALUES (CASE WHEN ?1 < 0 THEN ?1 END, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, coalesce(?5, ?14), ?14, coalesce(?20, ?14), ?15, ?16, ?17, ?18, ?19, ?21, ?22, CASE WHEN ?7 = 8 THEN ?14 END,
            ?23, ?24, ?27, ?25, ?26, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}')
        ON CONFLICT DO NOTHING RETURNING id
        """,
        run.ScheduleId, run.ScheduleName, run.Generation, run.TriggerType, run.ScheduledFor, run.StandsFor, status, run.Reason, run.Priority, run.Pool,
        run.JobKind, run.Job, run.MaxAttempts, write.Now, run.StartBy, run.Exclusive, run.RequestedBy, run.StandsFrom, run.Cause, run.NotBefore,
        run.BlackoutId, run.Overrides.Blackouts, run.Occasion, run.EmergencyId, run.Overrides.Concurrency, run.Overrides.RateLimits, run.BackfillId);

    private static (ClaimedRun Run, RunStatus Status, DateTimeOffset? StartBy, bool IsHeld)? FindWaiting(WriteBatch write, string pool, bool emergencyOnly) =>
        FindWaiting(write, $"""
            pool = ?1 AND not_before <= ?2{(emergencyOnly ? " AND trigger_type = 4 AND start_rank < 0" : "")}
            AND NOT (exclusive AND EXISTS (SELECT 1 FROM runs other WHERE other.schedule_id = runs.schedule_id AND other.status = 1 AND other.{RunTable.Active} AND other.trigger_type <> 5))
            ORDER BY start_rank, due_at, id LIMIT 1
            """, pool, write.Now);

    private static (ClaimedRun Run, RunStatus Status, DateTimeOffset? StartBy, bool IsHeld)? FindWaiting(WriteBatch write, string condition, params ReadOnlySpan<object?> values)
    {
        using var command = write.Command(
            $"""
            SELECT id, schedule_id, schedule_name, generation, trigger_type, job_kind,
                coalesce(job, (SELECT spec FROM revisions v WHERE v.schedule_id = runs.schedule_id AND v.generation = runs.generation)),
                attempt, max_attempts, cancel_requested_by, status, start_by, pool, blackout_id, overrides_rate_limits
            FROM runs WHERE {RunTable.Waiting} AND {condition}
            """, values);
        using var reader = command.ExecuteReader();
        if (!reader.Read()) return null;
        var run = new ClaimedRun(
            reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1), reader.GetString(2), reader.GetInt32(3), (TriggerType)reader.GetInt32(4),
            reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6), reader.GetInt32(7) + 1, reader.GetInt32(8), write.Now, reader.IsDBNull(9) ? null : reader.GetString(9),
            reader.GetString(12)) { OverridesRateLimits = reader.GetBoolean(14) };
        return (run, (RunStatus)reader.GetInt32(10), Instant(reader, 11), !reader.IsDBNull(13));
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

    private static DateTimeOffset? Instant(SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));
}
