using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

/// <summary>Somebody tries whether a push would start the scan.</summary>
[Collection(BrowserTests.Name)]
public sealed class EventTests(Browser browser)
{
    [SkippableFact]
    public async Task ATestEvent_ComesInLiveWithItsVerdicts_AndTheEditorTriesAFilterAgainstIt()
    {
        await using var server = await WebServer.StartAsync();
        await server.Services.GetRequiredService<ScheduleEditor>().SaveAsync(JsonElement.Parse(
            """
            { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "shop" }, "spec": { "schedule": "event(git.push)", "job": { "kind": "noop" } } }
            """), new SaveRules(), Actor.LocalConsole, default);
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/");
        var page = ana.Page;
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("e");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Events", Exact = true })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Send a test event" }).First.ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Type").FillAsync("git.push");
        await dialog.GetByLabel("Data").FillAsync("{ \"ref\": ");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("is no JSON (line 1");
        await dialog.GetByLabel("Data").FillAsync("{ \"ref\": \"dev\" }");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true }).ClickAsync();
        await Expect(dialog).ToContainTextAsync("Event #1 is accepted");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        var row = page.Locator(".events-table tbody tr");
        await Expect(row).ToHaveCountAsync(1);
        await Expect(row).ToContainTextAsync("shop#1");

        await ana.GoLiveAsync("/schedules/shop/edit");
        await page.GetByRole(AriaRole.Button, new() { Name = "Condition", Exact = true }).ClickAsync();
        await page.GetByLabel("Path of condition 1").FillAsync("data.ref");
        await page.GetByLabel("Value of condition 1").FillAsync("main");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try against past events" }).ClickAsync();
        await Expect(page.GetByLabel("Past events", new() { Exact = true })).ToContainTextAsync("Filtered: data.ref equals \"main\": found \"dev\".");
        Assert.Empty(ana.Complaints);
    }
}
