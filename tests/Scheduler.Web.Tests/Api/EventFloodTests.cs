using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Api;

/// <summary>Ten thousand events over HTTP: none is lost, and each has its verdict.</summary>
public sealed class EventFloodTests(ApiServer server, ITestOutputHelper output) : IClassFixture<ApiServer>
{
    private const int Count = 10_000;

    [Fact]
    public async Task TenThousandEvents_NoneIsLost_AndEachHasItsVerdict()
    {
        // One runs for each, one for every tenth, one for the first of the minute: the verdicts are known beforehand.
        await SaveAsync("flood-each", "");
        await SaveAsync("flood-tenth", """, "eventFilter": [{ "path": "data.last", "op": "equals", "value": 7 }]""");
        await SaveAsync("flood-first", """, "debounce": "7d" """);

        var watch = Stopwatch.StartNew();
        var receipts = new JsonElement[Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, ct) =>
        {
            using var answer = await server.Operator.PostAsync("/api/v1/events", ApiServer.Json($$"""{"type":"flood","source":"s{{i}}","data":{"i":{{i}},"last":{{i % 10}} } }"""), ct);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            receipts[i] = await answer.JsonAsync();
        });
        output.WriteLine($"{Count} events in {watch.Elapsed.TotalSeconds:0.0} s over HTTP.");

        // What each caller was told.
        Assert.Equal(Count, receipts.Select(r => r.GetProperty("id").GetInt64()).Distinct().Count());
        Assert.All(receipts, r => Assert.Equal(3, r.GetProperty("fired").GetArrayLength() + r.GetProperty("ignored").GetArrayLength()));
        var fired = receipts.SelectMany(r => r.GetProperty("fired").EnumerateArray().Select(f => f.GetInt64())).ToHashSet();
        Assert.Equal(Count + Count / 10 + 1, fired.Count);
        // What is on disk: each event once, with a verdict for each schedule, and each fired verdict with its own run.
        Assert.Equal((Count, Count), (Ask("SELECT count(*) FROM events WHERE type = 'flood'"), Ask("SELECT count(DISTINCT json_extract(data, '$.i')) FROM events WHERE type = 'flood'")));
        Assert.Equal(3 * Count, Ask("SELECT count(*) FROM event_verdicts"));
        foreach (var (name, outcome, count) in new[]
        {
            ("flood-each", 0, Count), ("flood-tenth", 0, Count / 10), ("flood-tenth", 2, Count - Count / 10), ("flood-first", 0, 1), ("flood-first", 3, Count - 1),
        })
            Assert.Equal(count, Ask($"SELECT count(*) FROM event_verdicts WHERE schedule_name = '{name}' AND outcome = {outcome}"));
        Assert.Equal(fired.Count, Ask("SELECT count(DISTINCT v.run_id) FROM event_verdicts v JOIN runs r ON r.id = v.run_id AND r.event_id = v.event_id WHERE v.outcome = 0"));
        await Eventually.Async(() => Task.FromResult(Ask("SELECT count(*) FROM runs WHERE event_id IS NOT NULL AND status = 3") == fired.Count), seconds: 300);
    }

    private async Task SaveAsync(string name, string more)
    {
        // More successes are kept than there are, so that the count at the end is the count.
        using var saved = await server.Operator.PutAsync($"/api/v1/schedules/{name}", ApiServer.Json(
            $$"""{"apiVersion":"scheduler/v1","kind":"ScanSchedule","metadata":{"name":"{{name}}"},"spec":{"schedule":"event(flood)","concurrencyPolicy":"Allow","successfulRunsHistoryLimit":100000{{more}},"job":{"kind":"noop"} } }"""));
        Assert.Equal(HttpStatusCode.Created, saved.StatusCode);
    }

    private int Ask(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={server.Server.Services.GetRequiredService<SchedulerOptions>().DatabaseFile}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt32(command.ExecuteScalar(), null);
    }
}
