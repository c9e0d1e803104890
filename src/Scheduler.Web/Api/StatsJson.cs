using Scheduler.Core.Analytics;

namespace Scheduler.Web.Api;

/// <summary>How runs went that ended in a span of time, and the same by hour or day.</summary>
/// <param name="Bucket">hour or day, in UTC.</param>
/// <param name="From">Rounded down to a full bucket.</param>
/// <param name="To">Exclusive; rounded up to a full bucket.</param>
/// <param name="Runs">Runs that ended, skipped ones left out.</param>
/// <param name="Failed">Failed, timed out or interrupted.</param>
/// <param name="SuccessRate">0 to 1, of what triggers started: neither people nor backfills change it. Of what people started where triggers started nothing. Null where no run succeeded or failed.</param>
/// <param name="ByOrigin">The same runs by who made them start.</param>
public sealed record StatsJson(
    string? Schedule, string Bucket, DateTimeOffset From, DateTimeOffset To, long Runs, long Succeeded, long Failed, long Cancelled, long Skipped, double? SuccessRate,
    OriginsJson ByOrigin, LengthsJson DurationMs, LengthsJson StartLagMs, IReadOnlyList<StatsBucketJson> Buckets)
{
    public static StatsJson Of(StatisticsFilter filter, StatisticsSeries series)
    {
        var t = series.Total;
        return new StatsJson(
            filter.Schedule, filter.Span.ToString().ToLowerInvariant(), t.Start, t.End, t.Runs, t.Succeeded, t.Failed, t.Cancelled, t.Skipped, t.SuccessRate,
            new OriginsJson(t.Of(RunOrigin.Trigger), t.Of(RunOrigin.Person), t.Of(RunOrigin.Backfill)), LengthsJson.Of(t.Duration), LengthsJson.Of(t.StartLag),
            series.Buckets.Select(b => new StatsBucketJson(
                b.Start, b.Runs, b.Succeeded, b.Failed, b.Cancelled, b.Skipped, b.SuccessRate, LengthsJson.Of(b.Duration), LengthsJson.Of(b.StartLag))).ToList());
    }
}

/// <summary>One hour or day.</summary>
/// <param name="Start">Its first instant.</param>
public sealed record StatsBucketJson(
    DateTimeOffset Start, long Runs, long Succeeded, long Failed, long Cancelled, long Skipped, double? SuccessRate, LengthsJson DurationMs, LengthsJson StartLagMs);

public sealed record OriginsJson(long Trigger, long Person, long Backfill);

/// <summary>Milliseconds; percentiles are within 4.5 %. Null where nothing was measured.</summary>
public sealed record LengthsJson(long? Avg, long? P50, long? P95, long? Max)
{
    public static LengthsJson Of(Lengths lengths) => new(Ms(lengths.Average), Ms(lengths.Median), Ms(lengths.P95), Ms(lengths.Max));

    private static long? Ms(TimeSpan? length) => length is { } known ? (long)Math.Round(known.TotalMilliseconds) : null;
}
