using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
using Scheduler.Web.Cli;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Api;

/// <summary><c>/api/v1/schedules</c>: manifests with their status, and what people do with a schedule.</summary>
internal static class SchedulesApi
{
    private const int MostOccurrences = 1000;

    public static void MapSchedules(this RouteGroupBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules");
        schedules.MapGet("/", ListAsync).WithSummary("Schedules by name")
            .TakesQuery("label", "key=value; repeated: all must hold").TakesQuery("status", "Active, Paused, Disabled or Completed").TakesQuery("q", "Part of the name, any case").TakesPage();
        schedules.MapGet("/{name}", GetAsync).WithSummary("One schedule, with its generation as ETag").MayFail(404);
        schedules.MapGet("/{name}/occurrences", OccurrencesAsync).WithSummary("When a schedule falls due, with notes on clock changes").MayFail(404)
            .TakesQuery("from", "First instant, inclusive (default now)").TakesQuery("to", "Last instant, inclusive").TakesPage(MostOccurrences);

        schedules.MapGet("/{name}/why", WhyAsync).WithSummary("Whether a schedule ran at an instant, and if not, why not").MayFail(404)
            .TakesQuery("at", "The instant; a whole second means any instant in it. Required");

        var writes = schedules.MapGroup("").RequireAuthorization(Policies.Operator);
        writes.MapPut("/{name}", PutAsync).WithSummary("Create (201) or change (200) a schedule; If-Match holds against an ETag, If-None-Match: * only creates")
            .TakesBody("A manifest, 256 KiB at most", "application/json", "application/yaml").MayFail(409, 412, 413, 415, 422);
        writes.MapDelete("/{name}", DeleteAsync).WithSummary("Delete a schedule; its runs and findings stay").MayFail(404, 412);
        writes.MapPost("/{name}/run", RunAsync).WithSummary("Queue a run now, paused or not")
            .TakesBody("{ emergency, reason, options, overrideConcurrency, overrideBlackout, overrideRateLimits }, all optional; an emergency needs a reason, and it alone may override", "application/json").MayFail(404, 415, 422);
        writes.MapPost("/{name}/pause", PauseAsync).WithSummary("Stop the trigger from counting")
            .TakesBody("{ until, reason }, both optional", "application/json").MayFail(404, 409, 415, 422);
        writes.MapPost("/{name}/skip-next", SkipNextAsync).WithSummary("Keep the next run from happening; said again, the one after")
            .TakesBody("{ reason, scheduledFor }, both optional; scheduledFor: refuse unless this is the next run", "application/json").MayFail(404, 409, 415, 422);
        writes.MapDelete("/{name}/skips/{scheduledFor}", UndoSkipAsync).WithSummary("Take back a skip that has not fallen due").MayFail(400, 404, 409);
        writes.MapPost("/{name}/resume", ResumeAsync).WithSummary("Let the trigger count again, from now on").MayFail(404, 409);
    }

    private static async Task<Ok<PageJson<ScheduleJson>>> ListAsync(HttpRequest request, ScheduleQueries schedules, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var limit = query.Limit();
        var filter = new ScheduleFilter
        {
            Words = query.Text("q") is { } word ? [word] : [], States = query.Choice<ScheduleState>("status") is { } state ? [state] : [], Labels = query.Labels(), AfterName = query.Cursor('s'), Limit = limit + 1,
        };
        query.Demand();
        var found = await schedules.ListDetailsAsync(filter, ct);
        var page = found.Take(limit).Select(ScheduleJson.Of).ToList();
        return TypedResults.Ok(new PageJson<ScheduleJson>(page, found.Count > limit ? QueryReader.CursorOf('s', page[^1].Metadata.Name) : null));
    }

    private static async Task<Ok<ScheduleJson>> GetAsync(string name, HttpResponse response, ScheduleQueries schedules, CancellationToken ct) =>
        TypedResults.Ok(await AnswerAsync(name, response, schedules, ct));

    private static async Task<Results<Ok<ScheduleJson>, Created<ScheduleJson>>> PutAsync(
        string name, HttpContext context, ScheduleEditor editor, ScheduleQueries schedules, CancellationToken ct)
    {
        var manifest = await RequestBody.ReadManifestAsync(context.Request, ct);
        DemandName(manifest, name);
        var rules = new SaveRules
        {
            CreateOnly = Preconditions.IsCreateOnly(context.Request), ExpectedGeneration = await Preconditions.ExpectedAsync(context.Request, name, schedules, ct),
        };
        switch (await editor.SaveAsync(manifest, rules, context.Actor(), ct))
        {
            case SaveOutcome.NameTaken(var taken):
                throw RequestFault.Conflict($"There is a schedule \"{taken}\" already.");
            case SaveOutcome.Stale(var generation, var changedBy):
                throw Preconditions.Stale(name, generation, changedBy);
            case SaveOutcome.Saved { Created: true } saved:
                return TypedResults.Created($"/api/v1/schedules/{saved.Name}", await AnswerAsync(saved.Name, context.Response, schedules, ct));
            case var saved:
                return TypedResults.Ok(await AnswerAsync(((SaveOutcome.Saved)saved).Name, context.Response, schedules, ct));
        }
    }

    private static async Task<NoContent> DeleteAsync(string name, HttpContext context, ScheduleEditor editor, ScheduleQueries schedules, CancellationToken ct)
    {
        var expected = await Preconditions.ExpectedAsync(context.Request, name, schedules, ct);
        return await editor.DeleteAsync(name, context.Actor(), ct, expected) switch
        {
            ScheduleAct.NotFound => throw RequestFault.NoSchedule(name),
            ScheduleAct.Stale => throw RequestFault.Stale($"\"{name}\" has changed meanwhile."),
            _ => TypedResults.NoContent(),
        };
    }

    private static async Task<Accepted<RunJson>> RunAsync(string name, HttpContext context, RunControl control, RunQueries runs, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(await RequestBody.ReadOptionalJsonAsync(context.Request, ct), "", errors);
        var asked = new RunRequest
        {
            Emergency = fields.Flag("emergency", false), Reason = fields.Text("reason"), Options = fields.Raw("options"),
            Overrides = new Overrides(fields.Flag("overrideConcurrency", false), fields.Flag("overrideBlackout", false), fields.Flag("overrideRateLimits", false)),
        };
        fields.Close();
        if (errors.Count > 0) throw new InvalidInputException(errors);
        var id = await control.RunNowAsync(name, asked, context.Actor(), ct) ?? throw RequestFault.NoSchedule(name);
        return TypedResults.Accepted($"/api/v1/runs/{id}", RunJson.Of((await runs.GetAsync(id, ct))!));
    }

    private static async Task<Ok<ScheduleJson>> PauseAsync(string name, HttpContext context, ScheduleEditor editor, ScheduleQueries schedules, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(await RequestBody.ReadOptionalJsonAsync(context.Request, ct), "", errors);
        var (until, reason) = (fields.Instant("until"), fields.Text("reason"));
        fields.Close();
        if (errors.Count > 0) throw new InvalidInputException(errors);
        var act = await editor.PauseAsync(name, until, reason, context.Actor(), ct);
        return TypedResults.Ok(await AfterAsync(act, name, ScheduleState.Paused, "paused", context.Response, schedules, ct));
    }

    private static async Task<Ok<ScheduleJson>> ResumeAsync(string name, HttpContext context, ScheduleEditor editor, ScheduleQueries schedules, CancellationToken ct)
    {
        var act = await editor.ResumeAsync(name, context.Actor(), ct);
        return TypedResults.Ok(await AfterAsync(act, name, ScheduleState.Active, "resumed", context.Response, schedules, ct));
    }

    private static async Task<Ok<SkipJson>> SkipNextAsync(string name, HttpContext context, ScheduleEditor editor, CancellationToken ct)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(await RequestBody.ReadOptionalJsonAsync(context.Request, ct), "", errors);
        var (reason, expected) = (fields.Text("reason"), fields.Instant("scheduledFor"));
        fields.Close();
        if (errors.Count > 0) throw new InvalidInputException(errors);
        return await editor.SkipNextAsync(name, reason, context.Actor(), ct, expected) switch
        {
            SkipOutcome.Skipped(var at, var next, var runId) => TypedResults.Ok(new SkipJson(at, next, runId)),
            SkipOutcome.Refused(var why) => throw RequestFault.Conflict(why),
            _ => throw RequestFault.NoSchedule(name),
        };
    }

    private static async Task<NoContent> UndoSkipAsync(string name, string scheduledFor, HttpContext context, ScheduleEditor editor, CancellationToken ct)
    {
        if (!Instants.TryParse(scheduledFor, out var at))
            throw new RequestFault(StatusCodes.Status400BadRequest, $"\"{scheduledFor}\" is no instant; right would be 2026-12-24T18:00:00Z.");
        return await editor.UndoSkipAsync(name, at, context.Actor(), ct) switch
        {
            ScheduleAct.NotFound => throw RequestFault.NoSchedule(name),
            ScheduleAct.NothingToDo => throw RequestFault.Conflict($"\"{name}\" has no skip at {Instants.Print(at)} that still lies ahead."),
            _ => TypedResults.NoContent(),
        };
    }

    private static async Task<Ok<PageJson<OccurrenceJson>>> OccurrencesAsync(
        string name, HttpRequest request, ScheduleQueries schedules, TimeProvider clock, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var limit = query.Limit(most: MostOccurrences);
        var (from, to, after) = (query.Instant("from") ?? clock.GetUtcNow(), query.Instant("to"), query.NumberCursor('o'));
        if (from > to) query.Complain("to", "must not be before from");
        query.Demand();
        if (await schedules.GetAsync(name, ct) is not { } schedule) throw RequestFault.NoSchedule(name);
        if (schedule.Timing is not { } timing) throw RequestFault.Conflict($"When \"{schedule.Summary.Name}\" falls due is not known: {schedule.Summary.StateReason}");

        // The core looks strictly after an instant; a tick earlier makes it inclusive.
        var start = after is { } ticks and <= 3_155_378_975_999_999_999 ? new DateTimeOffset(ticks, TimeSpan.Zero) : from > DateTimeOffset.MinValue ? from.AddTicks(-1) : from;
        var found = timing.Upcoming(start, limit + 1).TakeWhile(o => to is null || o.Utc <= to).ToList();
        var page = found.Take(limit).Select(o => new OccurrenceJson(OccurrenceText.Local(o.At), o.Utc, OccurrenceText.Note(o.Note))).ToList();
        return TypedResults.Ok(new PageJson<OccurrenceJson>(page, found.Count > limit ? QueryReader.CursorOf('o', page[^1].Utc.UtcTicks) : null));
    }

    private static async Task<Ok<WhyJson>> WhyAsync(string name, HttpRequest request, WhyNot whyNot, CancellationToken ct)
    {
        var query = new QueryReader(request.Query);
        var at = query.Instant("at");
        if (at is null && !request.Query.ContainsKey("at")) query.Complain("at", "is required, for example 2026-12-24T18:00:00Z");
        query.Demand();
        return TypedResults.Ok(WhyJson.Of(at!.Value, await whyNot.AnswerAsync(name, at.Value, ct) ?? throw RequestFault.NoSchedule(name)));
    }

    /// <summary>The schedule as it stands now, with its generation as ETag.</summary>
    private static async Task<ScheduleJson> AnswerAsync(string name, HttpResponse response, ScheduleQueries schedules, CancellationToken ct)
    {
        if (await schedules.GetAsync(name, ct) is not { } schedule) throw RequestFault.NoSchedule(name);
        response.GetTypedHeaders().ETag = Preconditions.TagOf(schedule.Summary.Generation);
        return ScheduleJson.Of(schedule);
    }

    // Asking for what is so already is no mistake; asking for what the state forbids is one.
    private static async Task<ScheduleJson> AfterAsync(
        ScheduleAct act, string name, ScheduleState asked, string verb, HttpResponse response, ScheduleQueries schedules, CancellationToken ct)
    {
        var answer = await AnswerAsync(name, response, schedules, ct);
        if (act != ScheduleAct.NothingToDo || answer.Status.State == asked) return answer;
        throw RequestFault.Conflict($"\"{answer.Metadata.Name}\" is {answer.Status.State} and can't be {verb}. {answer.Status.Reason}".TrimEnd());
    }

    private static void DemandName(JsonElement manifest, string name)
    {
        if (manifest.ValueKind == JsonValueKind.Object && manifest.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
            && metadata.TryGetProperty("name", out var stated) && stated.ValueKind == JsonValueKind.String && stated.GetString() != name)
            throw new InvalidInputException("metadata.name", $"must be {name}, as in the address; found {stated.GetString()}. A schedule can't be renamed.");
    }
}
