using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Access;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Http;

/// <summary>Set-up, sign-in and account as plain forms: no script runs here.</summary>
public sealed class SignInPageTests
{
    private const string Bea = "bea@example.com";

    [Fact]
    public async Task AFirstStart_SendsEveryoneToSetUp_WhichTakesTheLink()
    {
        await using var server = await WebServer.StartAsync(withAdmin: false);
        using var client = server.Browse();

        using var home = await client.GetAsync(new Uri("/", UriKind.Relative));
        var closed = await client.GetStringAsync(new Uri("/setup?token=guess", UriKind.Relative));
        using var made = await client.SubmitAsync(server.SetUpPath, "setup", ("Input.Email", "ana@example.com"), ("Input.Password", WebServer.Password), ("Input.Again", WebServer.Password));

        Assert.Equal("/setup", home.Headers.Location?.OriginalString);
        Assert.DoesNotContain("<form", closed, StringComparison.Ordinal);
        Assert.EndsWith("/welcome", made.Headers.Location?.OriginalString, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/welcome", UriKind.Relative))).StatusCode);
        Assert.Contains("ana@example.com added user ana@example.com: as the first Administrator", server.Audit);
        Assert.Contains("Already set up", await client.GetStringAsync(new Uri(server.SetUpPath, UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("short", "short", "Use at least 12 characters")]
    [InlineData("correct horse battery", "correct horse batterie", "This is not the same password.")]
    public async Task SetUp_AnUnfitPassword_SaysSoAtTheField(string password, string again, string complaint)
    {
        await using var server = await WebServer.StartAsync(withAdmin: false);
        using var client = server.Browse();

        using var answer = await client.SubmitAsync(server.SetUpPath, "setup", ("Input.Email", "ana@example.com"), ("Input.Password", password), ("Input.Again", again));

        Assert.Contains(complaint, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(server.Audit);
    }

    [Fact]
    public async Task TheEnvironment_MakesTheFirstAdministrator_AndPrintsNoLink()
    {
        await using var server = await WebServer.StartAsync(withAdmin: false, settings: [("SCHEDULER_ADMIN_EMAIL", "ops@example.com"), ("SCHEDULER_ADMIN_PASSWORD", WebServer.Password)]);

        Assert.Equal("", server.ConsoleText);
        using var client = await server.SignedInAsync("ops@example.com");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/settings/users", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task TheEnvironment_WithAWeakPassword_IsRefusedWithTheReason_AndTheLinkStands()
    {
        await using var server = await WebServer.StartAsync(withAdmin: false, settings: [("SCHEDULER_ADMIN_EMAIL", "ops@example.com"), ("SCHEDULER_ADMIN_PASSWORD", "secret")]);

        Assert.Contains("Use at least 12 characters", server.ConsoleText, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", server.ConsoleText, StringComparison.Ordinal);
        Assert.Contains("/setup?token=", server.SetUpPath, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownAndWrong_GetTheSameAnswer()
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();

        async Task<string> TryAsync(string email)
        {
            using var answer = await client.SubmitAsync("/signin", "signin", ("Input.Email", email), ("Input.Password", "not the password"));
            var html = await answer.Content.ReadAsStringAsync();
            return $"{answer.StatusCode}: {System.Text.RegularExpressions.Regex.Match(html, "<div class=\"notice.*?</div>\\s*</div>", System.Text.RegularExpressions.RegexOptions.Singleline).Value}";
        }

        var wrong = await TryAsync(WebServer.Admin);
        Assert.Contains("is not right", wrong, StringComparison.Ordinal);
        Assert.Equal(wrong, await TryAsync("nobody@example.com"));
    }

    [Fact]
    public async Task SignOut_EndsTheSession()
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();
        var html = await ana.GetStringAsync(new Uri("/", UriKind.Relative));
        var token = System.Text.RegularExpressions.Regex.Match(html, "action=\"/signout\".*?__RequestVerificationToken\" value=\"([^\"]+)", System.Text.RegularExpressions.RegexOptions.Singleline).Groups[1].Value;

        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]);
        using var answer = await ana.PostAsync(new Uri("/signout", UriKind.Relative), form);

        Assert.Equal("/signin?out=1", answer.Headers.Location?.OriginalString);
        Assert.Contains("You are signed out.", await ana.GetStringAsync(answer.Headers.Location), StringComparison.Ordinal);
        Assert.Equal("ana@example.com signed out session ana@example.com: ", server.Audit[^1]);
        Assert.Equal(HttpStatusCode.Found, (await ana.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task ChangingThePassword_KeepsThisSessionAndEndsTheOthers()
    {
        await using var server = await WebServer.StartAsync();
        using var here = await server.SignedInAsync();
        using var elsewhere = await server.SignedInAsync();

        using var changed = await here.SubmitAsync("/account", "password",
            ("Input.Current", WebServer.Password), ("Input.Password", "a new and longer one"), ("Input.Again", "a new and longer one"));

        Assert.EndsWith("/account?done=password", changed.Headers.Location?.OriginalString, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync(new Uri("/account", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await elsewhere.GetAsync(new Uri("/account", UriKind.Relative))).StatusCode);
        using var again = await server.SignedInAsync(password: "a new and longer one");
    }

    [Fact]
    public async Task ChangingThePassword_WithTheWrongOldOne_ChangesNothing()
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();

        using var answer = await ana.SubmitAsync("/account", "password", ("Input.Current", "wrong"), ("Input.Password", "a new and longer one"), ("Input.Again", "a new and longer one"));

        Assert.Contains("This is not your password.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var again = await server.SignedInAsync();
    }

    [Fact]
    public async Task SignOutEverywhere_EndsAllSessions()
    {
        await using var server = await WebServer.StartAsync();
        using var here = await server.SignedInAsync();
        using var elsewhere = await server.SignedInAsync();

        await here.SubmitAsync("/account", "everywhere");

        Assert.Equal(HttpStatusCode.Found, (await here.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.Found, (await elsewhere.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task AnInvitation_IsFollowedToAPassword()
    {
        await using var server = await WebServer.StartAsync();
        var link = await server.Services.GetRequiredService<UserAccounts>().AddAsync(Bea, Role.Viewer, Actor.LocalConsole);
        using var client = server.Browse();

        using var answer = await client.SubmitAsync(link.Path, "accept", ("Input.Password", WebServer.Password), ("Input.Again", WebServer.Password));

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
        Assert.Contains("no longer works", await client.GetStringAsync(new Uri(link.Path, UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Role.Viewer)]
    [InlineData(Role.Operator)]
    public async Task ALesserRole_AtAnAdministratorsPage_IsSentToDenied(Role role)
    {
        await using var server = await WebServer.StartAsync();
        await server.AddUserAsync(Bea, role);
        using var bea = await server.SignedInAsync(Bea);

        foreach (var path in (string[])["/settings", "/settings/users", "/design"])
        {
            using var answer = await bea.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal("/denied", answer.Headers.Location?.OriginalString);
        }
    }
}
