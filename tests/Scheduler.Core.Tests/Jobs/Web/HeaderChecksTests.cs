using Scheduler.Core.Jobs.Web;
using static Scheduler.Core.Tests.Jobs.Web.PageBuilder;

namespace Scheduler.Core.Tests.Jobs.Web;

public sealed class HeaderChecksTests
{
    private const string Shop = "https://shop.example.com/";
    private const string Html = "Content-Type: text/html";

    // All that a careful server sends; each test takes away or spoils one thing.
    private static readonly string[] Careful =
    [
        Html, "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'", "Strict-Transport-Security: max-age=31536000",
        "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Server: nginx",
    ];

    private static string[] CarefulWith(string header) => [.. Careful.Where(h => !h.StartsWith(header.Split(':')[0] + ":", StringComparison.Ordinal)), header];
    private static string[] CarefulWithout(string name) => [.. Careful.Where(h => !h.StartsWith(name + ":", StringComparison.Ordinal))];
    private static string Found(params string[] headers) => string.Join(", ", Lines(HeaderChecks.Check(Page(Shop, "<html>", headers))));

    [Fact]
    public void Check_CarefulPage_FindsNothing() => Assert.Equal("", Found(Careful));

    [Theory]
    [InlineData("Content-Security-Policy", "web.header.csp-missing Medium, web.header.framing Medium")]
    [InlineData("Strict-Transport-Security", "web.header.hsts-missing Low")]
    [InlineData("X-Content-Type-Options", "web.header.content-type-options Low")]
    [InlineData("Referrer-Policy", "web.header.referrer-policy-missing Info")]
    public void Check_HeaderMissing_IsFound(string name, string expected) => Assert.Equal(expected, Found(CarefulWithout(name)));

    [Theory]
    [InlineData("Strict-Transport-Security: max-age=15552000", "")]
    [InlineData("Strict-Transport-Security: max-age=15551999", "web.header.hsts-short Low")]
    [InlineData("Strict-Transport-Security: includeSubDomains; MAX-AGE=\"31536000\"", "")]
    [InlineData("Strict-Transport-Security: max-age=0", "web.header.hsts-short Low")]
    [InlineData("Strict-Transport-Security: forever", "web.header.hsts-missing Low")]
    [InlineData("X-Content-Type-Options: NoSniff", "")]
    [InlineData("X-Content-Type-Options: sniff", "web.header.content-type-options Low")]
    [InlineData("Referrer-Policy: unsafe-url", "web.header.referrer-policy-unsafe Low")]
    [InlineData("Referrer-Policy: no-referrer, unsafe-url", "web.header.referrer-policy-unsafe Low")] // the last known one counts
    [InlineData("Referrer-Policy: unsafe-url, strict-origin, something-new", "")]
    [InlineData("Referrer-Policy: whatever", "web.header.referrer-policy-missing Info")]
    [InlineData("Server: nginx/1.25.3", "web.disclosure.version Low Server")]
    [InlineData("Server: Apache/2.4.58 (Debian)", "web.disclosure.version Low Server")]
    [InlineData("Server: Microsoft-IIS/10.0", "web.disclosure.version Low Server")]
    [InlineData("Server: ECS (dcb/7F83)", "")] // a node's name
    [InlineData("Server: HTTP2-Proxy", "")]
    [InlineData("Server: cloudflare", "")]
    [InlineData("X-Powered-By: PHP/8.1.2-1ubuntu2", "web.disclosure.version Low X-Powered-By")]
    [InlineData("X-Powered-By: Express", "")]
    [InlineData("X-AspNet-Version: 4.0.30319", "web.disclosure.version Low X-AspNet-Version")]
    public void Check_HeaderValue_IsJudged(string header, string expected) => Assert.Equal(expected, Found(CarefulWith(header)));

    [Theory]
    [InlineData("default-src 'self'", "")]
    [InlineData("script-src 'self'; script-src *", "")] // the first of a name counts
    [InlineData("img-src *; style-src 'self'", "web.header.csp-scripts-unrestricted Medium")]
    [InlineData("upgrade-insecure-requests", "web.header.csp-scripts-unrestricted Medium")]
    [InlineData("default-src 'self' 'unsafe-inline'", "web.header.csp-unsafe-inline Medium script-src, web.header.csp-unsafe-inline Info style-src")]
    [InlineData("default-src 'self'; script-src 'unsafe-inline' 'nonce-abc'", "")]
    [InlineData("default-src 'self'; script-src 'UNSAFE-INLINE' 'sha256-abc='", "")]
    [InlineData("default-src 'self'; style-src 'unsafe-inline'", "web.header.csp-unsafe-inline Info style-src")]
    [InlineData("script-src 'self' 'unsafe-eval'", "web.header.csp-unsafe-eval Low script-src")]
    [InlineData("default-src *", "web.header.csp-wildcard Medium script-src")]
    [InlineData("script-src https:", "web.header.csp-wildcard Medium script-src")]
    [InlineData("script-src 'self' data:", "web.header.csp-wildcard Medium script-src")]
    [InlineData("script-src 'self' https://*.example.com", "")]
    [InlineData("script-src https: 'strict-dynamic' 'nonce-abc'", "")]
    [InlineData("img-src *; script-src 'self'", "")]
    [InlineData("script-src 'unsafe-inline', script-src 'self'", "")] // both policies are enforced
    public void Check_Csp_IsReadAsBrowsersDo(string policy, string expected) =>
        Assert.Equal(expected, Found([.. CarefulWith($"Content-Security-Policy: {policy}"), "X-Frame-Options: DENY"]));

    [Theory]
    [InlineData("X-Frame-Options: SAMEORIGIN", "")]
    [InlineData("X-Frame-Options: deny", "")]
    [InlineData("X-Frame-Options: ALLOW-FROM https://a.example", "web.header.framing Medium")]
    [InlineData("Content-Security-Policy: default-src 'self'; frame-ancestors 'self' https://a.example", "")]
    [InlineData("Content-Security-Policy: default-src 'self'; frame-ancestors *", "web.header.framing Medium")]
    [InlineData("Content-Security-Policy: default-src 'self'; frame-ancestors https:", "web.header.framing Medium")]
    [InlineData("X-Other: x", "web.header.framing Medium")]
    public void Check_Framing_NeedsALimit(string header, string expected) =>
        Assert.Equal(expected, Found([.. CarefulWith("Content-Security-Policy: default-src 'self'").Where(h => !header.StartsWith(h.Split(':')[0], StringComparison.Ordinal)), header]));

    [Fact]
    public void Check_FrameAncestorsBesideFrameOptions_Wins() =>
        Assert.Equal("web.header.framing Medium", Found([.. CarefulWith("Content-Security-Policy: default-src 'self'; frame-ancestors *"), "X-Frame-Options: DENY"]));

    [Fact]
    public void Check_ReportOnlyPolicy_IsNone()
    {
        var finding = Assert.Single(HeaderChecks.Check(Page(Shop, "<html>", [.. CarefulWithout("Content-Security-Policy"), "X-Frame-Options: DENY", "Content-Security-Policy-Report-Only: default-src 'self'"])));
        Assert.Equal(("web.header.csp-missing", "only Content-Security-Policy-Report-Only: default-src 'self'"), (finding.Rule, finding.Evidence));
    }

    [Fact]
    public void Check_PolicyAndReferrerInMeta_Count() => Assert.Equal("web.header.framing Medium", string.Join(", ", Lines(HeaderChecks.Check(Page(
        Shop, "<meta http-equiv='Content-Security-Policy' content=\"default-src 'self'; frame-ancestors 'none'\"><meta name=referrer content=origin>",
        [.. CarefulWithout("Content-Security-Policy").Where(h => !h.StartsWith("Referrer", StringComparison.Ordinal))])))));

    [Theory] // what is not a successful HTML page is not judged as one
    [InlineData(200, "application/json", "web.header.content-type-options Low")]
    [InlineData(200, "image/png", "")]
    [InlineData(200, "text/css", "web.header.content-type-options Low")]
    [InlineData(404, "text/html", "")]
    [InlineData(500, "text/html", "")]
    [InlineData(302, "text/html", "")]
    public void Check_OtherAnswers_OnlyWhatMakesSense(int status, string type, string expected) => Assert.Equal(expected,
        string.Join(", ", Lines(HeaderChecks.Check(Page(Shop, status, "body", $"Content-Type: {type}", "Strict-Transport-Security: max-age=31536000")))));

    [Theory]
    [InlineData("http://shop.example.com/", "web.transport.plain-http Medium")]
    [InlineData("http://127.0.0.1/", "web.transport.plain-http Info")] // nobody listens inside one machine
    [InlineData("https://192.0.2.1/", "")] // browsers ignore HSTS for bare addresses
    public void Check_Transport_DependsOnTheWire(string url, string expected) => Assert.Equal(expected,
        string.Join(", ", Lines(HeaderChecks.Check(Page(url, "<html>", CarefulWithout("Strict-Transport-Security"))))));

    [Fact]
    public void Check_HttpThatRedirectsToHttps_IsFine() =>
        Assert.Empty(HeaderChecks.Check(Page([Hop("http://shop.example.com/", 301, "Location: https://shop.example.com/"), Hop(Shop, 200, Careful)])));

    [Fact]
    public void Check_HttpsThatRedirectsToHttp_IsADowngrade() => Assert.Equal(["web.transport.downgrade Medium"],
        Lines(HeaderChecks.Check(Page([Hop(Shop, 302, "Location: http://shop.example.com/"), Hop("http://shop.example.com/", 200, Careful)]))));

    [Fact]
    public void Check_Generator_DisclosesItsVersion() => Assert.Equal(["web.disclosure.version Low meta generator"],
        Lines(HeaderChecks.Check(Page(Shop, "<meta name=generator content='WordPress 6.4.2'>", Careful))));

    [Fact]
    public void Rules_AreDistinctAndComplete()
    {
        Assert.Equal(WebRules.All.Count, WebRules.All.Select(r => r.Id).Distinct().Count());
        Assert.Equal(typeof(WebRules).GetFields().Count(f => f.FieldType == typeof(WebRule)), WebRules.All.Count);
        Assert.All(WebRules.All, r => Assert.StartsWith("https://", r.Reference, StringComparison.Ordinal));
        Assert.All(WebRules.All, r => Assert.NotEmpty(r.Remedy));
    }
}
