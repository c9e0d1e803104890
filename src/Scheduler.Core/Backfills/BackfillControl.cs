using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Backfills;

/// <summary>How an act on a backfill ended. NotNow: it is over, or is what it was asked to become, or has nothing to do it with.</summary>
public enum BackfillAct { Done, NotFound, NotNow }

/// <summary>What people do with backfills. Each act is one transaction with its audit row and what it makes begin or end at once.</summary>
/// <remarks>None of it moves a schedule's next occurrence or counts in its record.</remarks>
public sealed class BackfillControl
{
    private readonly Database _database;
    private readonly DatabaseWriter _writer;
    private readonly BackfillPlanner _planner;
    private readonly BackfillSteps _steps;
    private readonly SchedulerOptions _options;
    private readonly EngineState _engine;
    private readonly TimeProvider _clock;

    internal BackfillControl(Database database, DatabaseWriter writer, BackfillPlanner planner, BackfillSteps steps, SchedulerOptions options, EngineState engine, TimeProvider clock) =>
        (_database, _writer, _planner, _steps, _options, _engine, _clock) = (database, writer, planner, steps, options, engine, clock);

    /// <summary>Launches a backfill, planned anew at this moment.</summary>
    /// <returns>Its number; null when there is no such schedule.</returns>
    /// <exception cref="InvalidInputException">The request can't be done, by field; or no slot of it would run, or its job has no permission for a target.</exception>
    public async Task<long?> LaunchAsync(BackfillRequest request, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "launch backfills");
        _engine.DemandWritable();
        // First for reading, so that what is refused, after counting perhaps a million occurrences, holds up no writer.
        await using (var db = _database.Read())
            if (_planner.Plan(db, request, _clock.GetUtcNow()) is { } outlook) Demand(outlook);
            else return null;
        return await _writer.WriteAsync(write =>
        {
            if (_planner.Plan(write.Db, request, write.Now) is not { } plan) return (long?)null;
            Demand(plan);
            var backfill = Store(write, request, plan, actor);
            Audit(write, actor, "launched", backfill, Words(backfill, plan));
            _steps.Announce(write, backfill);
            _steps.Step(write, backfill.Id);
            return backfill.Id;
        }, ct);
    }

    /// <summary>No further slot begins; runs that only wait are taken back, those that go on end by themselves.</summary>
    public Task<BackfillAct> PauseAsync(long id, Actor actor, CancellationToken ct) => ActAsync(id, "paused", actor, (write, backfill) =>
        backfill.State == BackfillState.Running && Set(write, id, BackfillState.Paused, $"Paused by {actor.Name}.") ? "" : null, ct);

    public Task<BackfillAct> ResumeAsync(long id, Actor actor, CancellationToken ct) => ActAsync(id, "resumed", actor, (write, backfill) =>
        backfill.State == BackfillState.Paused && Set(write, id, BackfillState.Running, "") ? "" : null, ct);

    /// <summary>Ends what remains: slots whose turn has not come never run, waiting runs are cancelled, running ones are told to stop.</summary>
    public Task<BackfillAct> CancelAsync(long id, Actor actor, CancellationToken ct) => ActAsync(id, "cancelled", actor, (write, backfill) =>
    {
        if (backfill.State is not (BackfillState.Running or BackfillState.Paused)) return null;
        _steps.Stop(write, backfill, BackfillState.Cancelled, $"Cancelled by {actor.Name}.", actor.Name);
        return "";
    }, ct);

    /// <summary>Gives each run that ended badly one attempt more, also after the end; what was cancelled stays so.</summary>
    public Task<BackfillAct> RetryFailedAsync(long id, Actor actor, CancellationToken ct) => ActAsync(id, "retried the failed of", actor, (write, backfill) =>
    {
        BackfillSteps.Settle(write, id);
        if (BackfillSteps.PutBack(write, id) is not (> 0 and var count)) return null;
        write.Execute("UPDATE backfills SET state = CASE state WHEN 1 THEN 1 ELSE 0 END, state_reason = CASE state WHEN 1 THEN state_reason ELSE '' END, finished_at = NULL WHERE id = ?1", id);
        return $"{count} runs";
    }, ct);

    /// <summary>Lets more or fewer of its runs go on at once. With fewer, what has begun goes on.</summary>
    /// <param name="parallel">From 1 to the slots of its pool.</param>
    /// <exception cref="InvalidInputException">The number is out of bounds.</exception>
    public Task<BackfillAct> ChangeParallelAsync(long id, int parallel, Actor actor, CancellationToken ct) => ActAsync(id, "changed", actor, (write, backfill) =>
    {
        var most = _options.Pools.GetValueOrDefault(backfill.Pool, 1);
        if (parallel < 1 || parallel > most) throw new InvalidInputException("maxParallel", $"must be from 1 to {most}, the slots of pool {backfill.Pool}; found {parallel}");
        if (backfill.FinishedAt is not null || backfill.Parallel == parallel) return null;
        write.Execute("UPDATE backfills SET parallel = ?2 WHERE id = ?1", id, parallel);
        return $"{backfill.Parallel} -> {parallel} at once";
    }, ct);

    /// <param name="act">Returns what the audit log says beside the range; null where it can't be done now.</param>
    private async Task<BackfillAct> ActAsync(long id, string action, Actor actor, Func<WriteBatch, Backfill, string?> act, CancellationToken ct)
    {
        actor.Require(Role.Operator, "control backfills");
        _engine.DemandWritable();
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Backfills.AsNoTracking().FirstOrDefault(b => b.Id == id) is not { } backfill) return BackfillAct.NotFound;
            if (act(write, backfill) is not { } details) return BackfillAct.NotNow;
            Audit(write, actor, action, backfill, details.Length > 0 ? $"{backfill.ScheduleName}: {details}" : backfill.ScheduleName);
            _steps.Announce(write, backfill);
            _steps.Step(write, id);
            return BackfillAct.Done;
        }, ct);
    }

    private void Demand(PlannedBackfill plan)
    {
        if (plan.Slots.Count == 0) throw new InvalidInputException("from", "the schedule has no occurrence in this range");
        if (!plan.Slots.Any(s => s.Runs)) throw new InvalidInputException("mode", $"leaves nothing to run: {Remaining(plan.Slots.Count)} would be skipped");
        if (_planner.Complaints(plan.Schedule) is { Count: > 0 } complaints) throw new InvalidInputException(complaints);
    }

    private static string Remaining(int count) => count == 1 ? "the only occurrence" : $"all {count.ToString(CultureInfo.InvariantCulture)} occurrences";

    private static bool Set(WriteBatch write, long id, BackfillState state, string reason) =>
        write.Execute("UPDATE backfills SET state = ?2, state_reason = ?3 WHERE id = ?1", id, state, reason) == 1;

    private static Backfill Store(WriteBatch write, BackfillRequest request, PlannedBackfill plan, Actor actor)
    {
        var schedule = plan.Schedule;
        var backfill = new Backfill
        {
            ScheduleId = schedule.Id,
            ScheduleName = schedule.Name,
            Generation = schedule.Generation,
            TimeZone = schedule.TimeZone,
            RangeFrom = plan.From,
            RangeTo = plan.To,
            Mode = request.Mode,
            SlotOrder = request.Order,
            OnFailure = request.OnFailure,
            Parallel = plan.Parallel,
            Hours = request.Hours?.ToString(),
            Pool = schedule.Pool,
            JobKind = schedule.JobKind,
            Priority = plan.Priority,
            MaxAttempts = schedule.MaxAttempts,
            State = BackfillState.Running,
            Total = plan.Slots.Count,
            CreatedAt = write.Now,
            CreatedBy = actor.Name,
            Note = request.Note?.Trim() ?? "",
        };
        write.Db.Backfills.Add(backfill);
        write.Db.SaveChanges();
        foreach (var slot in plan.Slots)
            write.Execute(
                "INSERT INTO backfill_slots (backfill_id, scheduled_for, schedule_id, state, tries, reason) VALUES (?1, ?2, ?3, ?4, 0, ?5)",
                backfill.Id, slot.ScheduledFor, schedule.Id, slot.Runs ? SlotState.Waiting : SlotState.Skipped, slot.Reason);
        return backfill;
    }

    private static string Words(Backfill backfill, PlannedBackfill plan) =>
        $"{backfill.ScheduleName}: {plan.Slots.Count(s => s.Runs)} of {backfill.Total} occurrences from {Instants.Print(backfill.RangeFrom)} to {Instants.Print(backfill.RangeTo)}, {backfill.Mode}, " +
        $"{backfill.Parallel} at once{(backfill.Hours is { } hours ? $", {hours} alone" : "")}{(backfill.Note.Length > 0 ? $": {backfill.Note}" : "")}";

    private static void Audit(WriteBatch write, Actor actor, string action, Backfill backfill, string details) =>
        AuditChain.Append(write.Transaction, new AuditEntry(actor, action, "backfill", backfill.Id.ToString(CultureInfo.InvariantCulture), details), write.Now);
}
