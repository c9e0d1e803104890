using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Api;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>Many real pages on one server: what a circuit costs, what a page that hangs costs the others, and what a fast log with many watchers does.</summary>
[Collection(BrowserTests.Name)]
public sealed class WatcherDrillTests(Browser browser, ITestOutputHelper output) : IDisposable
{
    private const double Mebibyte = 1024 * 1024;

    // The hub's broadcaster and the backfills: they watch without a page.
    private const int OwnWatchers = 2;

    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task ADashboard_KeepsTwoMebibytesOnTheHeapAtMost()
    {
        Drill.OnlyWhenAsked();
        var count = (int)Drill.Setting("SCHEDULER_CIRCUITS", 30);
        // In this process, so that the heap can be collected before it is measured.
        await using var server = await WebServer.StartAsync();
        var ana = new Actor(WebServer.Admin, Role.Administrator, "test");
        for (var i = 0; i < 5; i++)
        {
            var manifest = JsonElement.Parse($$"""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "tick{{i}}" }, "spec": { "schedule": "1s", "concurrencyPolicy": "Allow", "job": { "kind": "noop" } } }""");
            await server.Services.GetRequiredService<ScheduleEditor>().SaveAsync(manifest, new SaveRules(), ana, CancellationToken.None);
        }
        await using var person = await browser.OpenAsync(server);
        await person.SignInAsync();
        await OpenAsync(person, 5, "/");
        var before = Heap();
        await OpenAsync(person, count, "/");
        var each = (Heap() - before) / Mebibyte / count;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} dashboards with 5 runs a second: {each:0.00} MiB of collected heap each, {before / Mebibyte:0} MiB before; {Figures.Machine}."));
        Assert.True(each <= 2, $"A circuit keeps {each:0.00} MiB on the heap.");

        static double Heap()
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }

    [SkippableFact]
    public async Task ManyDashboards_SomeThatHang_HoldUpNobody()
    {
        Drill.OnlyWhenAsked();
        var count = (int)Drill.Setting("SCHEDULER_CIRCUITS", 30);
        using var server = await DrillServer.StartWithPagesAsync(_folder.Path);
        for (var i = 0; i < 5; i++) await server.SaveAsync($"tick{i}", "1s", """{ "lines": 1 }""", "\"concurrencyPolicy\": \"Allow\"");
        await using var person = await browser.OpenAsync(server.Process.Address);
        await person.SignInAsync();
        // What the first pages make for all stays.
        var (warm, _) = await OpenAsync(person, 5, "/");
        await RestAsync(server, 20);
        var before = await RestAsync(server, 10);
        var (pages, _) = await OpenAsync(person, count, "/");
        await RestAsync(server, 10);
        var after = await RestAsync(server, 10);
        var resident = (after - before) / Mebibyte / count;

        var calm = await LagAsync(server);
        foreach (var page in pages.Take(count / 2))
        {
            // Its script stands still: it takes nothing and answers nothing, and its socket stays open.
            var tools = await person.Context.NewCDPSessionAsync(page);
            await tools.SendAsync("Debugger.enable");
            await tools.SendAsync("Debugger.pause");
        }
        var hanging = await LagAsync(server);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {count} dashboards with 5 runs a second: {resident:0.00} MiB of RSS each, garbage included ({before / Mebibyte:0} MiB before).
            End of a run to another watcher: {Figures.Spread(calm)}; with {count / 2} of the pages hanging: {Figures.Spread(hanging)}; {Figures.Machine}.
            """));
        Assert.True(Figures.Percentile(hanging, 0.5) <= Figures.Percentile(calm, 0.5) + 100, "Pages that hang hold up the others by more than 100 ms.");
        GC.KeepAlive(warm);
    }

    [SkippableFact]
    public async Task FiftyWatchersOfAFastLog_TakeAFifthOfACoreAtMost()
    {
        Drill.OnlyWhenAsked();
        var count = (int)Drill.Setting("SCHEDULER_WATCHERS", 50);
        using var server = await DrillServer.StartWithPagesAsync(_folder.Path);
        await server.SaveAsync("fast", "manual", """{ "duration": "20m", "lines": 600000 }""", "\"timeout\": \"1h\"");
        using var started = await server.Api.PostAsync(new Uri("schedules/fast/run", UriKind.Relative), null);
        var id = (await started.JsonAsync()).GetProperty("id").GetInt64();
        await using var person = await browser.OpenAsync(server.Process.Address);
        await person.SignInAsync();
        // What is used for the first time is compiled before anything is measured.
        var (warm, _) = await OpenAsync(person, 3, $"/runs/{id}?tab=log");
        await Task.Delay(TimeSpan.FromSeconds(30));
        foreach (var page in warm.Append(person.Page)) await page.GotoAsync("about:blank");
        await Eventually.Async(async () => await server.MetricAsync("scheduler_live_watchers") <= OwnWatchers, seconds: 60);
        var alone = await ShareAsync(server, TimeSpan.FromSeconds(20));
        var (pages, _) = await OpenAsync(person, count, $"/runs/{id}?tab=log");
        await Eventually.Async(async () => await server.MetricAsync("scheduler_live_watchers") >= count);
        var before = await Task.WhenAll(LastLineAsync(pages[0]), LastLineAsync(pages[^1]));
        var watched = await ShareAsync(server, TimeSpan.FromSeconds(30));
        var after = await Task.WhenAll(LastLineAsync(pages[0]), LastLineAsync(pages[^1]));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} pages on a log that grows by 500 lines a second: {(watched - alone) * 100:0.0} % of a core beside the {alone * 100:0.0} % without them; {Figures.Machine}."));
        Assert.All(pages, page => Assert.False(page.IsClosed));
        Assert.All(before.Zip(after), lines => Assert.True(lines.Second >= lines.First + 5000, $"A page went from line {lines.First} to {lines.Second} alone."));
        Assert.True(watched - alone <= 0.2, $"They take {(watched - alone) * 100:0} % of a core.");
    }

    // The highest number of a line that the page shows.
    private static async Task<int> LastLineAsync(IPage page) =>
        Regex.Matches(await page.InnerTextAsync("body"), @"line (\d+) of 600000").Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();

    private static async Task<(List<IPage> Pages, TimeSpan Took)> OpenAsync(BrowserPage person, int count, string path)
    {
        var (pages, watch) = (new List<IPage>(), Stopwatch.StartNew());
        for (var i = 0; i < count; i++)
        {
            var page = await person.Context.NewPageAsync();
            await page.GotoAsync(path, new() { Timeout = 120_000 });
            await Assertions.Expect(page.Locator("#live-lamp")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 120_000 });
            pages.Add(page);
        }
        return (pages, watch.Elapsed);
    }

    // The lowest of some looks.
    private static async Task<double> RestAsync(DrillServer server, int seconds)
    {
        var resident = double.MaxValue;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(seconds); await Task.Delay(200)) resident = Math.Min(resident, server.Resident);
        return resident;
    }

    private static async Task<List<double>> LagAsync(DrillServer server)
    {
        await using var hub = await HubClient.ConnectAsync(server.Process.Address, server.Token, patience: TimeSpan.FromMinutes(2));
        await hub.InvokeAsync("Watch", "[null]");
        var (seen, lags) = (new HashSet<long>(), new List<double>());
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20);)
        {
            var run = await hub.NextRunAsync();
            if (run.GetProperty("finishedAt") is { ValueKind: JsonValueKind.String } at && seen.Add(run.GetProperty("id").GetInt64()))
                lags.Add((DateTimeOffset.UtcNow - DateTimeOffset.Parse(at.GetString()!, CultureInfo.InvariantCulture)).TotalMilliseconds);
        }
        return lags;
    }

    // Processor time of the server alone, as a share of one core.
    private static async Task<double> ShareAsync(DrillServer server, TimeSpan length)
    {
        var (before, watch) = (server.ProcessorTime, Stopwatch.StartNew());
        await Task.Delay(length);
        return (server.ProcessorTime - before) / watch.Elapsed;
    }

    public void Dispose() => _folder.Dispose();
}
