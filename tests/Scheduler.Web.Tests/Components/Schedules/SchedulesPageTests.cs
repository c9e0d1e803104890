using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Schedules;

public sealed class SchedulesPageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private NavigationManager Navigation => Services.GetRequiredService<NavigationManager>();
    private ScheduleEditor Editor => Services.GetRequiredService<ScheduleEditor>();
    private ScheduleQueries Schedules => Services.GetRequiredService<ScheduleQueries>();

    [Fact]
    public async Task NothingThere_OffersThreeWays()
    {
        var page = Open("/schedules");

        Assert.Equal(["From a template", "Paste a crontab line", "Import YAML"], page.FindAll(".way h2").Select(h => h.TextContent));
        Assert.Equal("/schedules/new?yaml=1", page.Find(".way a[href*=yaml]").GetAttribute("href"));
        page.Find("#crontab-line").Change(" 0 2 * * 1-5 ");
        await page.Find("form.way").SubmitAsync();
        Assert.EndsWith("/schedules/new?schedule=0%202%20%2A%20%2A%201-5", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_StandByTheirNextRun_AndSayWhatTheyAre()
    {
        await AddAsync("late", "0 23 * * *", """ "labels": { "env": "prod" } """);
        await AddAsync("soon", "30 10 * * *", job: """{ "kind": "http", "targets": { "urls": ["http://127.0.0.1/", "http://127.0.0.1/x"] } }""");
        await AddAsync("hand", "manual");

        var page = Open("/schedules");

        Assert.Equal(["soon", "late", "hand"], Names(page));
        var cells = page.FindAll("tbody tr")[0].QuerySelectorAll("td").Select(c => c.TextContent.Trim()).ToList();
        Assert.Equal("http2 targets", cells[3]);
        Assert.StartsWith("At 10:30", cells[4], StringComparison.Ordinal);
        Assert.Equal("ana", cells[9]);
        Assert.Equal("/schedules?q=label%3Aenv%3Dprod", page.Find(".labels a").GetAttribute("href"));
        Assert.Equal("3 schedules", page.Find(".count").TextContent);
        Assert.Equal(["hand", "late", "soon"], Names(Open("/schedules?sort=name")));
    }

    [Fact]
    public async Task Filter_GoesIntoTheAddress_AndViewsCount()
    {
        await AddAsync("shop-a", "0 1 * * *", """ "labels": { "env": "prod" } """);
        await AddAsync("shop-b", "0 2 * * *");
        await AddAsync("other", "0 3 * * *", """ "labels": { "env": "prod" } """);
        await Editor.PauseAsync("other", null, "db move", Ana, default);

        var page = Open("/schedules");
        Assert.Equal(["All3", "Failing0", "Paused1", "Never ran3", "Not run in 2 periods0", "Mine3"], page.FindAll(".tab").Select(t => t.TextContent.Trim()));
        page.Find("#q").Change("label:env=prod shop");
        await page.Find("form.filters").SubmitAsync();
        Assert.EndsWith("/schedules?q=label%3Aenv%3Dprod%20shop", Navigation.Uri, StringComparison.Ordinal);

        var filtered = Open("/schedules?q=label%3Aenv%3Dprod%20shop");
        Assert.Equal(["shop-a"], Names(filtered));
        Assert.Equal(["Remove label:env=prod", "Remove shop"], filtered.FindAll(".term").Select(t => t.GetAttribute("aria-label")));
        Assert.Equal("/schedules?q=shop", filtered.Find(".term").GetAttribute("href"));
        Assert.Equal(["other"], Names(Open("/schedules?q=state:paused")));
        Assert.Equal(["other", "shop-a"], Names(Open("/schedules?label=env%3Dprod&sort=name"))); // a link from before
    }

    [Fact]
    public async Task UnknownTerms_GiveAHint_AndStayInTheBox()
    {
        await AddAsync("shop", "0 1 * * *");
        var page = Open("/schedules?q=colour%3Ared%20shop");
        Assert.Contains("There is no \"colour:\"", page.Find(".notice").TextContent, StringComparison.Ordinal);
        Assert.Equal("colour:red shop", page.Find("#q").GetAttribute("value"));
        Assert.Equal(["shop"], Names(page));
        Assert.Equal("No schedule matches", Open("/schedules?q=nothing").Find(".empty-title").TextContent);
    }

    [Fact]
    public async Task PausedRow_SaysUntilWhenWhoAndWhy()
    {
        await AddAsync("shop", "0 1 * * *");
        await Editor.PauseAsync("shop", Now.AddHours(22), "db move", Ana, default);
        var lines = Open("/schedules").FindAll(".pause > span");
        Assert.Equal(["Until Sun 22 Nov 08:00", "by ana: db move"], lines.Select(l => l.TextContent.Trim()));
    }

    [Fact]
    public async Task SelectTwo_PauseThemUntilTomorrow_SaysBeforeAndAfter()
    {
        await AddAsync("a", "0 1 * * *");
        await AddAsync("b", "0 2 * * *");
        await AddAsync("c", "0 3 * * *");
        await Editor.PauseAsync("c", null, null, Ana, default);
        var page = Open("/schedules");
        Assert.Empty(page.FindAll(".bulk"));

        page.Find("th.pick input").Change(true);
        Assert.Equal("3 selected", page.Find(".bulk strong").TextContent);
        _ = page.Find("[data-act-all=pause]").ClickAsync(new());
        page.WaitForElement("dialog form");
        Assert.StartsWith("2 will be paused, 1 is paused already.", page.Find("#pause-text").TextContent, StringComparison.Ordinal);
        await page.Find("input[value=Tomorrow]").ChangeAsync(new() { Value = "Tomorrow" });
        await page.Find("#pause-reason").InputAsync(new() { Value = "db move" });
        await page.Find("dialog form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll(".pause").Count), Patience);
        page.WaitForAssertion(() => Assert.Equal("2 paused.", Notice()), Patience); // the rows hear of it through the feed, perhaps first
        Assert.Equal(new SchedulePause(Ana.Name, Now, Now.AddHours(22), "db move"), (await Schedules.GetAsync("b", default))!.Summary.Pause);
        Assert.Null((await Schedules.GetAsync("c", default))!.Summary.Pause!.Until); // as it was
        Assert.Empty(page.FindAll(".bulk"));
    }

    [Fact]
    public async Task EmergencyRun_OfWhatIsSelected_GoesByTheLabelsThatAllHave()
    {
        await AddAsync("a", "0 1 * * *", """ "labels": { "env": "prod", "team": "web" } """);
        await AddAsync("b", "0 2 * * *", """ "labels": { "env": "prod", "team": "db" } """);
        await AddAsync("c", "0 3 * * *");
        var page = Open("/schedules");
        page.FindAll("td.pick input")[0].Change(true);
        Assert.Equal("/emergency?labels=env%3Dprod%2C%20team%3Dweb", page.Find(".bulk-acts a").GetAttribute("href"));
        page.FindAll("td.pick input")[1].Change(true);
        Assert.Equal("/emergency?labels=env%3Dprod", page.Find(".bulk-acts a").GetAttribute("href"));
        page.FindAll("td.pick input")[2].Change(true);
        Assert.Equal("/emergency", page.Find(".bulk-acts a").GetAttribute("href"));
    }

    [Fact]
    public async Task AddALabelToMany_AsksWithTheSummary_AndMakesARevisionEach()
    {
        await AddAsync("a", "0 1 * * *", """ "labels": { "env": "prod" } """);
        await AddAsync("b", "0 2 * * *");
        var page = Open("/schedules");
        var dialog = Render<ConfirmDialog>();
        page.Find("th.pick input").Change(true);

        _ = page.FindAll(".bulk-acts button")[3].ClickAsync(new());
        dialog.WaitForElement("#confirm-reason").Input("env=prod");
        _ = dialog.Find("form").SubmitAsync();
        dialog.WaitForAssertion(() => Assert.Equal("1 will get the label, 1 has it already.", dialog.Find("#confirm-text").TextContent), Patience);
        _ = dialog.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll(".labels a").Count), Patience);
        Assert.Equal("label env=prod set", (await Schedules.RevisionsAsync("b", 1, default))[0].Note);
        Assert.Single(await Schedules.RevisionsAsync("a", 10, default));
    }

    [Fact]
    public async Task Switch_PausesWithTheDialog_AndResumes()
    {
        await AddAsync("shop", "0 1 * * *");
        var page = Open("/schedules");
        Assert.Equal("true", page.Find(".switch").GetAttribute("aria-checked"));
        _ = page.Find(".switch").ClickAsync(new());
        page.WaitForElement("dialog form");
        await page.Find("dialog form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal("false", page.Find(".switch").GetAttribute("aria-checked")), Patience);
        Assert.Equal(Now.AddHours(1), (await Schedules.GetAsync("shop", default))!.Summary.Pause!.Until);

        await page.Find(".switch").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Equal("true", page.Find(".switch").GetAttribute("aria-checked")), Patience);
    }

    [Fact]
    public async Task AViewer_SeesRowsButNoActs()
    {
        await AddAsync("shop", "0 1 * * *");
        BecomeViewer();
        var page = Open("/schedules");
        Assert.Equal(["shop"], Names(page));
        Assert.Empty(page.FindAll("tbody button, tbody input, thead input, [data-new]"));
    }

    [Fact]
    public async Task Held_RowsChangeWhereTheyStand_AndAreOrderedOnceLetGo()
    {
        await AddAsync("a", "0 11 * * *");
        await AddAsync("b", "0 12 * * *");
        var page = Open("/schedules");
        await page.InvokeAsync(() => page.Instance.HoldAsync(true));

        await Editor.PauseAsync("a", null, null, Ana, default);
        page.WaitForAssertion(() => Assert.Equal("Paused", page.Find("tbody .word").TextContent), Patience);
        Assert.Equal(["a", "b"], Names(page));

        await page.InvokeAsync(() => page.Instance.HoldAsync(false));
        page.WaitForAssertion(() => Assert.Equal(["b", "a"], Names(page)), Patience);
    }

    [Fact]
    public async Task MoreThanAPage_IsTurned_AndTheOrderHolds()
    {
        for (var i = 0; i < 60; i++) await AddAsync($"n{i:00}", $"{i} 12 * * *");
        var first = Open("/schedules");
        Assert.Equal((50, "n00", "1 to 50 of 60"), (Names(first).Count, Names(first)[0], first.Find(".pager .small-print").TextContent));
        var second = Open(first.Find(".pager a[rel=next]").GetAttribute("href")!);
        Assert.Equal((10, "n50", "51 to 60 of 60"), (Names(second).Count, Names(second)[0], second.Find(".pager .small-print").TextContent));
    }

    [Fact]
    public async Task AView_IsSavedUnderAName_AndDeleted()
    {
        await AddAsync("shop", "0 1 * * *");
        var page = Open("/schedules?q=shop&sort=name");
        var dialog = Render<ConfirmDialog>();
        _ = page.FindAll(".terms button").Single(b => b.TextContent == "Save this view").ClickAsync(new());
        dialog.WaitForElement("#confirm-reason").Input("Shops");
        _ = dialog.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal("Shops", page.Find(".view.active").TextContent), Patience);

        var again = Open("/schedules");
        Assert.Equal("/schedules?q=shop&sort=name", again.Find(".view").GetAttribute("href"));
        var view = Open("/schedules?q=shop&sort=name");
        _ = view.FindAll(".terms button").Single(b => b.TextContent == "Delete this view").ClickAsync(new());
        dialog.WaitForElement("form");
        _ = dialog.Find("form").SubmitAsync();
        view.WaitForAssertion(() => Assert.Empty(view.FindAll(".view")), Patience);
    }

    private Task AddAsync(string name, string schedule, string metadata = "", string job = """{ "kind": "noop" }""") => Editor.SaveAsync(JsonElement.Parse(
        $$"""
        { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}"{{(metadata.Length > 0 ? "," + metadata : "")}} },
          "spec": { "schedule": "{{schedule}}", "timezone": "Europe/Berlin", "job": {{job}} } }
        """), new SaveRules(), Ana, CancellationToken.None);

    private IRenderedComponent<SchedulesPage> Open(string address)
    {
        Navigation.NavigateTo(address);
        var page = Render<SchedulesPage>();
        page.WaitForState(() => page.FindAll(".loading").Count == 0, Patience);
        return page;
    }

    private string? Notice() => Services.GetRequiredService<NotificationService>().Messages.LastOrDefault()?.Summary;

    private static IReadOnlyList<string> Names(IRenderedComponent<SchedulesPage> page) => page.FindAll("tbody .name").Select(n => n.TextContent).ToList();
}
