using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Backfills;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Events;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Webhooks;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Browsers;

[Collection(BrowserTests.Name)]
public sealed class AccessibilityTests(Browser browser)
{
    private static readonly string[] Pages = 
    [
        "/", "/schedules", "/schedules/new", "/schedules/busy", "/schedules/busy?tab=versions", "/schedules/busy?tab=yaml", "/schedules/busy/edit", "/schedules/none",
        "/runs", "/runs?tab=failed", "/runs/1", "/runs/1?tab=log", "/runs/1?tab=findings", "/runs/999",
        "/queue", "/queue?pool=light", "/downtimes", "/downtimes/1", "/downtimes/999",
        "/backfills", "/backfills/new", "/backfills/new?schedule=busy&from=2026-03-01&to=2026-03-05&mode=All", "/backfills/1", "/backfills/1?show=failed", "/backfills/99",
        "/calendar", "/calendar?view=day", "/calendar?view=day&hour=23", "/calendar?view=load",
        "/emergencies", "/emergencies/1", "/emergencies/1?state=failed", "/emergencies/999", "/emergency", "/emergency?labels=team%3Dweb",
        "/events", "/events?schedule=follower", "/events?type=none", "/events/1", "/events/999", "/schedules/follower", "/schedules/follower/edit", "/settings/webhooks", "/settings/webhooks?edit=", "/settings/webhooks?edit=shop-push",
        "/settings", "/settings/scope", "/settings/users", "/account", "/welcome", "/design", "/denied", "/no/such/page",
    ];

    [SkippableTheory]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    public async Task EveryPage_HasNoSeriousFault(int width, ColorScheme colors)
    {
        await using var server = await WebServer.StartAsync();
        await RunOnceAsync(server);
        await using var person = await browser.OpenAsync(server, width, colors: colors);
        await person.Page.GotoAsync("/signin");
        await person.Page.HasNoSeriousFaultAsync("/signin");
        await person.SignInAsync();
        foreach (var path in Pages)
        {
            await person.GoAsync(path);
            await person.Page.HasNoSeriousFaultAsync(path);
        }
        Assert.Empty(person.Complaints);
    }

    [SkippableFact]
    public async Task MenuHelpAndDialog_HaveNoSeriousFault()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server);
        await person.SignInAsync();
        await person.GoLiveAsync("/design");
        var page = person.Page;

        await page.GetByRole(AriaRole.Button, new() { Name = $"Account of {WebServer.Admin}" }).ClickAsync();
        await page.HasNoSeriousFaultAsync("the account menu");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keyboard shortcuts" }).ClickAsync();
        await page.HasNoSeriousFaultAsync("the help");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask for a word" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await page.HasNoSeriousFaultAsync("the dialog");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await page.GetByRole(AriaRole.Button, new() { Name = "Notify" }).ClickAsync();
        await page.GetByText("Paused shop-nightly.").WaitForAsync();
        await page.HasNoSeriousFaultAsync("a notice");
    }

    [SkippableFact]
    public async Task TheLook_SeesAFault()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server);
        await person.Page.GotoAsync("/signin");
        await person.Page.EvaluateAsync("() => document.querySelectorAll('label').forEach(label => label.remove())");
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => person.Page.HasNoSeriousFaultAsync("sign-in"));
        Assert.Contains("label: Form elements must have labels", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Something to show: a schedule, a run of it with a log, an emergency, and three that collide.</summary>
    private static async Task RunOnceAsync(WebServer server)
    {
        var manifest = System.Text.Json.JsonElement.Parse("""
            { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "busy", "labels": { "team": "web" } },
              "spec": { "schedule": "30 2 * * *", "timezone": "Europe/Berlin", "job": { "kind": "noop", "options": { "lines": 40, "outcome": "fail" } } } }
            """);
        var services = server.Services;
        await services.GetRequiredService<ScheduleEditor>().SaveAsync(manifest, new SaveRules(), Actor.LocalConsole, default);
        foreach (var name in new[] { "herd-a", "herd-b", "herd-c" }) // more than the pool has workers: the calendar marks it
        {
            var herd = System.Text.Json.JsonElement.Parse($$"""
                { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" }, "spec": { "schedule": "0 * * * *", "pool": "scan", "job": { "kind": "noop" } } }
                """);
            await services.GetRequiredService<ScheduleEditor>().SaveAsync(herd, new SaveRules(), Actor.LocalConsole, default);
        }
        await services.GetRequiredService<BackfillControl>().LaunchAsync(
            new BackfillRequest { Schedule = "busy", From = "2026-03-01", To = "2026-03-04", Excluded = [new(2026, 3, 2, 1, 30, 0, TimeSpan.Zero)] }, Actor.LocalConsole, default);
        var id = await services.GetRequiredService<RunControl>().RunNowAsync("busy", new RunRequest(), Actor.LocalConsole, default);
        await Eventually.Async(async () => (await services.GetRequiredService<RunQueries>().GetAsync(id!.Value, default))!.Status == RunStatus.Failed);
        await services.GetRequiredService<EmergencyControl>().SweepAsync(new SweepRequest { Labels = new Dictionary<string, string> { ["team"] = "web" }, Reason = "Log4Shell", Overrides = new Overrides(Blackouts: true) }, Actor.LocalConsole, default);
        // One that waits for its retry, one that runs, and a time in which nobody was there.
        var again = System.Text.Json.JsonElement.Parse("""
            { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "again" },
              "spec": { "schedule": "manual", "pool": "scan", "retry": { "attempts": 2, "delay": "1h" }, "job": { "kind": "noop", "options": { "outcome": "fail" } } } }
            """);
        await services.GetRequiredService<ScheduleEditor>().SaveAsync(again, new SaveRules(), Actor.LocalConsole, default);
        var waiting = await services.GetRequiredService<RunControl>().RunNowAsync("again", new RunRequest(), Actor.LocalConsole, default);
        await Eventually.Async(async () => (await services.GetRequiredService<RunQueries>().GetAsync(waiting!.Value, default))!.Status == RunStatus.Retrying);
        // A schedule that follows events, one that fired it and one that did not, and the webhook they could come from.
        var follower = System.Text.Json.JsonElement.Parse("""
            { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "follower" },
              "spec": { "schedule": "event(git.push)", "eventFilter": [{ "path": "data.ref", "op": "equals", "value": "main" }], "parameters": { "branch": "data.ref" }, "job": { "kind": "noop" } } }
            """);
        await services.GetRequiredService<ScheduleEditor>().SaveAsync(follower, new SaveRules(), Actor.LocalConsole, default);
        foreach (var branch in new[] { "main", "dev" })
            await services.GetRequiredService<EventIntake>().SendAsync(new NewEvent("git.push", "ci", System.Text.Json.JsonElement.Parse($$"""{ "ref": "{{branch}}" }""")), Actor.LocalConsole, default);
        await services.GetRequiredService<WebhookEditor>().CreateAsync(new WebhookDraft { Name = "shop-push", EventType = "git.push", Note = "The shop" }, "sealed", Actor.LocalConsole, default);
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={services.GetRequiredService<Core.SchedulerOptions>().DatabaseFile};Pooling=False");
        await connection.OpenAsync();
        await using var insert = connection.CreateCommand();
        insert.CommandText = $"INSERT INTO downtimes (kind, from_at, to_at, interrupted) VALUES (1, 1000000000000, 1000108000000, '[{id}]')";
        await insert.ExecuteNonQueryAsync();
    }
}
