using System.Diagnostics;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Web;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs.Web;

public sealed class WebScanKindTests
{
    private readonly WebScanKind _kind = new(TestCertificates.TrustedRoots, limits: new ScopedHttpLimits { Total = TimeSpan.FromSeconds(10) });

    private static readonly (string, string)[] CarefulHeaders =
    [
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"), ("Strict-Transport-Security", "max-age=31536000"),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ];

    private static JobSpec Job(string options, params Uri[] urls) =>
        JobSpec.Of("web-scan", $$"""{"urls":[{{string.Join(",", urls.Select(u => $"\"{u}\""))}}]}""", options);

    private Task<JobProbe> ScanAsync(params Uri[] urls) => JobProbe.RunAsync(_kind, Job("{}", urls));

    [Fact]
    public async Task Run_FaultyPage_FindsExactlyItsFaults()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/", "<title>Shop</title><meta name=generator content='WordPress 6.4'>",
            ("Server", "nginx/1.25.3"), ("X-Powered-By", "PHP/8.1"), ("Set-Cookie", "PHPSESSID=abc; Path=/"), ("Set-Cookie", "theme=dark; HttpOnly; SameSite=Lax"));
        var probe = await ScanAsync(server.Root);
        Assert.Equal(
            [
                "web.cookie.no-httponly Low PHPSESSID",
                "web.cookie.no-samesite Low PHPSESSID",
                "web.disclosure.version Low Server",
                "web.disclosure.version Low X-Powered-By",
                "web.disclosure.version Low meta generator",
                "web.header.content-type-options Low",
                "web.header.csp-missing Medium",
                "web.header.framing Medium",
                "web.header.referrer-policy-missing Info",
                "web.transport.plain-http Info",
            ],
            probe.FindingLines);
        Assert.All(probe.Findings, f => Assert.Equal(server.Root.AbsoluteUri, f.Asset));
        Assert.Equal(new JobOutcome.Succeeded("1 URL, 10 findings (worst medium)"), probe.Outcome);
        Assert.Equal([server.Root.AbsoluteUri], probe.Covered);
        Assert.Equal([1, 1, 0, 10, 1], [probe.Metric("urls"), probe.Metric("good"), probe.Metric("unreachable"), probe.Metric("findings"), probe.Metric("assetsScanned")]);
        Assert.Contains(probe.Log, l => l.StartsWith($"200 {server.Root}, text/html, ", StringComparison.Ordinal)
            && l.Contains("\"Shop\", server nginx/1.25.3, from 127.0.0.1:", StringComparison.Ordinal) && l.EndsWith("technologies: nginx/1.25.3, PHP, PHP/8.1, WordPress 6.4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_CarefulHttpsPage_FindsNothing()
    {
        await using var server = (await FaultyWebServer.StartAsync(TestCertificates.Good)).OnPage("/", "<title>Shop</title>", [.. CarefulHeaders, ("Set-Cookie", "sid=x; Secure; HttpOnly; SameSite=Lax")]);
        var probe = await ScanAsync(server.Root);
        Assert.Empty(probe.FindingLines);
        Assert.Equal("1 URL, no findings", probe.Outcome.Reason);
        Assert.Equal([server.Root.AbsoluteUri, $"localhost:{server.Root.Port}"], probe.Covered);
    }

    public static TheoryData<string, string> Certificates { get; } = new()
    {
        { nameof(TestCertificates.Good), "" },
        { nameof(TestCertificates.Expired), "web.tls.certificate-expired High" },
        { nameof(TestCertificates.NotYetValid), "web.tls.certificate-not-yet-valid High" },
        { nameof(TestCertificates.ExpiringIn5Days), "web.tls.certificate-expiring High" },
        { nameof(TestCertificates.ExpiringIn20Days), "web.tls.certificate-expiring Medium" },
        { nameof(TestCertificates.WrongName), "web.tls.name-mismatch High" },
        { nameof(TestCertificates.SelfSigned), "web.tls.self-signed Medium" },
        { nameof(TestCertificates.UnknownIssuer), "web.tls.untrusted Medium" },
    };

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task Run_Certificate_IsJudgedOnceForTheServer(string certificate, string expected)
    {
        var served = (X509Certificate2)typeof(TestCertificates).GetProperty(certificate)!.GetValue(null)!;
        await using var server = (await FaultyWebServer.StartAsync(served)).OnPage("/", "a", CarefulHeaders).OnPage("/b", "b", CarefulHeaders);
        var probe = await ScanAsync(server.Root, server.Url("/b"));
        Assert.Equal(expected, string.Join(", ", probe.FindingLines));
        Assert.All(probe.Findings, f => Assert.Equal($"localhost:{server.Root.Port}", f.Asset));
        Assert.Equal(2, probe.Metric("good"));
    }

#pragma warning disable SYSLIB0039, CA5397, CA5398 // Servers that accept outdated versions are what these tests are about.
    [Theory]
    [InlineData(SslProtocols.Tls12 | SslProtocols.Tls, "web.tls.outdated-protocol Medium TLS 1.0")]
    [InlineData(SslProtocols.Tls12 | SslProtocols.Tls11, "web.tls.outdated-protocol Medium TLS 1.1")]
    [InlineData(SslProtocols.Tls12, "")]
    public async Task Run_OutdatedTls_IsFound(SslProtocols protocols, string expected)
    {
        await using var server = (await FaultyWebServer.StartAsync(TestCertificates.Good, protocols)).OnPage("/", "a", CarefulHeaders);
        var probe = await ScanAsync(server.Root);
        Assert.Equal(expected, string.Join(", ", probe.FindingLines));
        Assert.Contains($"localhost:{server.Root.Port}", probe.Covered);
    }

    [Fact]
    public async Task Run_OnlyOutdatedTls_IsUnreadableYetFound()
    {
        await using var server = (await FaultyWebServer.StartAsync(TestCertificates.Good, SslProtocols.Tls11)).OnPage("/", "a", CarefulHeaders);
        var probe = await ScanAsync(server.Root);
        Assert.Equal(["web.tls.outdated-protocol Medium TLS 1.1"], probe.FindingLines);
        Assert.StartsWith($"{server.Root} could not be read: the TLS handshake with localhost failed: ", probe.Outcome.Reason, StringComparison.Ordinal);
        Assert.Empty(probe.Covered);
    }
#pragma warning restore SYSLIB0039, CA5397, CA5398

    [Fact]
    public async Task Run_RedirectOutOfScope_NobodyIsContacted()
    {
        await using var canary = RawServer.Canary();
        await using var server = (await FaultyWebServer.StartAsync()).OnRedirect("/", $"http://canary.example:{canary.Port}/")
            .OnPage("/page", $"<img src='http://canary.example:{canary.Port}/x'><script src='http://127.0.0.1:{canary.Port}/x'></script><link rel=stylesheet href='//127.0.0.1:{canary.Port}/x'>");
        var kind = new WebScanKind(lookup: (_, _) => Task.FromResult(new[] { IPAddress.Loopback }));
        var probe = await JobProbe.RunAsync(kind, Job("{}", server.Root, server.Url("/page")));
        Assert.Contains(probe.Log, l => l.Contains("was not followed: canary.example is outside the scope", StringComparison.Ordinal));
        Assert.Equal(2, probe.Metric("good"));
        Assert.True(await canary.NobodyCameAsync());
    }

    [Fact]
    public async Task Run_FailOn_FailsForGoodWithTheFindings()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/", "a", ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"));
        var probe = await JobProbe.RunAsync(_kind, Job("""{"failOn":"medium"}""", server.Root));
        Assert.Equal(
            new JobOutcome.Failed($"2 findings at or above medium: Content-Security-Policy is missing at {server.Root}, Page may be framed by other sites at {server.Root}; 1 URL, 3 findings (worst medium)", Retryable: false),
            probe.Outcome);
        Assert.IsType<JobOutcome.Succeeded>((await JobProbe.RunAsync(_kind, Job("""{"failOn":"none"}""", server.Root))).Outcome);
    }

    [Fact]
    public async Task Run_SomeUnreachable_CompletesWithIssues()
    {
        Uri gone;
        await using (var closed = RawServer.Canary()) gone = closed.Root;
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/", 204);
        var probe = await ScanAsync(server.Root, gone);
        Assert.Equal(new JobOutcome.Succeeded($"Completed with issues: 1 of 2 URLs could not be read ({gone} could not be read: {gone.Authority} refused the connection); 2 URLs, 1 finding (worst info)"), probe.Outcome);
        Assert.Equal([server.Root.AbsoluteUri], probe.Covered);
        Assert.Equal([1, 1, 1], [probe.Metric("good"), probe.Metric("unreachable"), probe.Metric("assetsScanned")]);
    }

    [Fact]
    public async Task Run_AllUnreachable_FailsAndMayBeRetried()
    {
        Uri gone;
        await using (var closed = RawServer.Canary()) gone = closed.Root;
        var probe = await ScanAsync(gone, new Uri(gone, "b"));
        Assert.True(Assert.IsType<JobOutcome.Failed>(probe.Outcome).Retryable);
        Assert.StartsWith("None of 2 URLs could be read; ", probe.Outcome.Reason, StringComparison.Ordinal);
    }

    [Theory] // what was not read from end to end must not make old findings look fixed
    [InlineData("/missing")]
    [InlineData("/broken")]
    [InlineData("/long")]
    [InlineData("/bad-coding")]
    public async Task Run_NotReadToTheEnd_IsNotCovered(string path)
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/broken", 500)
            .On("/long", context => context.Response.Body.WriteAsync(new byte[3 * 1024 * 1024]).AsTask())
            .On("/bad-coding", context => { context.Response.Headers.ContentEncoding = "gzip"; return context.Response.WriteAsync("not gzip"); });
        var probe = await ScanAsync(server.Url(path));
        Assert.Empty(probe.Covered);
        Assert.Equal(1, probe.Metric("assetsScanned"));
    }

    [Fact]
    public async Task Run_DuplicatesAndTracking_AreDroppedAndSaid()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/", 204);
        var probe = await ScanAsync(server.Root, server.Url("/?utm_source=x"), server.Url("/#top"));
        Assert.Equal(["GET /"], server.Requests);
        Assert.Equal(2, probe.Metric("duplicates"));
        Assert.Contains($"dropped {server.Url("/?utm_source=x")}: the same as {server.Root}", probe.Log);
    }

    [Fact]
    public async Task Run_UrlsFile_ReadsLinesAndReportsBadOnesByNumber()
    {
        using var folder = new TempFolder();
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/a", 204).OnStatus("/b", 204);
        await File.WriteAllTextAsync(folder.At("urls.txt"), $"\uFEFF# shops\r\n\r\n{server.Url("/a")}\r\nnot a url\r\n  {server.Url("/b")}  \nhttp://10.0.0.1/\nhttp://user:pw@127.0.0.1/");
        var job = JobSpec.Of("web-scan", $$"""{"urlsFile":"{{folder.At("urls.txt")}}"}""");
        Assert.Empty(JobProbe.Complaints(_kind, job, Scope.Default(folder.Path)));
        var probe = await JobProbe.RunAsync(_kind, job, Scope.Default(folder.Path));
        Assert.Equal(["GET /a", "GET /b"], server.Requests.Order());
        Assert.Equal(
            [
                $"{folder.At("urls.txt")} line 4: must not have spaces, control characters or backslashes; found \"not a url\"",
                $"{folder.At("urls.txt")} line 6: 10.0.0.1 is outside the scope; ask an administrator to add it under Settings, Scope",
                $"{folder.At("urls.txt")} line 7: must not have a user name or password in it",
            ],
            probe.Log.Where(l => l.Contains(" line ", StringComparison.Ordinal)));
        Assert.Equal(3, probe.Metric("badLines"));
    }

    [Theory]
    [InlineData("# nothing\n\n", "No targets: {0} has no usable URL (0 bad lines)")]
    [InlineData("http://10.0.0.1/\n", "No targets: {0} has no usable URL (1 bad lines)")]
    [InlineData("", "No targets: {0} is empty")]
    [InlineData(null, "No targets: {0} does not exist")]
    public async Task Run_NoTargets_FailsForGood(string? content, string expected)
    {
        using var folder = new TempFolder();
        if (content is not null) await File.WriteAllTextAsync(folder.At("urls.txt"), content);
        var probe = await JobProbe.RunAsync(_kind, JobSpec.Of("web-scan", $$"""{"urlsFile":"{{folder.At("urls.txt")}}"}"""), Scope.Default(folder.Path));
        Assert.Equal(new JobOutcome.Failed(expected.Replace("{0}", folder.At("urls.txt"), StringComparison.Ordinal), Retryable: false), probe.Outcome);
    }

    [Fact]
    public async Task Run_BusyServer_IsLeftAloneAndAskedAgain()
    {
        var asked = 0;
        await using var server = (await FaultyWebServer.StartAsync()).On("/", context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref asked) == 1 ? 429 : 204;
            if (asked == 1) context.Response.Headers.RetryAfter = "1";
            return Task.CompletedTask;
        });
        var watch = Stopwatch.StartNew();
        var probe = await ScanAsync(server.Root);
        Assert.Equal(1, probe.Metric("good"));
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(30));
        Assert.Contains($"{server.Root} answered 429: leaving 127.0.0.1:{server.Root.Port} alone for 1 s", probe.Log);
    }

    [Fact]
    public async Task Run_ThatOverridesRateLimits_AsksABusyServerAgainAtOnce()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/", 429, ("Retry-After", "3600"));
        var watch = Stopwatch.StartNew();
        var probe = await new JobProbe(Job("{}", server.Root), overridesRateLimits: true).RunAsync(_kind.RunAsync);
        Assert.Equal(3, server.Requests.Count);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
        Assert.Contains($"{server.Root} answered 429: 127.0.0.1:{server.Root.Port} wants to be left alone for 3600 s; asking again at once, as this run overrides rate limits", probe.Log);
    }

    [Theory]
    [InlineData("3600", 1)] // nobody waits an hour
    [InlineData("0", 3)]
    public async Task Run_ServerThatStaysBusy_IsGivenUp(string retryAfter, int requests)
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/", 503, ("Retry-After", retryAfter));
        var probe = await ScanAsync(server.Root);
        Assert.Equal((requests, 0.0), (server.Requests.Count, probe.Metric("good")));
        Assert.Empty(probe.Covered);
    }

    [Fact]
    public async Task Run_HostileTexts_ArriveClean()
    {
        await using var server = new RawServer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: \u001b[31mevil/1.0\u0007\r\nSet-Cookie: \u001b]0;sid=1\r\nX-Powered-By: " + new string('9', 5000) +
            "\r\nLocation: x\r\n\r\n<title>\u001b[2Jpwn\r\nline\u0000</title><meta name=generator content='\u001b[31m1.0'>");
        var probe = await ScanAsync(server.Root);
        Assert.NotEmpty(probe.Findings);
        Assert.All(probe.Findings.SelectMany(f => new[] { f.Title, f.Location, f.Evidence, f.Asset }).Concat(probe.Log), text => Assert.DoesNotContain(text, char.IsControl));
        Assert.All(probe.Findings, f => Assert.InRange(f.Evidence.Length, 0, 500));
    }

    [Fact]
    public async Task Run_ManyUrls_NeverMoreAtOnceThanAllowed()
    {
        var (now, most) = (0, 0);
        await using var server = await FaultyWebServer.StartAsync();
        var urls = Enumerable.Range(0, 30).Select(i => server.Url($"/{i}")).ToArray();
        foreach (var url in urls)
            server.On(url.AbsolutePath, async context =>
            {
                var seen = Interlocked.Increment(ref now);
                InterlockedMax(ref most, seen);
                await Task.Yield();
                Interlocked.Decrement(ref now);
                context.Response.StatusCode = 204;
            });
        var probe = await JobProbe.RunAsync(_kind, Job("""{"concurrency":3}""", urls));
        Assert.Equal(30, probe.Metric("good"));
        Assert.InRange(most, 1, 3);
        Assert.Equal(1, probe.Events.OfType<JobEvent.Progress>().Last().Fraction);
    }

    [Fact]
    public async Task Run_Stopped_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new RawServer((_, ct) => { stop.Cancel(); return Task.Delay(Timeout.InfiniteTimeSpan, ct); });
        var probe = new JobProbe(Job("{}", server.Root));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _kind.RunAsync(probe.Context, stop.Token));
    }

    [Fact]
    public async Task Run_TwiceTheSame_GivesTheSameFingerprints()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/", "a", ("Server", "nginx/1.25.3"));
        var (one, other) = (await ScanAsync(server.Root), await ScanAsync(server.Root));
        Assert.Equal(one.Findings.Select(f => f.Fingerprint), other.Findings.Select(f => f.Fingerprint));
    }

    [Fact]
    public void Check_WrongFields_NamesEachPlace() => Assert.Equal(
        [
            "spec.job.targets.urls[0]: must be an http or https address such as https://shop.example.com/, found \"shop.example.com\"",
            "spec.job.targets.urls[2]: shop.example.com is outside the scope; ask an administrator to add it under Settings, Scope",
            "spec.job.targets.urlsFile: /etc/passwd is outside the scope; ask an administrator to add it under Settings, Scope",
            "spec.job.targets.hosts: unknown key; known here: urls, urlsFile",
            "spec.job.options.crawl: crawling is not available in this version; list the URLs in targets.urls or a urlsFile",
            "spec.job.options.maxDepth: must be a whole number from 0 to 50, found 99",
            "spec.job.options.concurrency: must be a whole number from 1 to 50, found 0",
            "spec.job.options.failOn: must be one of critical, high, medium, low, info, none, found \"terrible\"",
            "spec.job.options.depth: unknown key; known here: concurrency, crawl, diff, failOn, maxDepth, maxUrls",
        ],
        JobProbe.Complaints(_kind, JobSpec.Of("web-scan", """{"urls":["shop.example.com","http://127.0.0.1/","http://shop.example.com/"],"urlsFile":"/etc/passwd","hosts":[]}""",
            """{"crawl":true,"maxDepth":99,"maxUrls":10,"concurrency":0,"diff":false,"failOn":"terrible","depth":1}""")));

    [Fact]
    public void Check_NothingToScan_AsksForUrls() =>
        Assert.Equal(["spec.job.targets.urls: is required (or urlsFile), for example [\"https://shop.example.com/\"]"], JobProbe.Complaints(_kind, JobSpec.Of("web-scan")));

    [Fact]
    public void Check_MoreThanMaxUrls_IsRefusedNotCut() =>
        Assert.Equal(["spec.job.targets.urls: has 2 entries, more than maxUrls (1); raise maxUrls or split the schedule"],
            JobProbe.Complaints(_kind, Job("""{"maxUrls":1}""", new Uri("http://127.0.0.1/a"), new Uri("http://127.0.0.1/b"))));

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target)) Interlocked.CompareExchange(ref target, value, seen);
    }
}
