using System.Diagnostics;
using System.Text;
using Scheduler.Core.Jobs.Web;
using static Scheduler.Core.Tests.Jobs.Web.PageBuilder;

namespace Scheduler.Core.Tests.Jobs.Web;

public sealed class HtmlChecksTests
{
    private const string Shop = "https://shop.example.com/a/";

    [Theory]
    [InlineData("<script src='http://cdn.example/x.js'></script>", "web.mixed-content.active Medium script")]
    [InlineData("<link rel='preload StyleSheet' href=http://cdn.example/x.css>", "web.mixed-content.active Medium stylesheet")]
    [InlineData("<link rel=canonical href=http://shop.example.com/>", "")] // is not loaded
    [InlineData("<iframe src=HTTP://cdn.example/></iframe>", "web.mixed-content.active Medium frame")]
    [InlineData("<object data=http://cdn.example/x></object>", "web.mixed-content.active Medium object")]
    [InlineData("<img src=http://cdn.example/x.png>", "web.mixed-content.passive Low image")]
    [InlineData("<video src=http://cdn.example/x.mp4>", "web.mixed-content.passive Low media")]
    [InlineData("<form action=http://shop.example.com/login>", "web.mixed-content.form Medium form")]
    [InlineData("<button formaction=http://shop.example.com/login>", "web.mixed-content.form Medium form")]
    [InlineData("<a href=http://other.example/>", "")] // a link is not mixed content
    [InlineData("<img src=//cdn.example/x.png><script src=/x.js></script>", "")]
    [InlineData("<base href=http://cdn.example/><script src=x.js></script>", "web.mixed-content.active Medium script")]
    [InlineData("<!-- <script src=http://cdn.example/x.js></script> -->", "")]
    [InlineData("<script>document.write(\"<img src=http://cdn.example/x.png>\")</script>", "")]
    [InlineData("<textarea><img src=http://cdn.example/x.png></textarea>", "")]
    [InlineData("<template><img src=http://cdn.example/x.png></template>", "")]
    [InlineData("<img src=http://localhost:5080/x.png><img src=http://127.0.0.1/x.png>", "")] // trustworthy to browsers
    [InlineData("<meta http-equiv=Content-Security-Policy content=upgrade-insecure-requests><img src=http://cdn.example/x.png>", "")]
    [InlineData("<img src='http://'><img src='http://[::'>", "")]
    public void Check_Https_FindsWhatIsLoadedWithoutTls(string html, string expected) =>
        Assert.Equal(expected, string.Join(", ", Lines(MixedContentChecks.Check(Page(Shop, html, "Content-Type: text/html")))));

    [Fact]
    public void Check_Http_HasNoMixedContent() =>
        Assert.Empty(MixedContentChecks.Check(Page("http://shop.example.com/", "<img src=http://cdn.example/x.png>", "Content-Type: text/html")));

    [Fact]
    public void Check_ManyImages_AreOneFindingWithAFewOfThem()
    {
        var html = string.Concat(Enumerable.Range(0, 1000).Select(i => $"<img src=http://cdn.example/{i}.png>"));
        var finding = Assert.Single(MixedContentChecks.Check(Page(Shop, html, "Content-Type: text/html")));
        Assert.Equal("http://cdn.example/0.png http://cdn.example/1.png http://cdn.example/2.png http://cdn.example/3.png http://cdn.example/4.png and 995 more", finding.Evidence);
    }

    [Theory]
    [InlineData("<title> The\n Shop &amp; more </title>", "The Shop & more")]
    [InlineData("<svg><title>drawing</title></svg><title>page</title>", "page")]
    [InlineData("<title>one</title><title>two</title>", "one")]
    [InlineData("<title>a\u001b[31m\u202Eb</title>", "a [31mb")]
    [InlineData("<p>none</p>", null)]
    public void Read_Title_IsOneCleanLine(string html, string? expected) => Assert.Equal(expected, HtmlPage.Read(html).Title);

    [Theory]
    [InlineData("text/html; charset=iso-8859-1", "")]
    [InlineData("text/html", "<meta charset=\"iso-8859-1\">")]
    public void Read_Charset_IsHeeded(string contentType, string meta) =>
        Assert.Equal("grün", HtmlPage.Read(Encoding.Latin1.GetBytes($"{meta}<title>grün</title>"), contentType).Title);

    [Theory] // pages made to cost time or stack: two megabytes of one thing
    [InlineData("<div>")]
    [InlineData("<b><p>")]
    [InlineData("<table><tr>")]
    [InlineData("<a ")]
    [InlineData("<a b='")]
    [InlineData("&amp;")]
    [InlineData("<!--")]
    [InlineData("<script>")]
    [InlineData("<title>")]
    [InlineData("<svg>")]
    [InlineData("<template>")]
    [InlineData("<script src=http://x.example/>")]
    [InlineData("\0")]
    public void Read_HostilePage_TakesNoLongerThanItsLength(string piece)
    {
        var watch = Stopwatch.StartNew();
        HtmlPage.Read(string.Concat(Enumerable.Repeat(piece, 2 * 1024 * 1024 / piece.Length)));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public void Read_ManyAttributes_TakesNoLongerThanItsLength()
    {
        var watch = Stopwatch.StartNew();
        HtmlPage.Read("<a " + string.Concat(Enumerable.Range(0, 250_000).Select(i => $"a{i}=1 ")) + ">");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public void Technologies_HeadersCookiesAndGenerator_AreNamed() => Assert.Equal(
        ["ASP.NET 4.0.30319", "Cloudflare", "nginx/1.25.3", "PHP", "PHP/8.1", "WordPress 6.4"],
        Technologies.Of(Page(Shop, "<meta name=generator content='WordPress 6.4'>", "Content-Type: text/html", "Server: nginx/1.25.3", "X-Powered-By: PHP/8.1",
            "X-AspNet-Version: 4.0.30319", "Set-Cookie: PHPSESSID=x", "CF-RAY: 1")));
}
