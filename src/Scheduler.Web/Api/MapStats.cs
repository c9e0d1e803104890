using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Analytics;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/stats</c>: how runs went, from roll-ups, so that it costs the same at any number of runs.</summary>
internal static class StatsApi
{
    /// <summary>As many hours as 92 days have.</summary>
    private const int MostBuckets = 2208;

    public static void MapStats(this RouteGroupBuilder api) =>
        api.MapGet("/stats", Get).WithTags("Status").WithSummary("How runs went: counts, success rate, durations and start lag, in total and by hour or day").MayFail(404)
            .TakesQuery("schedule", "The name of a schedule (default all)").TakesQuery("label", "key=value; repeated: all must hold")
            .TakesQuery("from", "Ended at or after; rounded down to a full bucket (default 24 hours or 30 days before to)")
            .TakesQuery("to", "Ended before; rounded up to a full bucket (default now)")
            .TakesQuery("bucket", "hour or day, in UTC (default hour up to 7 days, else day). Hours are kept for 35 days");

    private static Ok<StatsJson> Get(HttpRequest request, StatisticsQueries statistics, TimeProvider clock)
    {
        var query = new QueryReader(request.Query);
        var (schedule, labels, bucket, asked) = (query.Text("schedule"), query.Labels(), query.Choice<StatisticsSpan>("bucket"), query.Instant("from"));
        var to = query.Instant("to") ?? clock.GetUtcNow();
        query.Demand();
        var span = bucket ?? (asked is { } since && to - since <= TimeSpan.FromDays(7) ? StatisticsSpan.Hour : StatisticsSpan.Day);
        var from = asked ?? Before(to, span == StatisticsSpan.Hour ? TimeSpan.FromDays(1) : TimeSpan.FromDays(30));
        var length = span == StatisticsSpan.Hour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);
        if (from >= to) query.Complain("to", "must be after from");
        else if ((to - from) / length > MostBuckets) query.Complain("from", $"asks for more than {MostBuckets} buckets; ask for {(span == StatisticsSpan.Hour ? "bucket=day or " : "")}a shorter range");
        query.Demand();
        var filter = new StatisticsFilter { Schedule = schedule, Labels = labels, From = from, To = to, Span = span };
        return TypedResults.Ok(StatsJson.Of(filter, statistics.Series(filter) ?? throw RequestFault.NoSchedule(schedule!)));
    }

    private static DateTimeOffset Before(DateTimeOffset at, TimeSpan length) => at - DateTimeOffset.MinValue < length ? DateTimeOffset.MinValue : at - length;
}
