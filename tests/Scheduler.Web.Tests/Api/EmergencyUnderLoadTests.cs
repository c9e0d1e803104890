using System.Diagnostics;
using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Api;

/// <summary>Ten thousand runs wait and every slot is busy: an emergency starts all the same, and pages answer.</summary>
public sealed class EmergencyUnderLoadTests(ApiServer server) : IClassFixture<ApiServer>
{
    [Fact]
    public async Task While10000Wait_AnEmergencyStartsWithinTwoSeconds_AndPagesAnswerWithinHalfASecond()
    {
        var (busy, leak) = (await HangingAsync("Allow"), await HangingAsync("Forbid"));
        await FloodAsync(busy, 10_000);
        await Eventually.Async(async () => (await server.Viewer.JsonAsync("/api/v1/runs?status=Running")).GetProperty("items").GetArrayLength() == 2);
        using var person = await server.Server.SignedInAsync();
        string[] pages = ["/", "/runs", "/runs?tab=running", $"/schedules/{busy}", "/emergencies", "/emergency"];
        foreach (var page in pages) await TimeAsync(person, page); // the first one compiles it

        var watch = Stopwatch.StartNew();
        using var started = await server.Operator.PostAsync($"/api/v1/schedules/{leak}/run", ApiServer.Json("""{"emergency":true,"reason":"leak"}"""));
        var id = (await started.JsonAsync()).GetProperty("id").GetInt64();
        await server.InStateAsync(id, "Running");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"It started after {watch.Elapsed.TotalSeconds:0.00} s.");
        Assert.Equal(3, (await server.Viewer.JsonAsync("/api/v1/runs?status=Running")).GetProperty("items").GetArrayLength());

        foreach (var page in pages)
        {
            // Others use this machine too: the best of some tries says what the page itself takes.
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < 10 && best > TimeSpan.FromSeconds(0.5); i++) best = await TimeAsync(person, page) is var took && took < best ? took : best;
            Assert.True(best < TimeSpan.FromSeconds(0.5), $"{page} took {best.TotalMilliseconds:0} ms.");
        }
    }

    private static async Task<TimeSpan> TimeAsync(HttpClient client, string path)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return watch.Elapsed;
    }

    private async Task<string> HangingAsync(string policy)
    {
        var name = server.NewName();
        using var saved = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(
            $$"""{"apiVersion":"scheduler/v1","kind":"ScanSchedule","metadata":{"name":"{{name}}"},"spec":{"schedule":"manual","pool":"scan","concurrencyPolicy":"{{policy}}","job":{"kind":"noop","options":{"outcome":"hang"} } } }"""));
        Assert.Equal(HttpStatusCode.Created, saved.StatusCode);
        return name;
    }

    private async Task FloodAsync(string schedule, int runs)
    {
        await using var connection = new SqliteConnection($"Data Source={server.Server.Services.GetRequiredService<SchedulerOptions>().DatabaseFile};Pooling=False");
        await connection.OpenAsync();
        await using var insert = connection.CreateCommand();
        insert.CommandText =
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @runs)
            INSERT INTO runs (schedule_id, schedule_name, generation, trigger_type, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before, exclusive,
                assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
            SELECT id, name, generation, 3, 1, 0, '', 0, 'scan', 'noop', 0, 1, created_at + i, created_at + i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}' FROM n, schedules WHERE name = @schedule
            """;
        insert.Parameters.AddWithValue("@runs", runs);
        insert.Parameters.AddWithValue("@schedule", schedule);
        Assert.Equal(runs, await insert.ExecuteNonQueryAsync());
    }
}
