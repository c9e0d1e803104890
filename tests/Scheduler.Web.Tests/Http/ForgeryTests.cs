using System.Net;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Http;

/// <summary>What another site can make a browser send.</summary>
public sealed class ForgeryTests
{
    [Theory]
    [InlineData("/signin", "signin")]
    [InlineData("/signout", "")]
    [InlineData("/account", "token")]
    [InlineData("/account", "password")]
    [InlineData("/account", "everywhere")]
    [InlineData("/account", "keys")]
    public async Task AFormWithoutItsToken_IsRefused(string path, string form)
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();
        var before = server.Audit.Count;

        using var fields = new FormUrlEncodedContent([new("_handler", form), new("NewToken.Name", "x"), new("Input.Email", WebServer.Admin), new("Input.Password", WebServer.Password)]);
        using var answer = await ana.PostAsync(new Uri(path, UriKind.Relative), fields);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(before, server.Audit.Count);
        Assert.Equal(HttpStatusCode.OK, (await ana.GetAsync(new Uri("/account", UriKind.Relative))).StatusCode);
    }

    [Theory]
    [InlineData("POST", "/signin")]
    [InlineData("POST", "/api/v1/schedules/x/run")]
    [InlineData("POST", "/_blazor/negotiate")]
    [InlineData("GET", "/_blazor")]
    [InlineData("GET", "/hubs/runs")]
    public async Task ARequestFromAnotherSite_IsRefused(string method, string path)
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();

        foreach (var (name, value) in new[] { ("Origin", "https://evil.example"), ("Origin", "null"), ("Origin", $"http://localhost:{server.Address.Port + 1}"), ("Sec-Fetch-Site", "cross-site") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add(name, value);
            using var answer = await ana.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Fact]
    public async Task ARequestFromOurOwnPages_IsLetThrough()
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();

        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        request.Headers.Add("Origin", server.Address.ToString().TrimEnd('/'));
        using var answer = await ana.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("javascript:alert(1)")]
    public async Task AfterSignIn_NobodyIsSentElsewhere(string returnUrl)
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();

        using var answer = await client.SubmitAsync($"/signin?returnUrl={Uri.EscapeDataString(returnUrl)}", "signin", ("Input.Email", WebServer.Admin), ("Input.Password", WebServer.Password));

        Assert.Equal("/", new Uri(server.Address, answer.Headers.Location!).AbsolutePath);
        Assert.Equal(server.Address.Authority, new Uri(server.Address, answer.Headers.Location!).Authority);
    }
}
