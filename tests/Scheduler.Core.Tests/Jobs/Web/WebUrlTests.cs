using Scheduler.Core.Jobs.Web;

namespace Scheduler.Core.Tests.Jobs.Web;

public sealed class WebUrlTests
{
    [Theory]
    [InlineData("HTTP://Shop.Example.COM", "http://shop.example.com/")]
    [InlineData("https://shop.example.com:443/", "https://shop.example.com/")]
    [InlineData("http://shop.example.com:80/a", "http://shop.example.com/a")]
    [InlineData("http://shop.example.com:443/", "http://shop.example.com:443/")] // not http's default
    [InlineData("https://shop.example.com./a#top", "https://shop.example.com/a")]
    [InlineData("https://shop.example.com/a?utm_source=x&id=7&UTM_Campaign=y&gclid=z", "https://shop.example.com/a?id=7")]
    [InlineData("https://shop.example.com/a?fbclid=1", "https://shop.example.com/a")]
    [InlineData("https://shop.example.com/a?", "https://shop.example.com/a")]
    [InlineData("https://shop.example.com/a?b=2&a=1", "https://shop.example.com/a?b=2&a=1")] // the order may matter to the target
    [InlineData("https://shop.example.com/a?utmost=1&x", "https://shop.example.com/a?utmost=1&x")]
    [InlineData("https://shop.example.com/a/../b/./c", "https://shop.example.com/b/c")]
    [InlineData("https://shop.example.com/%c3%a4?q=%2f", "https://shop.example.com/%C3%A4?q=%2F")]
    [InlineData("https://shop.example.com/ä", "https://shop.example.com/%C3%A4")]
    [InlineData("https://münchen.example/", "https://xn--mnchen-3ya.example/")]
    [InlineData("http://2130706433:5080/", "http://127.0.0.1:5080/")]
    [InlineData("http://[0:0:0:0:0:0:0:1]:5080/", "http://[::1]:5080/")]
    [InlineData("http://[::ffff:127.0.0.1]/", "http://127.0.0.1/")]
    public void Normalise_Spellings_BecomeOne(string url, string expected)
    {
        var normal = WebUrl.Normalise(new Uri(url));
        Assert.Equal(expected, normal.AbsoluteUri);
        Assert.Equal(expected, WebUrl.Normalise(normal).AbsoluteUri);
    }

    [Theory]
    [InlineData("https://shop.example.com/a", "shop.example.com:443")]
    [InlineData("http://[::1]:8080/", "[::1]:8080")]
    public void Endpoint_IsHostAndPort(string url, string expected) => Assert.Equal(expected, WebUrl.Endpoint(new Uri(url)));
}
