using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Backfills;
using Scheduler.Core.Fields;
using Scheduler.Core.Impact;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/backfills</c>: runs for past occurrences, in batches.</summary>
internal static class BackfillsApi
{
    public static void MapBackfills(this RouteGroupBuilder api)
    {
        var backfills = api.MapGroup("/backfills").WithTags("Backfills");
        backfills.MapGet("/", ListAsync).WithSummary("Backfills, newest first").TakesQuery("schedule", "The exact name of a schedule").TakesPage();
        backfills.MapGet("/gaps", GapsAsync).WithSummary("Schedules with missed runs of the last 14 days, the most missed first").TakesQuery("schedule", "Of this one alone");
        backfills.MapGet("/{id:long}", GetAsync).WithSummary("One backfill").MayFail(404);
        backfills.MapGet("/{id:long}/slots", SlotsAsync).WithSummary("Its slots, the oldest first").TakesPage().MayFail(404);

        var writes = backfills.MapGroup("").RequireAuthorization(Policies.Operator);
        writes.MapPost("/", CreateAsync).WithSummary("Launch a backfill, or with dryRun say what it would do").TakesBody(BackfillBody.Shape, "application/json")
            .Produces<BackfillJson>(StatusCodes.Status201Created).Produces<BackfillPreviewJson>().MayFail(404, 413, 415, 422);
        Act("pause", "Begin no further slot; runs that go on end by themselves", (control, id, context, ct) => control.PauseAsync(id, context.Actor(), ct));
        Act("resume", "Go on", (control, id, context, ct) => control.ResumeAsync(id, context.Actor(), ct));
        Act("cancel", "End what remains; running runs are told to stop", (control, id, context, ct) => control.CancelAsync(id, context.Actor(), ct));
        Act("retry-failed", "Give each run that ended badly one attempt more", (control, id, context, ct) => control.RetryFailedAsync(id, context.Actor(), ct));
        Act("parallel", "Let more or fewer of its runs go on at once", async (control, id, context, ct) => await control.ChangeParallelAsync(id, await ParallelAsync(context.Request, ct), context.Actor(), ct))
            .TakesBody("{ maxParallel }", "application/json").MayFail(415, 422);

        RouteHandlerBuilder Act(string verb, string summary, Func<BackfillControl, long, HttpContext, CancellationToken, Task<BackfillAct>> act) =>
            writes.MapPost($"/{{id:long}}/{verb}", async (long id, HttpContext context, BackfillControl control, BackfillQueries queries, CancellationToken ct) =>
                TypedResults.Ok(await AfterAsync(await act(control, id, context, ct), id, verb, queries, ct))).WithSummary(summary).MayFail(404, 409);
    }

    private static async Task<Ok<PageJson<BackfillJson>>> ListAsync(HttpRequest request, BackfillQueries backfills, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var (limit, before, schedule) = (query.Limit(), query.NumberCursor('b'), query.Text("schedule"));
        query.Demand();
        var found = await backfills.ListAsync(schedule, before, limit + 1, ct);
        var page = found.Take(limit).Select(BackfillJson.Of).ToList();
        return TypedResults.Ok(new PageJson<BackfillJson>(page, found.Count > limit ? QueryReader.CursorOf('b', page[^1].Id) : null));
    }

    private static async Task<Ok<PageJson<GapJson>>> GapsAsync(HttpRequest request, BackfillQueries backfills, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var schedule = query.Text("schedule");
        query.Demand();
        return TypedResults.Ok(new PageJson<GapJson>((await backfills.GapsAsync(schedule, ct)).Select(GapJson.Of).ToList(), null));
    }

    private static async Task<Ok<BackfillJson>> GetAsync(long id, BackfillQueries backfills, CancellationToken ct) => TypedResults.Ok(await FindAsync(id, backfills, ct));

    private static async Task<Ok<PageJson<SlotJson>>> SlotsAsync(long id, HttpRequest request, BackfillQueries backfills, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var limit = query.Limit();
        var skip = (int)Math.Min(query.NumberCursor('s') ?? 0, BackfillRequest.MostSlots);
        query.Demand();
        await FindAsync(id, backfills, ct);
        var slots = await backfills.SlotsAsync(id, ct);
        return TypedResults.Ok(new PageJson<SlotJson>(slots.Skip(skip).Take(limit).Select(SlotJson.Of).ToList(), slots.Count > skip + limit ? QueryReader.CursorOf('s', (long)skip + limit) : null));
    }

    private static async Task<IResult> CreateAsync(HttpContext context, BackfillControl control, BackfillQueries backfills, ImpactForecasts impacts, CancellationToken ct)
    {
        var (request, dryRun) = BackfillBody.Read(await RequestBody.ReadOptionalJsonAsync(context.Request, ct));
        if (dryRun)
        {
            var preview = await backfills.PreviewAsync(request, ct) ?? throw RequestFault.NoSchedule(request.Schedule);
            return TypedResults.Ok(BackfillPreviewJson.Of(preview, await impacts.OfAsync(preview, request.Hours, ct)));
        }
        var id = await control.LaunchAsync(request, context.Actor(), ct) ?? throw RequestFault.NoSchedule(request.Schedule);
        return TypedResults.Created($"/api/v1/backfills/{id}", await FindAsync(id, backfills, ct));
    }

    private static async Task<int> ParallelAsync(HttpRequest request, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(await RequestBody.ReadOptionalJsonAsync(request, ct), "", errors);
        var parallel = fields.Whole("maxParallel", 0, int.MinValue, int.MaxValue);
        if (!fields.Has("maxParallel")) fields.Complain("maxParallel", "is required, for example 2");
        fields.Close();
        return errors.Count == 0 ? parallel : throw new InvalidInputException(errors);
    }

    private static async Task<BackfillJson> AfterAsync(BackfillAct act, long id, string verb, BackfillQueries backfills, CancellationToken ct)
    {
        var backfill = await FindAsync(id, backfills, ct);
        // Asking for what is so already is no mistake.
        if (act == BackfillAct.Done || (verb, backfill.State) is ("pause", BackfillState.Paused) or ("resume", BackfillState.Running) or ("cancel", BackfillState.Cancelled)) return backfill;
        throw RequestFault.Conflict(verb switch
        {
            "retry-failed" => $"Backfill {id} has no failed run.",
            "parallel" => backfill.FinishedAt is null ? $"Backfill {id} runs {backfill.MaxParallel} at once already." : $"Backfill {id} is over: {backfill.State}.",
            _ => $"Backfill {id} is {backfill.State}.",
        });
    }

    private static async Task<BackfillJson> FindAsync(long id, BackfillQueries backfills, CancellationToken ct) =>
        BackfillJson.Of(await backfills.GetAsync(id, ct) ?? throw new RequestFault(StatusCodes.Status404NotFound, $"There is no backfill {id}."));
}
