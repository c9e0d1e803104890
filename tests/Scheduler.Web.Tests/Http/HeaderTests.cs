using System.Net;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Http;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("/signin")]
    [InlineData("/")]                        // a redirect
    [InlineData("/css/app.css")]
    [InlineData("/health/live")]
    [InlineData("/api/v1/schedules")]        // a refusal
    [InlineData("/no/such/page")]
    public async Task EveryAnswer_CarriesTheSecurityHeaders(string path)
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();

        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));

        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.True(answer.Headers.Contains("Permissions-Policy"));
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("X-Powered-By"));
    }

    [Fact]
    public async Task Pages_AreNotKeptByCaches_ButFilesAre()
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();

        using var page = await ana.GetAsync(new Uri("/", UriKind.Relative));
        var html = await page.Content.ReadAsStringAsync();
        var sheet = System.Text.RegularExpressions.Regex.Match(html, "href=\"(css/app\\.[^\"]+)\"").Groups[1].Value;
        using var file = await ana.GetAsync(new Uri("/" + sheet, UriKind.Relative));

        Assert.True(page.Headers.CacheControl?.NoStore);
        Assert.Equal(HttpStatusCode.OK, file.StatusCode);
        Assert.False(file.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task Cookies_AreOutOfReachForScriptsAndOtherSites()
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();

        using var form = await client.GetAsync(new Uri("/signin", UriKind.Relative));
        using var answer = await client.SubmitAsync("/signin", "signin", ("Input.Email", WebServer.Admin), ("Input.Password", WebServer.Password));
        var cookies = form.Headers.GetValues("Set-Cookie").Concat(answer.Headers.GetValues("Set-Cookie")).ToList();

        Assert.Contains(cookies, c => c.StartsWith("scheduler-session=", StringComparison.Ordinal));
        Assert.Contains(cookies, c => c.StartsWith("scheduler-device=", StringComparison.Ordinal));
        Assert.All(cookies, cookie =>
        {
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Matches("(?i)samesite=(lax|strict)", cookie);
        });
    }

    [Fact]
    public async Task Pages_HaveNoInlineScript()
    {
        await using var server = await WebServer.StartAsync();
        using var ana = await server.SignedInAsync();

        foreach (var path in (string[])["/", "/account", "/settings/users", "/design"])
        {
            var html = await ana.GetStringAsync(new Uri(path, UriKind.Relative));
            Assert.DoesNotMatch("<script(?![^>]*\\bsrc=)", html);
            Assert.DoesNotMatch("(?i)\\son[a-z]+=\"", html);
            Assert.DoesNotContain("<style", html, StringComparison.OrdinalIgnoreCase);
        }
    }
}
