using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Runs;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Runs;

public sealed class RunsPageTests : CorePageTest
{
    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();

    [Fact]
    public void NothingHasRun_SaysWhatToDo()
    {
        var page = Open("/runs");

        Assert.Equal("Nothing has run yet", page.Find(".empty-title").TextContent);
        Assert.Equal("/welcome", page.Find(".empty-state a[href='/welcome']").GetAttribute("href"));
    }

    [Fact]
    public async Task NoFailedRuns_SaysHowManySucceeded()
    {
        await SaveAsync("fine");
        await StartEngineAsync();
        await RunToEndAsync("fine");

        Assert.Equal("No failed runs in 24 h (1 succeeded)", Open("/runs?tab=failed").Find(".empty-title").TextContent);
    }

    [Fact]
    public async Task Tabs_CountTheirRuns_AndFailedSaysWhy()
    {
        await SaveAsync("fine");
        await SaveAsync("bad", """{ "outcome": "fail" }""");
        await StartEngineAsync();
        await RunToEndAsync("fine");
        await RunToEndAsync("bad");

        var page = Open("/runs?tab=failed");

        Assert.Equal(["Running0", "Failed (24 h)1", "All2"], page.FindAll(".tab").Select(t => t.TextContent.Trim()));
        Assert.Equal(["bad"], Names(page));
        Assert.Contains("failed, as its options asked for", page.Find(".row-why").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_TurnByThemselves_AndNewOnesCome()
    {
        await SaveAsync("fine");
        await RunAsync("fine");
        var page = Open("/runs");
        Assert.Equal("Queued", page.Find("tbody .word").TextContent);

        await StartEngineAsync();
        page.WaitForAssertion(() => Assert.Equal("Succeeded", page.Find("tbody .word").TextContent), TimeSpan.FromSeconds(10));
        await RunAsync("fine");

        page.WaitForAssertion(() => Assert.Equal(["#2", "#1"], Numbers(page)), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Held_NewRunsWaitBehindAButton_WhileRowsStillTurn()
    {
        await SaveAsync("fine");
        await RunAsync("fine");
        var page = Open("/runs");
        await page.InvokeAsync(() => page.Instance.HoldAsync(true));

        await StartEngineAsync();
        await RunAsync("fine");
        await RunAsync("fine");

        page.WaitForAssertion(() => Assert.Equal("2 new – show", page.Find(".show-newer").TextContent), TimeSpan.FromSeconds(10));
        page.WaitForAssertion(() => Assert.Equal("Succeeded", page.Find("tbody .word").TextContent), TimeSpan.FromSeconds(10));
        Assert.Equal(["#1"], Numbers(page));

        await page.Find(".show-newer").ClickAsync(new());
        Assert.Equal(["#3", "#2", "#1"], Numbers(page));
        Assert.Empty(page.FindAll(".show-newer"));
    }

    [Fact]
    public async Task LettingGo_ShowsWhatWaited()
    {
        await SaveAsync("fine");
        var page = Open("/runs");
        await page.InvokeAsync(() => page.Instance.HoldAsync(true));
        await RunAsync("fine");

        await page.InvokeAsync(() => page.Instance.HoldAsync(false));

        page.WaitForAssertion(() => Assert.Equal(["#1"], Numbers(page)), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Pages_ForthAndBack_MissNoRun()
    {
        await SaveAsync("many");
        for (var i = 0; i < 120; i++) await RunAsync("many");

        var first = Open("/runs");
        Assert.Equal(("#120", "#71"), Ends(first));
        var second = Open(Link(first, "Older"));
        Assert.Equal(("#70", "#21"), Ends(second));
        var third = Open(Link(second, "Older"));
        Assert.Equal(("#20", "#1"), Ends(third));
        Assert.DoesNotContain(third.FindAll(".pager a"), a => a.TextContent == "Older");
        var back = Open(Link(third, "Newer"));
        Assert.Equal(("#70", "#21"), Ends(back));
        Assert.Equal(("#120", "#71"), Ends(Open(Link(back, "Newer"))));
    }

    [Fact]
    public async Task Filter_GoesIntoTheAddress_InUtc()
    {
        await SaveAsync("shop");
        var page = Open("/runs");

        page.Find("#f-schedule").Change("shop");
        page.Find("#f-status").Change("Failed");
        page.Find("#f-type").Change("Manual");
        page.Find("#f-from").Change("2026-11-21T08:00");   // the viewer is in Berlin
        await page.Find("form").SubmitAsync();

        Assert.EndsWith("/runs?schedule=shop&status=Failed&triggerType=Manual&from=2026-11-21T07%3A00%3A00Z", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filter_ASpanThatRunsBackwards_IsSaid()
    {
        var page = Open("/runs");

        page.Find("#f-from").Change("2026-11-21T08:00");
        page.Find("#f-to").Change("2026-11-20T08:00");
        await page.Find("form").SubmitAsync();

        Assert.Contains("No run can match", page.Find(".notice").TextContent, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("/runs", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFilteredList_ShowsOnlyItsRuns()
    {
        await SaveAsync("one");
        await SaveAsync("two");
        await RunAsync("one");
        await RunAsync("two");

        Assert.Equal(["two"], Names(Open("/runs?schedule=two")));
        Assert.Equal("No run matches", Open("/runs?status=Failed").Find(".empty-title").TextContent);
    }

    private IRenderedComponent<RunsPage> Open(string address)
    {
        Navigation.NavigateTo(address);
        var page = Render<RunsPage>();
        page.WaitForState(() => page.FindAll(".loading").Count == 0, TimeSpan.FromSeconds(10));
        return page;
    }

    private static string Link(IRenderedComponent<RunsPage> page, string text) => page.FindAll(".pager a").Single(a => a.TextContent == text).GetAttribute("href")!;
    private static IEnumerable<string> Names(IRenderedComponent<RunsPage> page) => page.FindAll("tbody .name").Select(n => n.TextContent);
    private static IEnumerable<string> Numbers(IRenderedComponent<RunsPage> page) => page.FindAll("tbody .run-number").Select(n => n.TextContent);
    private static (string, string) Ends(IRenderedComponent<RunsPage> page) => (Numbers(page).First(), Numbers(page).Last());
}
