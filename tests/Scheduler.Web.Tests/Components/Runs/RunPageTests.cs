using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Runs;
using Scheduler.Web.Components.Runs.Log;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Runs;

public sealed class RunPageTests : CorePageTest
{
    [Fact]
    public void AnUnknownRun_IsFriendlyAboutIt()
    {
        var page = Open(4711);

        Assert.Equal("There is no run 4711", page.Find("h1").TextContent);
        Assert.Equal("/runs", page.Find("a.button").GetAttribute("href"));
    }

    [Fact]
    public async Task ARun_TurnsFromQueuedToItsEnd_WithoutReloading()
    {
        await SaveAsync("fine", """{ "lines": 3 }""");
        var page = Open(await RunAsync("fine"));
        Assert.Equal("Queued", page.Find(".result .word").TextContent);

        await StartEngineAsync();

        page.WaitForAssertion(() => Assert.Equal("Succeeded", page.Find(".result .word").TextContent), TimeSpan.FromSeconds(10));
        Assert.Contains("wrote 3 lines", page.Find(".result-words").TextContent, StringComparison.Ordinal);
        Assert.Equal(["Queued", "Started", "Succeeded"], page.FindAll(".step-name").Select(s => s.TextContent));
        Assert.Contains("timezone: Europe/Berlin", page.Find(".yaml").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatBroughtItAbout_AndWhatItOverrides_StandsThereAfterTheEndToo()
    {
        await SaveAsync("fine");
        await StartEngineAsync();
        var id = (await Control.RunNowAsync("fine", new RunRequest { Emergency = true, Reason = "<b>leak</b>", Overrides = new Overrides(Concurrency: true, RateLimits: true) }, Ana, CancellationToken.None))!.Value;
        var page = Open(id);

        page.WaitForAssertion(() => Assert.Equal("Succeeded", page.Find(".result .word").TextContent), TimeSpan.FromSeconds(10));
        var facts = page.FindAll(".fact").ToDictionary(f => f.QuerySelector("dt")!.TextContent, f => f.QuerySelector("dd")!.TextContent.Trim());
        Assert.Equal(("<b>leak</b>", "concurrency and rate limits", "emergency by ana@example.com"), (facts["Started because"], facts["Overrides"], facts["Why started"]));
    }

    [Fact]
    public async Task Cancel_AsksFirst_AndIsDone()
    {
        await SaveAsync("fine");
        var id = await RunAsync("fine");
        var page = Open(id);
        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += question => confirmation.Reply(question.Title == $"Cancel run {id} of fine?" ? new Answer("") : null);

        await page.FindAll("button").Single(b => b.TextContent == "Cancel").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Equal("Cancelled", page.Find(".result .word").TextContent), TimeSpan.FromSeconds(10));
        Assert.Contains("by ana@example.com", page.Find(".result-words").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAgain_QueuesANewRun_AndGoesThere()
    {
        await SaveAsync("fine");
        var id = await RunAsync("fine");
        await Control.CancelAsync(id, Ana, CancellationToken.None);
        var page = Open(id);

        await page.FindAll("button").Single(b => b.TextContent == "Run again").ClickAsync(new());

        Assert.EndsWith($"/runs/{id + 1}", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
        Assert.Equal("Repeats run 1.", (await RunQueries.GetAsync(id + 1, CancellationToken.None))!.Occasion);
    }

    [Fact]
    public async Task AViewer_HasNoButtons()
    {
        BecomeViewer();
        await SaveAsync("fine");

        var page = Open(await RunAsync("fine"));

        Assert.Empty(page.FindAll(".page-header button"));
    }

    [Fact]
    public async Task Log_HostileLines_AreTextAndNothingElse()
    {
        await SaveAsync("fine");
        var id = await RunAsync("fine");
        WriteLog(id, ["2026-11-21T08:00:00.000Z err <img src=x onerror=alert(1)> \e[31mred\e[0m", "2026-11-21T08:00:00.500Z out </pre><script>alert(2)</script>"]);

        var page = Open(id, "log");

        Assert.Empty(page.FindAll("img, script"));
        Assert.Contains("&lt;img src=x", page.Markup, StringComparison.Ordinal);
        Assert.Equal("err", page.Find("#L1 .log-stream").TextContent);
        Assert.Equal("red", page.Find("#L1 .ansi-red").TextContent);
        Assert.Equal("09:00:00.500", page.Find("#L2 .log-time").TextContent);   // the schedule is in Berlin
    }

    [Fact]
    public async Task Log_GrowsWhileItFollows_AndOnlyCountsAfterwards()
    {
        await SaveAsync("fine");
        var id = await RunAsync("fine");
        WriteLog(id, [Line(1)]);
        var page = Open(id, "log");
        var view = page.FindComponent<RunLogView>();

        WriteLog(id, [Line(2)]);
        Announce(id);
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll(".log-line").Count), TimeSpan.FromSeconds(10));

        await page.InvokeAsync(() => view.Instance.Follow(false));
        WriteLog(id, [Line(3), Line(4)]);
        Announce(id);
        page.WaitForAssertion(() => Assert.Equal("↓ 2 new", page.Find(".log-new").TextContent), TimeSpan.FromSeconds(10));
        Assert.Equal(2, page.FindAll(".log-line").Count);

        await page.Find(".log-new").ClickAsync(new());
        Assert.Equal(4, page.FindAll(".log-line").Count);
    }

    [Fact]
    public async Task Log_Search_MarksAndWalksTheMatches()
    {
        await SaveAsync("fine");
        var id = await RunAsync("fine");
        WriteLog(id, Enumerable.Range(1, 3000).Select(n => Line(n, n % 1000 == 0 ? "needle" : "hay")));
        var page = Open(id, "log");

        page.Find("#log-q").Input("NEEDLE");
        await page.Find(".log-search").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal("3 of 3 lines", page.Find(".log-search .log-count").TextContent), TimeSpan.FromSeconds(10));
        Assert.Equal("needle", page.Find(".log-line.found mark").TextContent);

        await page.Find(".log-search").SubmitAsync();   // once more: the next, and after the last the first
        Assert.Equal("1 of 3 lines", page.Find(".log-search .log-count").TextContent);
        Assert.Equal("L1000", page.Find(".log-line.found").Id);
    }

    [Fact]
    public async Task Log_AnAddressWithALine_ShowsThatLine()
    {
        await SaveAsync("fine");
        var id = await RunAsync("fine");
        WriteLog(id, Enumerable.Range(1, 5000).Select(n => Line(n)));

        var page = Open(id, "log", "#L120-122");

        Assert.Equal(["L120", "L121", "L122"], page.FindAll(".log-line.chosen").Select(l => l.Id));
    }

    [Fact]
    public async Task Findings_NoneBecauseNothingWasLookedAt_IsSaidSo()
    {
        await SaveAsync("fine");
        await StartEngineAsync();
        var run = await RunToEndAsync("fine");

        Assert.Equal("This run reported no findings", Open(run.Id, "findings").Find(".empty-title").TextContent);
    }

    [Fact]
    public void Evidence_WithAComparison_MarksTheLinesThatWentAndCame_AndHostileOnesAreText()
    {
        const string Text = "before: 3 B\nnow: 4 B\n- no line yet\n\n@@ line 1 @@\n same\n-<b>old</b>\n+</pre><script>alert(1)</script>";

        var shown = Render<EvidenceText>(p => p.Add(x => x.Text, Text));

        Assert.Equal(["@@ line 1 @@", "-<b>old</b>", "+</pre><script>alert(1)</script>"], shown.FindAll(".evidence-place, .evidence-gone, .evidence-came").Select(l => l.TextContent.TrimEnd()));
        Assert.Equal(Text, shown.Find("pre").TextContent.TrimEnd());
        Assert.Empty(shown.FindAll("script, b"));
    }

    [Fact]
    public void Evidence_OfOtherSorts_StandsAsItIs()
    {
        var shown = Render<EvidenceText>(p => p.Add(x => x.Text, "-1 is + what\nit said"));

        Assert.Equal("-1 is + what\nit said", shown.Find("pre").TextContent);
        Assert.Empty(shown.FindAll("span"));
    }

    private IRenderedComponent<RunPage> Open(long id, string? tab = null, string fragment = "")
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo($"/runs/{id}{(tab is null ? "" : $"?tab={tab}")}{fragment}");
        var page = Render<RunPage>(p => p.Add(x => x.Id, id));
        page.WaitForState(() => page.FindAll(".result, .empty-state").Count > 0, TimeSpan.FromSeconds(10));
        return page;
    }

    private void Announce(long id) => Services.GetRequiredService<Core.Live.LiveFeed>().Publish(new Core.Live.LiveChange.LogGrew(id));

    private static string Line(int number, string text = "line") => $"2026-11-21T08:00:00.000Z out {text} {number}".Replace($"needle {number}", "needle", StringComparison.Ordinal);
}
