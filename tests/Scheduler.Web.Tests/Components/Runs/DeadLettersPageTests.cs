using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Dashboard;
using Scheduler.Web.Components.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Runs;

public sealed class DeadLettersPageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void None_SaysSo_AndTheDashboardHasNoLink()
    {
        var page = Render<DeadLettersPage>();
        page.WaitForAssertion(() => Assert.Contains("No dead letters", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Empty(Render<DeadLettersLink>().FindAll("a"));
    }

    [Fact]
    public async Task Dismiss_AsksWhy_AndTheRunLeavesTheList()
    {
        var run = await FailAsync();
        var page = Render<DeadLettersPage>();
        page.WaitForAssertion(() => Assert.Contains($"shop #{run.Id}", page.Find("tbody tr").TextContent, StringComparison.Ordinal), Patience);
        var link = Render<DeadLettersLink>();
        link.WaitForAssertion(() => Assert.Equal("1 dead letter", link.Find("a[href='/dead-letters']").TextContent), Patience);
        Answer("target is gone");

        await page.Find($"button[aria-label='Dismiss run {run.Id}']").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Contains("No dead letters", page.Markup, StringComparison.Ordinal), Patience);
        Assert.Equal("target is gone", (await RunQueries.GetAsync(run.Id, CancellationToken.None))!.Dismissal!.Reason);
    }

    [Fact]
    public async Task Requeue_StartsTheSameRunAgain()
    {
        var run = await FailAsync();
        var page = Render<DeadLettersPage>();
        page.WaitForAssertion(() => page.Find($"button[aria-label='Requeue run {run.Id}']"), Patience);
        Answer("");

        await page.Find($"button[aria-label='Requeue run {run.Id}']").ClickAsync(new());

        await Eventually.Async(async () => (await RunQueries.GetAsync(run.Id, CancellationToken.None))!.Attempt == 2);
    }

    private void Answer(string reason)
    {
        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += _ => confirmation.Reply(new Answer(reason));
    }

    private async Task<RunView> FailAsync()
    {
        await SaveAsync("shop", """{ "outcome": "fail" }""");
        await StartEngineAsync();
        var run = await RunToEndAsync("shop");
        Assert.Equal(RunStatus.Failed, run.Status);
        return run;
    }
}
