using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Scheduler.Web.Tests.Api;

public sealed class RunsApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    private static readonly string[] Keys =
    [
        "activity", "assetsScanned", "attempt", "attempts", "backfillId", "cancelRequestedBy", "cause", "dismissal", "durationMs", "emergencyId", "error", "eventId", "findings", "finishedAt", "generation", "id", "jobKind",
        "maxAttempts", "metrics", "occasion", "overrides", "parameters", "pool", "priority", "progress", "queuedAt", "reason", "requestedBy", "retryAt", "schedule", "scheduledFor", "standsFor", "startedAt", "status", "triggerType",
    ];

    [Fact]
    public async Task ARun_HasExactlyTheseKeys_InTheListToo()
    {
        var name = await server.ScheduleAsync();
        var id = await server.RunAsync(name);

        var run = await server.EndOfAsync(id);
        var listed = (await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}")).GetProperty("items")[0];

        Assert.Equal(Keys, run.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["critical", "fixed", "high", "info", "low", "medium", "new", "total"], run.GetProperty("findings").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["error", "finishedAt", "number", "startedAt", "status"], run.GetProperty("attempts")[0].EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$", run.Text("finishedAt"));
        Assert.Equal(run.GetRawText(), listed.GetRawText());
    }

    [Fact]
    public async Task List_GoesNewestFirstInPages()
    {
        var name = await server.ScheduleAsync();
        var ids = new List<long>();
        for (var i = 0; i < 3; i++) ids.Add(await server.RunAsync(name));

        var first = await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}&limit=2");
        var second = await server.Viewer.JsonAsync($"/api/v1/runs?schedule={name}&limit=2&cursor={first.Text("nextCursor")}");

        Assert.Equal([ids[2], ids[1]], Ids(first));
        Assert.Equal([ids[0]], Ids(second));
        Assert.Null(second.Text("nextCursor"));
    }

    [Fact]
    public async Task List_FiltersByStatusTriggerTypeAndTime()
    {
        var good = await server.ScheduleAsync();
        var bad = await server.ScheduleAsync("""{"outcome":"fail"}""");
        var (goodRun, badRun) = (await server.RunAsync(good), await server.RunAsync(bad));
        var queuedAt = (await server.EndOfAsync(goodRun)).Text("queuedAt");
        await server.EndOfAsync(badRun);

        Assert.Contains(badRun, Ids(await server.Viewer.JsonAsync("/api/v1/runs?status=Failed")));
        Assert.DoesNotContain(goodRun, Ids(await server.Viewer.JsonAsync("/api/v1/runs?status=Failed,TimedOut")));
        Assert.Contains(goodRun, Ids(await server.Viewer.JsonAsync("/api/v1/runs?status=failed&status=Succeeded&triggerType=Manual")));
        Assert.Empty(Ids(await server.Viewer.JsonAsync("/api/v1/runs?triggerType=Backfill")));
        Assert.Equal([goodRun], Ids(await server.Viewer.JsonAsync($"/api/v1/runs?schedule={good}&from={queuedAt}&to={queuedAt}")));
        Assert.Empty(Ids(await server.Viewer.JsonAsync("/api/v1/runs?from=2099-01-01T00:00:00Z")));
    }

    [Theory]
    [InlineData("status=Sleeping", "status")]
    [InlineData("triggerType=Cron", "triggerType")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-01-01T00:00:00+01:00", "from")] // the plus arrived as a space
    [InlineData("cursor=%00", "cursor")]
    [InlineData("cursor=czphYmM", "cursor")] // of the list of schedules
    public async Task List_BadQuery_Is400NamingTheParameter(string query, string parameter)
    {
        using var answer = await server.Viewer.GetAsync($"/api/v1/runs?{query}");

        Assert.NotEmpty((await answer.ProblemAsync(400)).ErrorAt(parameter));
    }

    [Fact]
    public async Task Cancel_ARunningRun_StopsIt_AndOnlyOnce()
    {
        var id = await server.RunAsync(await server.ScheduleAsync("""{"outcome":"hang"}"""));
        await server.InStateAsync(id, "Running");

        using var answer = await server.Operator.PostAsync($"/api/v1/runs/{id}/cancel", null);
        var ended = await server.EndOfAsync(id);
        using var again = await server.Operator.PostAsync($"/api/v1/runs/{id}/cancel", null);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("Cancelled", ended.Text("status"));
        Assert.Equal("Cancelled by otto@example.com.", ended.Text("reason"));
        Assert.Contains("has ended already: Cancelled", (await again.ProblemAsync(409)).Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_AnEndedRun_QueuesANewOne_ButNotOneThatGoesOn()
    {
        var id = await server.RunAsync(await server.ScheduleAsync("""{"outcome":"hang"}"""));

        using var early = await server.Operator.PostAsync($"/api/v1/runs/{id}/retry", null);
        using (await server.Operator.PostAsync($"/api/v1/runs/{id}/cancel", null)) await server.EndOfAsync(id);
        using var answer = await server.Operator.PostAsync($"/api/v1/runs/{id}/retry", null);
        var repeated = await answer.JsonAsync();
        using (await server.Operator.PostAsync($"/api/v1/runs/{repeated.GetProperty("id")}/cancel", null)) { }

        await early.ProblemAsync(409);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal($"Repeats run {id}.", repeated.Text("reason"));
        Assert.Equal($"/api/v1/runs/{repeated.GetProperty("id")}", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Findings_OfARealScan_AreListedWorstFirst_InPages()
    {
        var name = server.NewName();
        var manifest = $$"""
            {"apiVersion":"scheduler/v1","kind":"ScanSchedule","metadata":{"name":"{{name}}"},
             "spec":{"schedule":"manual","job":{"kind":"web-scan","targets":{"urls":["{{server.Server.Address}}health/live"]},"options":{"failOn":"none"} } } }
            """;
        using (await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(manifest))) { }
        var id = await server.RunAsync(name);
        var run = await server.EndOfAsync(id);

        var all = (await server.Viewer.JsonAsync($"/api/v1/runs/{id}/findings")).GetProperty("items").EnumerateArray().ToList();
        var paged = new List<string?>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await server.Viewer.JsonAsync($"/api/v1/runs/{id}/findings?limit=1{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            paged.AddRange(page.GetProperty("items").EnumerateArray().Select(f => f.Text("fingerprint")));
            cursor = page.Text("nextCursor");
        }

        Assert.Equal("Succeeded", run.Text("status"));
        Assert.NotEmpty(all);
        Assert.Equal(run.GetProperty("findings").GetProperty("total").GetInt32(), all.Count);
        Assert.All(all, f => Assert.Equal("new", f.Text("change")));
        Assert.Contains(all, f => f.Text("rule")!.StartsWith("web.", StringComparison.Ordinal));
        string[] worstFirst = ["critical", "high", "medium", "low", "info"];
        Assert.Equal(all.Select(f => Array.IndexOf(worstFirst, f.Text("severity"))).Order(), all.Select(f => Array.IndexOf(worstFirst, f.Text("severity"))));
        Assert.Equal(all.Select(f => f.Text("fingerprint")), paged);
    }

    [Fact]
    public async Task Log_IsHarmlessText_AndRangesGiveItsBytes()
    {
        var id = await server.RunAsync(await server.ScheduleAsync("""{"lines":3}"""));
        await server.EndOfAsync(id);

        using var whole = await server.Viewer.GetAsync($"/api/v1/runs/{id}/log");
        var bytes = await whole.Content.ReadAsByteArrayAsync();

        Assert.Equal("text/plain; charset=utf-8", whole.Content.Headers.ContentType?.ToString());
        Assert.Equal("nosniff", whole.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("inline", whole.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Contains("out line 2 of 3\n", System.Text.Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal((206, $"bytes 0-9/{bytes.Length}", 10), await RangeAsync(id, new RangeHeaderValue(0, 9), bytes[..10]));
        Assert.Equal((206, $"bytes 20-{bytes.Length - 1}/{bytes.Length}", bytes.Length - 20), await RangeAsync(id, new RangeHeaderValue(20, null), bytes[20..]));
        Assert.Equal((206, $"bytes {bytes.Length - 5}-{bytes.Length - 1}/{bytes.Length}", 5), await RangeAsync(id, new RangeHeaderValue(null, 5), bytes[^5..]));
        Assert.Equal((206, $"bytes 5-{bytes.Length - 1}/{bytes.Length}", bytes.Length - 5), await RangeAsync(id, new RangeHeaderValue(5, long.MaxValue), bytes[5..]));
        Assert.Equal((416, $"bytes */{bytes.Length}", 0), await RangeAsync(id, new RangeHeaderValue(bytes.Length, null), []));
    }

    [Theory]
    // What a server may answer with the whole: several ranges, other units, rubbish, and a condition that can't be judged.
    [InlineData("bytes=0-1,3-4", null)]
    [InlineData("lines=0-1", null)]
    [InlineData("bytes=x", null)]
    [InlineData("bytes=0-1", "\"tag\"")]
    public async Task Log_ARangeThatIsNotServed_GivesTheWhole(string range, string? ifRange)
    {
        var id = await server.RunAsync(await server.ScheduleAsync());
        await server.EndOfAsync(id);

        using var answer = await server.Viewer.SendAsync("GET", $"/api/v1/runs/{id}/log", null, ifRange is null ? [("Range", range)] : [("Range", range), ("If-Range", ifRange)]);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Succeeded", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_WherePartsWereLeftOut_SaysSo_AndARangeBeginsAtWhatIsThere()
    {
        var id = await server.RunAsync(await server.ScheduleAsync("""{"lines":300}"""));
        await server.EndOfAsync(id);

        var whole = await server.Viewer.GetStringAsync($"/api/v1/runs/{id}/log");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{id}/log") { Headers = { Range = new RangeHeaderValue(ApiServer.LogCap / 2, null) } };
        using var rest = await server.Viewer.SendAsync(request);

        Assert.Contains("bytes left out: the log's limit is 4096 bytes", whole, StringComparison.Ordinal);
        Assert.Contains("line 1 of 300", whole, StringComparison.Ordinal);
        Assert.Contains("line 300 of 300", whole, StringComparison.Ordinal);
        Assert.DoesNotContain("line 150 of 300", whole, StringComparison.Ordinal);
        Assert.True(rest.Content.Headers.ContentRange?.From > ApiServer.LogCap / 2);
        Assert.Equal(rest.Content.Headers.ContentRange.Length, rest.Content.Headers.ContentRange.To + 1);
        Assert.EndsWith(await rest.Content.ReadAsStringAsync(), whole, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/v1/runs/999999")]
    [InlineData("GET", "/api/v1/runs/999999/log")]
    [InlineData("GET", "/api/v1/runs/999999/findings")]
    [InlineData("POST", "/api/v1/runs/999999/cancel")]
    [InlineData("POST", "/api/v1/runs/999999/retry")]
    public async Task ARunThatIsNotThere_Is404(string method, string path)
    {
        using var answer = await server.Operator.SendAsync(method, path);

        Assert.Equal("There is no run 999999.", (await answer.ProblemAsync(404)).Text("detail"));
    }

    [Fact]
    public async Task ADeadLetter_IsListed_Requeued_AndDismissedWithAReason()
    {
        var name = await server.ScheduleAsync("""{"outcome":"fail"}""");
        var id = await server.RunAsync(name);
        await server.EndOfAsync(id);
        Assert.Contains(id, Ids(await server.Viewer.JsonAsync("/api/v1/runs/dead?limit=500")));

        using var requeued = await server.Operator.PostAsync($"/api/v1/runs/{id}/requeue", ApiServer.Json("""{"reason":"disk is back"}"""));
        Assert.Equal(HttpStatusCode.Accepted, requeued.StatusCode);
        Assert.Equal(2, (await server.EndOfAsync(id)).GetProperty("attempt").GetInt32());

        using var silent = await server.Operator.PostAsync($"/api/v1/runs/{id}/dismiss", null);
        Assert.NotEmpty((await silent.ProblemAsync(422)).ErrorAt("reason"));
        using var dismissed = await server.Operator.PostAsync($"/api/v1/runs/{id}/dismiss", ApiServer.Json("""{"reason":"target is gone"}"""));
        Assert.Equal("otto@example.com", (await dismissed.JsonAsync()).Text("dismissal", "by"));
        Assert.DoesNotContain(id, Ids(await server.Viewer.JsonAsync("/api/v1/runs/dead?limit=500")));
        using var late = await server.Operator.PostAsync($"/api/v1/runs/{id}/requeue", null);
        Assert.Equal($"Run {id} is no dead letter: it is Failed, and otto@example.com has dismissed it.", (await late.ProblemAsync(409)).Text("detail"));
    }

    [Fact]
    public async Task Status_TellsEnginePoolsAndSchedules()
    {
        await server.ScheduleAsync(schedule: "1h");

        var status = await server.Viewer.JsonAsync("/api/v1/status");

        Assert.Equal("Running", status.Text("engine"));
        Assert.Contains("""{"name":"light","slots":16,"active":""", status.GetProperty("pools").GetRawText(), StringComparison.Ordinal);
        Assert.True(status.GetProperty("schedules").GetProperty("active").GetInt32() >= 1);
        Assert.EndsWith("Z", status.Text("nextDueAt"), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Number, status.GetProperty("lagMs").ValueKind);
    }

    private async Task<(int Status, string? Range, int Length)> RangeAsync(long id, RangeHeaderValue range, byte[] expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{id}/log") { Headers = { Range = range } };
        using var answer = await server.Viewer.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        if (answer.StatusCode == HttpStatusCode.PartialContent) Assert.Equal(expected, bytes);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentRange?.ToString(), answer.StatusCode == HttpStatusCode.PartialContent ? bytes.Length : 0);
    }

    private static IEnumerable<long> Ids(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetInt64());
}
