using Scheduler.Core.Jobs.Web;
using static Scheduler.Core.Tests.Jobs.Web.PageBuilder;

namespace Scheduler.Core.Tests.Jobs.Web;

public sealed class CookieChecksTests
{
    private static string Found(string url, params string[] cookies) =>
        string.Join(", ", Lines(CookieChecks.Check(Page(url, "", [.. cookies.Select(c => $"Set-Cookie: {c}")]))));

    [Theory]
    [InlineData("PHPSESSID=abc; Secure; HttpOnly; SameSite=Lax", "")]
    [InlineData("PHPSESSID=abc; HttpOnly; SameSite=Lax", "web.cookie.no-secure Medium PHPSESSID")]
    [InlineData("PHPSESSID=abc; secure; SameSite=strict", "web.cookie.no-httponly Low PHPSESSID")]
    [InlineData("PHPSESSID=abc; Secure; HttpOnly", "web.cookie.no-samesite Low PHPSESSID")]
    [InlineData("connect.sid=abc; Secure; HttpOnly; SameSite=Sometimes", "web.cookie.no-samesite Low connect.sid")]
    [InlineData("theme=dark", "web.cookie.no-secure Low theme, web.cookie.no-httponly Info theme, web.cookie.no-samesite Info theme")]
    [InlineData("XSRF-TOKEN=abc; Secure; SameSite=Lax", "")] // scripts must read it
    [InlineData("embed=1; Secure; HttpOnly; SameSite=None", "")]
    [InlineData("PHPSESSID=; Max-Age=0", "")] // is being deleted
    [InlineData("PHPSESSID=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "")]
    [InlineData("a=1; Expires=Thu, 01 Jan 2037 00:00:00 GMT; Secure; HttpOnly", "web.cookie.no-samesite Info a")]
    [InlineData("nonsense", "")]
    [InlineData("=nameless; Secure", "")]
    public void Check_OverHttps_FindsWhatIsMissing(string cookie, string expected) => Assert.Equal(expected, Found("https://shop.example.com/", cookie));

    [Theory]
    [InlineData("PHPSESSID=abc; HttpOnly; SameSite=Lax", "")] // Secure would make it useless there
    [InlineData("embed=1; HttpOnly; SameSite=None", "web.cookie.no-samesite Info embed")]
    public void Check_OverHttp_DoesNotAskForSecure(string cookie, string expected) => Assert.Equal(expected, Found("http://shop.example.com/", cookie));

    [Fact]
    public void Check_CookieOnARedirect_IsSeen() => Assert.Equal(["web.cookie.no-samesite Info a"], Lines(CookieChecks.Check(Page(
        [Hop("https://shop.example.com/", 302, "Set-Cookie: a=1; Secure; HttpOnly", "Location: /b"), Hop("https://shop.example.com/b", 200, "Set-Cookie: a=2; Secure; HttpOnly")]))));

    [Fact]
    public void Check_Value_NeverShows()
    {
        var finding = Assert.Single(CookieChecks.Check(Page("https://shop.example.com/", "", "Set-Cookie: sid=topsecret; Path=/; Secure; HttpOnly")));
        Assert.Equal("Set-Cookie: sid=…; Path=/; Secure; HttpOnly", finding.Evidence);
    }

    [Fact]
    public void Check_ThousandsOfCookies_AreNotThousandsOfFindings() =>
        Assert.Equal(50, CookieChecks.Check(Page("https://shop.example.com/", "", [.. Enumerable.Range(0, 4000).Select(i => $"Set-Cookie: c{i}=1; Secure; HttpOnly")])).Count());
}
