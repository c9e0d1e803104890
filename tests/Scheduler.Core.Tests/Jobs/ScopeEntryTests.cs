using Scheduler.Core.Jobs;

namespace Scheduler.Core.Tests.Jobs;

public sealed class ScopeEntryTests
{
    [Theory]
    [InlineData("host", "Shop.Example.COM.", "shop.example.com")]
    [InlineData("host", " *.example.com ", "*.example.com")]
    [InlineData("host", "münchen.example", "xn--mnchen-3ya.example")]
    [InlineData("host", "build_1.internal", "build_1.internal")]
    [InlineData("host", "intranet", "intranet")]
    [InlineData("network", "10.20.0.0/16", "10.20.0.0/16")]
    [InlineData("network", "192.0.2.7", "192.0.2.7/32")]
    [InlineData("network", "::1", "::1/128")]
    [InlineData("network", "FD00::/8", "fd00::/8")]
    [InlineData("network", "::ffff:10.0.0.0/104", "10.0.0.0/8")]
    [InlineData("network", "0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("folder", "/srv/scans/", "/srv/scans")]
    [InlineData("folder", "/srv/./a/../scans", "/srv/scans")]
    public void Parse_Valid_PrintsCanonicallyAndBack(string kind, string text, string expected)
    {
        Assert.True(ScopeEntry.TryParse(kind, text, out var entry, out _));
        Assert.Equal((kind, expected), (entry.Kind, entry.Text));
        Assert.True(ScopeEntry.TryParse(entry.Kind, entry.Text, out var again, out _));
        Assert.Equal(entry, again);
    }

    [Theory]
    [InlineData("host", "", "is required")]
    [InlineData("host", "https://shop.example.com/", "must be a host name alone, without scheme, path or user, such as shop.example.com; found \"https://shop.example.com/\"")]
    [InlineData("host", "shop.example.com:8080", "must not have a port (every port of the host is meant); found \"shop.example.com:8080\"")]
    [InlineData("host", "10.0.0.1", "\"10.0.0.1\" is an address: add it as a network")]
    [InlineData("host", "0x7f.1", "\"0x7f.1\" is an address: add it as a network")]
    [InlineData("host", "[::1]", "\"[::1]\" is an address: add it as a network")]
    [InlineData("host", "*", "may have a star only as the first label, such as *.example.com; found \"*\"")]
    [InlineData("host", "a.*.com", "may have a star only as the first label, such as *.example.com; found \"a.*.com\"")]
    [InlineData("host", "*.com", "\"*.com\" would allow a whole top-level domain; name at least a domain, such as *.example.com")]
    [InlineData("host", "two words", "must be a host name such as shop.example.com or *.example.com; found \"two words\"")]
    [InlineData("host", "-dash.example", "must be a host name such as shop.example.com or *.example.com; found \"-dash.example\"")]
    [InlineData("network", "10.20.3.4/16", "\"10.20.3.4/16\" has bits beyond its prefix; did you mean 10.20.0.0/16?")]
    [InlineData("network", "10.0.0.0/33", "must have a prefix length from 0 to 32 after the slash; found \"10.0.0.0/33\"")]
    [InlineData("network", "10.0.0.0/-1", "must have a prefix length from 0 to 32 after the slash; found \"10.0.0.0/-1\"")]
    [InlineData("network", "010.0.0.0/8", "must be an address or a range such as 10.20.0.0/16, 192.0.2.7 or fd00::/8; found \"010.0.0.0/8\"")]
    [InlineData("network", "10.1", "must be an address or a range such as 10.20.0.0/16, 192.0.2.7 or fd00::/8; found \"10.1\"")]
    [InlineData("network", "shop.example.com", "must be an address or a range such as 10.20.0.0/16, 192.0.2.7 or fd00::/8; found \"shop.example.com\"")]
    [InlineData("network", "fe80::1%eth0", "must not have a zone (after %); found \"fe80::1%eth0\"")]
    [InlineData("network", "::ffff:0.0.0.0/90", "\"::ffff:0.0.0.0/90\" mixes IPv4 and IPv6; write the IPv4 range itself")]
    [InlineData("folder", "scans", "must be an absolute path such as /srv/scans; found \"scans\"")]
    [InlineData("folder", "/", "\"/\" is the whole file system; name the folder that scans need")]
    [InlineData("folder", "/srv/..", "\"/srv/..\" is the whole file system; name the folder that scans need")]
    [InlineData("planet", "earth", "must be of kind host, network or folder, found \"planet\"")]
    public void Parse_Wrong_SaysWhatWouldBeRight(string kind, string text, string expected)
    {
        Assert.False(ScopeEntry.TryParse(kind, text, out _, out var error));
        Assert.Equal(expected, error);
    }
}
