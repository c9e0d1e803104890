using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Emergencies;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Emergencies;

public sealed class EmergencyPageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private EmergencyQueries Emergencies => Services.GetRequiredService<EmergencyQueries>();

    [Fact]
    public async Task Labels_AsTheyAreTyped_ShowWhomTheyTake()
    {
        await LabelledAsync("shop", "web");
        await LabelledAsync("till", "web");
        await LabelledAsync("vault", "db");
        var page = Open("/emergency");
        Assert.Contains("No label yet", page.Markup, StringComparison.Ordinal);
        Assert.Equal(["team=web 2", "team=db 1"], page.FindAll(".known button").Select(b => b.TextContent));

        page.Find("#e-labels").Input("team=web");

        page.WaitForAssertion(() => Assert.Equal(["shop", "till"], page.FindAll("tbody .name").Select(n => n.TextContent)), Patience);
        Assert.Equal("All 2 start at once.", page.Find(".outlook").TextContent);
        Assert.Contains("Start 2 runs", page.Find("button[type=submit]").TextContent, StringComparison.Ordinal);
        await page.Find(".known button:last-child").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Equal(["vault"], page.FindAll("tbody .name").Select(n => n.TextContent)), Patience);
        Assert.EndsWith("/emergency?labels=team%3Ddb", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
        page.Find("#e-labels").Input("team=nobody");
        page.WaitForAssertion(() => Assert.Contains("No schedule has these labels", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task ABlackout_IsShown_AndTickedOverIsToldSo()
    {
        await LabelledAsync("shop", "web");
        await Services.GetRequiredService<BlackoutEditor>().CreateAsync(new BlackoutDraft { Name = "Freeze", From = Now, Until = Now.AddHours(2) }, Ana, CancellationToken.None);
        var page = Open("/emergency?labels=team%3Dweb");
        page.WaitForAssertion(() => Assert.Equal("None starts at once; 1 waits for the end of a blackout.", page.Find(".outlook").TextContent), Patience);
        Assert.Contains("blackout Freeze until", page.Find(".held").TextContent, StringComparison.Ordinal);

        page.Find("#e-tick-1").Change(true);

        Assert.Equal("It starts at once.", page.Find(".outlook").TextContent);
        Assert.Contains("overridden", page.Find(".held").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("team=web", "", "#e-reason-errors", "is required")]
    [InlineData("", "leak", "#e-labels-errors", "is required")]
    [InlineData("web", "leak", "#e-labels-errors", "must be key=value")]
    [InlineData("team=nobody", "leak", "#e-labels-errors", "no active or paused schedule has them all")]
    public async Task Start_WhatMakesNoSense_IsSaidAtItsField(string labels, string reason, string field, string words)
    {
        await LabelledAsync("shop", "web");
        var page = Open("/emergency");
        page.Find("#e-labels").Input(labels);
        page.Find("#e-reason").Change(reason);

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains(words, page.Find(field).TextContent, StringComparison.Ordinal), Patience);
        Assert.Empty(await Emergencies.ListAsync(null, 10, CancellationToken.None));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Start_AsksFirst_AndGoesToTheBoard(bool yes, int emergencies)
    {
        await LabelledAsync("shop", "web");
        var page = Open("/emergency?labels=team%3Dweb");
        Question? asked = null;
        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += question => { asked = question; confirmation.Reply(yes ? new Answer("") : null); };
        page.Find("#e-reason").Change("Log4Shell");
        page.Find("#e-tick-0").Change(true);
        page.Find("#e-tick-2").Change(true);

        await page.Find("form").SubmitAsync();

        Assert.Equal(("Start 1 emergency run?", "team=web. It starts at once. Overridden: concurrency and rate limits."), (asked!.Title, asked.Text));
        var stored = await Emergencies.ListAsync(null, 10, CancellationToken.None);
        Assert.Equal(emergencies, stored.Count);
        if (!yes) return;
        Assert.Equal(("Log4Shell", new Overrides(Concurrency: true, RateLimits: true), Ana.Name), (stored[0].Reason, stored[0].Overrides, stored[0].By));
        Assert.EndsWith("/emergencies/1", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Board_FillsWhileItRuns_AndStopAllEndsIt()
    {
        await LabelledAsync("shop", "web", """{ "outcome": "hang" }""");
        await LabelledAsync("till", "web");
        await SweepAsync();
        var board = Render<EmergencyBoardPage>(p => p.Add(b => b.Id, 1));
        board.WaitForAssertion(() => Assert.Equal(["0", "2", "0", "0", "0"], Counts(board)), Patience);
        Assert.Contains("leak", board.Find("q").TextContent, StringComparison.Ordinal);

        await StartEngineAsync();
        board.WaitForAssertion(() => Assert.Equal(["1", "0", "1", "0", "0"], Counts(board)), Patience);
        Assert.Equal(["shop", "till"], board.FindAll("tbody .name").Select(n => n.TextContent)); // where they stood

        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += question => confirmation.Reply(question.Title == "Stop all of emergency 1?" ? new Answer("") : null);
        await board.FindAll("button").Single(b => b.TextContent == "Stop all").ClickAsync(new());

        board.WaitForAssertion(() => Assert.Equal(["0", "0", "1", "0", "1"], Counts(board)), Patience);
        Assert.DoesNotContain(board.FindAll("button"), b => b.TextContent == "Stop all");
        Assert.Equal("2 of 2 ended", board.Find("[role=status]").TextContent);
    }

    [Fact]
    public async Task Board_OfOneState_ShowsThoseAlone_AndAViewerHasNoButton()
    {
        await LabelledAsync("shop", "web");
        await SweepAsync();
        BecomeViewer();
        Services.GetRequiredService<NavigationManager>().NavigateTo("/emergencies/1?state=failed");
        var board = Render<EmergencyBoardPage>(p => p.Add(b => b.Id, 1));
        board.WaitForAssertion(() => Assert.Contains("None is failed", board.Markup, StringComparison.Ordinal), Patience);
        Assert.Empty(board.FindAll("tbody tr"));
        Assert.DoesNotContain("Stop all", board.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Board_OfNothing_IsFriendlyAboutIt()
    {
        var board = Render<EmergencyBoardPage>(p => p.Add(b => b.Id, 4711));
        board.WaitForAssertion(() => Assert.Equal("There is no emergency 4711", board.Find("h1").TextContent), Patience);
    }

    [Fact]
    public async Task List_ShowsThePastOnes_NewestFirst()
    {
        var list = Render<EmergenciesPage>();
        list.WaitForAssertion(() => Assert.Contains("No emergencies", list.Markup, StringComparison.Ordinal), Patience);
        await LabelledAsync("shop", "web");
        await SweepAsync();
        await SweepAsync();
        list.WaitForAssertion(() => Assert.Equal(["Emergency 2", "Emergency 1"], list.FindAll("tbody .name").Select(n => n.TextContent)), Patience);
        Assert.Contains("1 to go", list.Find("tbody tr").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 2, 1, 1, 0, "2 of 4 start at once; 1 waits for a slot, 1 for a run that goes on.")]
    [InlineData(1, 1, 0, 0, 0, "It starts at once.")]
    [InlineData(3, 3, 0, 0, 0, "All 3 start at once.")]
    [InlineData(3, 0, 0, 0, 3, "None starts at once; 3 wait for the end of a blackout.")]
    [InlineData(2, 1, 1, 0, 0, "1 of 2 starts at once; 1 waits for a slot.")]
    public void Outlook_InWords(int runs, int atOnce, int forSlot, int behind, int blackout, string words) =>
        Assert.Equal(words, EmergencyWords.Outlook([new SweepOutlook("scan", runs, atOnce, forSlot, blackout, behind)]));

    private static List<string> Counts(IRenderedComponent<EmergencyBoardPage> board) => board.FindAll(".stat-value").Select(v => v.TextContent.Trim()).ToList();

    private IRenderedComponent<EmergencyPage> Open(string address)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        var page = Render<EmergencyPage>();
        page.WaitForAssertion(() => page.Find("#e-labels"), Patience);
        return page;
    }

    private async Task LabelledAsync(string name, string team, string options = "{}")
    {
        await SaveAsync(name, options);
        await Services.GetRequiredService<ScheduleEditor>().SetLabelAsync(name, "team", team, Ana, CancellationToken.None);
    }

    private Task SweepAsync() => Services.GetRequiredService<EmergencyControl>().SweepAsync(
        new SweepRequest { Labels = new Dictionary<string, string> { ["team"] = "web" }, Reason = "leak" }, Ana, CancellationToken.None);
}
