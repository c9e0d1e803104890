using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Retention;

/// <summary>
/// Deletes old runs with their attempts and logs: beyond a schedule's history limits, and beyond the general age. Runs that go on or wait stay, and so do those that
/// prove a finding open or gone. Small batches with rests between them, so that neither runs nor pages wait for it.
/// </summary>
/// <remarks>
/// The limits count what triggers started and what people started apart, so that neither pushes the other out. Backfills, skipped and cancelled runs and those of
/// deleted schedules and ad-hoc jobs go by age alone.
/// </remarks>
internal sealed partial class RunRetention(SchedulerOptions options, Database database, DatabaseWriter writer, RunLog logs, CautiousClock today, TimeProvider clock, ILogger<RunRetention> log)
{
    private const int MostInBatch = 50;
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    // Origins as the roll-ups tell them apart: scheduled, catch-up, event; and manual, emergency.
    private static readonly string[] Origins = ["trigger_type IN (0, 1, 2)", "trigger_type IN (3, 4)"];

    private long _lookedAt = long.MinValue;

    /// <summary>One pass at once, then one an hour, until <paramref name="stopping"/>.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (await PassAsync(stopping) is > 0 and var deleted) LogDeleted(deleted);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(e);
            }
            await Task.WhenAny(Task.Delay(Every, clock, stopping));
        }
    }

    /// <summary>Deletes what is too old or too many now.</summary>
    /// <returns>How many runs.</returns>
    public async Task<int> PassAsync(CancellationToken ct) => await PassByAgeAsync(ct) + await PassByLimitsAsync(ct);

    private async Task<int> PassByAgeAsync(CancellationToken ct)
    {
        var horizon = (today.Now - options.RunAge).ToUnixTimeMilliseconds();
        var deleted = 0;
        // Evidence that stays would be found again by each look, so each begins behind the last. A skip ahead of time ages from its occurrence on: without it that would run after all.
        for (var (after, id) = (long.MinValue, long.MinValue); ;)
        {
            var batch = Ask(
                $"SELECT id, finished_at FROM runs WHERE (finished_at, id) > (@after, @id) AND finished_at < @horizon AND coalesce(scheduled_for, 0) < @horizon AND {RunTable.Disposable} ORDER BY finished_at, id LIMIT {MostInBatch}",
                r => (Id: r.GetInt64(0), FinishedAt: r.GetInt64(1)), ("@after", after), ("@id", id), ("@horizon", horizon));
            if (batch.Count == 0) return deleted;
            (after, id) = (batch[^1].FinishedAt, batch[^1].Id);
            deleted += await DeleteAsync(batch.ConvertAll(r => r.Id), ct);
        }
    }

    // Only schedules that have more ended runs, or another manifest, than at the last look.
    private async Task<int> PassByLimitsAsync(CancellationToken ct)
    {
        var (now, since) = (clock.GetUtcNow().ToUnixTimeMilliseconds(), _lookedAt);
        if (since > now) since = long.MinValue; // the clock was set back
        var changed = since == long.MinValue
            ? Ask("SELECT id FROM schedules", r => r.GetInt64(0))
            : Ask("SELECT DISTINCT schedule_id FROM runs WHERE finished_at >= @since AND schedule_id IS NOT NULL UNION SELECT id FROM schedules WHERE changed_at >= @since", r => r.GetInt64(0), ("@since", since));
        var deleted = 0;
        foreach (var id in changed)
        {
            var limits = Ask("SELECT json_extract(spec, '$.spec.successfulRunsHistoryLimit'), json_extract(spec, '$.spec.failedRunsHistoryLimit') FROM schedules WHERE id = @id",
                r => (Successful: r.IsDBNull(0) ? 30 : r.GetInt32(0), Failed: r.IsDBNull(1) ? 10 : r.GetInt32(1)), ("@id", id));
            if (limits is not [var limit]) continue;
            foreach (var origin in Origins)
            {
                deleted += await PassByLimitAsync(id, $"{origin} AND status = 3", limit.Successful, ct);
                deleted += await PassByLimitAsync(id, $"{origin} AND status IN (4, 5, 7)", limit.Failed, ct);
            }
        }
        _lookedAt = now;
        return deleted;
    }

    private async Task<int> PassByLimitAsync(long scheduleId, string which, int keep, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var deleted = 0;
        // The newest of those that are too many; the ones before it are, too.
        var top = Ask($"SELECT id FROM runs WHERE schedule_id = @schedule AND {which} ORDER BY id DESC LIMIT 1 OFFSET @keep", r => r.GetInt64(0), ("@schedule", scheduleId), ("@keep", keep));
        if (top is not [var before]) return 0;
        for (before++; ;)
        {
            var batch = Ask(
                $"SELECT id FROM runs WHERE schedule_id = @schedule AND {which} AND id < @before AND {RunTable.Disposable} ORDER BY id DESC LIMIT {MostInBatch}",
                r => r.GetInt64(0), ("@schedule", scheduleId), ("@before", before));
            if (batch.Count == 0) return deleted;
            before = batch[^1];
            deleted += await DeleteAsync(batch, ct);
        }
    }

    private async Task<int> DeleteAsync(List<long> ids, CancellationToken ct)
    {
        // Logs first: a crash in between leaves rows that the next pass takes, never files that nobody knows.
        foreach (var id in ids) logs.Delete(id);
        var started = clock.GetTimestamp();
        var deleted = await writer.WriteAsync(write => RunQueue.DeleteEnded(write, ids), ct);
        // At most a quarter of the writer's time.
        await Task.Delay(3 * clock.GetElapsedTime(started), clock, ct);
        return deleted.Count;
    }

    private List<T> Ask<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, long Value)> values)
    {
        using var connection = database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    [LoggerMessage(LogLevel.Information, "{Count} old runs are deleted")]
    private partial void LogDeleted(int count);

    [LoggerMessage(LogLevel.Warning, "Deleting old runs failed; trying again in an hour")]
    private partial void LogFailed(Exception e);
}
