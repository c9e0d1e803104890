using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/downtimes</c>: the times in which nobody was there, what was missed, and answers for it.</summary>
internal static class DowntimesApi
{
    public static void MapDowntimes(this RouteGroupBuilder api)
    {
        var downtimes = api.MapGroup("/downtimes").WithTags("Downtimes");
        downtimes.MapGet("/", ListAsync).WithSummary("Downtimes of two minutes or more, newest first").TakesPage();
        downtimes.MapGet("/{id:long}", GetAsync).WithSummary("One downtime").MayFail(404);
        downtimes.MapGet("/{id:long}/missed", MissedAsync).WithSummary("What each schedule missed in it, and what its policy did; by name").MayFail(404).TakesPage();
        downtimes.MapGet("/{id:long}/interrupted", InterruptedAsync).WithSummary("The runs that it cut off, as they stand now").MayFail(404);

        var writes = downtimes.MapGroup("").RequireAuthorization(Policies.Operator);
        writes.MapPost("/{id:long}/answer", AnswerAsync).WithSummary("Say whether what waits for an answer runs or is skipped").TakesBody("{ run: true|false, schedule }: without a schedule, all", "application/json").MayFail(404, 409, 415, 422);
        writes.MapPost("/{id:long}/dismiss", DismissAsync).WithSummary("Say that it has been seen, and all before it").MayFail(404, 409);
    }

    private static async Task<Ok<PageJson<DowntimeJson>>> ListAsync(HttpRequest request, DowntimeQueries downtimes, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var (limit, before) = (query.Limit(most: 100), query.NumberCursor('o'));
        query.Demand();
        var found = await downtimes.ListAsync(before, limit + 1, ct);
        var page = found.Take(limit).Select(DowntimeJson.Of).ToList();
        return TypedResults.Ok(new PageJson<DowntimeJson>(page, found.Count > limit ? QueryReader.CursorOf('o', page[^1].Id) : null));
    }

    private static async Task<Ok<DowntimeJson>> GetAsync(long id, DowntimeQueries downtimes, CancellationToken ct) => TypedResults.Ok(await FindAsync(id, downtimes, ct));

    private static async Task<Ok<PageJson<MissedScheduleJson>>> MissedAsync(long id, HttpRequest request, DowntimeQueries downtimes, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var (limit, after) = (query.Limit(), query.Cursor('m'));
        query.Demand();
        var found = await downtimes.MissedAsync(id, after, limit + 1, ct) ?? throw None(id);
        var page = found.Take(limit).Select(MissedScheduleJson.Of).ToList();
        return TypedResults.Ok(new PageJson<MissedScheduleJson>(page, found.Count > limit ? QueryReader.CursorOf('m', page[^1].Schedule) : null));
    }

    private static async Task<Ok<PageJson<RunJson>>> InterruptedAsync(long id, DowntimeQueries downtimes, CancellationToken ct)
    {
        await FindAsync(id, downtimes, ct);
        return TypedResults.Ok(new PageJson<RunJson>((await downtimes.InterruptedAsync(id, ct)).Select(RunJson.Of).ToList(), null));
    }

    private static async Task<Ok<DowntimeJson>> AnswerAsync(long id, HttpContext context, DowntimeControl control, DowntimeQueries downtimes, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(await RequestBody.ReadOptionalJsonAsync(context.Request, ct), "", errors);
        if (!fields.Has("run")) fields.Complain("run", "is required: true runs what was missed, false skips it");
        var (run, schedule) = (fields.Flag("run", false), fields.Text("schedule", 64));
        fields.Close();
        if (errors.Count > 0) throw new InvalidInputException(errors);
        return await control.AnswerAsync(id, run, schedule, context.Actor(), ct) switch
        {
            DowntimeAct.NotFound => throw None(id),
            DowntimeAct.NothingWaits => throw RequestFault.Conflict($"Nothing {(schedule is null ? "" : $"of \"{schedule}\" ")}waits for an answer in downtime {id}."),
            _ => TypedResults.Ok(await FindAsync(id, downtimes, ct)),
        };
    }

    private static async Task<Ok<DowntimeJson>> DismissAsync(long id, HttpContext context, DowntimeControl control, DowntimeQueries downtimes, CancellationToken ct) =>
        await control.DismissAsync(id, context.Actor(), ct) switch
        {
            DowntimeAct.NotFound => throw None(id),
            DowntimeAct.Unanswered => throw RequestFault.Conflict($"Something in downtime {id}, or in one before it, waits for an answer: run it, or skip it."),
            _ => TypedResults.Ok(await FindAsync(id, downtimes, ct)),
        };

    private static async Task<DowntimeJson> FindAsync(long id, DowntimeQueries downtimes, CancellationToken ct) => DowntimeJson.Of(await downtimes.GetAsync(id, ct) ?? throw None(id));

    private static RequestFault None(long id) => new(StatusCodes.Status404NotFound, $"There is no downtime {id}.");
}
