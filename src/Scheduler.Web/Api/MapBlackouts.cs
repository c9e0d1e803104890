using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Blackouts;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/blackouts</c>: windows in which selected schedules do not start.</summary>
internal static class BlackoutsApi
{
    private const string Shape = "{ name, labels, opens, timezone, length, from, until, mode: Skip|RunAfter, note }: opens and length, or from and until";

    public static void MapBlackouts(this RouteGroupBuilder api)
    {
        var blackouts = api.MapGroup("/blackouts").WithTags("Blackouts");
        blackouts.MapGet("/", ListAsync).WithSummary("All blackouts, the open ones first");
        blackouts.MapGet("/{name}", GetAsync).WithSummary("One blackout").MayFail(404);

        var writes = blackouts.MapGroup("").RequireAuthorization(Policies.Operator);
        writes.MapPost("/", CreateAsync).WithSummary("Make a blackout").TakesBody(Shape, "application/json").MayFail(409, 413, 415, 422);
        writes.MapPut("/{name}", ChangeAsync).WithSummary("Change a blackout; what it holds is looked at anew at once").TakesBody(Shape, "application/json").MayFail(404, 409, 413, 415, 422);
        writes.MapDelete("/{name}", DeleteAsync).WithSummary("Delete a blackout; what it holds may start at once").MayFail(404);
    }

    private static async Task<Ok<PageJson<BlackoutJson>>> ListAsync(BlackoutQueries blackouts, CancellationToken ct) =>
        TypedResults.Ok(new PageJson<BlackoutJson>((await blackouts.ListAsync(ct)).Select(BlackoutJson.Of).ToList(), null));

    private static async Task<Ok<BlackoutJson>> GetAsync(string name, BlackoutQueries blackouts, CancellationToken ct) => TypedResults.Ok(await FindAsync(name, blackouts, ct));

    private static async Task<Created<BlackoutJson>> CreateAsync(HttpContext context, BlackoutEditor editor, BlackoutQueries blackouts, CancellationToken ct)
    {
        var draft = BlackoutDraft.Read(await RequestBody.ReadOptionalJsonAsync(context.Request, ct));
        if (await editor.CreateAsync(draft, context.Actor(), ct) == BlackoutAct.NameTaken) throw Taken(draft.Name);
        return TypedResults.Created($"/api/v1/blackouts/{Uri.EscapeDataString(draft.Name.Trim())}", await FindAsync(draft.Name.Trim(), blackouts, ct));
    }

    private static async Task<Ok<BlackoutJson>> ChangeAsync(string name, HttpContext context, BlackoutEditor editor, BlackoutQueries blackouts, CancellationToken ct)
    {
        var draft = BlackoutDraft.Read(await RequestBody.ReadOptionalJsonAsync(context.Request, ct));
        return await editor.ChangeAsync(name, draft, context.Actor(), ct) switch
        {
            BlackoutAct.NotFound => throw None(name),
            BlackoutAct.NameTaken => throw Taken(draft.Name),
            _ => TypedResults.Ok(await FindAsync(draft.Name.Trim(), blackouts, ct)),
        };
    }

    private static async Task<NoContent> DeleteAsync(string name, HttpContext context, BlackoutEditor editor, CancellationToken ct) =>
        await editor.DeleteAsync(name, context.Actor(), ct) == BlackoutAct.NotFound ? throw None(name) : TypedResults.NoContent();

    private static async Task<BlackoutJson> FindAsync(string name, BlackoutQueries blackouts, CancellationToken ct) =>
        BlackoutJson.Of(await blackouts.GetAsync(name, ct) ?? throw None(name));

    private static RequestFault None(string name) => new(StatusCodes.Status404NotFound, $"There is no blackout \"{name}\".");

    private static RequestFault Taken(string name) => RequestFault.Conflict($"There is a blackout \"{name.Trim()}\" already.");
}
