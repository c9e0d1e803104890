using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

/// <summary>What a new user does: from the link on the console to the findings of the first scan.</summary>
[Collection(BrowserTests.Name)]
public sealed class FirstScanTests(Browser browser)
{
    [SkippableFact]
    public async Task ANewUser_SetsUp_WritesASchedule_AndReadsWhatItsScanFound()
    {
        var gate = new TaskCompletionSource();
        await using var target = (await FaultyWebServer.StartAsync()).On("/", async context =>
        {
            await gate.Task; // holds the scan in Running until the page has shown that
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.Headers.Server = "nginx/1.25.3";
            context.Response.Headers.SetCookie = "PHPSESSID=abc; Path=/";
            await context.Response.WriteAsync("<title>Shop</title>");
        });
        await using var server = await WebServer.StartAsync(withAdmin: false);
        await using var person = await browser.OpenAsync(server);
        var page = person.Page;

        await page.GotoAsync(server.SetUpPath);
        await page.GetByLabel("E-mail address").FillAsync(WebServer.Admin);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(WebServer.Password);
        await page.GetByLabel("Password again").FillAsync(WebServer.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the account and sign in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Welcome" })).ToBeVisibleAsync();

        await person.GoLiveAsync("/schedules/new");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("shop");
        await page.GetByLabel("URLs", new() { Exact = true }).FillAsync(target.Root.ToString());
        await page.GetByLabel("Trigger", new() { Exact = true }).FillAsync("5s");
        await Expect(page.Locator(".answer .sentence")).ToHaveTextAsync("Every 5 seconds");
        await Expect(page.Locator("aside ol.next li")).ToHaveCountAsync(10);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create schedule" }).ClickAsync();

        // The schedule's page turns by itself: nothing reloads from here on.
        await page.WaitForURLAsync("**/schedules/shop");
        await page.EvaluateAsync("() => window.stillHere = true");
        var first = page.GetByRole(AriaRole.Row).Filter(new() { Has = page.GetByRole(AriaRole.Link, new() { Name = "#1", Exact = true }) });
        await Expect(first.GetByText("Running")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        gate.SetResult();
        await Expect(first.GetByText("Succeeded")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        Assert.True(await page.EvaluateAsync<bool>("() => window.stillHere === true"));

        await first.GetByRole(AriaRole.Link, new() { Name = "#1", Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/runs/1");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("1");
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Findings") }).ClickAsync();
        string[] expected =
        [
            "web.cookie.no-httponly", "web.cookie.no-samesite", "web.disclosure.version", "web.header.content-type-options", "web.header.csp-missing", "web.header.framing",
            "web.header.referrer-policy-missing", "web.transport.plain-http",
        ];
        foreach (var rule in expected) await Expect(page.GetByText(rule, new() { Exact = true }).First).ToBeVisibleAsync();
        var shown = await page.Locator("main").TextContentAsync() ?? "";
        Assert.Equal(expected, System.Text.RegularExpressions.Regex.Matches(shown, @"web\.[a-z]+\.[a-z-]+").Select(m => m.Value).Distinct().Order());

        await page.GetByRole(AriaRole.Button, new() { Name = "Account" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.WaitForURLAsync("**/signin?out=1");
        Assert.Empty(person.Complaints);
    }

    [SkippableFact]
    public async Task AViewer_SeesNoRunNow_AndTheApiRefuses()
    {
        await using var server = await WebServer.StartAsync();
        await server.AddUserAsync("vic@example.com", Role.Viewer);
        await SaveAsync(server, "shop", "manual");
        await using var vic = await browser.OpenAsync(server);
        await vic.SignInAsync("vic@example.com");

        await vic.GoLiveAsync("/schedules/shop");
        await Expect(vic.Page.GetByRole(AriaRole.Heading, new() { Name = "shop" })).ToBeVisibleAsync();
        foreach (var act in (string[])["Run now", "Emergency", "Pause", "Edit", "Delete schedule", "Try it now"])
            await Expect(vic.Page.GetByText(act, new() { Exact = true })).ToHaveCountAsync(0);
        await vic.Page.GotoAsync("/schedules/shop/edit");
        await Expect(vic.Page.GetByRole(AriaRole.Heading, new() { Name = "Your role does not include this" })).ToBeVisibleAsync();

        var tokens = (ApiTokens)server.Services.GetService(typeof(ApiTokens))!;
        var token = await tokens.CreateAsync("vic@example.com", "t", null, null, Actor.LocalConsole);
        using var program = server.WithToken(token.Text);
        using var refused = await program.PostAsJsonAsync(new Uri("/api/v1/schedules/shop/run", UriKind.Relative), new { });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Empty(await ((RunQueries)server.Services.GetService(typeof(RunQueries))!).ListAsync(new RunFilter(), default));
    }

    [SkippableFact]
    public async Task BadInput_IsSaidAtItsField_AndNothingIsWritten()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/schedules/new");
        var page = ana.Page;

        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("9 shops");
        await page.GetByLabel("URLs", new() { Exact = true }).FillAsync("http://10.1.2.3/");
        await page.GetByLabel("Time zone").FillAsync("Europe/Atlantis");
        await page.GetByLabel("Trigger", new() { Exact = true }).FillAsync("0 25 * * *");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create schedule" }).ClickAsync();

        await Expect(page.Locator("#name-errors")).ToContainTextAsync("must be a letter");
        await Expect(page.Locator("#job-targets-urls-errors")).ToContainTextAsync("10.1.2.3");
        await Expect(page.Locator("#timezone-errors")).ToContainTextAsync("no IANA time zone");
        await Expect(page.Locator("#schedule-errors")).ToContainTextAsync("hour must be 0-23, found 25");
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Use") }).ClickAsync();
        await Expect(page.GetByLabel("Trigger", new() { Exact = true })).ToHaveValueAsync("0 23 * * *");
        Assert.Empty(await ((Core.Schedules.ScheduleQueries)server.Services.GetService(typeof(Core.Schedules.ScheduleQueries))!).ListAsync(new(), default));
        Assert.Empty(ana.Complaints);
    }

    [SkippableFact]
    public async Task TwoEditors_TheSecondIsToldBeforeAnythingIsLost()
    {
        await using var server = await WebServer.StartAsync();
        await SaveAsync(server, "shop", "0 2 * * *");
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/schedules/shop/edit");
        await SaveAsync(server, "shop", "0 3 * * *");

        await ana.Page.GetByLabel("Trigger", new() { Exact = true }).FillAsync("0 4 * * *");
        await ana.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await ana.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(ana.Page.GetByText("console saved generation 2 meanwhile")).ToBeVisibleAsync();

        await ana.Page.GetByRole(AriaRole.Button, new() { Name = "Save mine over it" }).ClickAsync();
        await ana.Page.WaitForURLAsync("**/schedules/shop");
        await Expect(ana.Page.Locator(".page-header-lead")).ToContainTextAsync("At 04:00");
    }

    [SkippableFact]
    public async Task TheStarters_WorkAtOnce()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/welcome");
        await ana.Page.GetByRole(AriaRole.Button, new() { Name = "Create all 3" }).ClickAsync();
        await ana.Page.GetByRole(AriaRole.Link, new() { Name = "Go to the dashboard" }).ClickAsync();
        await ana.Page.WaitForURLAsync(server.Address.ToString());
        await Expect(ana.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "heartbeat" }).GetByText("Succeeded").First).ToBeVisibleAsync(new() { Timeout = 30_000 });
        Assert.Empty(ana.Complaints);
    }

    private static async Task SaveAsync(WebServer server, string name, string schedule)
    {
        var editor = (Core.Schedules.ScheduleEditor)server.Services.GetService(typeof(Core.Schedules.ScheduleEditor))!;
        var manifest = System.Text.Json.JsonElement.Parse(
            $$"""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" }, "spec": { "schedule": "{{schedule}}", "job": { "kind": "noop" } } }""");
        await editor.SaveAsync(manifest, new(), Actor.LocalConsole, default);
    }
}
