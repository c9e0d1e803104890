using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Schedules;
using Scheduler.Core.Workers;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/status</c>: what the scheduler does now.</summary>
internal static class StatusApi
{
    private static readonly string Version = typeof(StatusApi).Assembly.GetName().Version?.ToString(3) ?? "";

    public static void MapStatus(this RouteGroupBuilder api) =>
        api.MapGet("/status", GetAsync).WithTags("Status").WithSummary("Engine, pools, schedules, and when the next one falls due");

    private static async Task<Ok<StatusJson>> GetAsync(EngineReport engine, ScheduleQueries schedules, TimeProvider clock, CancellationToken ct)
    {
        var counts = await schedules.CountsAsync(ct);
        var pools = (await engine.PoolsAsync(ct)).Select(p => new PoolJson(p.Name, p.Slots, p.Active, p.Queued)).ToList();
        return TypedResults.Ok(new StatusJson(
            engine.Status, engine.Reason, pools, new ScheduleCountsJson(counts.Total, counts.Active, counts.Paused), counts.NextDueAt,
            (long)engine.Lag.TotalMilliseconds, clock.GetUtcNow(), Version));
    }
}
