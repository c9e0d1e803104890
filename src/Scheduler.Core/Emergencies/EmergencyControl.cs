using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Emergencies;

/// <summary>What a Stop all did.</summary>
/// <param name="Cancelled">So many had not started and never will.</param>
/// <param name="Stopping">So many were told to stop and will end in a moment.</param>
public sealed record StopAllOutcome(int Cancelled, int Stopping);

/// <summary>Sweeps: emergency runs of all schedules with certain labels, started together and stopped together. Each act is one transaction with its audit row.</summary>
public sealed class EmergencyControl
{
    /// <summary>So many schedules at most in one sweep; more are refused, never cut.</summary>
    public const int MostSchedules = 1000;

    private readonly DatabaseWriter _writer;
    private readonly RunQueue _queue;
    private readonly EmergencyQueries _emergencies;
    private readonly EngineState _engine;

    internal EmergencyControl(DatabaseWriter writer, RunQueue queue, EmergencyQueries emergencies, EngineState engine) =>
        (_writer, _queue, _emergencies, _engine) = (writer, queue, emergencies, engine);

    /// <summary>Queues an emergency run of each active or paused schedule that has all the labels: all of them or, when it is refused, none.</summary>
    /// <returns>The emergency's number.</returns>
    /// <exception cref="InvalidInputException">The request is wrong, or its labels select no schedule or too many. Nothing was written.</exception>
    public async Task<long> SweepAsync(SweepRequest request, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "start an emergency");
        _engine.DemandWritable();
        if (request.Check() is { Count: > 0 } errors) throw new InvalidInputException(errors);
        var reason = request.Reason.Trim();
        return await _writer.WriteAsync(write =>
        {
            var selected = SweepSelection.Of(write.Db, request.Labels);
            DemandSome(selected.Count());
            var schedules = selected.AsNoTracking().ToList();
            var emergency = new Emergency
            {
                Labels = SweepSelection.Store(request.Labels), Reason = reason, OverridesConcurrency = request.Overrides.Concurrency, OverridesBlackout = request.Overrides.Blackouts,
                OverridesRateLimits = request.Overrides.RateLimits, At = write.Now, By = actor.Name, Started = schedules.Count,
            };
            write.Db.Emergencies.Add(emergency);
            write.Db.SaveChanges();
            foreach (var schedule in schedules)
                _queue.Enqueue(write, RunControl.ByHand(schedule, emergency: true, reason, request.Overrides, actor) with { EmergencyId = emergency.Id });
            Audit(write, actor, RunControl.EmergencyAct(request.Overrides), emergency.Id, $"{SweepSelection.Words(request.Labels)}, {(schedules.Count == 1 ? "1 run" : $"{schedules.Count} runs")}: {reason}");
            return emergency.Id;
        }, ct);
    }

    /// <summary>Stops all that is left of a sweep: what waits is cancelled, what runs is told to stop. May be said again.</summary>
    /// <returns>Null when there is no such emergency; zeros when nothing was left.</returns>
    public async Task<StopAllOutcome?> StopAllAsync(long id, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "stop an emergency");
        _engine.DemandWritable();
        var written = _writer.WriteAsync(write =>
        {
            if (write.Scalar("SELECT 1 FROM emergencies WHERE id = ?1", id) is null) return null;
            var (cancelled, stopping) = (0, 0);
            foreach (var run in Active(write, id))
            {
                if (_queue.CancelWaiting(write, run, $"Cancelled by {actor.Name}, with all of emergency {id}."))
                {
                    cancelled++;
                    continue;
                }
                _queue.RequestCancel(write, run, actor.Name);
                stopping++;
            }
            if (cancelled + stopping == 0) return new StopAllOutcome(0, 0);
            write.Execute("UPDATE emergencies SET stopped_at = ?2, stopped_by = ?3 WHERE id = ?1", id, write.Now, actor.Name);
            Audit(write, actor, "stopped", id, $"{cancelled} cancelled, {stopping} told to stop");
            return new StopAllOutcome(cancelled, stopping);
        }, ct);
        return await _queue.StoppedInTimeAsync(written, async () => await _emergencies.RunIdsAsync(id, CancellationToken.None), actor.Name);
    }

    private static void DemandSome(int count)
    {
        if (count == 0) throw new InvalidInputException("labels", "no active or paused schedule has them all");
        if (count > MostSchedules)
            throw new InvalidInputException("labels", string.Create(CultureInfo.InvariantCulture, $"{count:#,0} schedules have them, more than {MostSchedules:#,0} at once; name a further label"));
    }

    private static List<long> Active(WriteBatch write, long id)
    {
        using var rows = write.Query("SELECT id FROM runs WHERE emergency_id = ?1 AND status IN (0, 1, 2)", id);
        var active = new List<long>();
        while (rows.Read()) active.Add(rows.GetInt64(0));
        return active;
    }

    private static void Audit(WriteBatch write, Actor actor, string action, long id, string details) =>
        AuditChain.Append(write.Transaction, new AuditEntry(actor, action, "emergency", id.ToString(CultureInfo.InvariantCulture), details), write.Now);
}
