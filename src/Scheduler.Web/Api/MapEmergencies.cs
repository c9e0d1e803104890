using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Emergencies;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/emergencies</c>: emergency runs of all schedules with certain labels, started and stopped together.</summary>
internal static class EmergenciesApi
{
    private const string Shape = "{ labels, reason, overrideConcurrency, overrideBlackout, overrideRateLimits }; labels and reason are required";

    public static void MapEmergencies(this RouteGroupBuilder api)
    {
        var emergencies = api.MapGroup("/emergencies").WithTags("Emergencies");
        emergencies.MapGet("/", ListAsync).WithSummary("Emergencies, newest first").TakesPage();
        emergencies.MapGet("/{id:long}", GetAsync).WithSummary("One emergency with the counts of its runs; the runs themselves: /api/v1/runs?emergency=ID").MayFail(404);

        var writes = emergencies.MapGroup("").RequireAuthorization(Policies.Operator);
        writes.MapPost("/", StartAsync).WithSummary("Queue an emergency run of each active or paused schedule that has all the labels: all of them or none").TakesBody(Shape, "application/json").MayFail(413, 415, 422);
        writes.MapPost("/{id:long}/stop", StopAsync).WithSummary("Stop all that is left of it; may be said again").MayFail(404);
    }

    private static async Task<Ok<PageJson<EmergencyJson>>> ListAsync(HttpRequest request, EmergencyQueries emergencies, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var (limit, before) = (query.Limit(), query.NumberCursor('e'));
        query.Demand();
        var found = await emergencies.ListAsync(before, limit + 1, ct);
        var page = found.Take(limit).Select(EmergencyJson.Of).ToList();
        return TypedResults.Ok(new PageJson<EmergencyJson>(page, found.Count > limit ? QueryReader.CursorOf('e', page[^1].Id) : null));
    }

    private static async Task<Ok<EmergencyJson>> GetAsync(long id, EmergencyQueries emergencies, CancellationToken ct) => TypedResults.Ok(await FindAsync(id, emergencies, ct));

    private static async Task<Accepted<EmergencyJson>> StartAsync(HttpContext context, EmergencyControl control, EmergencyQueries emergencies, CancellationToken ct)
    {
        var id = await control.SweepAsync(SweepRequest.Read(await RequestBody.ReadOptionalJsonAsync(context.Request, ct)), context.Actor(), ct);
        return TypedResults.Accepted($"/api/v1/emergencies/{id}", await FindAsync(id, emergencies, ct));
    }

    private static async Task<Accepted<EmergencyJson>> StopAsync(long id, HttpContext context, EmergencyControl control, EmergencyQueries emergencies, CancellationToken ct) =>
        await control.StopAllAsync(id, context.Actor(), ct) is null ? throw None(id) : TypedResults.Accepted($"/api/v1/emergencies/{id}", await FindAsync(id, emergencies, ct));

    private static async Task<EmergencyJson> FindAsync(long id, EmergencyQueries emergencies, CancellationToken ct) => EmergencyJson.Of(await emergencies.GetAsync(id, ct) ?? throw None(id));

    private static RequestFault None(long id) => new(StatusCodes.Status404NotFound, $"There is no emergency {id}.");
}
