using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/queue</c>: what runs and what waits, and why.</summary>
internal static class QueueApi
{
    public static void MapQueue(this RouteGroupBuilder api) =>
        api.MapGet("/queue", GetAsync).WithTags("Runs").WithSummary("Pools, what runs, and what waits in the order of the start with the reason for each")
            .TakesQuery("pool", "One pool's name").TakesQuery("why", "Only runs that wait for this cause").TakesPage();

    private static async Task<Ok<QueueJson>> GetAsync(HttpRequest request, QueueQueries queue, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var filter = new QueueFilter { Pool = query.Text("pool"), Cause = query.Choice<WaitCause>("why"), After = query.Cursor('q'), Limit = query.Limit() };
        if (filter.After is { } after && !QueueQueries.IsCursor(after)) query.Complain("cursor", "is not one that this list has given; begin without a cursor");
        query.Demand();
        return TypedResults.Ok(QueueJson.Of(await queue.ViewAsync(filter, ct)));
    }
}
