using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Dashboard;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Dashboard;

public sealed class DashboardPageTests : CorePageTest
{
    [Fact]
    public void AFreshInstallation_SaysWhatToDo()
    {
        var page = Open();

        Assert.Equal("Nothing is scheduled yet", page.Find(".empty-title").TextContent);
        Assert.NotEmpty(page.FindAll("a[href='/welcome']"));
        Assert.NotEmpty(page.FindAll("a[href='/schedules/new']"));
        Assert.Contains("The engine is starting", page.Find(".notice").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void AFreshInstallation_ToAViewer_OffersNothingToMake()
    {
        BecomeViewer();

        Assert.Empty(Open().FindAll("a[href='/welcome'], a[href='/schedules/new']"));
    }

    [Fact]
    public async Task RunsShowAsTheyGo()
    {
        await SaveAsync("fine");
        await StartEngineAsync();
        var page = Open();
        Assert.Contains("Nothing needs you", page.Find(".nothing-needed").TextContent, StringComparison.Ordinal);

        await RunToEndAsync("fine");

        page.WaitForAssertion(() => Assert.Equal("Succeeded", page.Find(".last-runs .word").TextContent), TimeSpan.FromSeconds(10));
        Assert.Empty(page.FindAll(".notice"));
    }

    [Fact]
    public async Task Troubles_OneLineASchedule_ThoseWithoutASuccessSinceFirst()
    {
        await SaveAsync("mended", """{ "outcome": "fail" }""");
        await SaveAsync("broken", """{ "outcome": "fail" }""");
        await StartEngineAsync();
        await RunToEndAsync("mended");
        await RunToEndAsync("mended");
        await RunToEndAsync("mended");
        await RunToEndAsync("broken");
        await SaveAsync("mended");
        await RunToEndAsync("mended");

        var page = Open();

        Assert.Equal(["broken", "mended"], page.FindAll(".troubles .name").Select(n => n.TextContent));
        Assert.Equal(["3 times", "succeeded since"], page.FindAll(".troubles li.recovered .tag").Select(t => t.TextContent));
    }

    [Fact]
    public async Task Cancel_AsksFirst_AndIsDone()
    {
        await SaveAsync("slow", """{ "outcome": "hang" }""");
        await StartEngineAsync();
        var id = await RunAsync("slow");
        var page = Open();
        Services.GetRequiredService<Confirmation>().Asked += _ => Services.GetRequiredService<Confirmation>().Reply(new Answer(""));
        page.WaitForState(() => page.FindAll(".going-on .progress").Count == 1, TimeSpan.FromSeconds(10));

        await page.Find($".going-on button[aria-label='Cancel run {id} of slow']").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".going-on li")), TimeSpan.FromSeconds(10));
        page.WaitForAssertion(() => Assert.Equal("Cancelled", page.Find(".last-runs .word").TextContent), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AViewer_CannotCancel()
    {
        await SaveAsync("slow");
        await RunAsync("slow");
        BecomeViewer();

        var page = Open();

        Assert.Single(page.FindAll(".going-on li"));
        Assert.Empty(page.FindAll(".going-on button"));
    }

    [Fact]
    public async Task Order_WhatStoodThereStays_AndNewComesAfterIt()
    {
        await SaveAsync("a");
        for (var i = 0; i < 4; i++) await RunAsync("a");
        var runs = await RunQueries.ListAsync(new RunFilter(), CancellationToken.None);   // 4 3 2 1
        var shown = new[] { runs[1], runs[3] };                                            // 3 1

        Assert.Equal([3, 1, 4, 2], RunOrder.Steady(shown, runs).Select(r => r.Id));
        Assert.Equal([1, 2], RunOrder.Steady(shown, [runs[2], runs[3]]).Select(r => r.Id));   // 3 has ended
    }

    private IRenderedComponent<DashboardPage> Open()
    {
        var page = Render<DashboardPage>();
        page.WaitForState(() => page.FindAll(".last-runs, .empty-state").Count > 0, TimeSpan.FromSeconds(10));
        return page;
    }
}
