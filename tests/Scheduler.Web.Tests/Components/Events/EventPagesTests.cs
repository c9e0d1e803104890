using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Events;
using Scheduler.Web.Components.Events;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Events;

public sealed class EventPagesTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private EventIntake Intake => Services.GetRequiredService<EventIntake>();

    [Fact]
    public void NoEvents_SaysWhereTheyComeFrom()
    {
        var page = Render<EventsPage>();
        page.WaitForAssertion(() => Assert.Contains("No events yet", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public async Task List_SaysWhomEachFired_AndWhomNotAndWhy_AndFollowsNewOnes()
    {
        await SaveAsync("shop", schedule: "event(git.push)");
        await SaveAsync("main-only", schedule: "event(git.push)", more: """ "eventFilter": [{ "path": "data.ref", "op": "equals", "value": "main" }] """);
        await SendAsync("git.push", """{ "ref": "dev" }""", "ci");
        var page = Render<EventsPage>();
        page.WaitForAssertion(() => Assert.Single(page.FindAll("tbody tr")), Patience);
        var row = page.Find("tbody tr");
        Assert.Equal("shop#1", row.QuerySelector(".fired-one")!.TextContent);
        Assert.Equal("/runs/1", row.QuerySelector(".fired-one a")!.GetAttribute("href"));
        Assert.Equal(("ci", "1 filtered", """{"ref":"dev"}"""), (row.QuerySelector(".source-cell")!.TextContent.Trim(), row.QuerySelector(".not-fired")!.TextContent, row.QuerySelector(".event-data")!.TextContent));

        await SendAsync("other.type");
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tbody tr").Count), Patience);
        Assert.Contains("No schedule follows it", page.Find("tbody tr").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_StandInTheAddress()
    {
        await SendAsync("git.push", source: "ci");
        await SendAsync("git.tag", source: "hand");
        var page = Open<EventsPage>("/events?type=git.push&source=ci");
        page.WaitForAssertion(() => Assert.Single(page.FindAll("tbody tr")), Patience);
        Assert.Equal("git.push", page.Find("#e-type").GetAttribute("value"));

        page.Find("#e-type").Change("");
        page.Find("#e-source").Change("");
        page.Find("#e-outcome").Change(nameof(EventOutcome.Filtered));
        page.Find("#e-from").Change("2026-11-21T10:00");
        await page.Find("form").SubmitAsync();
        Assert.EndsWith("/events?outcome=Filtered&from=2026-11-21T09%3A00%3A00Z", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
        page.WaitForAssertion(() => Assert.Contains("No event matches", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public void Address_WhatMakesNoSense_IsLeftOut() =>
        Assert.Equal(new EventsAddress { Schedule = "shop" }, EventsAddress.Read(" ", null, " shop ", "7", "soon", "", "-1"));

    [Fact]
    public async Task Event_ShowsItsDataEncoded_AndEachVerdictInWords()
    {
        await SaveAsync("shop", schedule: "event(git.push)", more: """ "eventFilter": [{ "path": "data.ref", "op": "equals", "value": "main" }] """);
        var receipt = await SendAsync("git.push", """{ "ref": "<script>alert(1)</script>", "turn": "a\u202Eb" }""");
        var page = Render<EventPage>(p => p.Add(x => x.Id, receipt.Id));
        page.WaitForAssertion(() => page.Find("tbody tr"), Patience);
        Assert.Empty(page.FindAll("script"));
        Assert.Contains("\"ref\": \"<script>alert(1)</script>\"", page.Find(".event-json").TextContent, StringComparison.Ordinal);
        Assert.Contains("\\u202E", page.Find(".event-json").TextContent, StringComparison.Ordinal);
        Assert.Equal("Filtered", page.Find("tbody .state .word").TextContent);
        Assert.Contains("data.ref equals \"main\": found", page.Find(".verdict-why").TextContent, StringComparison.Ordinal);
        Assert.Contains("It started nothing; 1 filtered.", page.Find(".page-header-lead").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEventThatIsNotThere_IsSaid()
    {
        var page = Render<EventPage>(p => p.Add(x => x.Id, 99));
        page.WaitForAssertion(() => Assert.Contains("There is no event 99", page.Markup, StringComparison.Ordinal), Patience);
    }

    [Fact]
    public void LongData_IsCut() // the whole of it would be a megabyte of indentation
    {
        var shown = JsonView.Pretty($"[{string.Join(',', Enumerable.Range(0, 20_000))}]", out var cut);
        Assert.True(cut);
        Assert.Equal(JsonView.MostCharacters, shown.Length);
    }

    [Theory]
    [InlineData("git.push", "{ oops", "#send-data-errors", "is no JSON (line 1, column 3)")]
    [InlineData("git push", "{}", "#send-type-errors", "must be 1 to 128 letters")]
    [InlineData("run.failed", "{}", "#send-type-errors", "must not begin with run.")]
    public async Task Send_WhatMakesNoSense_IsSaidAtItsField(string type, string data, string field, string words)
    {
        var page = await OpenDialogAsync();
        page.Find("#send-type").Change(type);
        page.Find("#send-data").Change(data);
        await page.Find("dialog form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains(words, page.Find(field).TextContent, StringComparison.Ordinal), Patience);
        Assert.Empty(await Services.GetRequiredService<EventQueries>().ListAsync(new EventListFilter(), default));
    }

    [Fact]
    public async Task Send_ShowsWhatCameOfIt()
    {
        await SaveAsync("shop", schedule: "event(git.push)");
        var page = await OpenDialogAsync();
        page.Find("#send-type").Change("git.push");
        page.Find("#send-data").Change("""{ "ref": "main" }""");
        await page.Find("dialog form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal("Event #1 is accepted", page.Find("dialog h2").TextContent), Patience);
        Assert.Equal("shop", page.Find(".receipt strong").TextContent);
        Assert.Equal("Fired", page.Find(".receipt .word").TextContent);
        var stored = (await Services.GetRequiredService<EventQueries>().GetAsync(1, default))!;
        Assert.Equal(("""{"ref":"main"}""", "test", Ana.Name), (stored.Data, stored.Source, stored.By));
    }

    [Fact]
    public void AViewer_HasNoButtonToSend()
    {
        BecomeViewer();
        var page = Render<EventsPage>();
        page.WaitForAssertion(() => Assert.Contains("No events yet", page.Markup, StringComparison.Ordinal), Patience);
        Assert.DoesNotContain("Send a test event", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryOutcome_HasALookOfItsOwn()
    {
        var looks = Enum.GetValues<EventOutcome>().Select(EventWords.Look).ToList();
        Assert.Equal(looks.Count, looks.Select(l => l.Shape).Distinct().Count());
        Assert.Equal(looks.Count, looks.Select(l => l.Word).Distinct().Count());
    }

    [Fact]
    public async Task ASchedulesOwnEvents_HaveTheirVerdict()
    {
        await SaveAsync("shop", schedule: "event(git.push)", more: """ "eventFilter": [{ "path": "data.n", "op": "gt", "value": 1 }] """);
        await SendAsync("git.push", """{ "n": 1 }""");
        await SendAsync("git.push", """{ "n": 2 }""");
        await SendAsync("other");
        var panel = Render<ScheduleEvents>(p => p.Add(x => x.Name, "shop"));
        panel.WaitForAssertion(() => Assert.Equal(["Fired", "Filtered"], panel.FindAll("tbody .word").Select(w => w.TextContent)), Patience);
    }

    private async Task<IRenderedComponent<EventsPage>> OpenDialogAsync()
    {
        var page = Render<EventsPage>();
        page.WaitForAssertion(() => Assert.Contains("No events yet", page.Markup, StringComparison.Ordinal), Patience);
        await page.Find(".page-header-actions button").ClickAsync(new());
        page.WaitForAssertion(() => page.Find("#send-type"), Patience);
        return page;
    }

    private Task<EventReceipt> SendAsync(string type, string data = "{}", string source = "") => Intake.SendAsync(new NewEvent(type, source, JsonElement.Parse(data)), Ana, default);

    private IRenderedComponent<T> Open<T>(string address) where T : IComponent
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        return Render<T>();
    }
}
