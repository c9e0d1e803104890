using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Analytics;

/// <summary>Of which runs, and over which time.</summary>
public sealed record StatisticsFilter
{
    /// <summary>The name of a schedule; null: all.</summary>
    public string? Schedule { get; init; }

    /// <summary>All must hold; empty: all.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Ended at or after; rounded down to a full bucket.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Ended before; rounded up to a full bucket.</summary>
    public required DateTimeOffset To { get; init; }
    public required StatisticsSpan Span { get; init; }
}

/// <summary>Lengths of time; percentiles are within 4.5 %.</summary>
/// <param name="Count">How many were measured; all others are null at none.</param>
public sealed record Lengths(long Count, TimeSpan? Average, TimeSpan? Median, TimeSpan? P95, TimeSpan? Max)
{
    internal static Lengths Of(Histogram histogram, long sum, long max)
    {
        if (histogram.Total == 0) return new Lengths(0, null, null, null, null);
        // The middle of the bucket that holds the longest may lie beyond it.
        TimeSpan At(double share) => TimeSpan.FromMilliseconds(Math.Min(histogram.At(share)!.Value, max));
        return new Lengths(histogram.Total, TimeSpan.FromMilliseconds((double)sum / histogram.Total), At(0.5), At(0.95), TimeSpan.FromMilliseconds(max));
    }
}

/// <summary>How many lengths lie within each of some limits.</summary>
/// <param name="Within">One a limit, in their order: that long at most, within 4.5 % of the limit.</param>
/// <param name="Sum">All lengths together.</param>
/// <param name="Count">How many there are.</param>
public sealed record Spread(IReadOnlyList<long> Within, TimeSpan Sum, long Count);

/// <summary>How runs went that ended in one stretch of time.</summary>
public sealed class RunFigures
{
    private readonly Dictionary<(RunOrigin Origin, RunStatus Status), Tally> _tallies = [];

    internal RunFigures(DateTimeOffset start, DateTimeOffset end) => (Start, End) = (start, end);

    public DateTimeOffset Start { get; }

    /// <summary>Exclusive.</summary>
    public DateTimeOffset End { get; }

    /// <summary>Runs that ended, skipped ones left out.</summary>
    public long Runs => Sum(t => t.Status != RunStatus.Skipped);
    public long Succeeded => Of(RunStatus.Succeeded);

    /// <summary>Failed, timed out or interrupted.</summary>
    public long Failed => Sum(t => t.Status.IsBad());
    public long Cancelled => Of(RunStatus.Cancelled);
    public long Skipped => Of(RunStatus.Skipped);

    /// <summary>
    /// 0 to 1; null where no run succeeded or failed. Only what the trigger started counts: neither people nor backfills change a schedule's
    /// record. Where in the whole range nothing was started by a trigger, the runs that people started stand in.
    /// </summary>
    public double? SuccessRate
    {
        get
        {
            var succeeded = Sum(t => t.Status == RunStatus.Succeeded && t.Origin == Judged);
            var failed = Sum(t => t.Status.IsBad() && t.Origin == Judged);
            return succeeded + failed == 0 ? null : (double)succeeded / (succeeded + failed);
        }
    }

    /// <summary>Whose runs <see cref="SuccessRate"/> counts.</summary>
    public RunOrigin Judged { get; internal set; }

    /// <summary>How long those took that succeeded or failed, from the first start to the end.</summary>
    public Lengths Duration
    {
        get
        {
            var all = Merged(t => t.Status == RunStatus.Succeeded || t.Status.IsBad());
            return Lengths.Of(all.Durations, all.DurationSum, all.DurationMax);
        }
    }

    /// <summary>As <see cref="Duration"/>, of those runs alone that <see cref="SuccessRate"/> counts.</summary>
    public Lengths DurationOnRecord
    {
        get
        {
            var judged = Merged(t => t.Origin == Judged && (t.Status == RunStatus.Succeeded || t.Status.IsBad()));
            return Lengths.Of(judged.Durations, judged.DurationSum, judged.DurationMax);
        }
    }

    /// <summary>How late runs started: from due to started; what was due in the past (catch-up, backfill) counts from when it was queued.</summary>
    public Lengths StartLag
    {
        get
        {
            var all = Merged(_ => true);
            return Lengths.Of(all.Lags, all.LagSum, all.LagMax);
        }
    }

    /// <summary>The lengths behind <see cref="Duration"/>, by limits.</summary>
    public Spread SpreadOfDuration(IEnumerable<TimeSpan> limits)
    {
        var all = Merged(t => t.Status == RunStatus.Succeeded || t.Status.IsBad());
        return new Spread(limits.Select(l => all.Durations.AtMost((long)l.TotalMilliseconds)).ToList(), TimeSpan.FromMilliseconds(all.DurationSum), all.Durations.Total);
    }

    /// <summary>The lengths behind <see cref="StartLag"/>, by limits.</summary>
    public Spread SpreadOfStartLag(IEnumerable<TimeSpan> limits)
    {
        var all = Merged(_ => true);
        return new Spread(limits.Select(l => all.Lags.AtMost((long)l.TotalMilliseconds)).ToList(), TimeSpan.FromMilliseconds(all.LagSum), all.Lags.Total);
    }

    public long Of(RunOrigin origin, RunStatus status) => _tallies.GetValueOrDefault((origin, status))?.Count ?? 0;

    public long Of(RunStatus status) => Sum(t => t.Status == status);

    /// <summary>Runs of one origin, skipped ones left out.</summary>
    public long Of(RunOrigin origin) => Sum(t => t.Origin == origin && t.Status != RunStatus.Skipped);

    internal Tally Merged(Func<(RunOrigin Origin, RunStatus Status), bool> which)
    {
        var merged = new Tally();
        foreach (var (key, tally) in _tallies)
            if (which(key)) merged.Add(tally);
        return merged;
    }

    internal void Add(RunOrigin origin, RunStatus status, Tally tally)
    {
        if (!_tallies.TryGetValue((origin, status), out var sum)) _tallies[(origin, status)] = sum = new Tally();
        sum.Add(tally);
    }

    internal void Add(RunFigures other)
    {
        foreach (var ((origin, status), tally) in other._tallies) Add(origin, status, tally);
    }

    private long Sum(Func<(RunOrigin Origin, RunStatus Status), bool> which) => _tallies.Where(t => which(t.Key)).Sum(t => t.Value.Count);
}

/// <summary>Figures by hour or day, and of the whole.</summary>
/// <param name="Buckets">Oldest first, without a gap: a bucket in which nothing ended is there and counts nothing.</param>
/// <param name="Total">Over all of them.</param>
public sealed record StatisticsSeries(IReadOnlyList<RunFigures> Buckets, RunFigures Total)
{
    internal static StatisticsSeries Of(IReadOnlyList<RunFigures> buckets)
    {
        var total = new RunFigures(buckets[0].Start, buckets[^1].End);
        foreach (var bucket in buckets) total.Add(bucket);
        var judged = JudgedOf(total);
        foreach (var figures in buckets.Append(total)) figures.Judged = judged;
        return new StatisticsSeries(buckets, total);
    }

    internal static RunOrigin JudgedOf(RunFigures total) =>
        total.Of(RunOrigin.Trigger) == 0 && total.Of(RunOrigin.Person) > 0 ? RunOrigin.Person : RunOrigin.Trigger;

    /// <summary>Hours put together to the days of a zone. An hour belongs to the day in which it begins, also where the zone is not whole hours off UTC.</summary>
    public StatisticsSeries InDaysOf(TimeZoneInfo zone) => Of(Buckets
        .GroupBy(b => TimeZoneInfo.ConvertTime(b.Start, zone).Date)
        .Select(day =>
        {
            var figures = new RunFigures(day.First().Start, day.Last().End);
            foreach (var hour in day) figures.Add(hour);
            return figures;
        }).ToList());
}

/// <summary>What charts, tiles and the API ask about how runs went. Reads roll-ups alone, so it costs the same at ten million runs as at ten thousand.</summary>
public sealed class StatisticsQueries(Database database)
{
    private const int MostDaysEver = 20 * 366;

    /// <summary>By hour or day.</summary>
    /// <returns>Null when a schedule is named that is not there.</returns>
    public StatisticsSeries? Series(StatisticsFilter filter)
    {
        var length = filter.Span == StatisticsSpan.Hour ? RollUps.HourMs : RollUps.DayMs;
        var from = RollUps.StartOf(filter.From.ToUnixTimeMilliseconds(), length);
        var to = Math.Max(from + length, RollUps.StartOf(filter.To.ToUnixTimeMilliseconds() + length - 1, length));
        var buckets = new List<RunFigures>();
        for (var at = from; at < to; at += length) buckets.Add(new RunFigures(DateTimeOffset.FromUnixTimeMilliseconds(at), DateTimeOffset.FromUnixTimeMilliseconds(at + length)));

        using var connection = database.Open();
        using var statements = new Statements(connection);
        var values = new List<object?> { from, to, length, filter.Span };
        if (Choose(statements, filter, values) is not { } chosen) return null;
        // One seek a bucket and schedule on the primary key.
        using var rows = statements.Query(
            $"""
            WITH RECURSIVE buckets(at) AS (SELECT ?1 UNION ALL SELECT at + ?3 FROM buckets WHERE at + ?3 < ?2), chosen(id) AS ({chosen})
            SELECT r.start, r.origin, r.status, {RollUp.TallyColumns}
            FROM chosen CROSS JOIN buckets CROSS JOIN roll_ups r ON r.archived = 0 AND r.span = ?4 AND r.start = buckets.at AND r.schedule_id = chosen.id
            """, values.ToArray());
        while (rows.Read())
            buckets[(int)((rows.GetInt64(0) - from) / length)].Add((RunOrigin)rows.GetInt32(1), (RunStatus)rows.GetInt32(2), Tally.Read(rows, 3));
        return StatisticsSeries.Of(buckets);
    }

    /// <summary>Figures over a span of whole hours that ends with the one in which <paramref name="to"/> lies.</summary>
    /// <param name="schedule">A schedule's name; null: all. One that is not there has no runs.</param>
    /// <param name="from">The hour in which it lies is left out, so that two spans one after the other count no hour twice.</param>
    /// <param name="to">Its hour counts as far as it has gone.</param>
    public RunFigures Over(string? schedule, DateTimeOffset from, DateTimeOffset to) =>
        (Series(new StatisticsFilter { Schedule = schedule, From = from.AddHours(1), To = to.AddMilliseconds(1), Span = StatisticsSpan.Hour }) ?? StatisticsSeries.Of([new RunFigures(from, to)])).Total;

    /// <summary>The figures of some schedules over whole days, today as far as it has gone; those without a run that ended are left out.</summary>
    /// <param name="connection">To ask by.</param>
    /// <param name="scheduleIds">A page of them, or a thousand: one seek each a day.</param>
    /// <param name="from">Its day counts whole.</param>
    /// <param name="to">Its day counts too.</param>
    internal static Dictionary<long, RunFigures> OfSchedules(SqliteConnection connection, IEnumerable<long> scheduleIds, DateTimeOffset from, DateTimeOffset to)
    {
        using var statements = new Statements(connection);
        using var rows = statements.Query(
            $"""
            WITH RECURSIVE days(at) AS (SELECT ?1 UNION ALL SELECT at + {RollUps.DayMs} FROM days WHERE at + {RollUps.DayMs} <= ?2)
            SELECT r.schedule_id, r.origin, r.status, {RollUp.TallyColumns}
            FROM days CROSS JOIN json_each(?3) AS s CROSS JOIN roll_ups r ON r.archived = 0 AND r.span = 1 AND r.start = days.at AND r.schedule_id = s.value
            """, [RollUps.StartOf(from.ToUnixTimeMilliseconds(), RollUps.DayMs), to, JsonSerializer.Serialize(scheduleIds)]);
        var figures = new Dictionary<long, RunFigures>();
        while (rows.Read())
        {
            var id = rows.GetInt64(0);
            if (!figures.TryGetValue(id, out var one)) figures[id] = one = new RunFigures(from, to);
            one.Add((RunOrigin)rows.GetInt32(1), (RunStatus)rows.GetInt32(2), Tally.Read(rows, 3));
        }
        foreach (var one in figures.Values) one.Judged = StatisticsSeries.JudgedOf(one);
        return figures;
    }

    /// <summary>All runs that ever ended, of all schedules: these days are never let go of, so that what is counted here never falls.</summary>
    public RunFigures Ever(DateTimeOffset now)
    {
        using var connection = database.Open();
        using var statements = new Statements(connection);
        var first = statements.Scalar("SELECT min(start) FROM roll_ups WHERE archived = 0 AND span = 1", []) is long start ? DateTimeOffset.FromUnixTimeMilliseconds(start) : now;
        // A clock that was once years off must not make this dear.
        if (first < now.AddDays(-MostDaysEver)) first = now.AddDays(-MostDaysEver);
        return Series(new StatisticsFilter { From = first, To = now.AddDays(1), Span = StatisticsSpan.Day })!.Total;
    }

    // The statement that finds the schedules that are meant; null when one is named that is not there. What it asks for is added to the values.
    private static string? Choose(Statements statements, StatisticsFilter filter, List<object?> values)
    {
        if (filter.Schedule is null && filter.Labels.Count == 0) return "SELECT 0";
        var conditions = new List<string>();
        if (filter.Schedule is { } name)
        {
            if (statements.Scalar("SELECT id FROM schedules WHERE name = ?1", [name]) is not long id) return null;
            conditions.Add($"s.id = {Place(id)}");
        }
        foreach (var (key, value) in filter.Labels)
            conditions.Add($"EXISTS (SELECT 1 FROM schedule_labels l WHERE l.schedule_id = s.id AND l.key = {Place(key)} AND l.value = {Place(value)})");
        return $"SELECT s.id FROM schedules s WHERE {string.Join(" AND ", conditions)}";

        string Place(object value)
        {
            values.Add(value);
            return $"?{values.Count}";
        }
    }
}
