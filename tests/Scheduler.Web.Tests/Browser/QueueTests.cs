using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

/// <summary>A customer waits: the operator looks at the queue, moves one run to the front, and sees it start.</summary>
[Collection(BrowserTests.Name)]
public sealed class QueueTests(Browser browser)
{
    [SkippableFact]
    public async Task ARunIsMovedToTheFront_AndStartsFirst_WithoutAReload()
    {
        await using var server = await WebServer.StartAsync(adjust: builder =>
            ((SchedulerOptions)builder.Services.Single(s => s.ServiceType == typeof(SchedulerOptions)).ImplementationInstance!).Pools["scan"] = 1);
        foreach (var name in (string[])["shop", "till", "desk"]) await SaveAsync(server, name);
        var going = await RunAsync(server, "shop");
        await Eventually.Async(async () => (await server.Services.GetRequiredService<RunQueries>().GetAsync(going, default))!.Status == RunStatus.Running);
        await RunAsync(server, "till");
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/");
        var page = ana.Page;
        await page.EvaluateAsync("() => window.stillHere = true");
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("q");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Queue", Exact = true })).ToBeVisibleAsync();
        await Expect(Waiting(page)).ToHaveCountAsync(1);

        await RunAsync(server, "desk");
        await Expect(Waiting(page).Nth(1)).ToContainTextAsync("No free slot: place 2 of 2.");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("To front: run \\d+ of desk") }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Move to the front" })).ToBeDisabledAsync();
        await dialog.GetByLabel("Why it goes first").FillAsync("customer waits");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Move to the front" }).ClickAsync();
        await Expect(Waiting(page).Nth(0)).ToContainTextAsync("desk");
        await Expect(Waiting(page).Nth(0)).ToContainTextAsync("No free slot: place 1 of 2.");

        await page.GetByRole(AriaRole.Button, new() { Name = $"Cancel run {going} of shop" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel the run" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Running" })).ToContainTextAsync("desk");
        await Expect(Waiting(page)).ToHaveCountAsync(1);
        Assert.True(await page.EvaluateAsync<bool>("() => window.stillHere === true"));
        Assert.Empty(ana.Complaints);
    }

    private static ILocator Waiting(IPage page) => page.GetByRole(AriaRole.Region, new() { Name = "Waiting" }).Locator("tbody tr");

    private static Task<SaveOutcome> SaveAsync(WebServer server, string name) => server.Services.GetRequiredService<ScheduleEditor>().SaveAsync(JsonElement.Parse(
        $$"""
        { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" },
          "spec": { "schedule": "manual", "pool": "scan", "job": { "kind": "noop", "options": { "outcome": "hang" } } } }
        """), new SaveRules(), Actor.LocalConsole, default);

    private static async Task<long> RunAsync(WebServer server, string name) => (await server.Services.GetRequiredService<RunControl>().RunNowAsync(name, new RunRequest(), Actor.LocalConsole, default))!.Value;
}
