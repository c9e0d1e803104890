using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Backfills;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

/// <summary>An operator finds runs that were missed, has them run, watches them, stops, and mends what failed.</summary>
[Collection(BrowserTests.Name)]
public sealed class BackfillTests(Browser browser)
{
    [SkippableFact]
    public async Task AGap_IsFound_Previewed_Launched_Watched_Cancelled_AndItsFailedRetried()
    {
        await using var server = await WebServer.StartAsync();
        await SaveAsync(server, "{ \"duration\": \"1s\", \"outcome\": \"fail\" }");
        var midnight = new DateTimeOffset(DateTimeOffset.UtcNow.UtcDateTime.Date, TimeSpan.Zero);
        var missed = Enumerable.Range(1, 240).Select(i => midnight.AddMinutes(-30 * i)).ToArray(); // five days of every half hour
        await PastRuns.MissAsync(server.Services, "shop", missed);
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        var page = ana.Page;

        // Found by itself on the dashboard, and told on the schedule's page.
        await ana.GoLiveAsync("/");
        await Expect(page.GetByText("1 schedule has missed runs: show")).ToBeVisibleAsync();
        await ana.GoLiveAsync("/schedules/shop");
        await Expect(page.GetByText("240 runs were missed")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("b");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/backfills$"));
        await Expect(page.Locator("#missed")).ToContainTextAsync("240");
        await page.GetByRole(AriaRole.Link, new() { Name = "Backfill shop" }).ClickAsync();

        // Previewed, three at once, one ticked off.
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Launch 240 runs" })).ToBeVisibleAsync();
        await Expect(page.Locator(".plan-table tbody tr").First).ToContainTextAsync("It did not run: the scheduler was down.");
        foreach (var atOnce in (string[])["5", "3"])
        {
            await page.GetByLabel("At once").FillAsync(atOnce);
            await page.GetByLabel("At once").PressAsync("Tab");
            await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"parallel={atOnce}"));
            await Expect(page.Locator(".blast")).ToContainTextAsync($"at {atOnce} at once");
        }
        await page.Locator(".plan-table input").First.UncheckAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Launch 239 runs" })).ToBeVisibleAsync();
        await Expect(page.Locator(".blast")).ToContainTextAsync("239 runs");
        await page.HasNoSeriousFaultAsync("the preview");
        await page.GetByRole(AriaRole.Button, new() { Name = "Launch 239 runs" }).ClickAsync();

        // Watched live: the grid fills by itself, never more than three at once.
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/backfills/1$"));
        await page.EvaluateAsync("() => window.stillHere = true");
        await Expect(page.Locator(".slot-grid .slot")).ToHaveCountAsync(240);
        await Expect(page.Locator(".slot-grid .s-failed")).Not.ToHaveCountAsync(0, new() { Timeout = 15_000 });
        Assert.InRange(await page.Locator(".slot-grid .s-running").CountAsync(), 0, 3);

        // The rest is cancelled.
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel remaining" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel remaining" }).ClickAsync();
        await Expect(page.GetByText("Cancelled by ana@example.com.")).ToBeVisibleAsync();
        await Expect(page.Locator(".slot-grid .s-waiting")).ToHaveCountAsync(0);
        await Expect(page.Locator(".slot-grid .s-running")).ToHaveCountAsync(0, new() { Timeout = 15_000 });
        var queries = server.Services.GetRequiredService<BackfillQueries>();
        var failed = (await queries.GetAsync(1, default))!.Slots.Failed;
        Assert.InRange(failed, 1, 200);

        // The failed are tried again, and no others.
        await page.GetByRole(AriaRole.Button, new() { Name = "Retry failed" }).ClickAsync();
        // First that they are put back, then that it is over: the other way round both could be true of two different moments.
        await Eventually.Async(async () => (await queries.SlotsAsync(1, default)).Count(s => s.Tries == 1) == failed
            && (await queries.GetAsync(1, default)) is { FinishedAt: not null, Slots: var slots } && slots.Failed == failed, seconds: 60);
        var runs = await server.Services.GetRequiredService<RunQueries>().ListAsync(new RunFilter { TriggerType = TriggerType.Backfill, Statuses = [RunStatus.Failed], Limit = 500 }, default);
        Assert.All(runs, r => Assert.Equal((2, 1L), (r.Attempt, r.BackfillId!.Value)));
        Assert.Equal(failed, runs.Count);
        await Expect(page.Locator(".slot-grid .s-failed")).ToHaveCountAsync(failed);
        Assert.True(await page.EvaluateAsync<bool>("() => window.stillHere === true"));
        await page.HasNoSeriousFaultAsync("the backfill");
        Assert.Empty(ana.Complaints);
    }

    private static Task SaveAsync(WebServer server, string options) => server.Services.GetRequiredService<ScheduleEditor>().SaveAsync(JsonElement.Parse(
        $$"""
        { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "shop" },
          "spec": { "schedule": "*/30 * * * *", "suspend": true, "pool": "monitor", "job": { "kind": "noop", "options": {{options}} } } }
        """), new SaveRules(), Actor.LocalConsole, default);
}
