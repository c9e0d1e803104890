using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Monitoring;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Events;

/// <summary>
/// Raises the scheduler's own events, in the very transactions that end a run or a backfill, so that a schedule can follow another. A type that no schedule follows is not
/// recorded: the ledger of runs tells it already. Runs of a backfill raise none of their own, for a backfill of thousands must not start a follower thousands of times.
/// </summary>
internal sealed partial class RunEvents(EventLedger ledger, FollowedTypes followed, ILogger<RunEvents> log)
{
    public const string Finished = "run.finished";
    public const string Succeeded = "run.succeeded";
    public const string Failed = "run.failed";

    /// <summary>A success after a failure.</summary>
    public const string Recovered = "run.recovered";
    public const string NewFindings = "findings.new";
    public const string BackfillFinished = "backfill.finished";

    /// <summary>Who sends them, and where they come from.</summary>
    public const string Source = "scheduler";

    /// <summary>Those that the end of a run may raise.</summary>
    public static readonly IReadOnlyList<string> Types = [Finished, Succeeded, Failed, Recovered, NewFindings, FileMonitorKind.Changed, UrlMonitorKind.Changed];

    public void Hear(WriteBatch write, Ending ending)
    {
        switch (ending)
        {
            case Ending.OfRun run when followed.AnyOfRuns && run.TriggerType != TriggerType.Backfill && run.ScheduleId != SystemSchedule.Id:
                Safely(write, run.ScheduleName, () => RaiseOf(write, run));
                break;
            case Ending.OfBackfill backfill when followed.Contains(BackfillFinished):
                Safely(write, backfill.ScheduleName, () => Raise(write, BackfillFinished, DataOf(backfill), [], null));
                break;
        }
    }

    private void RaiseOf(WriteBatch write, Ending.OfRun run)
    {
        var facts = EndedFacts.Read(write, run.RunId);
        var data = DataOf(write, run, facts);
        List<string> chain = [.. facts.Chain, run.ScheduleName];
        foreach (var type in TypesOf(run.Status, facts))
            if (followed.Contains(type)) Raise(write, type, data, chain, run.RunId);
        foreach (var happened in run.Happened)
            if (followed.Contains(happened.Type)) Raise(write, happened.Type, DataOf(write, run, happened), chain, run.RunId);
    }

    private static IEnumerable<string> TypesOf(RunStatus status, EndedFacts facts)
    {
        yield return Finished;
        if (status == RunStatus.Succeeded) yield return Succeeded;
        if (status.IsBad()) yield return Failed;
        if (status == RunStatus.Succeeded && facts.StatusBefore?.IsBad() == true) yield return Recovered;
        if (facts.New > 0) yield return NewFindings;
    }

    private void Raise(WriteBatch write, string type, string data, IReadOnlyList<string> chain, long? runId) =>
        ledger.Record(write, new AcceptedEvent(type, Source, data), Source, chain, runId);

    // Whatever goes wrong with a follower, the run has ended. What can't be recorded is undone to here, and the rest stands.
    private void Safely(WriteBatch write, string scheduleName, Action raise)
    {
        write.Execute("SAVEPOINT raised");
        var mark = write.Mark;
        try
        {
            raise();
        }
        catch (Exception e) when (e is not SqliteException { SqliteErrorCode: 13 or 10 or 11 })
        {
            write.ForgetSince(mark);
            write.Execute("ROLLBACK TO raised");
            LogNotRaised(e, scheduleName);
        }
        write.Execute("RELEASE raised");
    }

    private static string DataOf(WriteBatch write, Ending.OfRun run, EndedFacts facts) => ManifestJson.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("schedule", run.ScheduleName);
        json.WriteNumber("runId", run.RunId);
        json.WriteString("status", run.Status.ToString());
        json.WriteString("triggerType", run.TriggerType.ToString());
        if (facts.DurationMs is { } duration) json.WriteNumber("durationMs", duration);
        else json.WriteNull("durationMs");
        json.WriteStartObject("findings");
        foreach (var (name, count) in facts.Findings) json.WriteNumber(name, count);
        json.WriteEndObject();
        WriteLabels(json, write, run.ScheduleId);
        json.WriteEndObject();
    });

    private static string DataOf(WriteBatch write, Ending.OfRun run, JobEvent.Happened happened) => ManifestJson.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("schedule", run.ScheduleName);
        json.WriteNumber("runId", run.RunId);
        json.WriteString("triggerType", run.TriggerType.ToString());
        foreach (var member in JsonElement.Parse(happened.Data).EnumerateObject()) member.WriteTo(json);
        WriteLabels(json, write, run.ScheduleId);
        json.WriteEndObject();
    });

    private static string DataOf(Ending.OfBackfill backfill) => ManifestJson.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("schedule", backfill.ScheduleName);
        json.WriteNumber("backfillId", backfill.BackfillId);
        json.WriteString("state", backfill.State);
        json.WriteNumber("total", backfill.Total);
        json.WriteNumber("succeeded", backfill.Succeeded);
        json.WriteNumber("failed", backfill.Failed);
        json.WriteNumber("cancelled", backfill.Cancelled);
        json.WriteNumber("skipped", backfill.Skipped);
        json.WriteEndObject();
    });

    private static void WriteLabels(Utf8JsonWriter json, WriteBatch write, long? scheduleId)
    {
        using var rows = write.Query("SELECT key, value FROM schedule_labels WHERE schedule_id = ?1 ORDER BY key", scheduleId);
        json.WriteStartObject("labels");
        while (rows.Read()) json.WriteString(rows.GetString(0), rows.GetString(1));
        json.WriteEndObject();
    }

    /// <summary>What an event tells of a run beside its name.</summary>
    /// <param name="StatusBefore">How the run of its schedule before it ended; null where none has.</param>
    private sealed record EndedFacts(long? DurationMs, IReadOnlyList<(string Name, int Count)> Findings, IReadOnlyList<string> Chain, RunStatus? StatusBefore)
    {
        private static readonly string[] Counts = ["total", "critical", "high", "medium", "low", "info", "new", "fixed"];

        public int New => Findings[6].Count;

        public static EndedFacts Read(WriteBatch write, long runId)
        {
            using var rows = write.Query(
                """
                SELECT r.findings_total, r.critical, r.high, r.medium, r.low, r.info, r.new_findings, r.fixed_findings, r.duration_ms,
                    (SELECT chain FROM events WHERE id = r.event_id), (SELECT last_status FROM schedules WHERE id = r.schedule_id)
                FROM runs r WHERE r.id = ?1
                """, runId);
            if (!rows.Read()) throw new InvalidOperationException($"Run {runId} is gone.");
            return new EndedFacts(
                rows.IsNull(8) ? null : rows.GetInt64(8), Counts.Select((name, i) => (name, rows.GetInt32(i))).ToList(),
                rows.IsNull(9) ? [] : JsonSerializer.Deserialize<List<string>>(rows.GetString(9))!, rows.IsNull(10) ? null : (RunStatus)rows.GetInt32(10));
        }
    }

    [LoggerMessage(LogLevel.Error, "An event of {ScheduleName} could not be raised; what follows it was not started")]
    private partial void LogNotRaised(Exception e, string scheduleName);
}
