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
        using (var statements = new Statements(connection))
            if (statements.Scalar("SELECT EXISTS (SELECT 1 FROM roll_ups) OR NOT EXISTS (SELECT 1 FROM runs WHERE finished_at IS NOT NULL)", []) is 1L) return;
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
                var wanted = Wanted(write.Statements, day, Horizon());
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
        using var statements = new Statements(connection);
        long rows = 0, wrong = 0;
        var examples = new List<string>();
        foreach (var day in Days(statements))
        {
            ct.ThrowIfCancellationRequested();
            var horizon = Horizon();
            var (wanted, stored) = (Wanted(statements, day, horizon), Stored(statements, day, archived: false, horizon));
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
    private static Dictionary<RollUpKey, Tally> Wanted(Statements statements, long day, IReadOnlyDictionary<StatisticsSpan, long> horizon)
    {
        using var rows = statements.Query($"SELECT {EndedRun.Columns} FROM runs WHERE finished_at >= ?1 AND finished_at < ?2", [day, day + RollUps.DayMs]);
        var wanted = RollUps.Sum(Ended(rows)).Where(s => s.Key.Start >= horizon[s.Key.Span]).ToDictionary();
        foreach (var (key, tally) in Stored(statements, day, archived: true, horizon))
            if (wanted.TryGetValue(key, out var sum)) sum.Add(tally);
            else wanted[key] = tally;
        return wanted;

        static IEnumerable<EndedRun> Ended(Rows rows)
        {
            while (rows.Read()) yield return EndedRun.Read(rows, 0);
        }
    }

    private static Dictionary<RollUpKey, Tally> Stored(Statements statements, long day, bool archived, IReadOnlyDictionary<StatisticsSpan, long> horizon)
    {
        var stored = new Dictionary<RollUpKey, Tally>();
        using var rows = statements.Query(
            $"SELECT span, start, schedule_id, origin, status, {RollUp.TallyColumns} FROM roll_ups WHERE archived = ?1 AND span IN (0, 1) AND start >= ?2 AND start < ?3", [archived, day, day + RollUps.DayMs]);
        while (rows.Read())
        {
            var key = new RollUpKey((StatisticsSpan)rows.GetInt32(0), rows.GetInt64(1), rows.GetInt64(2), (RunOrigin)rows.GetInt32(3), (Runs.RunStatus)rows.GetInt32(4));
            if (key.Start >= horizon[key.Span]) stored[key] = Tally.Read(rows, 5);
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
        using var statements = new Statements(connection);
        return Days(statements);
    }

    // Midnights, in milliseconds.
    private static List<long> Days(Statements statements)
    {
        using var rows = statements.Query("SELECT DISTINCT finished_at / 86400000 FROM runs WHERE finished_at IS NOT NULL UNION SELECT DISTINCT start / 86400000 FROM roll_ups ORDER BY 1", []);
        var days = new List<long>();
        while (rows.Read()) days.Add(rows.GetInt64(0) * RollUps.DayMs);
        return days;
    }

    [LoggerMessage(LogLevel.Information, "Statistics are built from the runs that are there")]
    private partial void LogBuilding();

    [LoggerMessage(LogLevel.Warning, "Old statistics could not be deleted; trying again in an hour")]
    private partial void LogPruneFailed(Exception e);
}
