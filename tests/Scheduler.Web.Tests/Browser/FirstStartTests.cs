using Microsoft.Playwright;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

[Collection(BrowserTests.Name)]
public sealed class FirstStartTests(Browser browser)
{
    [SkippableFact]
    public async Task SetUpLink_Administrator_SignedIn_SignOut_SignIn()
    {
        await using var server = await WebServer.StartAsync(withAdmin: false);
        await using var person = await browser.OpenAsync(server);
        var page = person.Page;

        await page.GotoAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Not set up yet" })).ToBeVisibleAsync();

        await page.GotoAsync(server.SetUpPath);
        await page.GetByLabel("E-mail address").FillAsync(WebServer.Admin);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(WebServer.Password);
        await page.GetByLabel("Password again").FillAsync(WebServer.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the account and sign in" }).ClickAsync();
        await page.WaitForURLAsync("**/welcome");
        await Expect(page.Locator("#live-lamp")).ToHaveTextAsync("Live");

        await page.GetByRole(AriaRole.Button, new() { Name = $"Account of {WebServer.Admin}" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByText("You are signed out.")).ToBeVisibleAsync();

        await person.FillSignInAsync(WebServer.Admin, WebServer.Password);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        await Expect(page.Locator("#live-lamp")).ToHaveTextAsync("Live");
        Assert.Empty(person.Complaints);
    }

    [SkippableFact]
    public async Task WithoutScripts_SignInAndAccountStillWork()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server, scripts: false);

        await person.SignInAsync();
        await person.Page.GotoAsync("/account");
        await person.Page.GetByLabel("New token for").FillAsync("report");
        await person.Page.GetByRole(AriaRole.Button, new() { Name = "Make the token" }).ClickAsync();

        await Expect(person.Page.Locator("[data-token]")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^sch_[0-9A-Za-z]{40}$"));
    }

    [SkippableFact]
    public async Task FiveWrongPasswords_SayUntilWhenTheAccountIsLocked()
    {
        await using var server = await WebServer.StartAsync();
        await using var person = await browser.OpenAsync(server);
        await person.Page.GotoAsync("/signin");

        for (var i = 0; i < 4; i++)
        {
            await person.FillSignInAsync(WebServer.Admin, $"guess number {i}");
            await Expect(person.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("is not right");
        }
        await person.FillSignInAsync(WebServer.Admin, "guess number 5");
        await Expect(person.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(new System.Text.RegularExpressions.Regex(@"Try again at (\w{3} \d+ \w{3} )?\d\d:\d\d New York \(in 15 min\)"));

        await person.FillSignInAsync(WebServer.Admin, WebServer.Password);
        await Expect(person.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Too many wrong tries");
    }
}
