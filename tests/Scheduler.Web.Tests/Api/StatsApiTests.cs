using System.Text.Json;

namespace Scheduler.Web.Tests.Api;

public sealed class StatsApiTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task Stats_OfASchedule_CountItsRuns_InTotalAndByBucket()
    {
        var name = await server.ScheduleAsync();
        var failing = await server.ScheduleAsync("""{"outcome":"fail"}""");
        for (var i = 0; i < 3; i++) await server.EndOfAsync(await server.RunAsync(name));
        await server.EndOfAsync(await server.RunAsync(failing));

        var good = await server.Viewer.JsonAsync($"/api/v1/stats?schedule={name}&bucket=hour");
        var bad = await server.Viewer.JsonAsync($"/api/v1/stats?schedule={failing}&bucket=day");

        Assert.Equal(
            ["bucket", "buckets", "byOrigin", "cancelled", "durationMs", "failed", "from", "runs", "schedule", "skipped", "startLagMs", "succeeded", "successRate", "to"],
            good.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal("3 3 0 1", Counts(good));
        Assert.Equal("1 0 1 0", Counts(bad));
        Assert.Equal(["avg", "p50", "p95", "max"], good.GetProperty("durationMs").EnumerateObject().Select(p => p.Name));
        Assert.True(good.GetProperty("durationMs").GetProperty("max").GetInt64() >= good.GetProperty("durationMs").GetProperty("p50").GetInt64());
        Assert.Equal((25, 31), (good.GetProperty("buckets").GetArrayLength(), bad.GetProperty("buckets").GetArrayLength()));
        // An hour may have begun between the runs.
        Assert.Equal(3, good.GetProperty("buckets").EnumerateArray().Sum(b => b.GetProperty("runs").GetInt64()));
        Assert.Equal(JsonValueKind.Null, good.GetProperty("buckets")[0].GetProperty("successRate").ValueKind);
        Assert.Equal(3, good.GetProperty("byOrigin").GetProperty("person").GetInt64());
    }

    [Fact]
    public async Task Stats_OfALabel_CountTheSchedulesThatBearIt()
    {
        var label = server.NewName("team");
        var (one, other) = (await server.ScheduleAsync(more: $$""","labels":{"team":"{{label}}"}"""), await server.ScheduleAsync());
        await server.EndOfAsync(await server.RunAsync(one));
        await server.EndOfAsync(await server.RunAsync(other));

        Assert.Equal(1, (await server.Viewer.JsonAsync($"/api/v1/stats?label=team={label}")).GetProperty("runs").GetInt64());
        Assert.Equal(0, (await server.Viewer.JsonAsync($"/api/v1/stats?label=team={label}&schedule={other}")).GetProperty("runs").GetInt64());
        Assert.True((await server.Viewer.JsonAsync("/api/v1/stats")).GetProperty("runs").GetInt64() >= 2);
    }

    [Theory]
    [InlineData("?from=2026-11-20T10:20:00Z&to=2026-11-20T12:00:00Z", "hour", 2)]
    [InlineData("?from=2026-11-20T10:20:00Z&to=2026-11-20T12:00:00Z&bucket=day", "day", 1)]
    [InlineData("?from=2026-11-01T00:00:00Z&to=2026-11-08T00:00:00.001Z", "day", 8)]  // a moment more than 7 days
    [InlineData("?from=2026-11-01T00:00:00Z&to=2026-11-08T00:00:00Z", "hour", 168)]
    [InlineData("?to=2026-11-08T00:00:00Z", "day", 30)]
    [InlineData("?to=2026-11-08T00:00:00Z&bucket=Hour", "hour", 24)]
    [InlineData("?to=0001-01-01T00:00:01Z", "day", 1)]
    public async Task Buckets_CoverTheRange(string query, string bucket, int count)
    {
        var stats = await server.Viewer.JsonAsync($"/api/v1/stats{query}");

        Assert.Equal(bucket, stats.Text("bucket"));
        Assert.Equal(count, stats.GetProperty("buckets").GetArrayLength());
        Assert.Equal(stats.Text("from"), stats.GetProperty("buckets")[0].Text("start"));
    }

    [Theory]
    [InlineData("bucket=week", "bucket", "must be Hour, Day")]
    [InlineData("bucket=1", "bucket", "must be Hour, Day")]
    [InlineData("from=yesterday", "from", "ISO 8601")]
    [InlineData("to=2026-13-01T00:00:00Z", "to", "ISO 8601")]
    [InlineData("from=2026-11-20T10:00:00Z&to=2026-11-20T10:00:00Z", "to", "must be after from")]
    [InlineData("from=2026-01-01T00:00:00Z&to=2026-11-20T10:00:00Z&bucket=hour", "from", "more than 2208 buckets; ask for bucket=day")]
    [InlineData("from=0001-01-01T00:00:00Z", "from", "more than 2208 buckets; ask for a shorter range")]
    [InlineData("label=web", "label", "key=value")]
    public async Task BadInput_Is400_AtItsField(string query, string field, string says)
    {
        using var answer = await server.Viewer.GetAsync($"/api/v1/stats?{query}");

        Assert.Contains(says, (await answer.ProblemAsync(400)).ErrorAt(field), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownSchedule_Is404()
    {
        using var answer = await server.Viewer.GetAsync("/api/v1/stats?schedule=nobody");

        await answer.ProblemAsync(404);
    }

    private static string Counts(JsonElement stats) =>
        string.Join(' ', ((string[])["runs", "succeeded", "failed", "successRate"]).Select(k => stats.GetProperty(k).GetRawText()));
}
