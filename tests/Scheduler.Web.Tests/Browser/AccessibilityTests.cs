using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Browsers;

[Collection(BrowserTests.Name)]
public sealed class AccessibilityTests(Browser browser)
{
    private static readonly string[] Pages = ["/", "/schedules", "/runs", "/settings", "/settings/users", "/account", "/welcome", "/design", "/denied", "/no/such/page"];

    [SkippableTheory]
    [InlineData(1440, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Dark)]
    [InlineData(390, ColorScheme.Light)]
    public async Task EveryPage_HasNoSeriousFault(int width, ColorScheme colors)
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server, width, colors: colors);
        await person.Page.GotoAsync("/signin");
        await CheckAsync(person.Page, "/signin");
        await person.SignInAsync();
        foreach (var path in Pages)
        {
            await person.GoAsync(path);
            await CheckAsync(person.Page, path);
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
        await CheckAsync(page, "the account menu");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keyboard shortcuts" }).ClickAsync();
        await CheckAsync(page, "the help");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask for a word" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();
        await CheckAsync(page, "the dialog");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await page.GetByRole(AriaRole.Button, new() { Name = "Notify" }).ClickAsync();
        await page.GetByText("Paused shop-nightly.").WaitForAsync();
        await CheckAsync(page, "a notice");
    }

    private static async Task CheckAsync(IPage page, string what)
    {
        var result = await page.RunAxe();
        var serious = result.Violations.Where(v => v.Impact is "serious" or "critical")
            .Select(v => $"{v.Id}: {v.Help}\n  {string.Join("\n  ", v.Nodes.Select(n => n.Html + " — " + string.Join("; ", n.Any.Select(c => c.Message))))}").ToList();
        Assert.True(serious.Count == 0, $"{what}:\n{string.Join("\n", serious)}");
    }
}
