using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Runs;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Queue;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Queue;

public sealed class QueuePageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Idle_SaysHowManyWorkersAreFree()
    {
        Options.Pools = new(StringComparer.Ordinal) { ["scan"] = 1, ["light"] = 3 };
        await StartEngineAsync();
        var page = Open();
        page.WaitForAssertion(() => Assert.Equal("Idle. 4 of 4 workers free.", page.Find(".empty-title").TextContent), Patience);
        Assert.Equal(["light", "scan"], page.FindAll(".pool-card h2").Select(h => h.TextContent));
        Assert.Contains("emergency lane free", page.Find(".pool-card").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunsAndWaits_WithPlaceAndReason_AndTheUsualTimeWhereItIsKnown()
    {
        await BusyAsync();
        await PastRuns.AddAsync(Services, "busy", (Now.AddHours(-3), RunStatus.Succeeded, TimeSpan.FromMinutes(10)));
        var waiting = await RunAsync("busy");
        var page = Open();

        page.WaitForAssertion(() => Assert.Contains("No free slot: place 1 of 1.", Row(page, waiting).TextContent, StringComparison.Ordinal), Patience);
        Assert.Contains("usually", page.FindAll("tbody")[0].TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(page.FindAll("[role=progressbar]"));
        Assert.Contains("in 10 min", Row(page, waiting).TextContent, StringComparison.Ordinal);
        Assert.Contains("1 of 1", page.FindAll(".pool-card").Single(c => c.QuerySelector("h2")!.TextContent == "scan").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_StandInTheAddress()
    {
        await BusyAsync();
        var waiting = await RunAsync("busy");
        await SaveAsync("other", """{ "outcome": "hang" }""", """ "pool": "light" """);
        var address = Services.GetRequiredService<NavigationManager>();
        address.NavigateTo("/queue?pool=light");
        var page = Open();
        page.WaitForAssertion(() => Assert.Contains("Nothing waits that matches.", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Equal("/queue?pool=scan", page.FindAll(".pool-card h2 a").Single(a => a.TextContent == "scan").GetAttribute("href"));
        Assert.Equal("/queue", page.FindAll(".pool-card h2 a").Single(a => a.TextContent == "light").GetAttribute("href")); // the chosen one lets go

        address.NavigateTo("/queue?pool=scan");
        page.WaitForAssertion(() => Row(page, waiting), Patience);
        page.Find("#q-why").Change("Blackout");
        Assert.EndsWith("/queue?pool=scan&why=Blackout", address.Uri, StringComparison.Ordinal);
        page.WaitForAssertion(() => Assert.Contains("Nothing waits that matches.", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task ToFront_AsksWhy_AndTheRowGoesFirst()
    {
        await BusyAsync();
        var (first, second) = (await RunAsync("busy"), await RunAsync("busy"));
        var page = Open();
        page.WaitForAssertion(() => Assert.Equal([first, second], Waiting(page)), Patience);
        Answer("customer waits");

        await page.Find($"button[aria-label='To front: run {second} of busy']").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Equal([second, first], Waiting(page)), Patience);
        Assert.Contains("priority 1", Row(page, second).TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_OfARunThatWaits_TakesItFromTheList()
    {
        await BusyAsync();
        var waiting = await RunAsync("busy");
        var page = Open();
        page.WaitForAssertion(() => Row(page, waiting), Patience);
        Answer("");

        await page.Find($"button[aria-label='Cancel run {waiting} of busy']").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Contains("Nothing waits.", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task AViewer_SeesAllOfIt_AndChangesNothing()
    {
        await BusyAsync();
        var waiting = await RunAsync("busy");
        BecomeViewer();
        var page = Open();
        page.WaitForAssertion(() => Row(page, waiting), Patience);
        Assert.Empty(page.FindAll("button"));
        Assert.Empty(page.FindAll("a[href='/settings/pools']"));
    }

    [Fact]
    public async Task EngineThatDoesNotRun_IsSaid_AndIsTheReasonOfEach()
    {
        await SaveAsync("s");
        var run = await RunAsync("s");
        var page = Open();
        page.WaitForAssertion(() => Assert.Contains("The engine is not running.", Row(page, run).TextContent, StringComparison.Ordinal), Patience);
        Assert.Contains("The engine is starting", page.Find(".notice").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StandingBy_NamesWhoDrives()
    {
        var (taken, _) = EngineLock.TryTake(Options, TimeProvider.System);
        using var held = taken!;
        var engine = Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostedService>();
        await engine.StartAsync(CancellationToken.None);
        var page = Open();
        page.WaitForAssertion(() => Assert.Contains($"Process {Environment.ProcessId} on {Environment.MachineName} drives this data folder", page.Find(".notice").TextContent, StringComparison.Ordinal), Patience);
        await engine.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("scan", "retry", null, "/queue?pool=scan&why=Retry")]
    [InlineData(null, "nothing", "x", "/queue")]
    [InlineData(null, "3", null, "/queue")] // the number of a cause is no word
    [InlineData(" a&b ", null, "1_2_3", "/queue?pool=a%26b&after=1_2_3")]
    public void Address_IsReadAndWritten_AndWhatMakesNoSenseIsLeftOut(string? pool, string? why, string? after, string href) =>
        Assert.Equal(href, QueueAddress.Read(pool, why, after).Href);

    [Fact]
    public void EveryCause_HasAWord() => Assert.All(Enum.GetValues<WaitCause>(), cause => Assert.NotEmpty(QueueWords.Of(cause)));

    /// <summary>The only slot of pool scan is taken by a run that hangs.</summary>
    private async Task BusyAsync()
    {
        Options.Pools = new(StringComparer.Ordinal) { ["scan"] = 1, ["light"] = 3 };
        await SaveAsync("busy", """{ "outcome": "hang" }""", """ "pool": "scan" """);
        await StartEngineAsync();
        var going = await RunAsync("busy");
        await Eventually.Async(async () => (await RunQueries.GetAsync(going, CancellationToken.None))!.Status == RunStatus.Running);
    }

    private IRenderedComponent<QueuePage> Open() => Render<QueuePage>();

    private static AngleSharp.Dom.IElement Row(IRenderedComponent<QueuePage> page, long run) => page.FindAll("tbody tr").Single(r => r.QuerySelector(".run-number")!.TextContent == $"#{run}");

    private static IEnumerable<long> Waiting(IRenderedComponent<QueuePage> page) =>
        page.FindAll("table")[^1].QuerySelectorAll("tbody .run-number").Select(n => long.Parse(n.TextContent[1..], System.Globalization.CultureInfo.InvariantCulture));

    private void Answer(string reason)
    {
        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += _ => confirmation.Reply(new Answer(reason));
    }
}
