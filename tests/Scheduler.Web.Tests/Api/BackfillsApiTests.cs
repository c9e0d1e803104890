using System.Net;
using System.Text.Json;

namespace Scheduler.Web.Tests.Api;

public sealed class BackfillsApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task DryRun_TellsEverySlot_AndMakesNothing()
    {
        var name = await server.ScheduleAsync(schedule: "0 0 * * *");
        using var answer = await PostAsync($$"""{"schedule":"{{name}}","from":"2026-03-01","to":"2026-03-03","dryRun":true}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var preview = await answer.JsonAsync();
        Assert.Equal((3, 3, 0), (Number(preview, "count"), Number(preview, "create"), Number(preview, "skip")));
        Assert.Equal(["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"], preview.GetProperty("slots").EnumerateArray().Select(s => s.Text("scheduledFor")));
        Assert.All(preview.GetProperty("slots").EnumerateArray(), s => Assert.Equal(("create", "It never ran: the schedule was made later."), (s.Text("action"), s.Text("reason"))));
        Assert.Equal(3, Number(preview.GetProperty("impact"), "runs"));
        Assert.Empty((await server.Viewer.JsonAsync($"/api/v1/backfills?schedule={name}")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Launched_ItsRunsCarryThePastInstantAndItsNumber_AndItsCountsAddUp()
    {
        var name = await server.ScheduleAsync(schedule: "0 0 * * *");
        using var answer = await PostAsync($$"""{"schedule":"{{name}}","from":"2026-03-01T00:00:00Z","to":"2026-03-05T00:00:00Z","maxParallel":2,"mode":"all","onFailure":"continue","exclude":["2026-03-02T00:00:00Z"]}""");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var launched = await answer.JsonAsync();
        var id = launched.GetProperty("id").GetInt64();
        Assert.Equal($"/api/v1/backfills/{id}", answer.Headers.Location?.OriginalString);
        Assert.Equal((name, "2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z", 5), (launched.Text("schedule"), launched.Text("from"), launched.Text("to"), Number(launched, "total")));

        var over = await OverAsync(id);
        Assert.Equal(("Completed", 0, 0, 4, 0, 0, 1),
            (over.Text("state"), Number(over, "queued"), Number(over, "running"), Number(over, "succeeded"), Number(over, "failed"), Number(over, "cancelled"), Number(over, "skipped")));
        var runs = (await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}&triggerType=Backfill")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"], runs.Select(r => r.Text("scheduledFor")).Order());
        Assert.All(runs, r => Assert.Equal(id, r.GetProperty("backfillId").GetInt64()));

        var slots = (await server.Viewer.JsonAsync($"/api/v1/backfills/{id}/slots?limit=2")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([("Succeeded", false), ("Skipped", true)], slots.Select(s => (s.Text("state"), s.GetProperty("runId").ValueKind == JsonValueKind.Null)));
    }

    [Fact]
    public async Task PauseResumeParallelCancelRetry_AreOneLife()
    {
        var name = await server.ScheduleAsync("{ \"outcome\": \"hang\" }", "0 0 * * *");
        using var answer = await PostAsync($$"""{"schedule":"{{name}}","from":"2026-03-01","to":"2026-03-10","maxParallel":1}""");
        var id = (await answer.JsonAsync()).GetProperty("id").GetInt64();
        await Support.Eventually.Async(async () => Number(await GetAsync(id), "running") == 1);

        Assert.Equal(("Paused", 9, 1), await ActAsync(id, "pause") is var paused ? (paused.Text("state"), Number(paused, "queued"), Number(paused, "running")) : default);
        Assert.Equal("Paused", (await ActAsync(id, "pause")).Text("state")); // said again, it is no mistake
        Assert.Equal("Running", (await ActAsync(id, "resume")).Text("state"));
        Assert.Equal(3, Number(await ActAsync(id, "parallel", """{"maxParallel":3}"""), "maxParallel"));
        await Support.Eventually.Async(async () => Number(await GetAsync(id), "running") == 3);
        using (var refused = await server.Operator.PostAsync($"/api/v1/backfills/{id}/parallel", ApiServer.Json("""{"maxParallel":0}""")))
            Assert.Equal("must be from 1 to 16, the slots of pool light; found 0", (await refused.ProblemAsync(422)).ErrorAt("maxParallel"));

        Assert.Equal("Cancelled", (await ActAsync(id, "cancel")).Text("state"));
        Assert.Equal(10, Number(await OverAsync(id), "cancelled"));
        using (var none = await server.Operator.PostAsync($"/api/v1/backfills/{id}/retry-failed", null)) await none.ProblemAsync(409);
        using (var over = await server.Operator.PostAsync($"/api/v1/backfills/{id}/resume", null)) await over.ProblemAsync(409);
    }

    [Fact]
    public async Task RetryFailed_GivesTheFailedRunsAnAttemptMore()
    {
        var name = await server.ScheduleAsync("{ \"outcome\": \"fail\" }", "0 0 * * *");
        using var answer = await PostAsync($$"""{"schedule":"{{name}}","from":"2026-03-01","to":"2026-03-02"}""");
        var id = (await answer.JsonAsync()).GetProperty("id").GetInt64();
        Assert.Equal(("Failed", 2), await OverAsync(id) is var failed ? (failed.Text("state"), Number(failed, "failed")) : default);
        Assert.Equal("Running", (await ActAsync(id, "retry-failed")).Text("state"));
        Assert.Equal(2, Number(await OverAsync(id), "failed"));
        var runs = (await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal([2, 2], runs.Select(r => Number(r, "attempt")));
    }

    [Theory]
    [InlineData("""{"from":"2026-03-01","to":"2026-03-02"}""", "schedule")]
    [InlineData("""{"schedule":"NAME","to":"2026-03-02"}""", "from")]
    [InlineData("""{"schedule":"NAME","from":"soon","to":"2026-03-02"}""", "from")]
    [InlineData("""{"schedule":"NAME","from":"2026-03-01","to":"2026-03-02","mode":"some"}""", "mode")]
    [InlineData("""{"schedule":"NAME","from":"2026-03-01","to":"2026-03-02","onFailure":"panic"}""", "onFailure")]
    [InlineData("""{"schedule":"NAME","from":"2026-03-01","to":"2026-03-02","maxParallel":17}""", "maxParallel")]
    [InlineData("""{"schedule":"NAME","from":"2026-03-01","to":"2026-03-02","hours":"22:00"}""", "hours")]
    [InlineData("""{"schedule":"NAME","from":"2026-03-01","to":"2026-03-02","exclude":["never"]}""", "exclude[0]")]
    [InlineData("""{"schedule":"NAME","from":"2026-03-01","to":"2026-03-02","parallel":2}""", "parallel")] // an unknown key
    public async Task WhatMakesNoSense_IsSaidByField(string body, string field)
    {
        var name = await server.ScheduleAsync(schedule: "0 0 * * *");
        using var answer = await PostAsync(body.Replace("NAME", name, StringComparison.Ordinal));
        Assert.NotEmpty((await answer.ProblemAsync(422)).ErrorAt(field));
    }

    [Fact]
    public async Task TooMany_AreRefusedWithTheCount_AndEventSchedulesWithTheReason()
    {
        var minutely = await server.ScheduleAsync(schedule: "* * * * *");
        using var many = await PostAsync($$"""{"schedule":"{{minutely}}","from":"2026-03-01T00:00:00Z","to":"2026-03-07T22:40:00Z","dryRun":true}""");
        Assert.Equal("the range holds 10,001 occurrences; a backfill takes at most 10,000: choose a shorter range", (await many.ProblemAsync(422)).ErrorAt("to"));
        var onEvent = await server.ScheduleAsync(schedule: "event(data_available)");
        using var refused = await PostAsync($$"""{"schedule":"{{onEvent}}","from":"2026-03-01","to":"2026-03-02"}""");
        Assert.Contains("data_available", (await refused.ProblemAsync(422)).ErrorAt("schedule"), StringComparison.Ordinal);
        using var nobody = await PostAsync("""{"schedule":"nobody","from":"2026-03-01","to":"2026-03-02"}""");
        await nobody.ProblemAsync(404);
    }

    [Fact]
    public async Task Viewers_SeeBackfills_AndDoNothingWithThem()
    {
        var name = await server.ScheduleAsync(schedule: "0 0 * * *");
        using var answer = await PostAsync($$"""{"schedule":"{{name}}","from":"2026-03-01","to":"2026-03-02"}""");
        var id = (await answer.JsonAsync()).GetProperty("id").GetInt64();
        foreach (var path in (string[])["/api/v1/backfills", $"/api/v1/backfills/{id}", $"/api/v1/backfills/{id}/slots", "/api/v1/backfills/gaps"]) await server.Viewer.JsonAsync(path);
        foreach (var act in (string[])["", $"/{id}/pause", $"/{id}/resume", $"/{id}/cancel", $"/{id}/retry-failed", $"/{id}/parallel"])
        {
            using var refused = await server.Viewer.PostAsync($"/api/v1/backfills{act}", ApiServer.Json("{}"));
            await refused.ProblemAsync(403);
            using var stranger = await server.Anonymous.PostAsync($"/api/v1/backfills{act}", ApiServer.Json("{}"));
            await stranger.ProblemAsync(401);
        }
        using var missing = await server.Operator.PostAsync("/api/v1/backfills/999999/cancel", null);
        await missing.ProblemAsync(404);
    }

    private Task<HttpResponseMessage> PostAsync(string body) => server.Operator.PostAsync("/api/v1/backfills", ApiServer.Json(body));

    private Task<JsonElement> GetAsync(long id) => server.Viewer.JsonAsync($"/api/v1/backfills/{id}");

    private async Task<JsonElement> ActAsync(long id, string act, string body = "{}")
    {
        using var answer = await server.Operator.PostAsync($"/api/v1/backfills/{id}/{act}", ApiServer.Json(body));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.JsonAsync();
    }

    private async Task<JsonElement> OverAsync(long id)
    {
        await Support.Eventually.Async(async () => (await GetAsync(id)).GetProperty("finishedAt").ValueKind != JsonValueKind.Null);
        return await GetAsync(id);
    }

    private static int Number(JsonElement json, string key) => json.GetProperty(key).GetInt32();
}
