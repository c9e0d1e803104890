using Bunit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Downtimes;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Downtimes;

/// <summary>The clock of these tests jumps, which the engine takes for a machine that slept.</summary>
public sealed class DowntimePageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Fact]
    public void None_SaysSo_AndTheDashboardHasNoBanner()
    {
        var page = Render<DowntimesPage>();
        page.WaitForAssertion(() => Assert.Equal("No downtime", page.Find(".empty-title").TextContent), Patience);
        Assert.Equal("", Render<DowntimeBanner>().Markup.Trim());
        Assert.Contains("There is no downtime 7", Render<DowntimePage>(p => p.Add(d => d.Id, 7)).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Banner_SaysWhatWasMissed_UntilAPersonDismissesIt()
    {
        await SaveAsync("shop", schedule: "*/10 * * * *");
        await SaveAsync("till", more: """ "missedRuns": "Skip" """, schedule: "*/10 * * * *");
        await JumpAsync(TimeSpan.FromMinutes(40), rows: 5);
        var banner = Render<DowntimeBanner>();
        banner.WaitForAssertion(() => Assert.Matches("Clock set forward .*10:00.* – .*10:40.*8 due times missed in 2 schedules", Plain(banner.Find("strong").TextContent)), Patience);

        await banner.FindAll("button").Single(b => b.TextContent == "Dismiss").ClickAsync(new());

        banner.WaitForAssertion(() => Assert.Equal("", banner.Markup.Trim()), Patience);
        var list = Render<DowntimesPage>();
        list.WaitForAssertion(() => Assert.Contains("Clock set forward", list.Find("tbody tr").TextContent, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task Sheet_SaysWhatEachScheduleMissed_AndOneThatWasSkippedCanRunNow()
    {
        await SaveAsync("shop", schedule: "*/10 * * * *");
        await SaveAsync("till", more: """ "missedRuns": "Skip" """, schedule: "*/10 * * * *");
        await JumpAsync(TimeSpan.FromMinutes(40), rows: 5);
        var page = await OpenAsync();

        page.WaitForAssertion(() => Assert.Contains("One catch-up run for all 4", Row(page, "shop"), StringComparison.Ordinal), Patience);
        Assert.Contains("4 skipped: its missed runs are skipped", Row(page, "till"), StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button[aria-label='Run now: shop']")); // it has its catch-up run

        await page.Find("button[aria-label='Run now: till']").ClickAsync(new());

        await Eventually.Async(async () => (await RunQueries.ListAsync(new RunFilter { Schedule = "till", TriggerType = TriggerType.Manual }, CancellationToken.None)) is [{ RequestedBy: "ana@example.com" }]);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("button[aria-label='Run now: till']")), Patience);
    }

    [Fact]
    public async Task MoreThanADay_Asks_AndTheAnswerRunsThem()
    {
        await SaveAsync("shop", schedule: "0 * * * *");
        await JumpAsync(TimeSpan.FromHours(31), rows: 1);
        var banner = Render<DowntimeBanner>();
        banner.WaitForAssertion(() => Assert.Contains("31 wait for an answer", banner.Markup, StringComparison.Ordinal), Patience);
        Assert.DoesNotContain(banner.FindAll("button"), b => b.TextContent == "Dismiss");
        var page = await OpenAsync();
        page.WaitForAssertion(() => Assert.Contains("31 wait for an answer", Row(page, "shop"), StringComparison.Ordinal), Patience);
        Services.GetRequiredService<Confirmation>().Asked += _ => Services.GetRequiredService<Confirmation>().Reply(new Answer(""));

        await page.FindAll("button").Single(b => b.TextContent == "Run them").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Contains("One catch-up run for all 31", Row(page, "shop"), StringComparison.Ordinal), Patience);
        Assert.DoesNotContain(page.FindAll("button"), b => b.TextContent == "Skip them");
    }

    [Fact]
    public async Task AViewer_IsToldThatAnOperatorAnswers()
    {
        await SaveAsync("shop", schedule: "0 * * * *");
        await JumpAsync(TimeSpan.FromHours(31), rows: 1);
        BecomeViewer();
        var page = await OpenAsync();
        page.WaitForAssertion(() => Assert.Contains("An operator has to answer.", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Empty(page.FindAll("button"));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("0", 0)]
    [InlineData("2d", 48)]
    public void Setting_IsALengthOfTime(string? text, int? hours) =>
        Assert.Equal(hours is { } h ? TimeSpan.FromHours(h) : (TimeSpan?)null, ServerSettings.CatchUpAsk(Configuration(text)));

    [Fact]
    public void Setting_ThatIsNone_NamesItselfAndWhatWouldBeRight()
    {
        var refused = Assert.Throws<InvalidInputException>(() => ServerSettings.CatchUpAsk(Configuration("soon")));
        Assert.Equal("SCHEDULER_CATCHUP_ASK: must be a length of time such as 24h or 2d, or 0 to be never asked; found \"soon\"", refused.Message);
    }

    private static IConfiguration Configuration(string? text) => new ConfigurationBuilder().AddInMemoryCollection([new("SCHEDULER_CATCHUP_ASK", text)]).Build();

    /// <summary>Lets the engine look at the clock, and sets it forward.</summary>
    private async Task JumpAsync(TimeSpan by, int rows)
    {
        await SaveAsync("tick", schedule: "at(2026-11-21T09:00:01Z)");
        await StartEngineAsync();
        Clock.Advance(TimeSpan.FromSeconds(2));
        await Eventually.Async(async () => (await RunQueries.ListAsync(new RunFilter { Schedule = "tick" }, CancellationToken.None)).Count == 1);
        Clock.Advance(by);
        await Eventually.Async(async () => (await RunQueries.ListAsync(new RunFilter(), CancellationToken.None)).Count == rows + 1);
    }

    private async Task<IRenderedComponent<DowntimePage>> OpenAsync()
    {
        var id = (await Services.GetRequiredService<DowntimeQueries>().ListAsync(null, 10, CancellationToken.None)).Single().Id;
        return Render<DowntimePage>(p => p.Add(d => d.Id, id));
    }

    private static string Row(IRenderedComponent<DowntimePage> page, string schedule) => page.FindAll(".sheet tbody tr").Single(r => r.QuerySelector(".name")!.TextContent == schedule).TextContent;

    private static string Plain(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
