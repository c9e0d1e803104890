using System.Text.Json;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Downtimes;

/// <summary>Writes downtimes down, inside the transaction of whoever notices that one is over.</summary>
internal static class DowntimeLedger
{
    /// <summary>An interrupted run that is tried again has left the state behind: it is found by its last attempt, made so shortly before the stop.</summary>
    private static readonly TimeSpan BeforeTheStop = TimeSpan.FromMinutes(1);

    /// <summary>An engine has begun; the process starts before it say how long nobody was there.</summary>
    /// <param name="write">The transaction that records the process start, before its row is added.</param>
    /// <param name="bootId">The start.</param>
    /// <param name="before">The engine that was there last; null where none ever was.</param>
    public static void EngineBegan(WriteBatch write, long bootId, LastEngine? before)
    {
        if (before is null || write.Now - before.SeenAt < Downtime.Shortest) return;
        // An engine that died before it said once that it lives has ended nothing: its downtime goes on in this one.
        if (write.Execute(
            "UPDATE downtimes SET to_at = ?2, boot_id = ?3, dismissed_at = NULL, dismissed_by = NULL WHERE id = (SELECT max(id) FROM downtimes) AND kind <> 2 AND from_at = ?1",
            before.SeenAt, write.Now, bootId) == 1) return;
        write.Execute(
            "INSERT INTO downtimes (kind, from_at, to_at, boot_id, interrupted) VALUES (?1, ?2, ?3, ?4, '[]')",
            before.Stopped ? DowntimeKind.Stopped : DowntimeKind.Died, before.SeenAt, write.Now, bootId);
    }

    /// <summary>The wall clock moved beyond the time that passed.</summary>
    /// <param name="jump">Negative: back, which is no downtime.</param>
    public static void ClockJumped(WriteBatch write, TimeSpan jump, DateTimeOffset to)
    {
        if (jump < Downtime.Shortest) return;
        write.Execute("INSERT INTO downtimes (kind, from_at, to_at, interrupted) VALUES (2, ?1, ?2, '[]')", to - jump, to);
    }

    /// <summary>The engine is about to start what was missed: the downtime ends here, and what it interrupted is known.</summary>
    public static void EngineOnDuty(WriteBatch write, long bootId)
    {
        if (write.Db.Downtimes.Where(d => d.BootId == bootId).Select(d => new { d.Id, d.FromAt, d.Interrupted }).FirstOrDefault() is not { } downtime) return;
        var interrupted = JsonSerializer.Deserialize<List<long>>(downtime.Interrupted)!;
        using (var rows = write.Query(
            $"""
            SELECT runs.id FROM runs JOIN attempts ON attempts.run_id = runs.id AND attempts.number = runs.attempt
            WHERE (runs.status = 2 OR (runs.status = 7 AND runs.finished_at >= ?1)) AND attempts.status = 7 AND attempts.finished_at >= ?1 AND runs.{RunTable.OfPeople} ORDER BY runs.id LIMIT {Downtime.MostInterrupted}
            """, downtime.FromAt - BeforeTheStop))
            while (rows.Read()) interrupted.Add(rows.GetInt64(0));
        write.Execute("UPDATE downtimes SET to_at = ?2, interrupted = ?3 WHERE id = ?1", downtime.Id, write.Now, JsonSerializer.Serialize(interrupted.Distinct().Take(Downtime.MostInterrupted)));
    }
}
