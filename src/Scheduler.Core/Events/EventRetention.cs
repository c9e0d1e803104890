using Microsoft.Extensions.Logging;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Events;

/// <summary>
/// Deletes the oldest events with their verdicts: those beyond the age, beyond the number, and beyond the bytes that are kept. Small batches with rests between them, so that
/// neither runs nor pages wait for it. The runs that they started stay, and go by rules of their own.
/// </summary>
internal sealed partial class EventRetention(SchedulerOptions options, Database database, DatabaseWriter writer, CautiousClock today, TimeProvider clock, ILogger<EventRetention> log)
{
    private const int MostInBatch = 200;

    // Often enough that a flood, which may bring a gigabyte in some minutes, does not grow far beyond what is kept.
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    /// <summary>One pass at once, then one every few minutes, until <paramref name="stopping"/>.</summary>
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

    /// <summary>Deletes what is too old or too much now.</summary>
    /// <returns>How many events.</returns>
    public async Task<int> PassAsync(CancellationToken ct)
    {
        var horizon = (today.Now - options.EventAge).ToUnixTimeMilliseconds();
        var (count, bytes) = Total();
        var deleted = 0;
        while (true)
        {
            var last = 0L;
            var batch = 0;
            foreach (var (id, at, size) in Oldest())
            {
                if (at >= horizon && count <= options.EventRows && bytes <= options.EventBytes) break;
                (last, count, bytes, batch) = (id, count - 1, bytes - size, batch + 1);
            }
            if (batch == 0) return deleted;
            await DeleteAsync(last, ct);
            deleted += batch;
        }
    }

    private async Task DeleteAsync(long last, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        await writer.WriteAsync(write =>
        {
            write.Execute("DELETE FROM event_verdicts WHERE event_id <= ?1", last);
            write.Execute("DELETE FROM events WHERE id <= ?1", last);
        }, ct);
        // At most a quarter of the writer's time.
        await Task.Delay(3 * clock.GetElapsedTime(started), clock, ct);
    }

    // By the index on time alone, which has the sizes too.
    private (long Count, long Bytes) Total()
    {
        using var connection = database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*), coalesce(sum(size), 0) FROM events INDEXED BY ix_events_at";
        using var reader = command.ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private List<(long Id, long At, long Size)> Oldest()
    {
        using var connection = database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id, at, size FROM events ORDER BY id LIMIT {MostInBatch}";
        using var reader = command.ExecuteReader();
        var oldest = new List<(long, long, long)>();
        while (reader.Read()) oldest.Add((reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)));
        return oldest;
    }

    [LoggerMessage(LogLevel.Information, "{Count} old events are deleted")]
    private partial void LogDeleted(int count);

    [LoggerMessage(LogLevel.Warning, "Deleting old events failed; trying again in some minutes")]
    private partial void LogFailed(Exception e);
}
