using System.Net;

namespace Scheduler.Web.Tests.Api;

public sealed class EmergenciesApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Post_StartsEachSchedule_Get_CountsThem_AndStopEndsThem()
    {
        var label = server.NewName("team");
        string[] names = [await HangingAsync(label), await HangingAsync(label)];

        using var started = await server.Operator.PostAsync("/api/v1/emergencies", Sweep(label, ""","overrideConcurrency":true,"overrideRateLimits":true"""));
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var emergency = await started.JsonAsync();
        var id = emergency.GetProperty("id").GetInt64();
        Assert.Equal($"/api/v1/emergencies/{id}", started.Headers.Location?.OriginalString);
        Assert.Equal((label, "leak", "otto@example.com", "Active", 2), (emergency.Text("labels", "team"), emergency.Text("reason"), emergency.Text("by"), emergency.Text("state"), emergency.GetProperty("total").GetInt32()));
        Assert.Equal(["concurrency", "rateLimits"], emergency.GetProperty("overrides").EnumerateArray().Select(o => o.GetString()));

        var runs = (await server.Viewer.JsonAsync($"/api/v1/runs?emergency={id}")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(names.Order(), runs.Select(r => r.Text("schedule")!).Order());
        Assert.All(runs, r => Assert.Equal(("Emergency", "leak", "leak", id), (r.Text("triggerType"), r.Text("reason"), r.Text("occasion"), r.GetProperty("emergencyId").GetInt64())));
        Assert.Contains((await server.Viewer.JsonAsync("/api/v1/emergencies")).GetProperty("items").EnumerateArray(), e => e.GetProperty("id").GetInt64() == id);
        foreach (var run in runs) await server.InStateAsync(run.GetProperty("id").GetInt64(), "Running");

        using var stopped = await server.Operator.PostAsync($"/api/v1/emergencies/{id}/stop", null);
        Assert.Equal(HttpStatusCode.Accepted, stopped.StatusCode);
        foreach (var run in runs) Assert.Equal("Cancelled by otto@example.com.", (await server.EndOfAsync(run.GetProperty("id").GetInt64())).Text("reason"));
        var after = await server.Viewer.JsonAsync($"/api/v1/emergencies/{id}");
        Assert.Equal(("Ended", 2, "otto@example.com"), (after.Text("state"), after.GetProperty("cancelled").GetInt32(), after.Text("stoppedBy")));
        using var again = await server.Operator.PostAsync($"/api/v1/emergencies/{id}/stop", null);
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Contains(server.Server.Audit, l => l.StartsWith($"otto@example.com started in an emergency, over concurrency and rate limits emergency {id}: team={label}, 2 runs: leak", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{}""", "labels")]
    [InlineData("""{"labels":{"team":"nobody"}}""", "reason")]
    [InlineData("""{"labels":{"team":"nobody"},"reason":"leak"}""", "labels")]
    [InlineData("""{"labels":"team=web","reason":"leak"}""", "labels")]
    [InlineData("""{"labels":{"team":"nobody"},"reason":"leak","overrideBlackout":"yes"}""", "overrideBlackout")]
    [InlineData("""{"labels":{"team":"nobody"},"reason":"leak","override":true}""", "override")]
    public async Task Post_WhatMakesNoSense_IsSaidByField(string body, string field)
    {
        using var answer = await server.Operator.PostAsync("/api/v1/emergencies", ApiServer.Json(body));
        Assert.NotEmpty((await answer.ProblemAsync(422)).ErrorAt(field));
    }

    [Fact]
    public async Task AViewer_IsRefused_AndNothingStarts()
    {
        var label = server.NewName("team");
        var name = await HangingAsync(label);
        using var start = await server.Viewer.PostAsync("/api/v1/emergencies", Sweep(label));
        await start.ProblemAsync(403);
        using var stop = await server.Viewer.PostAsync("/api/v1/emergencies/1/stop", null);
        await stop.ProblemAsync(403);
        Assert.Empty((await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task WhatIsNotThere_Is404_AndABadNumber400()
    {
        using var none = await server.Viewer.GetAsync("/api/v1/emergencies/999999");
        await none.ProblemAsync(404);
        using var stop = await server.Operator.PostAsync("/api/v1/emergencies/999999/stop", null);
        await stop.ProblemAsync(404);
        using var bad = await server.Viewer.GetAsync("/api/v1/runs?emergency=last");
        Assert.NotEmpty((await bad.ProblemAsync(400)).ErrorAt("emergency"));
    }

    [Theory]
    [InlineData("overrideConcurrency")]
    [InlineData("overrideRateLimits")]
    public async Task Run_ThatIsNoEmergency_MayOverrideNothing(string field)
    {
        var name = await server.ScheduleAsync();
        using var refused = await server.Operator.PostAsync($"/api/v1/schedules/{name}/run", ApiServer.Json($$"""{"{{field}}":true}"""));
        Assert.NotEmpty((await refused.ProblemAsync(422)).ErrorAt(field));
        using var emergency = await server.Operator.PostAsync($"/api/v1/schedules/{name}/run", ApiServer.Json($$"""{"emergency":true,"reason":"leak","{{field}}":true}"""));
        Assert.Equal($"override{char.ToUpperInvariant((await emergency.JsonAsync()).GetProperty("overrides")[0].GetString()![0])}{(await emergency.JsonAsync()).GetProperty("overrides")[0].GetString()![1..]}", field);
    }

    private static StringContent Sweep(string label, string more = "") => ApiServer.Json($$"""{"labels":{"team":"{{label}}"},"reason":"leak"{{more}}}""");

    private Task<string> HangingAsync(string label) => server.ScheduleAsync("""{"outcome":"hang"}""", more: $$""","labels":{"team":"{{label}}"}""");
}
