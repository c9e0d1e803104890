using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/events</c>: what happened elsewhere, and what came of it.</summary>
internal static class EventsApi
{
    private const string Shape = "{ type, source, data }: type is required, 1 to 128 letters, digits or . _ - : /; data is any JSON value, with the rest of the body at most 256 KiB";
    private const string TryShape = "{ filter: [{ path, op, value }], type, limit }: how the filter judges the latest events, of that type or of any";

    public static void MapEvents(this RouteGroupBuilder api)
    {
        var events = api.MapGroup("/events").WithTags("Events");
        events.MapGet("/", ListAsync).WithSummary("Events, newest first, without their data").TakesQuery("type", "Exactly").TakesQuery("source", "Exactly")
            .TakesQuery("schedule", "Only events that were judged for this schedule").TakesQuery("outcome", "Only events that came to this, for some schedule or for the one that is named")
            .TakesQuery("from", "Accepted at or after").TakesQuery("to", "Accepted at or before").TakesPage();
        events.MapGet("/{id:long}", GetAsync).WithSummary("One event with its data and its verdicts").MayFail(404);

        var writes = events.MapGroup("").RequireAuthorization(Policies.Operator);
        writes.MapPost("/", SendAsync).WithSummary("Send an event; the answer says whom it started and whom not, and why").TakesBody(Shape, "application/json")
            .Produces<EventReceiptJson>(StatusCodes.Status202Accepted).MayFail(413, 415, 422, 429);
        writes.MapPost("/try", TryAsync).WithSummary("Say how a filter judges past events; nothing comes of it").TakesBody(TryShape, "application/json").MayFail(413, 415, 422);
    }

    private static async Task<Ok<PageJson<EventJson>>> ListAsync(HttpRequest request, EventQueries events, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var limit = query.Limit();
        var filter = new EventListFilter
        {
            Type = query.Text("type"),
            Source = query.Text("source"),
            Schedule = query.Text("schedule"),
            Outcome = query.Choice<EventOutcome>("outcome"),
            From = query.Instant("from"),
            To = query.Instant("to"),
            BeforeId = query.NumberCursor('v'),
            Limit = limit + 1,
        };
        query.Demand();
        var found = await events.ListAsync(filter, ct);
        var page = found.Take(limit).Select(e => EventJson.Of(e, withData: false)).ToList();
        return TypedResults.Ok(new PageJson<EventJson>(page, found.Count > limit ? QueryReader.CursorOf('v', page[^1].Id) : null));
    }

    private static async Task<Ok<EventJson>> GetAsync(long id, EventQueries events, CancellationToken ct) =>
        TypedResults.Ok(EventJson.Of(await events.GetAsync(id, ct) ?? throw new RequestFault(StatusCodes.Status404NotFound, $"There is no event {id}."), withData: true));

    private static async Task<Accepted<EventReceiptJson>> SendAsync(HttpContext context, EventIntake intake, CancellationToken ct)
    {
        var body = await RequestBody.ReadOptionalJsonAsync(context.Request, ct);
        var errors = new List<FieldError>();
        var fields = new FieldReader(body, "", errors);
        // What is wrong with them the intake says, for every door alike.
        var sent = new NewEvent(fields.RequiredText("type", "data_available"), fields.Text("source"), fields.Raw("data"));
        fields.Close();
        if (errors.Count > 0) throw new InvalidInputException(errors);
        var receipt = await intake.SendAsync(sent, context.Actor(), ct);
        return TypedResults.Accepted($"/api/v1/events/{receipt.Id}", EventReceiptJson.Of(receipt));
    }

    private static async Task<Ok<PageJson<EventTrialJson>>> TryAsync(HttpContext context, EventQueries events, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(await RequestBody.ReadOptionalJsonAsync(context.Request, ct), "", errors);
        var (filter, type, limit) = (fields.Raw("filter"), fields.Text("type", 128), fields.Whole("limit", 20, 1, EventQueries.MostTried));
        fields.Close();
        if (errors.Count > 0) throw new InvalidInputException(errors);
        return TypedResults.Ok(new PageJson<EventTrialJson>((await events.TryAsync(filter, type, limit, context.Actor(), ct)).Select(EventTrialJson.Of).ToList(), null));
    }
}
