using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Backfills;
using Scheduler.Web.Components.Backfills;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Backfills;

public sealed class BackfillPagesTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private BackfillQueries Queries => Services.GetRequiredService<BackfillQueries>();
    private BackfillControl Backfilling => Services.GetRequiredService<BackfillControl>();

    [Fact]
    public void List_WithoutAny_SaysWhatOneIsFor()
    {
        var page = Render<BackfillsPage>();
        page.WaitForAssertion(() => Assert.Contains("No backfills", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Empty(page.FindAll("table"));
    }

    [Fact]
    public async Task List_ShowsGapsAndHowFarEachIs()
    {
        await SaveAsync("shop", schedule: "0 0 * * *");
        await MissAsync("shop", Clock.GetUtcNow().AddDays(-2), 3);
        await LaunchAsync("shop", "2026-01-01", "2026-01-04");
        var page = Render<BackfillsPage>();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tbody tr").Count), Patience);
        Assert.Equal("3", page.Find("#missed td[data-label=Missed]").TextContent);
        Assert.StartsWith("/backfills/new?schedule=shop&from=", page.Find("#missed .actions a").GetAttribute("href"), StringComparison.Ordinal);
        var row = page.Find(".backfills-table tbody tr");
        Assert.Contains("#1 shop", row.TextContent, StringComparison.Ordinal);
        Assert.Equal("4 slots: 4 waiting", row.QuerySelector(".slot-bar")!.GetAttribute("aria-label"));
    }

    [Fact]
    public async Task New_ShowsEachSlotWithItsFate_AndTickingOneOffTakesItOut()
    {
        await SaveAsync("shop", schedule: "0 0 * * *");
        var page = OpenNew("schedule=shop&from=2026-01-01&to=2026-01-03");
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll(".plan-table tbody tr").Count), Patience);
        Assert.All(page.FindAll(".plan-table tbody tr"), r => Assert.Contains("It never ran: the schedule was made later.", r.TextContent, StringComparison.Ordinal));
        Assert.Contains("can't tell what was there then", page.Markup, StringComparison.Ordinal);
        Assert.Equal("Launch 3 runs", page.Find(".launch button").TextContent);

        page.FindAll(".plan-table input")[1].Change(false);

        page.WaitForAssertion(() => Assert.Equal("Launch 2 runs", page.Find(".launch button").TextContent), Patience);
        Assert.Contains("Ticked off", page.FindAll(".plan-table tbody tr")[1].TextContent, StringComparison.Ordinal);
        page.Find("#bf-note").Change("after the outage");
        page.Find(".launch button").Click();

        page.WaitForAssertion(() => Assert.EndsWith("/backfills/1", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal), Patience);
        var backfill = (await Queries.GetAsync(1, default))!;
        Assert.Equal((2, 1, "after the outage", Ana.Name), (backfill.Slots.ToRun, backfill.Slots.Skipped, backfill.Note, backfill.CreatedBy));
    }

    [Theory]
    [InlineData("schedule=nobody", "#bf-schedule-errors", "there is no schedule \"nobody\"")]
    [InlineData("schedule=shop&from=2026-01-03&to=2026-01-01", "#bf-to-errors", "must not be before from")]
    [InlineData("schedule=shop&from=2026-01-01&to=2026-01-03&parallel=99", "#bf-parallel-errors", "must be from 1 to 16, the slots of pool light; found 99")]
    [InlineData("schedule=shop&from=2026-01-01&to=2026-01-03&hours=late", "#bf-hours-errors", "must be two times of day such as 22:00-06:00")]
    [InlineData("schedule=manual&from=2026-01-01&to=2026-01-03", "#bf-schedule-errors", "manual runs only when somebody starts it: it has no past occurrences to backfill")]
    [InlineData("schedule=often&from=2026-01-01&to=2026-01-08", "#bf-to-errors", "the range holds 11,520 occurrences; a backfill takes at most 10,000: choose a shorter range")]
    public async Task New_WhatCannotBe_IsSaidAtItsField(string query, string field, string message)
    {
        await SaveAsync("shop", schedule: "0 0 * * *");
        await SaveAsync("manual");
        await SaveAsync("often", schedule: "* * * * *");
        var page = OpenNew(query);
        page.WaitForAssertion(() => Assert.Equal(message, page.Find(field).TextContent.Trim()), Patience);
    }

    [Fact]
    public async Task New_OfAScheduleWithAGap_OffersTheGapFirst()
    {
        await SaveAsync("shop", schedule: "0 0 * * *");
        await MissAsync("shop", Clock.GetUtcNow().AddDays(-2), 1);
        var page = OpenNew("schedule=shop");
        page.WaitForAssertion(() => Assert.Equal("The missed run", page.Find(".presets a").TextContent), Patience);
        Assert.Single(page.FindAll(".plan-table tbody tr"));
        Assert.Contains("It did not run: the scheduler was down.", page.Find(".plan-table tbody").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detail_ShowsEachSlot_AndItsActsReachTheCore()
    {
        await SaveAsync("shop", schedule: "0 0 * * *");
        await LaunchAsync("shop", "2026-01-01", "2026-01-05");
        var page = Render<BackfillPage>(p => p.Add(b => b.Id, 1));
        page.WaitForAssertion(() => Assert.Equal(5, page.FindAll(".slot-grid .slot").Count), Patience);
        Assert.Equal("5 slots: 5 waiting", page.Find(".slot-grid").GetAttribute("aria-label"));
        Button(page, "Pause").Click();
        page.WaitForAssertion(() => Assert.Contains("Paused by ana@example.com.", page.Markup, StringComparison.Ordinal), Patience);
        Button(page, "Resume").Click();
        page.WaitForAssertion(() => Assert.False(Button(page, "Pause").HasAttribute("disabled")), Patience);
        page.Find("button[aria-label='Slow down to 2 at once']").Click();
        page.WaitForAssertion(() => Assert.NotNull(page.Find("button[aria-label='Slow down to 1 at once']")), Patience);
        Assert.Equal((BackfillState.Running, 2), await Queries.GetAsync(1, default) is { } b ? (b.State, b.Parallel) : default);
    }

    [Fact]
    public async Task Detail_ForAViewer_HasNoActs()
    {
        await SaveAsync("shop", schedule: "0 0 * * *");
        await LaunchAsync("shop", "2026-01-01", "2026-01-05");
        BecomeViewer();
        var page = Render<BackfillPage>(p => p.Add(b => b.Id, 1));
        page.WaitForAssertion(() => Assert.Equal(5, page.FindAll(".slot-grid .slot").Count), Patience);
        Assert.Empty(page.FindAll("button"));
    }

    [Fact]
    public async Task Detail_OfVeryMany_SharesCells()
    {
        await SaveAsync("often", schedule: "* * * * *");
        await LaunchAsync("often", "2026-01-01T00:00", "2026-01-04T23:59");
        var page = Render<BackfillPage>(p => p.Add(b => b.Id, 1));
        page.WaitForAssertion(() => Assert.Equal(5760 / 3, page.FindAll(".slot-grid .slot").Count), Patience);
        Assert.Contains("a cell stands for up to 3 slots", page.Find(".slot-key").TextContent, StringComparison.Ordinal);
        Assert.Equal(50, page.FindAll("tbody tr").Count);
    }

    [Fact]
    public void Detail_OfNone_SaysSo()
    {
        var page = Render<BackfillPage>(p => p.Add(b => b.Id, 99));
        page.WaitForAssertion(() => Assert.Contains("There is no backfill 99", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task GapsNotice_CountsSchedulesForTheDashboard_AndRunsForOneSchedule()
    {
        await SaveAsync("shop", schedule: "0 0 * * *");
        await SaveAsync("till", schedule: "0 0 * * *");
        Assert.Empty(Render<GapsNotice>().Markup.Trim());
        await MissAsync("shop", Clock.GetUtcNow().AddDays(-2), 4);
        await MissAsync("till", Clock.GetUtcNow().AddDays(-2), 1);
        Assert.Contains("2 schedules have missed runs: show", Render<GapsNotice>().Find(".gaps-line").TextContent, StringComparison.Ordinal);
        var notice = Render<GapsNotice>(p => p.Add(n => n.Schedule, "shop"));
        Assert.Contains("4 runs were missed", notice.Markup, StringComparison.Ordinal);
        Assert.Equal("Backfill them", notice.Find("a").TextContent);
    }

    [Fact]
    public void Address_KeepsEverythingThatWasChosen()
    {
        const string href = "/backfills/new?schedule=a%20b&from=2026-01-01&to=2026-01-02&mode=All&order=NewestFirst&failure=Retry&parallel=2&hours=22%3A00-06%3A00&show=run&page=3";
        var address = BackfillAddress.Read("a b", "2026-01-01", "2026-01-02", "all", "newestfirst", "retry", 2, "22:00-06:00", "run", 3);
        Assert.Equal(href, address.Href);
        Assert.Equal(new BackfillAddress(), BackfillAddress.Read(" ", "", null, "some", "9", "panic", null, "", "none", -1)); // what makes no sense is left out
    }

    private IRenderedComponent<BackfillNewPage> OpenNew(string query)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo($"/backfills/new?{query}");
        return Render<BackfillNewPage>();
    }

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<BackfillPage> page, string text) => page.FindAll("button").Single(b => b.TextContent.Trim() == text);

    private Task<long?> LaunchAsync(string schedule, string from, string to) =>
        Backfilling.LaunchAsync(new BackfillRequest { Schedule = schedule, From = from, To = to, Mode = BackfillMode.All }, Ana, default);

    /// <summary>As the dispatcher records what it finds after a time in which nobody was there.</summary>
    private Task MissAsync(string name, DateTimeOffset day, int count)
    {
        var midnight = new DateTimeOffset(day.UtcDateTime.Date, TimeSpan.Zero).AddHours(-1); // in Berlin, in winter
        return PastRuns.MissAsync(Services, name, [.. Enumerable.Range(0, count).Select(i => midnight.AddDays(-i))]);
    }
}
