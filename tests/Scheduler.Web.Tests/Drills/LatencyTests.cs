using System.Collections.Concurrent;
using System.Globalization;
using Scheduler.Web.Tests.Api;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>
/// From due to started where a slot is free, and from a run's end to another watcher. Always measured and printed; held to its marks in the
/// drill alone, because others use the machine that tests run on.
/// </summary>
[Collection(ProgramTests.Name)]
public sealed class LatencyTests(ITestOutputHelper output) : IDisposable
{
    private const int Schedules = 10;

    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task EveryTick_IsStartedAndToldToASecondWatcher()
    {
        Skip.If(!OperatingSystem.IsLinux(), "Measures a process by /proc.");
        var isDrill = Environment.GetEnvironmentVariable("SCHEDULER_DRILLS") == "1";
        var ticks = isDrill ? 120 : 12;
        using var server = await DrillServer.PrepareAsync(_folder.Path);
        await server.StartAsync();
        await using var first = await HubClient.ConnectAsync(server.Process.Address, server.Token, patience: TimeSpan.FromMinutes(5));
        await using var second = await HubClient.ConnectAsync(server.Process.Address, server.Token, patience: TimeSpan.FromMinutes(5));
        await first.InvokeAsync("Watch", "[null]");
        await second.InvokeAsync("Watch", "[null]");
        var told = new ConcurrentDictionary<long, double>();
        var reading = Task.WhenAll(ReadAsync(first, []), ReadAsync(second, told));
        for (var i = 0; i < Schedules; i++) await server.SaveAsync($"tick{i}", "1s", "{}", "\"successfulRunsHistoryLimit\": 100000, \"concurrencyPolicy\": \"Allow\"");
        await Eventually.Async(() => Task.FromResult(server.Ask("SELECT count(*) FROM runs WHERE status = 3") >= ticks * Schedules), seconds: ticks + 60);
        var until = server.Ask("SELECT max(id) FROM runs WHERE status = 3");
        // The first runs of a process compile what they use.
        var lags = server.Rows($"SELECT id, started_at - scheduled_for FROM runs WHERE id > {2 * Schedules} AND id <= {until} AND trigger_type = 0 AND status = 3", r => (Id: r.GetInt64(0), Lag: (double)r.GetInt64(1)));
        await Eventually.Async(() => Task.FromResult(lags.All(l => told.ContainsKey(l.Id))));
        await server.Process.TerminateAsync();
        await reading;

        var (started, seen) = (lags.Select(l => l.Lag).ToList(), lags.Select(l => told[l.Id]).ToList());
        output.WriteLine($"Due to started: {Figures.Spread(started)}.\nEnd of a run to a second watcher: {Figures.Spread(seen)}.\n{Figures.Machine}.");
        Assert.Equal(0, server.Ask($"SELECT count(*) FROM runs WHERE id <= {until} AND status NOT IN (1, 3)"));
        Assert.All(started, lag => Assert.True(lag >= 0, $"A run was started {-lag} ms before it was due."));
        if (!isDrill) return;
        Assert.True(Figures.Percentile(started, 0.5) <= 100, "p50 from due to started is above 100 ms.");
        Assert.True(Figures.Percentile(started, 0.99) <= 1000, "p99 from due to started is above 1 s.");
        Assert.True(Figures.Percentile(seen, 0.95) <= 500, "p95 to a second watcher is above 500 ms.");
    }

    // How long after its end each run was told of.
    private static async Task ReadAsync(HubClient hub, ConcurrentDictionary<long, double> told)
    {
        try
        {
            while (true)
            {
                var run = await hub.NextRunAsync();
                if (run.GetProperty("finishedAt") is { ValueKind: System.Text.Json.JsonValueKind.String } finished)
                    told.TryAdd(run.GetProperty("id").GetInt64(), (DateTimeOffset.UtcNow - DateTimeOffset.Parse(finished.GetString()!, CultureInfo.InvariantCulture)).TotalMilliseconds);
            }
        }
        catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or EndOfStreamException or KeyNotFoundException)
        {
            // The server has stopped.
        }
    }

    public void Dispose() => _folder.Dispose();
}
