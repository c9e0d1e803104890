using System.Net;
using Scheduler.Core.Jobs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs;

public sealed class ScopeTests
{
    private static Scope Of(params string[] entries) => new([.. entries.Select(e =>
        ScopeEntry.TryParse(e.Split(' ')[0], e.Split(' ')[1], out var entry, out var error) ? entry : throw new ArgumentException(error))]);

    [Theory]
    [InlineData("http://127.0.0.1:5080/")]
    [InlineData("https://127.200.3.4/")]
    [InlineData("http://localhost:5080/")]
    [InlineData("http://LOCALHOST./")]
    [InlineData("http://app.localhost/")]
    [InlineData("http://[::1]:8080/x?y=z")]
    [InlineData("http://2130706433/")] // 127.0.0.1, and checked as that
    [InlineData("http://[::ffff:127.0.0.1]/")]
    public void CheckUrl_Loopback_IsInTheDefaultScope(string url) => Assert.True(Scope.Default("/nowhere").CheckUrl(new Uri(url), out _));

    [Theory]
    [InlineData("shop.example.com", "http://shop.example.com/", true)]
    [InlineData("shop.example.com", "http://SHOP.example.com.:8080/", true)]
    [InlineData("shop.example.com", "http://www.shop.example.com/", false)]
    [InlineData("shop.example.com", "http://shop.example.com.evil.example/", false)]
    [InlineData("*.example.com", "http://a.b.example.com/", true)]
    [InlineData("*.example.com", "http://example.com/", false)]
    [InlineData("*.example.com", "http://evilexample.com/", false)]
    [InlineData("münchen.example", "http://xn--mnchen-3ya.example/", true)]
    public void CheckUrl_Name_MustBeListed(string host, string url, bool expected) => Assert.Equal(expected, Of($"host {host}").CheckUrl(new Uri(url), out _));

    [Theory]
    [InlineData("ftp://shop.example.com/", "only http and https addresses can be scanned, found ftp://shop.example.com/")]
    [InlineData("file:///etc/passwd", "only http and https addresses can be scanned, found file:///etc/passwd")]
    [InlineData("http://user:pass@shop.example.com/", "an address with a user name or password in it is not accepted: shop.example.com")]
    [InlineData("http://other.example.com/", "other.example.com is outside the scope; ask an administrator to add it under Settings, Scope")]
    [InlineData("http://localhost/", "localhost is outside the scope; ask an administrator to add it under Settings, Scope")]
    [InlineData("http://256.1.1.1/", "the host is neither a valid name nor an address: 256.1.1.1")]
    [InlineData("http://[fe80::1%25eth0]/", "an address with a zone (after %) is not accepted: [fe80::1]")]
    public void CheckUrl_Refused_SaysWhyAndWhatHelps(string url, string expected)
    {
        Assert.False(Of("host shop.example.com").CheckUrl(new Uri(url), out var refusal));
        Assert.Equal(expected, refusal);
    }

    [Theory]
    [InlineData("", "93.184.215.14", true)]                       // a listed name on the internet
    [InlineData("", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", true)]
    [InlineData("", "64:ff9b::5db8:d70e", true)]                  // the same behind NAT64
    [InlineData("", "127.0.0.1", false)]                          // rebinding, one line for each inner address
    [InlineData("", "::1", false)]
    [InlineData("", "10.1.2.3", false)]
    [InlineData("", "172.31.255.255", false)]
    [InlineData("", "192.168.1.1", false)]
    [InlineData("", "169.254.1.1", false)]
    [InlineData("", "100.64.0.1", false)]
    [InlineData("", "198.18.0.1", false)]
    [InlineData("", "240.0.0.1", false)]
    [InlineData("", "0.0.0.0", false)]
    [InlineData("", "::", false)]
    [InlineData("", "fe80::1", false)]
    [InlineData("", "fd00::1", false)]
    [InlineData("", "fec0::1", false)]
    [InlineData("", "ff02::1", false)]
    [InlineData("", "224.0.0.1", false)]
    [InlineData("", "255.255.255.255", false)]
    [InlineData("", "169.254.169.254", false)]
    [InlineData("", "168.63.129.16", false)]                      // Azure's host, though a public address
    [InlineData("", "fd00:ec2::254", false)]
    [InlineData("", "::ffff:10.1.2.3", false)]
    [InlineData("", "::10.1.2.3", false)]
    [InlineData("", "64:ff9b::a01:203", false)]
    [InlineData("", "64:ff9b::a9fe:a9fe", false)]
    [InlineData("", "64:ff9b:1::a01:203", false)]
    [InlineData("", "2002:a01:203::1", false)]                    // 6to4
    [InlineData("", "2001:0:0:0:0:0:f5fe:fdfc", false)]           // Teredo, inverted
    [InlineData("", "2606:2800::5efe:a01:203", false)]            // ISATAP
    [InlineData("", "2001:db8::1", false)]
    [InlineData("10.0.0.0/8", "10.1.2.3", true)]                  // allowed by a network
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "64:ff9b::a01:203", false)]         // the translator itself is not allowed
    [InlineData("64:ff9b::/96", "64:ff9b::a01:203", false)]       // nor does it open the network behind
    [InlineData("0.0.0.0/0", "192.168.1.1", true)]
    [InlineData("0.0.0.0/0", "169.254.169.254", false)]           // wide entries do not open guarded addresses
    [InlineData("169.254.0.0/16", "169.254.169.254", false)]
    [InlineData("169.254.0.0/16", "169.254.1.1", true)]
    [InlineData("169.254.169.254", "169.254.169.254", true)]
    [InlineData("0.0.0.0/0", "0.0.0.0", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", false)]
    [InlineData("0.0.0.0/0", "239.1.1.1", false)]
    [InlineData("224.0.0.0/4", "239.1.1.1", true)]
    [InlineData("::/0", "64:ff9b::a9fe:a9fe", false)]
    public void CheckAddress_ListedName_ReachesInnerAddressesOnlyByANetwork(string network, string address, bool expected)
    {
        var scope = network.Length == 0 ? Of("host shop.example.com") : Of("host shop.example.com", $"network {network}");
        Assert.Equal(expected, scope.CheckAddress("shop.example.com", IPAddress.Parse(address), out _));
    }

    [Theory]
    [InlineData("localhost", "127.0.0.1", true)]
    [InlineData("localhost", "93.184.215.14", false)]
    [InlineData("other.example.com", "127.0.0.1", true)]
    [InlineData("other.example.com", "93.184.215.14", false)]
    [InlineData("93.184.215.14", "93.184.215.14", false)] // an address is not in the host list, public or not
    public void CheckAddress_UnlistedHost_ReachesOnlyNetworks(string host, string address, bool expected) =>
        Assert.Equal(expected, Of("host shop.example.com", "network 127.0.0.0/8").CheckAddress(host, IPAddress.Parse(address), out _));

    [Fact]
    public void CheckAddress_Refused_NamesHostAddressAndRemedy()
    {
        Of("host shop.example.com").CheckAddress("shop.example.com", IPAddress.Parse("10.1.2.3"), out var refusal);
        Assert.Equal("shop.example.com (10.1.2.3) is outside the scope; ask an administrator to add it under Settings, Scope", refusal);
    }

    [Fact]
    public void CheckPath_Links_AreJudgedByWhereTheyLead()
    {
        using var folder = new TempFolder();
        var allowed = Directory.CreateDirectory(folder.At("allowed")).FullName;
        var outside = Directory.CreateDirectory(folder.At("outside")).FullName;
        File.WriteAllText(folder.At("outside/secret"), "secret");
        File.WriteAllText(folder.At("allowed/list"), "list");
        Directory.CreateSymbolicLink(folder.At("allowed/out"), outside);
        Directory.CreateSymbolicLink(folder.At("allowed/relative"), "../outside");
        Directory.CreateSymbolicLink(folder.At("outside/in"), allowed);
        File.CreateSymbolicLink(folder.At("allowed/circle"), folder.At("allowed/circle"));
        var scope = Of($"folder {allowed}");
        bool Check(string path) => scope.CheckPath(folder.At(path), out _, out _);
        Assert.True(Check("allowed"));
        Assert.True(Check("allowed/list"));
        Assert.True(Check("allowed/not-there-yet"));
        Assert.True(Check("outside/in/list"));
        Assert.False(Check("allowed/out/secret"));
        Assert.False(Check("allowed/relative/secret"));
        Assert.False(Check("allowed/../outside/secret"));
        Assert.False(Check("allowed/out/../allowed-not"));
        Assert.False(Check("allowed-too"));
        Assert.False(Check("allowed/circle"));
        Assert.False(scope.CheckPath("allowed/list", out _, out _));
        Assert.False(scope.CheckPath($"{allowed}/a\0b", out _, out _));
    }

    [Fact]
    public void Open_OnlyRegularNonEmptyFilesInScope()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.At("list"), "list");
        File.WriteAllText(folder.At("empty"), "");
        var scope = Of($"folder {folder.Path}");
        Assert.True(ScopedFile.TryOpen(scope, folder.At("list"), out var stream, out _));
        stream.Dispose();
        string? Refusal(string path) => ScopedFile.TryOpen(scope, path, out _, out var refusal) ? null : refusal;
        Assert.Equal($"{folder.At("empty")} is empty", Refusal(folder.At("empty")));
        Assert.Equal($"{folder.At("gone")} does not exist", Refusal(folder.At("gone")));
        Assert.Equal($"{folder.Path} is a folder, not a file", Refusal(folder.Path));
        Assert.Equal("/etc/passwd is outside the scope; ask an administrator to add it under Settings, Scope", Refusal("/etc/passwd"));
    }
}
