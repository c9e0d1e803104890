using Microsoft.Playwright;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

[Collection(BrowserTests.Name)]
public sealed class ShellTests(Browser browser)
{
    [SkippableFact]
    public async Task TheTheme_IsSwitchedAtOnce_AndRememberedWithoutAFlash()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server, colors: ColorScheme.Light);
        await person.SignInAsync();
        await person.GoLiveAsync("/");
        var page = person.Page;
        var light = await BackgroundAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Dark", Exact = true }).ClickAsync();
        var dark = await BackgroundAsync(page);
        Assert.NotEqual(light, dark);

        // The very first document already has the choice: nothing has to be switched by a script.
        var answer = await page.GotoAsync("/runs");
        Assert.Contains("data-theme=\"dark\"", await answer!.TextAsync(), StringComparison.Ordinal);
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", dark);

        await Expect(page.Locator("#live-lamp")).ToHaveTextAsync("Live");
        await page.GetByRole(AriaRole.Button, new() { Name = "Like the system" }).ClickAsync();
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", light);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(page.Locator("body")).ToHaveCSSAsync("background-color", dark);
    }

    [SkippableFact]
    public async Task TheClock_IsSwitchedForEveryInstant_AndRemembered()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server);
        await person.SignInAsync();
        await person.GoLiveAsync("/design");
        var instant = person.Page.Locator("dd:has(.when-zone) time").First;
        await Expect(instant.Locator(".when-zone")).ToHaveTextAsync("Berlin");
        await Expect(instant).ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex("your time \\(America/New_York\\)"));

        await person.Page.GetByRole(AriaRole.Button, new() { Name = "Mine", Exact = true }).ClickAsync();
        await Expect(instant.Locator(".when-zone")).ToHaveTextAsync("New York");

        await person.GoLiveAsync("/design");
        await Expect(instant.Locator(".when-zone")).ToHaveTextAsync("New York");
    }

    [SkippableTheory]
    [InlineData("/schedules", "runs.js")]
    [InlineData("/events", "runs.js")]
    [InlineData("/schedules/new", "editor.js")]
    public async Task APageThatIsLeft_BeforeItsScriptIsThere_DoesNotSpoilTheNext(string path, string script)
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server);
        await person.SignInAsync();
        var (page, arrives) = (person.Page, new TaskCompletionSource());
        await page.RouteAsync($"**/js/{script}", async route =>
        {
            await arrives.Task;
            await route.ContinueAsync();
        });
        await person.GoLiveAsync(path);
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link, new() { Name = "Queue" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Queue", Level = 1 })).ToBeVisibleAsync();

        arrives.SetResult();
        await page.EvaluateAsync("url => import(url)", $"/js/{script}");
        // There and back as often as the script's arrival, its call and the answer to that need.
        foreach (var zone in (string[])["UTC", "Mine", "Schedule"])
        {
            await page.GetByRole(AriaRole.Button, new() { Name = zone, Exact = true }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = zone, Exact = true })).ToHaveAttributeAsync("aria-pressed", "true");
        }
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Queue", Level = 1 })).ToBeVisibleAsync();
        await Expect(page.Locator("main").GetByText("This page failed")).ToHaveCountAsync(0);
        Assert.Empty(person.Complaints);
    }

    [SkippableFact]
    public async Task Keys_LeadAround_ButRestWhileTyping_AndCanBeSwitchedOff()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server);
        await person.SignInAsync();
        await person.GoLiveAsync("/");
        var page = person.Page;

        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("s");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Schedules", Exact = true, Level = 1 })).ToBeVisibleAsync();

        await FocusSearchAsync(page);
        await page.Keyboard.TypeAsync("g r?");
        await Expect(page.GetByLabel("Search schedules")).ToHaveValueAsync("g r?");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/schedules?q=g%20r%3F");

        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog, new() { Name = "Keyboard shortcuts" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");

        await page.GotoAsync("/account");
        await page.GetByLabel("Single-letter shortcuts").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Keep" }).ClickAsync();
        await page.WaitForURLAsync("**/account?done=keys");
        await person.GoLiveAsync("/");
        await page.Keyboard.PressAsync("?");
        await FocusSearchAsync(page);
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    // A page that has just come alive moves the focus to its heading; whoever is quicker presses the key again, as a person would.
    private static Task FocusSearchAsync(IPage page) => Eventually.Async(async () =>
    {
        await page.Keyboard.PressAsync("Control+k");
        await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        return await page.GetByLabel("Search schedules").EvaluateAsync<bool>("field => field === document.activeElement");
    });

    [SkippableFact]
    public async Task OnAPhone_NothingScrollsSideways_AndTheDrawerOpens()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server, width: 390, height: 844);
        await person.Page.GotoAsync("/signin");
        Assert.Equal(0, await SidewaysAsync(person.Page));
        await person.SignInAsync();

        foreach (var path in (string[])["/", "/schedules", "/runs", "/settings/users", "/design", "/account", "/welcome"])
        {
            await person.Page.GotoAsync(path);
            Assert.True(await SidewaysAsync(person.Page) == 0, $"{path} scrolls sideways.");
        }

        await person.GoLiveAsync("/");
        await person.Page.GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await person.Page.GetByRole(AriaRole.Link, new() { Name = "Users" }).ClickAsync();
        await Expect(person.Page.GetByRole(AriaRole.Heading, new() { Name = "Users", Exact = true })).ToBeVisibleAsync();
        await Expect(person.Page.Locator("html")).Not.ToHaveAttributeAsync("data-drawer", "");
    }

    [SkippableFact]
    public async Task TheLamp_TellsWhenTheServerIsGone_AndWhenItIsBack()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server);
        await person.SignInAsync();
        await person.GoLiveAsync("/");

        // The circuit's socket breaks and new ones don't get through.
        await person.Context.SetOfflineAsync(true);
        await person.Page.EvaluateAsync("() => Blazor._internal.forceCloseConnection()");
        await Expect(person.Page.Locator("#live-lamp")).ToHaveAttributeAsync("data-state", "reconnecting");
        await Expect(person.Page.Locator("#live-lamp")).ToContainTextAsync("Stale since", new() { Timeout = 20_000 });

        await person.Context.SetOfflineAsync(false);
        await Expect(person.Page.Locator("#live-lamp")).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 20_000 });
    }

    private static Task<string> BackgroundAsync(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");

    private static Task<int> SidewaysAsync(IPage page) => page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
