using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Downtimes;

/// <summary>How an act on a downtime ended. Unanswered: what it, or one before it, made wait for an answer still waits. NothingWaits: nothing (more) does.</summary>
public enum DowntimeAct { Done, NotFound, Unanswered, NothingWaits }

/// <summary>What people do about a downtime. Each act is one transaction with its audit row.</summary>
public sealed class DowntimeControl
{
    private readonly DatabaseWriter _writer;
    private readonly RunQueue _queue;
    private readonly EngineState _engine;

    internal DowntimeControl(DatabaseWriter writer, RunQueue queue, EngineState engine) => (_writer, _queue, _engine) = (writer, queue, engine);

    /// <summary>Says that it has been seen, and all before it: nobody is told of them any more.</summary>
    public async Task<DowntimeAct> DismissAsync(long id, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "dismiss downtimes");
        _engine.DemandWritable();
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Downtimes.AsNoTracking().FirstOrDefault(d => d.Id == id) is not { } downtime) return DowntimeAct.NotFound;
            // Those before it go with it, and none of them may take an open question along.
            if (RunQueue.IsAnswerAwaited(write, DateTimeOffset.UnixEpoch, DowntimeQueries.Span(downtime).To)) return DowntimeAct.Unanswered;
            if (write.Execute("UPDATE downtimes SET dismissed_at = ?2, dismissed_by = ?3 WHERE id <= ?1 AND dismissed_at IS NULL", id, write.Now, actor.Name) > 0)
                Audit(write, actor, "dismissed", downtime, "");
            return DowntimeAct.Done;
        }, ct);
    }

    /// <summary>Answers for catch-up runs that wait because the downtime was long: run them now, or skip them.</summary>
    /// <param name="run">Run them; otherwise they are recorded as skipped.</param>
    /// <param name="schedule">Those of one schedule, by its exact name; null: all.</param>
    public async Task<DowntimeAct> AnswerAsync(long id, bool run, string? schedule, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "answer for missed runs");
        _engine.DemandWritable();
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Downtimes.AsNoTracking().FirstOrDefault(d => d.Id == id) is not { } downtime) return DowntimeAct.NotFound;
            var (from, to) = DowntimeQueries.Span(downtime);
            var count = _queue.Answer(write, from, to, schedule, run ? null : SkipReason.SkippedByPerson(actor.Name, "missed for so long that a person was asked."));
            if (count == 0) return DowntimeAct.NothingWaits;
            Audit(write, actor, run ? "ran what was missed in" : "skipped what was missed in", downtime, $"{count.ToString(CultureInfo.InvariantCulture)} {(count == 1 ? "run" : "runs")}{(schedule is null ? "" : $" of {schedule}")}");
            return DowntimeAct.Done;
        }, ct);
    }

    private static void Audit(WriteBatch write, Actor actor, string action, Downtime downtime, string details) => AuditChain.Append(
        write.Transaction,
        new AuditEntry(actor, action, "downtime", downtime.Id.ToString(CultureInfo.InvariantCulture), $"{SkipReason.Print(downtime.FromAt)} to {SkipReason.Print(downtime.ToAt)}{(details.Length > 0 ? $": {details}" : "")}"),
        write.Now);
}
