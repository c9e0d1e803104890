using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/runs</c>: what ran, its log and findings; cancel and repeat.</summary>
internal static class RunsApi
{
    public static void MapRuns(this RouteGroupBuilder api)
    {
        var runs = api.MapGroup("/runs").WithTags("Runs");
        runs.MapGet("/", ListAsync).WithSummary("Runs, newest first")
            .TakesQuery("schedule", "The exact name of a schedule").TakesQuery("status", "May be repeated or a list with commas").TakesQuery("triggerType", "Why it was started").TakesQuery("emergency", "The number of an emergency: only its runs")
            .TakesQuery("from", "Queued at or after").TakesQuery("to", "Queued at or before").TakesPage();
        runs.MapGet("/dead", DeadAsync).WithSummary("Dead letters: runs that used up their attempts and wait for a person, newest first").TakesPage();
        runs.MapGet("/{id:long}", GetAsync).WithSummary("One run").MayFail(404);
        runs.MapGet("/{id:long}/log", LogAsync).WithSummary("The log as plain text; Range requests count in bytes of all that was ever written").MayFail(404, 416)
            .Produces<string>(StatusCodes.Status200OK, "text/plain").Produces<string>(StatusCodes.Status206PartialContent, "text/plain");
        runs.MapGet("/{id:long}/findings", FindingsAsync).WithSummary("What a run found, worst first").MayFail(404).TakesPage();

        var writes = runs.MapGroup("").RequireAuthorization(Policies.Operator);
        writes.MapPost("/{id:long}/cancel", CancelAsync).WithSummary("Stop a run: at once where it waits, within a second where it runs").MayFail(404, 409);
        writes.MapPost("/{id:long}/requeue", RequeueAsync).WithSummary("Give a dead letter one attempt more: the same run").TakesBody("{ reason }, optional", "application/json").MayFail(404, 409, 415, 422);
        writes.MapPost("/{id:long}/dismiss", DismissAsync).WithSummary("Say of a dead letter that nothing more is needed").TakesBody("{ reason }, required", "application/json").MayFail(404, 409, 415, 422);
        writes.MapPost("/{id:long}/move-to-front", MoveAsync).WithSummary("Let a waiting run start before all others of its pool, emergencies apart").TakesBody("{ reason }, required", "application/json").MayFail(404, 409, 415, 422);
        writes.MapPost("/{id:long}/retry", RetryAsync).WithSummary("Queue a new run that does what an ended one did").MayFail(404, 409);
    }

    private static async Task<Ok<PageJson<RunJson>>> ListAsync(HttpRequest request, RunQueries runs, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var limit = query.Limit();
        var filter = new RunFilter
        {
            Schedule = query.Text("schedule"), Statuses = query.Choices<RunStatus>("status"), TriggerType = query.Choice<TriggerType>("triggerType"), EmergencyId = query.Number("emergency"),
            From = query.Instant("from"), To = query.Instant("to"), BeforeId = query.NumberCursor('r'), Limit = limit + 1, WithAttempts = true,
        };
        if (filter.From > filter.To) query.Complain("to", "must not be before from");
        query.Demand();
        var found = await runs.ListAsync(filter, ct);
        var page = found.Take(limit).Select(RunJson.Of).ToList();
        return TypedResults.Ok(new PageJson<RunJson>(page, found.Count > limit ? QueryReader.CursorOf('r', page[^1].Id) : null));
    }

    private static async Task<Ok<RunJson>> GetAsync(long id, RunQueries runs, CancellationToken ct) => TypedResults.Ok(RunJson.Of(await FindAsync(id, runs, ct)));

    private static async Task<RunLogResult> LogAsync(long id, RunQueries runs, RunLog log, CancellationToken ct)
    {
        await FindAsync(id, runs, ct);
        return new RunLogResult(log, id);
    }

    private static async Task<Ok<PageJson<FindingJson>>> FindingsAsync(long id, HttpRequest request, RunQueries runs, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var limit = query.Limit();
        var skip = (int)Math.Min(query.NumberCursor('f') ?? 0, int.MaxValue);
        query.Demand();
        await FindAsync(id, runs, ct);
        var found = await runs.FindingsAsync(id, skip, limit + 1, ct);
        var page = found.Take(limit).Select(FindingJson.Of).ToList();
        return TypedResults.Ok(new PageJson<FindingJson>(page, found.Count > limit ? QueryReader.CursorOf('f', (long)skip + limit) : null));
    }

    private static async Task<Accepted<RunJson>> CancelAsync(long id, HttpContext context, RunControl control, RunQueries runs, CancellationToken ct)
    {
        switch (await control.CancelAsync(id, context.Actor(), ct))
        {
            case CancelOutcome.NotFound:
                throw RequestFault.NoRun(id);
            case CancelOutcome.AlreadyEnded:
                throw RequestFault.Conflict($"Run {id} has ended already: {(await FindAsync(id, runs, ct)).Status}.");
            default:
                return TypedResults.Accepted($"/api/v1/runs/{id}", RunJson.Of(await FindAsync(id, runs, ct)));
        }
    }

    private static async Task<Ok<RunJson>> MoveAsync(long id, HttpContext context, RunControl control, RunQueries runs, CancellationToken ct)
    {
        var reason = await ReasonAsync(context.Request, ct);
        return await control.MoveToFrontAsync(id, reason, context.Actor(), ct) switch
        {
            MoveOutcome.NotFound => throw RequestFault.NoRun(id),
            MoveOutcome.NotWaiting => throw RequestFault.Conflict($"Run {id} does not wait: it is {(await FindAsync(id, runs, ct)).Status}."),
            _ => TypedResults.Ok(RunJson.Of(await FindAsync(id, runs, ct))),
        };
    }

    private static async Task<Accepted<RunJson>> RetryAsync(long id, HttpContext context, RunControl control, RunQueries runs, CancellationToken ct)
    {
        if (await control.RetryAsync(id, context.Actor(), ct) is { } repeated)
            return TypedResults.Accepted($"/api/v1/runs/{repeated}", RunJson.Of(await FindAsync(repeated, runs, ct)));
        throw RequestFault.Conflict($"Run {id} has not ended: it is {(await FindAsync(id, runs, ct)).Status}. Cancel it first, or wait.");
    }

    private static async Task<Ok<PageJson<RunJson>>> DeadAsync(HttpRequest request, RunQueries runs, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var (limit, before) = (query.Limit(), query.NumberCursor('d'));
        query.Demand();
        var found = await runs.DeadLettersAsync(before, limit + 1, ct);
        var page = found.Take(limit).Select(RunJson.Of).ToList();
        return TypedResults.Ok(new PageJson<RunJson>(page, found.Count > limit ? QueryReader.CursorOf('d', page[^1].Id) : null));
    }

    private static async Task<Accepted<RunJson>> RequeueAsync(long id, HttpContext context, RunControl control, RunQueries runs, CancellationToken ct)
    {
        var reason = await ReasonAsync(context.Request, ct);
        return TypedResults.Accepted($"/api/v1/runs/{id}", await AfterAsync(await control.RequeueAsync(id, reason, context.Actor(), ct), id, runs, ct));
    }

    private static async Task<Ok<RunJson>> DismissAsync(long id, HttpContext context, RunControl control, RunQueries runs, CancellationToken ct)
    {
        var reason = await ReasonAsync(context.Request, ct);
        return TypedResults.Ok(await AfterAsync(await control.DismissAsync(id, reason, context.Actor(), ct), id, runs, ct));
    }

    private static async Task<RunJson> AfterAsync(DeadLetterAct act, long id, RunQueries runs, CancellationToken ct)
    {
        var run = await FindAsync(id, runs, ct);
        return act == DeadLetterAct.Done ? RunJson.Of(run)
            : throw RequestFault.Conflict($"Run {id} is no dead letter: it is {run.Status}{(run.Dismissal is { } by ? $", and {by.By} has dismissed it" : "")}.");
    }

    private static async Task<string?> ReasonAsync(HttpRequest request, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(await RequestBody.ReadOptionalJsonAsync(request, ct), "", errors);
        var reason = fields.Text("reason");
        fields.Close();
        return errors.Count == 0 ? reason : throw new InvalidInputException(errors);
    }

    private static async Task<RunView> FindAsync(long id, RunQueries runs, CancellationToken ct) => await runs.GetAsync(id, ct) ?? throw RequestFault.NoRun(id);
}
