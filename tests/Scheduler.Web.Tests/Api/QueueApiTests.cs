using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;

namespace Scheduler.Web.Tests.Api;

public sealed class QueueApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Queue_SaysWhyEachWaits_AndPagesFollowOnEachOther()
    {
        var name = await server.ScheduleAsync("""{"outcome":"hang"}"""); // Forbid: the next waits for it
        var going = await server.RunAsync(name);
        await server.InStateAsync(going, "Running");
        var (second, third) = (await server.RunAsync(name), await server.RunAsync(name));

        var queue = await server.Viewer.JsonAsync("/api/v1/queue?pool=light&why=PreviousRun&limit=1");

        Assert.Equal(("Running", 2), (queue.Text("engine"), queue.GetProperty("matching").GetInt32()));
        var item = queue.GetProperty("items")[0];
        Assert.Equal((second, "PreviousRun", going), (item.GetProperty("run").GetProperty("id").GetInt64(), item.Text("cause"), item.GetProperty("behindRun").GetInt64()));
        Assert.Equal($"Run {going} of this schedule still goes on.", item.Text("words"));
        Assert.Contains(queue.GetProperty("running").EnumerateArray(), r => r.GetProperty("run").GetProperty("id").GetInt64() == going);
        Assert.Contains(queue.GetProperty("pools").EnumerateArray(), p => p.Text("name") == "light" && p.GetProperty("slots").GetInt32() == 16 && p.GetProperty("busy").GetInt32() >= 1);
        var next = await server.Viewer.JsonAsync($"/api/v1/queue?pool=light&why=PreviousRun&limit=1&cursor={queue.Text("nextCursor")}");
        Assert.Equal(third, next.GetProperty("items")[0].GetProperty("run").GetProperty("id").GetInt64());
        Assert.Null(next.Text("nextCursor"));

        using (var moved = await server.Operator.PostAsync($"/api/v1/runs/{third}/move-to-front", ApiServer.Json("""{"reason":"customer waits"}""")))
            Assert.Equal((HttpStatusCode.OK, 1), (moved.StatusCode, (await moved.JsonAsync()).GetProperty("priority").GetInt32()));
        queue = await server.Viewer.JsonAsync("/api/v1/queue?why=PreviousRun");
        Assert.Equal([third, second], queue.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("run").GetProperty("id").GetInt64()));
        using var running = await server.Operator.PostAsync($"/api/v1/runs/{going}/move-to-front", ApiServer.Json("""{"reason":"x"}"""));
        await running.ProblemAsync(409);
        using var silent = await server.Operator.PostAsync($"/api/v1/runs/{second}/move-to-front", null);
        Assert.NotEmpty((await silent.ProblemAsync(422)).ErrorAt("reason"));
        foreach (var run in (long[])[second, third, going])
            using (await server.Operator.PostAsync($"/api/v1/runs/{run}/cancel", null)) { }
    }

    [Theory]
    [InlineData("why=Boredom", "why")]
    [InlineData("cursor=cToxXzI", "cursor")]
    [InlineData("cursor=xyz", "cursor")]
    [InlineData("limit=0", "limit")]
    public async Task Queue_WhatMakesNoSense_IsSaidByParameter(string query, string parameter)
    {
        using var answer = await server.Viewer.GetAsync($"/api/v1/queue?{query}");
        Assert.NotEmpty((await answer.ProblemAsync(400)).ErrorAt(parameter));
    }

    [Fact]
    public async Task Downtimes_AreListedWithWhatWasMissed_Answered_AndDismissed()
    {
        var name = await server.ScheduleAsync();
        var run = await server.RunAsync(name);
        await server.EndOfAsync(run);
        // A downtime of 30 hours, long ago, with one run that waits for an answer.
        Execute(
            $"""
            INSERT INTO downtimes (kind, from_at, to_at, interrupted) VALUES (1, 1000000000000, 1000108000000, '[{run}]');
            INSERT INTO runs (schedule_id, schedule_name, generation, trigger_type, scheduled_for, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before, exclusive,
                overrides_blackout, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
            SELECT schedule_id, schedule_name, 1, 1, 1000050000000, 29, 0, 'Stands for 29.', 0, pool, job_kind, 0, 1, due_at, queued_at, {new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds()}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{"{}"}'
            FROM runs WHERE id = {run};
            """);
        var downtime = (await server.Viewer.JsonAsync("/api/v1/downtimes?limit=1")).GetProperty("items")[0];
        var id = downtime.GetProperty("id").GetInt64();
        Assert.Equal(("Died", "2001-09-09T01:46:40Z", 29, 29, 1), (downtime.Text("kind"), downtime.Text("from"), downtime.GetProperty("missed").GetInt32(), downtime.GetProperty("asked").GetInt32(), downtime.GetProperty("interrupted").GetInt32()));
        Assert.Equal((name, 29), ((await MissedAsync()).Text("schedule"), (await MissedAsync()).GetProperty("asked").GetInt32()));
        Assert.Equal(run, (await server.Viewer.JsonAsync($"/api/v1/downtimes/{id}/interrupted")).GetProperty("items")[0].GetProperty("id").GetInt64());

        using (var early = await server.Operator.PostAsync($"/api/v1/downtimes/{id}/dismiss", null)) await early.ProblemAsync(409);
        using (var refused = await server.Viewer.PostAsync($"/api/v1/downtimes/{id}/answer", ApiServer.Json("""{"run":true}"""))) await refused.ProblemAsync(403);
        using (var silent = await server.Operator.PostAsync($"/api/v1/downtimes/{id}/answer", null)) Assert.NotEmpty((await silent.ProblemAsync(422)).ErrorAt("run"));
        using (var other = await server.Operator.PostAsync($"/api/v1/downtimes/{id}/answer", ApiServer.Json("""{"run":true,"schedule":"nobody"}"""))) await other.ProblemAsync(409);
        using (var answered = await server.Operator.PostAsync($"/api/v1/downtimes/{id}/answer", ApiServer.Json("""{"run":false}""")))
            Assert.Equal((0, 29), ((await answered.JsonAsync()).GetProperty("asked").GetInt32(), (await answered.JsonAsync()).GetProperty("skipped").GetInt32()));
        Assert.Equal("SkippedByPerson", (await MissedAsync()).Text("skipCause"));
        using (var dismissed = await server.Operator.PostAsync($"/api/v1/downtimes/{id}/dismiss", null)) Assert.Equal("otto@example.com", (await dismissed.JsonAsync()).Text("dismissedBy"));
        foreach (var path in (string[])["", "/missed", "/interrupted"])
            using (var none = await server.Viewer.GetAsync($"/api/v1/downtimes/999{path}")) await none.ProblemAsync(404);

        async Task<System.Text.Json.JsonElement> MissedAsync() => (await server.Viewer.JsonAsync($"/api/v1/downtimes/{id}/missed")).GetProperty("items")[0];
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={server.Server.Services.GetRequiredService<SchedulerOptions>().DatabaseFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
