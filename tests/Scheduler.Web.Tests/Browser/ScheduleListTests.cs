using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

/// <summary>What an operator does before a change: pauses what it touches, skips tonight's run, and lets it go on afterwards.</summary>
[Collection(BrowserTests.Name)]
public sealed class ScheduleListTests(Browser browser)
{
    [SkippableFact]
    public async Task TwoArePausedUntilTomorrow_AndResumed_WithoutAReload()
    {
        await using var server = await WebServer.StartAsync();
        foreach (var name in (string[])["shop", "till", "desk"]) await SaveAsync(server, name, "0 2 1 1 *");
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/schedules");
        var page = ana.Page;
        await page.EvaluateAsync("() => window.stillHere = true");

        await page.GetByLabel("Select shop").CheckAsync();
        await page.Keyboard.PressAsync("j"); // letters work although a checkbox has the focus
        await page.GetByLabel("Select till").CheckAsync();
        await page.Keyboard.PressAsync("p");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("2 will be paused.")).ToBeVisibleAsync();
        await dialog.GetByLabel("Until tomorrow, 08:00").CheckAsync();
        await dialog.GetByLabel("Why").FillAsync("db move");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();

        foreach (var name in (string[])["shop", "till"])
        {
            await Expect(Row(page, name)).ToContainTextAsync("by ana: db move");
            await Expect(Row(page, name)).ToContainTextAsync(new System.Text.RegularExpressions.Regex("Until (.* )?1[23]:00")); // 08:00 in New York, on the schedule's clock: without a date once it is that day in UTC
        }
        await Expect(Row(page, "desk").GetByText("Active")).ToBeVisibleAsync();
        await Expect(page.GetByText("2 paused.")).ToBeVisibleAsync();

        await page.GetByLabel("Select shop").CheckAsync();
        await page.GetByLabel("Select till").CheckAsync();
        await page.GetByRole(AriaRole.Toolbar).GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(Row(page, "shop").GetByText("Active")).ToBeVisibleAsync();
        await Expect(Row(page, "till").GetByText("Active")).ToBeVisibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("() => window.stillHere === true"));
        Assert.Empty(ana.Complaints);
    }

    [SkippableFact]
    public async Task TheNextRun_IsSkippedFromTheSchedulesPage_AndTheSkipTakenBack()
    {
        await using var server = await WebServer.StartAsync();
        // Once a year, and not today: that would stand there without a date.
        var on = DateTimeOffset.UtcNow.AddMonths(2);
        await SaveAsync(server, "shop", $"0 2 1 {on.Month} *");
        var first = (await Queries(server).GetAsync("shop", default))!.Summary.NextRunAt!.Value;
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/schedules/shop");
        var page = ana.Page;

        await page.GetByRole(AriaRole.Button, new() { Name = "Skip next" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync($"Skip the run of {first.UtcDateTime:d MMM yyyy} 02:00?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync($"The next one is then {first.UtcDateTime.AddYears(1):d MMM yyyy} 02:00.");
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Why").FillAsync("release freeze");
        await page.GetByRole(AriaRole.Button, new() { Name = "Skip it" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Skipped" })).ToContainTextAsync("Skipped by ana@example.com: release freeze");
        Assert.Equal(first.AddYears(1), (await Queries(server).GetAsync("shop", default))!.Summary.NextRunAt);
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Take back") }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Skipped" })).ToHaveCountAsync(0);
        Assert.Equal(first, (await Queries(server).GetAsync("shop", default))!.Summary.NextRunAt);
        Assert.Empty(ana.Complaints);
    }

    private static ILocator Row(IPage page, string name) => page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }) });

    private static ScheduleQueries Queries(WebServer server) => server.Services.GetRequiredService<ScheduleQueries>();

    private static Task SaveAsync(WebServer server, string name, string schedule) => server.Services.GetRequiredService<ScheduleEditor>().SaveAsync(JsonElement.Parse(
        $$"""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" }, "spec": { "schedule": "{{schedule}}", "job": { "kind": "noop" } } }"""),
        new SaveRules(), Actor.LocalConsole, default);
}
