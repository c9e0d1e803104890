using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Scheduler.Core.Access;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace Scheduler.Web.Tests.Browsers;

[Collection(BrowserTests.Name)]
public sealed class PeopleTests(Browser browser)
{
    private const string Bea = "bea@example.com";

    [SkippableFact]
    public async Task AViewer_SeesNoAdministratorsPlaces_AndGetsDenied()
    {
        await using var server = await WebServer.StartAsync();
        await server.AddUserAsync(Bea, Role.Viewer);
        await using var person = await browser.OpenAsync(server);
        await person.SignInAsync(Bea);

        await Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = "Schedules" }).First).ToBeVisibleAsync();
        await Expect(person.Page.GetByRole(AriaRole.Link, new() { Name = "Settings" })).ToHaveCountAsync(0);

        await person.Page.GotoAsync("/settings/users");
        await Expect(person.Page.GetByRole(AriaRole.Heading, new() { Name = "Your role does not include this" })).ToBeVisibleAsync();

        // Inside the circuit too, where no request asks the server's door.
        await person.GoLiveAsync("/");
        await person.Page.EvaluateAsync("() => Blazor.navigateTo('/settings/users')");
        await Expect(person.Page.GetByRole(AriaRole.Heading, new() { Name = "Your role does not include this" })).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task AnAdministrator_AddsSomebody_WhoFollowsTheLink()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/settings/users");

        await ana.Page.GetByLabel("E-mail address").FillAsync("not an address");
        await ana.Page.GetByLabel("E-mail address").EvaluateAsync("field => field.form.noValidate = true");
        await ana.Page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await Expect(ana.Page.Locator("#new-email-errors")).ToContainTextAsync("Write an e-mail address");

        await ana.Page.GetByLabel("E-mail address").FillAsync(Bea);
        await ana.Page.GetByLabel("Role", new() { Exact = true }).SelectOptionAsync("Viewer");
        await ana.Page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        var link = await ana.Page.Locator("[data-link]").TextContentAsync();

        await using var bea = await browser.OpenAsync(server);
        await bea.Page.GotoAsync(link!);
        await bea.Page.GetByLabel("Password", new() { Exact = true }).FillAsync(WebServer.Password);
        await bea.Page.GetByLabel("Password again").FillAsync(WebServer.Password);
        await bea.Page.GetByRole(AriaRole.Button, new() { Name = "Set the password and sign in" }).ClickAsync();
        await Expect(bea.Page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard" })).ToBeVisibleAsync();
        Assert.Empty(ana.Complaints.Concat(bea.Complaints));
    }

    [SkippableFact]
    public async Task ADisabledPerson_IsThrownOutOfAnOpenPageWithinSeconds()
    {
        await using var server = await WebServer.StartAsync();
        await server.AddUserAsync(Bea, Role.Operator);
        await using var ana = await browser.OpenAsync(server);
        await using var bea = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await bea.SignInAsync(Bea);
        await bea.GoLiveAsync("/runs");
        await ana.GoLiveAsync("/settings/users");

        await ana.Page.GetByRole(AriaRole.Button, new() { Name = $"Disable {Bea}" }).ClickAsync();
        await ana.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(ana.Page.GetByText($"{Bea} is disabled.")).ToBeVisibleAsync();
        var watch = Stopwatch.StartNew();

        await bea.Page.WaitForURLAsync("**/signin**", new() { Timeout = 15_000 });
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(6), $"Thrown out after {watch.Elapsed}.");
    }

    [SkippableFact]
    public async Task ACircuitWhoseRoleHasSunk_CanNoLongerAct()
    {
        await using var server = await WebServer.StartAsync();
        await server.AddUserAsync(Bea, Role.Administrator);
        await using var bea = await browser.OpenAsync(server);
        await bea.SignInAsync(Bea);
        await bea.GoLiveAsync("/settings/users");
        await bea.Page.GetByLabel("E-mail address").FillAsync("friend@example.com");

        await server.Services.GetRequiredService<UserAccounts>().ChangeRoleAsync(Bea, Role.Viewer, Actor.LocalConsole);
        await bea.Page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();

        await Expect(bea.Page.GetByText("Your session has ended").Or(bea.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" }))).ToBeVisibleAsync();
        Assert.DoesNotContain(await server.Services.GetRequiredService<UserAccounts>().ListAsync(), user => user.Email == "friend@example.com");
    }

    [SkippableFact]
    public async Task TheLastAdministrator_IsToldWhyDisablingFails()
    {
        await using var server = await WebServer.StartAsync();
        await using var ana = await browser.OpenAsync(server);
        await ana.SignInAsync();
        await ana.GoLiveAsync("/settings/users");

        await ana.Page.GetByRole(AriaRole.Button, new() { Name = $"Disable {WebServer.Admin}" }).ClickAsync();
        await ana.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();

        await Expect(ana.Page.GetByText("is the last administrator who can sign in")).ToBeVisibleAsync();
    }

    [SkippableFact]
    public async Task NobodyHasACircuitBeforeSigningIn()
    {
        await using var server = await WebServer.StartAsync();
        await using var nobody = await browser.OpenAsync(server);
        var sockets = 0;
        nobody.Page.WebSocket += (_, _) => sockets++;

        foreach (var path in (string[])["/", "/signin", "/setup", "/account/accept?token=x"])
        {
            await nobody.Page.GotoAsync(path, new() { WaitUntil = WaitUntilState.NetworkIdle });
            Assert.Equal(0, await nobody.Page.Locator("script[src*='blazor']").CountAsync());
        }

        Assert.Equal(0, sockets);
    }
}
