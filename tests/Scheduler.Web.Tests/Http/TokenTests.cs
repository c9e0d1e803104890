using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Access;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Http;

public sealed class TokenTests
{
    private const string Bea = "bea@example.com";

    [Fact]
    public async Task ATokenMadeOnThePage_OpensTheDoorsOfItsRole()
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();

        using var answer = await ana.SubmitAsync("/account", "token", ("NewToken.Name", "report"), ("NewToken.Role", "Viewer"), ("NewToken.Days", "7"));
        var token = Regex.Match(await answer.Content.ReadAsStringAsync(), "sch_[0-9A-Za-z]{40}").Value;
        using var program = server.WithToken(token);

        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync(new Uri("/", UriKind.Relative))).StatusCode);
        Assert.DoesNotContain(token, await ana.GetStringAsync(new Uri("/account", UriKind.Relative)), StringComparison.Ordinal);
        using var refused = await program.GetAsync(new Uri("/settings/users", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("sch_0000000000000000000000000000000000000000")]
    [InlineData("sch_")]
    [InlineData("x")]
    public async Task AWrongToken_Is401_EvenBesideAGoodSession(string token)
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();
        ana.DefaultRequestHeaders.Add("Authorization", $"Bearer {token}");

        using var answer = await ana.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task ATokenInTheAddress_CountsForTheHubAlone()
    {
        await using var server = await WebServer.StartAsync();
        var token = await server.Services.GetRequiredService<ApiTokens>().CreateAsync(WebServer.Admin, "hub", null, null, Actor.LocalConsole);
        using var client = server.Browse();

        using var page = await client.GetAsync(new Uri($"/?access_token={token.Text}", UriKind.Relative));
        using var api = await client.GetAsync(new Uri($"/api/v1/schedules?access_token={token.Text}", UriKind.Relative));
        using var hub = await client.GetAsync(new Uri($"/hubs/none?access_token={token.Text}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Found, page.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
        Assert.Equal("Bearer", api.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(HttpStatusCode.NotFound, hub.StatusCode);   // let in; there is no such hub
    }

    [Fact]
    public async Task RevokedDisabledOrDemoted_TakesEffectWithTheNextRequest()
    {
        await using var server = await WebServer.StartAsync();
        await server.AddUserAsync(Bea, Role.Administrator);
        var (tokens, accounts) = (server.Services.GetRequiredService<ApiTokens>(), server.Services.GetRequiredService<UserAccounts>());
        var token = await tokens.CreateAsync(Bea, "deploy", Role.Administrator, null, Actor.LocalConsole);
        using var program = server.WithToken(token.Text);
        async Task<HttpStatusCode> AskAsync() => (await program.GetAsync(new Uri("/settings/users", UriKind.Relative))).StatusCode;

        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        await accounts.ChangeRoleAsync(Bea, Role.Operator, Actor.LocalConsole);
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync());
        await accounts.ChangeRoleAsync(Bea, Role.Administrator, Actor.LocalConsole);
        Assert.Equal(HttpStatusCode.OK, await AskAsync());
        await accounts.DisableAsync(Bea, Actor.LocalConsole);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync());
        await accounts.EnableAsync(Bea, Actor.LocalConsole);
        await tokens.RevokeAsync(token.Id, Actor.LocalConsole);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync());
    }

    [Fact]
    public async Task GuessingTokens_IsSlowedDown()
    {
        await using var server = await WebServer.StartAsync();
        using var guesser = server.Browse();
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 35; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/status");
            request.Headers.Add("Authorization", $"Bearer sch_{i:d40}");
            using var answer = await guesser.SendAsync(request);
            answers.Add(answer.StatusCode);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests) Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        Assert.Equal(30, answers.Count(s => s == HttpStatusCode.Unauthorized));
        Assert.Equal(5, answers.Count(s => s == HttpStatusCode.TooManyRequests));
    }
}
