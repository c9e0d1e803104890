using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Scheduler.Core.Jobs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs;

public sealed class ScopedHttpTests
{
    private static readonly ScopeEntry Loopback = new ScopeEntry.Network(IPNetwork.Parse("127.0.0.0/8"));
    private static readonly ScopeEntry Shop = new ScopeEntry.Host("shop.example.com");

    private static Task<HttpExchange> GetAsync(
        Uri url, IReadOnlyList<ScopeEntry>? entries = null, ScopedHttpLimits? limits = null, NameLookup? lookup = null) =>
        new ScopedHttp(new Scope(entries ?? [Loopback]), TimeProvider.System, limits ?? new ScopedHttpLimits(), CertificateRule.Record, TestCertificates.TrustedRoots,
            lookup ?? ((_, _) => throw new SocketException((int)SocketError.HostNotFound))).AskAsync(HttpMethod.Get, url, CancellationToken.None);

    // Every spelling of this machine, and tricks around it. The scope allows one public name only, and that name's server lies.
    public static TheoryData<string> OddSpellings { get; } = new(
    [
        "http://127.0.0.1:{0}/", "http://127.1:{0}/", "http://127.0.1:{0}/", "http://2130706433:{0}/", "http://0x7f000001:{0}/", "http://0x7F.0x0.0x0.0x1:{0}/",
        "http://0x7f.1:{0}/", "http://017700000001:{0}/", "http://0177.0.0.1:{0}/", "http://0177.0x0.0.1:{0}/", "http://00000177.1:{0}/", "http://127.0.0.1.:{0}/", "http://127.1.:{0}/",
        "http://0x7f.1.:{0}/", "http://１２７.０.０.１:{0}/", "http://１２７.1:{0}/", "http://①②⑦.⓪.⓪.①:{0}/", "http://127。0。0。1:{0}/", "http://127．0．0．1:{0}/", "http://0:{0}/", "http://0.0.0.0:{0}/", "http://0x0:{0}/",
        "http://127.255.255.254:{0}/", "http://localhost:{0}/", "http://LOCALHOST:{0}/", "http://localhost.:{0}/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{0}/", "http://a.localhost:{0}/",
        "http://[::1]:{0}/", "http://[0:0:0:0:0:0:0:1]:{0}/", "http://[::]:{0}/", "http://[::ffff:127.0.0.1]:{0}/", "http://[::ffff:7f00:1]:{0}/", "http://[0:0:0:0:0:ffff:7f00:0001]:{0}/", "http://[::127.0.0.1]:{0}/",
        "http://[64:ff9b::127.0.0.1]:{0}/", "http://[64:ff9b::7f00:1]:{0}/", "http://[2002:7f00:1::]:{0}/", "http://[::1%25lo]:{0}/", "http://[::1%251]:{0}/", "http://[fe80::1%25lo]:{0}/", "http://[fe80::1]:{0}/",
        "http://shop.example.com@127.0.0.1:{0}/", "http://shop.example.com:80@127.0.0.1:{0}/", "http://127.0.0.1:{0}#@shop.example.com/", "http://127.0.0.1:{0}?@shop.example.com/",
        "http://shop.example.com:{0}/", "http://SHOP.example.com.:{0}/", "http://169.254.169.254:{0}/", "http://2852039166:{0}/", "http://0xA9FEA9FE:{0}/", "http://[::ffff:a9fe:a9fe]:{0}/",
        "http://224.0.0.1:{0}/", "http://255.255.255.255:{0}/", "http://4294967295:{0}/", "http://256.0.0.1:{0}/", "http://4294967296:{0}/", "http://1.2.3.4.5:{0}/", "http://shop.example.com.127.0.0.1:{0}/",
        "gopher://127.0.0.1:{0}/", "ftp://127.0.0.1:{0}/", "ws://127.0.0.1:{0}/", "https://127.0.0.1:{0}/",
    ]);

    [Theory]
    [MemberData(nameof(OddSpellings))]
    public async Task Ask_OddSpellingOfThisMachine_ConnectsNowhere(string pattern)
    {
        await using var canary = RawServer.Canary();
        var url = new Uri(string.Format(CultureInfo.InvariantCulture, pattern, canary.Port));
        var exchange = await GetAsync(url, [Shop], lookup: (_, _) => Task.FromResult(new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }));
        Assert.Equal(HttpFaultKind.OutOfScope, exchange.Fault?.Kind);
        Assert.Empty(exchange.Hops);
        Assert.True(await canary.NobodyCameAsync());
    }

    [Theory] // the same spellings do lead here once the scope allows it: the canary above would have sung
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://①②⑦.⓪.⓪.①:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://localhost.:{0}/")]
    [InlineData("http://shop.example.com:{0}/")]
    public async Task Ask_OddSpellingInScope_ReachesTheCanary(string pattern)
    {
        await using var canary = RawServer.Canary();
        var url = new Uri(string.Format(CultureInfo.InvariantCulture, pattern, canary.Port));
        var exchange = await GetAsync(url, [Shop, Loopback], lookup: (_, _) => Task.FromResult(new[] { IPAddress.Loopback }));
        Assert.Equal("canary", Encoding.UTF8.GetString(exchange.Body.Span));
        Assert.Equal(1, canary.Connections);
    }

    [Theory]
    [MemberData(nameof(OddSpellings))]
    public async Task Ask_RedirectToOddSpelling_ConnectsNowhere(string pattern)
    {
        await using var canary = RawServer.Canary();
        var location = string.Format(CultureInfo.InvariantCulture, pattern, canary.Port);
        await using var server = RawServer.At(IPAddress.Parse("127.0.0.2"), $"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        // Only 127.0.0.2 is allowed; the listed name leads there at first and to the canary ever after.
        var lookups = 0;
        Task<IPAddress[]> Rebinding(string host, CancellationToken ct) => Task.FromResult(new[] { IPAddress.Parse(lookups++ == 0 ? "127.0.0.2" : "127.0.0.1") });
        var exchange = await GetAsync(
            new Uri($"http://shop.example.com:{server.Port}/"), [Shop, new ScopeEntry.Network(IPNetwork.Parse("127.0.0.2/32"))], lookup: Rebinding);
        Assert.Single(exchange.Hops);
        Assert.True(exchange.NotFollowed is not null || exchange.Fault?.Kind == HttpFaultKind.OutOfScope);
        Assert.True(await canary.NobodyCameAsync());
    }

    [Fact]
    public async Task Ask_NameWithGoodAndForbiddenAddresses_UsesTheGoodOne()
    {
        await using var canary = RawServer.Canary();
        await using var server = RawServer.At(IPAddress.Parse("127.0.0.2"), "HTTP/1.1 204 No Content\r\n\r\n", canary.Port);
        var exchange = await GetAsync(
            new Uri($"http://shop.example.com:{server.Port}/"), [Shop, new ScopeEntry.Network(IPNetwork.Parse("127.0.0.2/32"))],
            lookup: (_, _) => Task.FromResult(new[] { IPAddress.Loopback, IPAddress.Parse("127.0.0.2") }));
        Assert.Equal((204, $"127.0.0.2:{server.Port}"), (exchange.Final!.Status, exchange.Final.Remote!.ToString()));
        Assert.True(await canary.NobodyCameAsync());
    }

    [Fact]
    public async Task Ask_ProxyInTheEnvironment_IsIgnored()
    {
        await using var canary = RawServer.Canary();
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/", "fine");
        Environment.SetEnvironmentVariable("http_proxy", canary.Root.AbsoluteUri);
        try { Assert.Equal(200, (await GetAsync(server.Root)).Final!.Status); }
        finally { Environment.SetEnvironmentVariable("http_proxy", null); }
        Assert.True(await canary.NobodyCameAsync());
    }

    [Fact]
    public async Task Ask_Redirects_RecordsEachHop()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnRedirect("/", "/b", 301).OnRedirect("/b", "c#part", 307).OnPage("/c", "end");
        var exchange = await GetAsync(server.Root);
        Assert.Equal(["/ 301", "/b 307", "/c 200"], exchange.Hops.Select(h => $"{h.Url.AbsolutePath} {h.Status}"));
        Assert.Equal("end", Encoding.UTF8.GetString(exchange.Body.Span));
        Assert.True(exchange.IsBodyComplete);
    }

    [Fact]
    public async Task Ask_RedirectCircle_EndsAtTheLimit()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnRedirect("/", "/");
        var exchange = await GetAsync(server.Root);
        Assert.Equal((HttpFaultKind.TooManyRedirects, "more than 10 redirects", 11), (exchange.Fault!.Kind, exchange.Fault.Text, server.Requests.Count));
    }

    [Fact]
    public async Task Ask_Cookies_AreNotSentBack()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/", 302, ("Set-Cookie", "a=b"), ("Location", "/b"))
            .On("/b", context => { context.Response.StatusCode = context.Request.Headers.Cookie.Count == 0 ? 200 : 400; return Task.CompletedTask; });
        Assert.Equal(200, (await GetAsync(server.Root)).Final!.Status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Ask_Bomb_IsUnpackedNoFurtherThanTheLimit(string coding)
    {
        var bomb = Bomb(coding, 200 * 1024 * 1024);
        await using var server = (await FaultyWebServer.StartAsync()).On("/", context =>
        {
            context.Response.Headers.ContentEncoding = coding;
            return context.Response.Body.WriteAsync(bomb).AsTask();
        });
        var exchange = await GetAsync(server.Root);
        Assert.Equal((2 * 1024 * 1024, false), (exchange.Body.Length, exchange.IsBodyComplete));
        Assert.Null(exchange.Fault);
    }

    [Theory]
    [InlineData(2 * 1024 * 1024, true)]
    [InlineData(2 * 1024 * 1024 + 1, false)]
    public async Task Ask_BodyAroundTheLimit_KnowsWhetherItIsWhole(int length, bool isComplete)
    {
        await using var server = (await FaultyWebServer.StartAsync()).On("/", context => context.Response.Body.WriteAsync(new byte[length]).AsTask());
        var exchange = await GetAsync(server.Root);
        Assert.Equal((2 * 1024 * 1024, isComplete), (exchange.Body.Length, exchange.IsBodyComplete));
    }

    [Fact]
    public async Task Ask_EndlessBody_EndsAtTheLimit()
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), ct);
            while (true) await stream.WriteAsync(new byte[64 * 1024], ct);
        });
        Assert.Equal(2 * 1024 * 1024, (await GetAsync(server.Root)).Body.Length);
    }

    // Each says what the operator reads.
    public static TheoryData<string, string> BrokenAnswers { get; } = new()
    {
        { "", "the connection was closed before the answer was complete" },
        { "SSH-2.0-OpenSSH_9.2\r\n", "the answer is not valid HTTP" },
        { "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "the body broke off after 3 bytes" },
        { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the body broke off after 0 bytes" },
        { "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all", "the body could not be decompressed" },
        { "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\n\r\nuryyb", "the body could not be decompressed: unknown content encoding rot13" },
        { "HTTP/1.1 200 OK\r\nX: " + new string('x', 100_000) + "\r\n\r\n", "the answer's headers are too large" },
    };

    [Theory]
    [MemberData(nameof(BrokenAnswers))]
    public async Task Ask_BrokenAnswer_IsAFaultInWords(string answer, string expected)
    {
        await using var server = new RawServer(answer);
        var exchange = await GetAsync(server.Root);
        Assert.StartsWith(expected, exchange.Fault?.Text, StringComparison.Ordinal);
        Assert.False(exchange.IsBodyComplete);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nX: y")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")]
    public async Task Ask_AnswerThatNeverEnds_TimesOut(string beginning)
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning), ct);
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        });
        var exchange = await GetAsync(server.Root, limits: new ScopedHttpLimits { Total = TimeSpan.FromMilliseconds(200) });
        Assert.Equal((HttpFaultKind.Timeout, "no complete answer within 0.2 s"), (exchange.Fault!.Kind, exchange.Fault.Text));
    }

    [Fact]
    public async Task Ask_UnknownName_SaysSo()
    {
        var exchange = await GetAsync(new Uri("http://shop.example.com/"), [Shop]);
        Assert.Equal(HttpFaultKind.NameNotFound, exchange.Fault!.Kind);
        Assert.StartsWith("the name shop.example.com could not be looked up: ", exchange.Fault.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_BadCertificate_IsRecordedWithItsFlaws()
    {
        await using var server = (await FaultyWebServer.StartAsync(TestCertificates.WrongName)).OnPage("/", "fine");
        var tls = (await GetAsync(server.Root, [Loopback, new ScopeEntry.Network(IPNetwork.Parse("::1/128"))])).Final!.Tls!;
        Assert.Equal("it is not for localhost", tls.Objection);
        Assert.Equal(["shop.example.com"], tls.Certificate!.Names);
        Assert.Equal(2, tls.Chain.Count);
    }

    [Fact]
    public async Task Ask_PlainServerOnTls_SaysThatTheHandshakeFailed()
    {
        await using var server = RawServer.Canary();
        var exchange = await GetAsync(new Uri($"https://127.0.0.1:{server.Port}/"), limits: new ScopedHttpLimits { Total = TimeSpan.FromSeconds(2) });
        Assert.Contains(exchange.Fault!.Kind, new[] { HttpFaultKind.Tls, HttpFaultKind.Timeout });
    }

    private static byte[] Bomb(string coding, int length)
    {
        var packed = new MemoryStream();
        using (Stream packer = coding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, true),
            _ => new ZLibStream(packed, CompressionLevel.Fastest, true),
        })
        {
            var zeros = new byte[1024 * 1024];
            for (var written = 0; written < length; written += zeros.Length) packer.Write(zeros);
        }
        return packed.ToArray();
    }
}
