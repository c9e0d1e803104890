using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Analytics;

/// <summary>How the roll-ups compare with the rows that they count.</summary>
/// <param name="Rows">Rows of the roll-ups that were looked at, or ought to be there.</param>
/// <param name="Wrong">How many of them are missing, too many, or count something else.</param>
/// <param name="Examples">The first few, in words.</param>
public sealed record StatisticsCheck(long Rows, long Wrong, IReadOnlyList<string> Examples);

/// <summary>
/// Holds the roll-ups against the rows, builds them anew, and lets go of old ones. Runs that retention has deleted are not forgotten:
/// what they counted stands in the archived rows, so that roll-up = rows that are there + archived, always.
/// </summary>
public sealed partial class StatisticsUpkeep
{
    private const int MostExamples = 5;
    private const int MostPruned = 2000;
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private readonly SchedulerOptions _options;
    private readonly Database _database;
    private readonly DatabaseWriter _writer;
    private readonly CautiousClock _today;
    private readonly TimeProvider _clock;
    private readonly ILogger<StatisticsUpkeep> _log;

    internal StatisticsUpkeep(SchedulerOptions options, Database database, DatabaseWriter writer, CautiousClock today, TimeProvider clock, ILogger<StatisticsUpkeep> log) =>
        (_options, _database, _writer, _today, _clock, _log) = (options, database, writer, today, clock, log);

    /// <summary>Builds the roll-ups of a file that a version without them has written. Quick where they are there.</summary>
    public async Task BuildIfMissingAsync(CancellationToken ct)
    {
        using (var connection = _database.Open())
            if (Ask(connection, "SELECT EXISTS (SELECT 1 FROM roll_ups) OR NOT EXISTS (SELECT 1 FROM runs WHERE finished_at IS NOT NULL)") == 1) return;
        LogBuilding();
        await RebuildAsync(ct);
    }

    /// <summary>Counts all runs again and writes the roll-ups anew, a day a transaction.</summary>
    /// <remarks>While an engine runs its writes wait for each day's; stop it first where a day has very many runs.</remarks>
    public async Task RebuildAsync(CancellationToken ct)
    {
        // Of older days only sums are left, which nothing can be held against.
        foreach (var day in Days().Where(d => d >= Horizon()[StatisticsSpan.Day]))
            await _writer.WriteAsync(write =>
            {
                var wanted = Wanted(write.Connection, write.Transaction, day, Horizon());
                write.Execute("DELETE FROM roll_ups WHERE archived = 0 AND span IN (0, 1) AND start >= ?1 AND start < ?2", day, day + RollUps.DayMs);
                RollUps.Store(write, wanted, archived: false);
            }, ct);
    }

    /// <summary>Counts all runs again and compares; changes nothing. Buckets that are old enough to be let go of are left out.</summary>
    public StatisticsCheck Check(CancellationToken ct)
    {
        using var connection = _database.Open();
        // One snapshot: runs that end meanwhile are in neither.
        using var snapshot = connection.BeginTransaction(deferred: true);
        long rows = 0, wrong = 0;
        var examples = new List<string>();
        foreach (var day in Days(connection, snapshot))
        {
            ct.ThrowIfCancellationRequested();
            var horizon = Horizon();
            var (wanted, stored) = (Wanted(connection, snapshot, day, horizon), Stored(connection, snapshot, day, archived: false, horizon));
            foreach (var key in wanted.Keys.Union(stored.Keys))
            {
                rows++;
                var (want, have) = (wanted.GetValueOrDefault(key), stored.GetValueOrDefault(key));
                if (want is not null && have is not null && want.SameAs(have)) continue;
                wrong++;
                if (examples.Count < MostExamples)
                    examples.Add($"{key.Span} {DateTimeOffset.FromUnixTimeMilliseconds(key.Start).UtcDateTime:yyyy-MM-dd HH:mm} UTC, {(key.ScheduleId == RollUp.AllSchedules ? "all schedules" : $"schedule {key.ScheduleId}")}, "
                        + $"{key.Origin}, {key.Status}: {have?.Count ?? 0} counted, {want?.Count ?? 0} are there{(want?.Count == have?.Count ? ", durations differ" : "")}");
            }
        }
        return new StatisticsCheck(rows, wrong, examples);
    }

    /// <summary>Lets go of old buckets, at once and then every hour, until <paramref name="stopping"/>.</summary>
    internal async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await PruneAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogPruneFailed(e);
            }
            await Task.WhenAny(Task.Delay(Every, _clock, stopping));
        }
    }

    // The days of all schedules together stay: they are few, and counters made of them must never fall.
    internal async Task PruneAsync(CancellationToken ct)
    {
        var horizon = Horizon();
        foreach (var span in Enum.GetValues<StatisticsSpan>())
            foreach (var archived in (bool[])[false, true])
                while (await _writer.WriteAsync(write => write.Execute(
                    """
                    DELETE FROM roll_ups WHERE (archived, span, start, schedule_id, origin, status) IN
                        (SELECT archived, span, start, schedule_id, origin, status FROM roll_ups WHERE archived = ?1 AND span = ?2 AND start < ?3 AND NOT (span = 1 AND schedule_id = 0) LIMIT ?4)
                    """, archived, span, horizon[span], MostPruned), ct) == MostPruned)
                {
                    // Small bites: an ending that waits gets its turn in between.
                }
    }

    // What the rows of a day ought to be: the runs that are there, and the ones that were.
    private static Dictionary<RollUpKey, Tally> Wanted(SqliteConnection connection, SqliteTransaction transaction, long day, IReadOnlyDictionary<StatisticsSpan, long> horizon)
    {
        using var command = Command(connection, transaction, $"SELECT {EndedRun.Columns} FROM runs WHERE finished_at >= @from AND finished_at < @to", ("@from", day), ("@to", day + RollUps.DayMs));
        using var reader = command.ExecuteReader();
        var wanted = RollUps.Sum(Rows(reader)).Where(s => s.Key.Start >= horizon[s.Key.Span]).ToDictionary();
        foreach (var (key, tally) in Stored(connection, transaction, day, archived: true, horizon))
            if (wanted.TryGetValue(key, out var sum)) sum.Add(tally);
            else wanted[key] = tally;
        return wanted;

        static IEnumerable<EndedRun> Rows(SqliteDataReader reader)
        {
            while (reader.Read()) yield return EndedRun.Read(reader, 0);
        }
    }

    private static Dictionary<RollUpKey, Tally> Stored(SqliteConnection connection, SqliteTransaction transaction, long day, bool archived, IReadOnlyDictionary<StatisticsSpan, long> horizon)
    {
        var stored = new Dictionary<RollUpKey, Tally>();
        using var command = Command(connection, transaction,
            $"SELECT span, start, schedule_id, origin, status, {RollUp.TallyColumns} FROM roll_ups WHERE archived = @archived AND span IN (0, 1) AND start >= @from AND start < @to",
            ("@archived", archived ? 1 : 0), ("@from", day), ("@to", day + RollUps.DayMs));
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var key = new RollUpKey((StatisticsSpan)reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), (RunOrigin)reader.GetInt32(3), (Runs.RunStatus)reader.GetInt32(4));
            if (key.Start >= horizon[key.Span]) stored[key] = Tally.Read(reader, 5);
        }
        return stored;
    }

    private Dictionary<StatisticsSpan, long> Horizon()
    {
        var now = _today.Now;
        return new Dictionary<StatisticsSpan, long>
        {
            [StatisticsSpan.Hour] = RollUps.StartOf((now - _options.HourlyStatisticsAge).ToUnixTimeMilliseconds(), RollUps.HourMs),
            [StatisticsSpan.Day] = RollUps.StartOf((now - _options.DailyStatisticsAge).ToUnixTimeMilliseconds(), RollUps.DayMs),
        };
    }

    private List<long> Days()
    {
        using var connection = _database.Open();
        using var snapshot = connection.BeginTransaction(deferred: true);
        return Days(connection, snapshot);
    }

    // Midnights, in milliseconds.
    private static List<long> Days(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = Command(connection, transaction,
            "SELECT DISTINCT finished_at / 86400000 FROM runs WHERE finished_at IS NOT NULL UNION SELECT DISTINCT start / 86400000 FROM roll_ups ORDER BY 1");
        using var reader = command.ExecuteReader();
        var days = new List<long>();
        while (reader.Read()) days.Add(reader.GetInt64(0) * RollUps.DayMs);
        return days;
    }

    private static long Ask(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, null, sql);
        return (long)command.ExecuteScalar()!;
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction? transaction, string sql, params ReadOnlySpan<(string Name, long Value)> values)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        return command;
    }

    [LoggerMessage(LogLevel.Information, "Statistics are built from the runs that are there")]
    private partial void LogBuilding();

    [LoggerMessage(LogLevel.Warning, "Old statistics could not be deleted; trying again in an hour")]
    private partial void LogPruneFailed(Exception e);
}
