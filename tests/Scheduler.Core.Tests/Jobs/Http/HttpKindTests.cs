using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Http;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs.Http;

public sealed class HttpKindTests
{
    private readonly HttpKind _kind = new(TestCertificates.TrustedRoots);

    private static JobSpec Job(Uri url, string options = "{}") => JobSpec.Of("http", $$"""{"urls":["{{url}}"]}""", options);

    [Fact]
    public async Task Run_ExpectedStatus_SucceedsWithMetrics()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/health", "fine");
        var probe = await JobProbe.RunAsync(_kind, Job(server.Url("/health")));
        Assert.Equal(new JobOutcome.Succeeded($"GET {server.Url("/health")} answered 200"), probe.Outcome);
        Assert.Equal([200, 4, 1, 0], [probe.Metric("statusCode"), probe.Metric("bytes"), probe.Metric("urls"), probe.Metric("failed")]);
        Assert.True(probe.Metric("durationMs") >= 0);
    }

    [Fact]
    public async Task Run_UnexpectedStatus_SaysBothStatuses()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/", 503);
        var probe = await JobProbe.RunAsync(_kind, Job(server.Root));
        Assert.Equal(new JobOutcome.Failed($"GET {server.Root} answered 503, expected 200-399", Retryable: true), probe.Outcome);
        Assert.Equal(503, probe.Metric("statusCode"));
    }

    [Fact]
    public async Task Run_NotFound_IsNotWorthAnotherTry()
    {
        await using var server = await FaultyWebServer.StartAsync();
        var probe = await JobProbe.RunAsync(_kind, Job(server.Root, """{"expectStatus":"200,204"}"""));
        Assert.Equal(new JobOutcome.Failed($"GET {server.Root} answered 404, expected 200,204", Retryable: false), probe.Outcome);
    }

    [Fact]
    public async Task Run_NobodyListens_SaysThatTheConnectionWasRefused()
    {
        Uri gone;
        await using (var server = RawServer.Canary()) gone = server.Root;
        var probe = await JobProbe.RunAsync(_kind, Job(gone));
        Assert.Equal(new JobOutcome.Failed($"GET {gone} failed: {gone.Authority} refused the connection", Retryable: true), probe.Outcome);
        Assert.Equal(0, probe.Metric("statusCode"));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("POST")]
    public async Task Run_Method_IsTheOneThatIsSent(string method)
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnStatus("/", 204);
        await JobProbe.RunAsync(_kind, Job(server.Root, $$"""{"method":"{{method}}"}"""));
        Assert.Equal([$"{method} /"], server.Requests);
    }

    [Fact]
    public async Task Run_RedirectInScope_IsFollowedToTheEnd()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnRedirect("/", "/broken").OnStatus("/broken", 500);
        var probe = await JobProbe.RunAsync(_kind, Job(server.Root));
        Assert.Equal($"GET {server.Root} answered 500 at {server.Url("/broken")}, expected 200-399", probe.Outcome.Reason);
    }

    [Fact]
    public async Task Run_OnlyRedirectsExpected_IsNotFollowed()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnRedirect("/", "/new", 301);
        var probe = await JobProbe.RunAsync(_kind, Job(server.Root, """{"expectStatus":301}"""));
        Assert.IsType<JobOutcome.Succeeded>(probe.Outcome);
        Assert.Equal(["GET /"], server.Requests);
    }

    [Fact]
    public async Task Run_RedirectOutOfScope_IsTheAnswerAndNobodyIsContacted()
    {
        await using var canary = RawServer.Canary();
        await using var server = (await FaultyWebServer.StartAsync()).OnRedirect("/", $"http://canary.example:{canary.Port}/");
        var probe = await JobProbe.RunAsync(new HttpKind(lookup: (_, _) => Task.FromResult(new[] { System.Net.IPAddress.Loopback })), Job(server.Root));
        Assert.Equal($"GET {server.Root} answered 302", probe.Outcome.Reason);
        Assert.Contains(probe.Log, line => line.Contains("canary.example is outside the scope; ask an administrator to add it under Settings, Scope", StringComparison.Ordinal));
        Assert.True(await canary.NobodyCameAsync());
    }

    [Fact]
    public async Task Run_BadCertificate_FailsBeforeAnythingIsAsked()
    {
        await using var server = (await FaultyWebServer.StartAsync(TestCertificates.Expired)).OnPage("/", "secret");
        var probe = await JobProbe.RunAsync(_kind, Job(server.Root));
        Assert.Equal(new JobOutcome.Failed($"GET {server.Root} failed: the certificate of localhost is not acceptable: it has expired or is not valid yet", Retryable: false), probe.Outcome);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Run_GoodCertificate_Succeeds()
    {
        await using var server = (await FaultyWebServer.StartAsync(TestCertificates.Good)).OnPage("/", "fine");
        Assert.IsType<JobOutcome.Succeeded>((await JobProbe.RunAsync(_kind, Job(server.Root))).Outcome);
    }

    [Fact]
    public async Task Run_SlowAnswer_TimesOut()
    {
        await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, ct));
        var options = new HttpOptions([server.Root], HttpMethod.Get, StatusRanges.Default, TimeSpan.FromMilliseconds(200));
        var probe = await new JobProbe(Job(server.Root)).RunAsync((context, ct) => _kind.RunAsync(context, options, ct));
        Assert.Equal(new JobOutcome.Failed($"GET {server.Root} failed: no complete answer within 0.2 s", Retryable: true), probe.Outcome);
    }

    [Fact]
    public async Task Run_Stopped_ThrowsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new RawServer((_, ct) => { stop.Cancel(); return Task.Delay(Timeout.InfiniteTimeSpan, ct); });
        var probe = new JobProbe(Job(server.Root));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _kind.RunAsync(probe.Context, stop.Token));
    }

    [Fact]
    public async Task Run_SeveralUrls_CountsTheFailures()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/a", "fine");
        var probe = await JobProbe.RunAsync(_kind, JobSpec.Of("http", $$"""{"urls":["{{server.Url("/a")}}","{{server.Url("/b")}}"]}"""));
        Assert.Equal($"1 of 2 URLs failed; GET {server.Url("/b")} answered 404, expected 200-399", probe.Outcome.Reason);
        Assert.Equal([404, 1], [probe.Metric("statusCode"), probe.Metric("failed")]);
    }

    [Fact]
    public void Check_WrongFields_NamesEachPlace() => Assert.Equal(
        [
            "spec.job.targets.urls[1]: 10.0.0.1 is outside the scope; ask an administrator to add it under Settings, Scope",
            "spec.job.targets.urls[3]: must be an http or https address such as https://shop.example.com/, found \"ftp://127.0.0.1/\"",
            "spec.job.options.method: must be one of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, found \"BREW\"",
            "spec.job.options.expectStatus: must be codes from 100 to 599 and ranges, such as 200,204,300-399; found \"ok\"",
            "spec.job.options.follow: unknown key; known here: expectStatus, method, timeout",
        ],
        JobProbe.Complaints(_kind, JobSpec.Of("http", """{"urls":["http://127.0.0.1/","http://10.0.0.1/"," ","ftp://127.0.0.1/"]}""", """{"method":"BREW","expectStatus":"ok","follow":true}""")));

    [Fact]
    public void Check_NoUrls_AsksForThem() => Assert.Equal(
        ["spec.job.targets.urls: is required, for example [\"https://shop.example.com/health\"]"], JobProbe.Complaints(_kind, JobSpec.Of("http")));
}
