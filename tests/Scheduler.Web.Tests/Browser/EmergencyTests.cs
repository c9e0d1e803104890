using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

/// <summary>Three in the morning: everything with one label runs now, is watched, and is stopped.</summary>
[Collection(BrowserTests.Name)]
public sealed class EmergencyTests(Browser browser)
{
    [SkippableFact]
    public async Task ASweepOfThree_FillsItsBoard_AndStopAllEndsIt_WithoutAReload()
    {
        await using var server = await WebServer.StartAsync();
        foreach (var (name, options) in ((string, string)[])[("shop", """{ "outcome": "hang" }"""), ("till", """{ "outcome": "hang" }"""), ("desk", "{}"), ("vault", "{}")]) await SaveAsync(server, name, name == "vault" ? "db" : "web", options);
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/schedules");
        var page = ana.Page;
        await page.EvaluateAsync("() => window.stillHere = true");

        await page.Keyboard.PressAsync("Shift+E");
        await page.GetByLabel("Labels", new() { Exact = true }).FillAsync("team=web");
        await Expect(page.GetByText("All 3 start at once.")).ToBeVisibleAsync();
        await page.GetByLabel("Reason").FillAsync("Log4Shell");
        await page.GetByLabel("Start in spite of blackouts").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start 3 runs…" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Overridden: blackouts.");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();

        await page.WaitForURLAsync("**/emergencies/1");
        await Expect(Tile(page, "Running")).ToContainTextAsync("2");
        await Expect(Tile(page, "Succeeded")).ToContainTextAsync("1");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "desk" })).ToContainTextAsync("Succeeded");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop all" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Stop all" }).ClickAsync();

        await Expect(Tile(page, "Cancelled")).ToContainTextAsync("2");
        await Expect(page.GetByText("3 of 3 ended")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Stop all" })).ToHaveCountAsync(0);
        Assert.True(await page.EvaluateAsync<bool>("() => window.stillHere === true"));
        Assert.Empty(ana.Complaints);
    }

    private static ILocator Tile(IPage page, string label) => page.GetByRole(AriaRole.Region, new() { Name = "Runs by state" }).GetByRole(AriaRole.Link).Filter(new() { HasText = label });

    private static async Task SaveAsync(WebServer server, string name, string team, string options) => await server.Services.GetRequiredService<ScheduleEditor>().SaveAsync(JsonElement.Parse(
        $$"""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}", "labels": { "team": "{{team}}" } }, "spec": { "schedule": "manual", "job": { "kind": "noop", "options": {{options}} } } }"""),
        new SaveRules(), Actor.LocalConsole, default);
}
