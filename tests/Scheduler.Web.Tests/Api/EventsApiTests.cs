using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Api;

public sealed class EventsApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Send_AnswersWhomItStartedAndWhomNot_AndTheRunNamesTheEvent()
    {
        var type = server.NewName("type");
        var (main, paused) = (await FollowerAsync(type, """, "parameters": { "branch": "data.ref" }"""), await FollowerAsync(type));
        using (await server.Operator.PostAsync($"/api/v1/schedules/{paused}/pause", null)) { }

        using var answer = await SendAsync($$"""{"type":"{{type}}","source":"ci","data":{"ref":"main","other":1} }""");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var receipt = await answer.JsonAsync();
        var id = receipt.GetProperty("id").GetInt64();
        Assert.Equal($"/api/v1/events/{id}", answer.Headers.Location?.OriginalString);
        var run = await server.EndOfAsync(Assert.Single(receipt.GetProperty("fired").EnumerateArray()).GetInt64());
        Assert.Equal((main, "Event", id, "Succeeded", $"Event {type} from ci"), (run.Text("schedule"), run.Text("triggerType"), run.GetProperty("eventId").GetInt64(), run.Text("status"), run.Text("occasion")));
        Assert.Equal("""{"branch":"main"}""", run.GetProperty("parameters").GetRawText());
        var ignored = Assert.Single(receipt.GetProperty("ignored").EnumerateArray());
        Assert.Equal((paused, "Paused by otto@example.com.", "Paused"), (ignored.Text("schedule"), ignored.Text("reason"), ignored.Text("outcome")));

        var kept = await server.Viewer.JsonAsync($"/api/v1/events/{id}");
        Assert.Equal((type, "ci", "otto@example.com", """{"ref":"main","other":1}"""), (kept.Text("type"), kept.Text("source"), kept.Text("by"), kept.GetProperty("data").GetRawText()));
        Assert.Equal([(main, "Fired"), (paused, "Paused")], kept.GetProperty("verdicts").EnumerateArray().Select(v => (v.Text("schedule"), v.Text("outcome"))));
        Assert.Contains(server.Server.Audit, l => l.StartsWith($"otto@example.com sent event {type}: event {id}: 1 run", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}", 422, "type", "is required, for example data_available")]
    [InlineData("""{"type":"run.finished"}""", 422, "type", "must not begin with run.: such events the scheduler raises itself")]
    [InlineData("""{"type":"a b"}""", 422, "type", "must be 1 to 128 letters, digits or . _ - : /, found \"a b\"")]
    [InlineData("""{"type":"push","date":{}}""", 422, "date", "unknown key; known here: data, source, type")]
    [InlineData("""{"type":"push","data":{"a":1,"a":2}}""", 400, null, null)]
    [InlineData("""{"type":"push","data":""", 400, null, null)]
    public async Task Send_WhatMakesNoSense_IsSaidByField(string body, int status, string? field, string? message)
    {
        using var answer = await SendAsync(body);
        var problem = await answer.ProblemAsync(status);
        if (field is not null) Assert.Equal(message, problem.ErrorAt(field));
    }

    [Fact]
    public async Task Send_TooLargeTooDeepOrNoJson_IsRefused()
    {
        using var large = await SendAsync($$"""{"type":"push","data":"{{new string('x', 256 * 1024)}}"}""");
        await large.ProblemAsync(413);
        using var deep = await SendAsync($$"""{"type":"push","data":{{new string('[', 40)}}{{new string(']', 40)}} }""");
        await deep.ProblemAsync(400);
        using var text = await server.Operator.PostAsync("/api/v1/events", ApiServer.Content("type=push", "application/x-www-form-urlencoded"));
        await text.ProblemAsync(415);
    }

    [Fact]
    public async Task Viewers_SeeEvents_AndSendNone()
    {
        var type = server.NewName("type");
        using var sent = await SendAsync($$"""{"type":"{{type}}"}""");
        var id = (await sent.JsonAsync()).GetProperty("id").GetInt64();
        foreach (var path in (string[])[$"/api/v1/events?type={type}", $"/api/v1/events/{id}"])
        {
            await server.Viewer.JsonAsync(path);
            using var stranger = await server.Anonymous.GetAsync(path);
            await stranger.ProblemAsync(401);
        }
        foreach (var path in (string[])["/api/v1/events", "/api/v1/events/try"])
        {
            using var refused = await server.Viewer.PostAsync(path, ApiServer.Json($$"""{"type":"{{type}}"}"""));
            await refused.ProblemAsync(403);
            using var stranger = await server.Anonymous.PostAsync(path, ApiServer.Json("{}"));
            await stranger.ProblemAsync(401);
        }
        Assert.Single((await server.Viewer.JsonAsync($"/api/v1/events?type={type}")).GetProperty("items").EnumerateArray());
        using var missing = await server.Viewer.GetAsync("/api/v1/events/999999");
        await missing.ProblemAsync(404);
    }

    [Fact]
    public async Task List_IsNewestFirst_PageByPage_AndByFilter()
    {
        var type = server.NewName("type");
        var name = await FollowerAsync(type, """, "concurrencyPolicy": "Allow", "eventFilter": [{ "path": "data.i", "op": "gt", "value": 2 }]""");
        for (var i = 1; i <= 5; i++)
            using (await SendAsync($$"""{"type":"{{type}}","source":"s{{i}}","data":{"i":{{i}} } }""")) { }

        var first = await server.Viewer.JsonAsync($"/api/v1/events?type={type}&limit=3");
        var second = await server.Viewer.JsonAsync($"/api/v1/events?type={type}&limit=3&cursor={first.Text("nextCursor")}");
        Assert.Equal(["s5", "s4", "s3"], Sources(first));
        Assert.Equal(["s2", "s1"], Sources(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
        Assert.Equal(["s2", "s1"], Sources(await server.Viewer.JsonAsync($"/api/v1/events?schedule={name}&outcome=filtered")));
        Assert.Equal(["s4"], Sources(await server.Viewer.JsonAsync($"/api/v1/events?type={type}&source=s4")));
        Assert.Equal(JsonValueKind.Null, first.GetProperty("items")[0].GetProperty("data").ValueKind);
        Assert.Equal("""{"Fired":1}""", first.GetProperty("items")[0].GetProperty("outcomes").GetRawText());
        using var wrong = await server.Viewer.GetAsync("/api/v1/events?outcome=lost");
        Assert.StartsWith("must be Fired, Skipped, Filtered", (await wrong.ProblemAsync(400)).ErrorAt("outcome"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Try_SaysHowAFilterWouldHaveJudged()
    {
        var type = server.NewName("type");
        foreach (var branch in (string[])["main", "dev"])
            using (await SendAsync($$"""{"type":"{{type}}","data":{"ref":"{{branch}}"} }""")) { }
        using var answer = await server.Operator.PostAsync("/api/v1/events/try", ApiServer.Json($$"""{"type":"{{type}}","filter":[{"path":"data.ref","op":"equals","value":"main"}]}"""));
        Assert.Equal([(false, "data.ref equals \"main\": found \"dev\"."), (true, "")], (await answer.JsonAsync()).GetProperty("items").EnumerateArray().Select(t => (t.GetProperty("matches").GetBoolean(), t.Text("reason")!)));
        using var wrong = await server.Operator.PostAsync("/api/v1/events/try", ApiServer.Json("""{"filter":[{"path":"ref","op":"exists"}],"limit":7}"""));
        Assert.StartsWith("begins with \"ref\"", (await wrong.ProblemAsync(422)).ErrorAt("filter[0].path"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manifest_KeepsWhatItSaysOfEvents()
    {
        var name = await FollowerAsync("push", """, "debounce": "1m", "debounceMode": "trailing", "eventFilter": [{ "path": "data.a", "op": "exists" }], "parameters": { "a": "data.a" }""");
        var spec = (await server.Viewer.JsonAsync($"/api/v1/schedules/{name}")).GetProperty("spec");
        Assert.Equal(("1m", "trailing", "data.a", "data.a"), (spec.Text("debounce"), spec.Text("debounceMode"), spec.GetProperty("eventFilter")[0].Text("path"), spec.Text("parameters", "a")));
    }

    [Fact]
    public async Task BeyondTheMinute_429SaysWhenToTryAgain()
    {
        await using var small = await WebServer.StartAsync(adjust: builder =>
            ((SchedulerOptions)builder.Services.Single(s => s.ServiceType == typeof(SchedulerOptions)).ImplementationInstance!).EventsPerMinute = 4);
        var token = await small.Services.GetRequiredService<ApiTokens>().CreateAsync(WebServer.Admin, "test", null, null, Core.Access.Actor.LocalConsole);
        using var program = small.WithToken(token.Text);
        for (var i = 0; i < 2; i++)
            using (var taken = await program.PostAsync("/api/v1/events", ApiServer.Json("""{"type":"push"}"""))) Assert.Equal(HttpStatusCode.Accepted, taken.StatusCode);
        using var refused = await program.PostAsync("/api/v1/events", ApiServer.Json("""{"type":"push"}"""));
        await refused.ProblemAsync(429);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
    }

    private async Task<string> FollowerAsync(string type, string more = "")
    {
        var name = server.NewName();
        using var saved = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(
            $$"""{"apiVersion":"scheduler/v1","kind":"ScanSchedule","metadata":{"name":"{{name}}"},"spec":{"schedule":"event({{type}})"{{more}},"job":{"kind":"noop"} } }"""));
        Assert.Equal(HttpStatusCode.Created, saved.StatusCode);
        return name;
    }

    private Task<HttpResponseMessage> SendAsync(string body) => server.Operator.PostAsync("/api/v1/events", ApiServer.Json(body));

    private static IEnumerable<string?> Sources(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(e => e.Text("source"));
}
