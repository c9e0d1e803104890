using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Jobs.Monitoring;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs.Monitoring;

/// <summary>Look after look at a real server, each with what the one before left in a real database.</summary>
#pragma warning disable CA1001 // The test framework calls DisposeAsync.
public sealed class UrlMonitorTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly UrlMonitorKind _kind = new(TestCertificates.TrustedRoots, limits: new ScopedHttpLimits { Total = TimeSpan.FromSeconds(10), MaxBody = 100_000 });
    private WatchedSchedule _schedule = null!;
    private FaultyWebServer _server = null!;

    private string Page => _server.Url("/page").AbsoluteUri;

    public async Task InitializeAsync() => (_schedule, _server) = (await WatchedSchedule.CreateAsync(), await FaultyWebServer.StartAsync());

    public async Task DisposeAsync()
    {
        await _schedule.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task FirstLook_RemembersAndTellsNothing_ThenAChangeIsToldWithItsLines()
    {
        _server.OnPage("/page", "<h1>Shop</h1>\n<p>Open</p>\n").OnPage("/other", "o");
        var first = await LookAsync("{}", Page, _server.Url("/other").AbsoluteUri);
        Assert.Equal(new JobOutcome.Succeeded("2 URLs are remembered; the next run compares"), first.Outcome);
        Assert.Empty(first.Findings);
        Assert.Equal([Page, _server.Url("/other").AbsoluteUri], first.Covered);

        _server.OnPage("/page", "<h1>Shop</h1>\n<p>Defaced</p>\n");
        var run = await LookAsync("{}", Page, _server.Url("/other").AbsoluteUri);

        Assert.Equal("2 URLs: 1 changed", run.Outcome.Reason);
        var finding = Assert.Single(run.Findings);
        Assert.Equal(("url-changed", Page, $"{Page} has changed"), (finding.Rule, finding.Asset, finding.Title));
        Assert.Matches("^before: 26 B, text/html, SHA-256 [0-9a-f]{64}\nnow: 29 B, text/html, SHA-256 [0-9a-f]{64}\n\n@@ line 1 @@\n <h1>Shop</h1>\n-<p>Open</p>\n\\+<p>Defaced</p>\n $", finding.Evidence);
        var told = JsonElement.Parse(Assert.Single(run.Events.OfType<JobEvent.Happened>()).Data);
        Assert.Equal($$"""{"changes":{"added":0,"removed":0,"changed":1,"failed":0},"items":[{"url":"{{Page}}","change":"changed"}]}""", told.GetRawText());
    }

    [Fact]
    public async Task ALookThatSeesNoChange_KeepsTheText_SoThatTheNextDifferenceIsRight()
    {
        _server.OnPage("/page", "one\n");
        await LookAsync();
        Assert.Equal("1 URL, nothing has changed", (await LookAsync()).Outcome.Reason);
        _server.OnStatus("/page", 304); // nobody asked for it, and it says that nothing has changed
        Assert.Equal("1 URL, nothing has changed", (await LookAsync()).Outcome.Reason);
        _server.OnPage("/page", "two\n");
        Assert.Contains("-one\n+two", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AUrlThatFails_IsAFinding_AndForgetsNothing()
    {
        _server.OnPage("/page", "one\n").OnPage("/other", "o");
        await LookAsync("{}", Page, _server.Url("/other").AbsoluteUri);
        _server.OnStatus("/page", 503, ("Retry-After", "999"));
        var failing = await LookAsync("{}", Page, _server.Url("/other").AbsoluteUri);
        Assert.Equal(["url-unreachable Medium"], failing.FindingLines);
        Assert.Equal($"Completed with issues: {Page} could not be read: it answered 503 Service Unavailable; 2 URLs: 1 could not be read", failing.Outcome.Reason);
        Assert.Equal([_server.Url("/other").AbsoluteUri], failing.Covered);
        Assert.Empty(failing.Events.OfType<JobEvent.Happened>());

        _server.OnPage("/page", "two\n");
        Assert.Contains("-one\n+two", Assert.Single((await LookAsync("{}", Page, _server.Url("/other").AbsoluteUri)).Findings).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhenNoUrlAnswers_TheRunFails_AndLeavesWhatTheLastOneLeft()
    {
        _server.OnPage("/page", "one\n");
        await LookAsync();
        _server.OnStatus("/page", 500);
        var failed = Assert.IsType<JobOutcome.Failed>((await LookAsync()).Outcome);
        Assert.Equal(($"{Page} could not be read: it answered 500 Internal Server Error", true), (failed.Reason, failed.Retryable));
        _server.OnPage("/page", "two\n");
        Assert.Contains("-one\n+two", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AUrlThatIsGone_AndComesBack_IsComparedWithWhatItWas()
    {
        _server.OnPage("/page", "one\n");
        await LookAsync();
        _server.OnStatus("/page", 404);
        var gone = await LookAsync();
        Assert.Equal(["url-gone Medium"], gone.FindingLines);
        Assert.Equal(("before: 200\nnow: 404", "1 URL: 1 removed"), (gone.Findings[0].Evidence, gone.Outcome.Reason));
        Assert.Empty((await LookAsync()).Findings);
        _server.OnPage("/page", "two\n");
        var back = await LookAsync();
        Assert.Equal(["url-back", "url-changed"], back.Findings.Select(f => f.Rule));
        Assert.Contains("-one\n+two", back.Findings[1].Evidence, StringComparison.Ordinal);
        Assert.Equal("1 URL: 1 added", back.Outcome.Reason);
    }

    [Fact]
    public async Task StatusAndRedirect_AreComparedToo()
    {
        _server.OnPage("/a", "same").OnPage("/b", "same").OnRedirect("/page", "/a");
        await LookAsync();
        _server.OnRedirect("/page", "/b");
        var moved = Assert.Single((await LookAsync()).Findings);
        Assert.Equal(("url-redirect-changed", $"before: {_server.Url("/a")}\nnow: {_server.Url("/b")}"), (moved.Rule, moved.Evidence));
        _server.OnStatus("/b", 403);
        Assert.Equal(["url-status-changed Medium [403]"], (await LookAsync()).FindingLines);
    }

    [Fact]
    public async Task ARedirectOutOfTheScope_IsNotFollowed_AndIsAChangeAllTheSame()
    {
        await using var canary = RawServer.Canary();
        _server.OnRedirect("/page", "/a").OnPage("/a", "x");
        await LookAsync();
        _server.OnRedirect("/page", $"http://canary.example:{canary.Port}/");
        var run = await LookAsync();
        Assert.Contains("url-redirect-changed", run.Findings.Select(f => f.Rule));
        Assert.True(await canary.NobodyCameAsync());
    }

    [Fact]
    public async Task ANewUrl_IsRememberedFirst_AndOneThatIsNoLongerListedIsForgotten()
    {
        _server.OnPage("/page", "one").OnPage("/more", "one");
        await LookAsync();
        var both = await LookAsync("{}", Page, _server.Url("/more").AbsoluteUri);
        Assert.Equal("2 URLs, nothing has changed; 1 seen for the first time and remembered", both.Outcome.Reason);
        Assert.Equal("1 URL, nothing has changed; 1 URL no longer watched", (await LookAsync()).Outcome.Reason);
        Assert.Equal([$"url:{Page}"], (await _schedule.RecallAsync()).Keys);
    }

    [Fact]
    public async Task Ignore_LeavesOutWhatChangesWithoutMeaningAnything()
    {
        const string Options = """{ "ignore": [".clock", "/seen by [0-9]+ people/"] }""";
        _server.OnPage("/page", "<b class=clock>12:00</b>\nseen by 3 people\n<p>text</p>\n");
        await LookAsync(Options);
        _server.OnPage("/page", "<b class=clock>12:01</b>\nseen by 4 people\n<p>text</p>\n");
        Assert.Empty((await LookAsync(Options)).Findings);
        _server.OnPage("/page", "<b class=clock>12:02</b>\nseen by 5 people\n<p>other</p>\n");
        var finding = Assert.Single((await LookAsync(Options)).Findings);
        Assert.EndsWith("@@ line 1 @@\n \n \n-<p>text</p>\n+<p>other</p>\n ", finding.Evidence, StringComparison.Ordinal);
        // Other rules leave another text: that is no change of the page.
        var other = await LookAsync();
        Assert.Empty(other.Findings);
        Assert.Contains("The rules of ignore were changed: 1 URL will be compared from the next run on", other.Log);
        Assert.Empty((await LookAsync()).Findings);
    }

    [Fact]
    public async Task TheLastByteCounts_AndWhatIsLongerThanIsReadIsNotComparedByHalf()
    {
        _server.OnPage("/page", new string('x', 99_999) + "a");
        await LookAsync();
        _server.OnPage("/page", new string('x', 99_999) + "b");
        Assert.Equal("url-changed", Assert.Single((await LookAsync()).Findings).Rule);
        _server.OnPage("/page", new string('x', 200_000));
        var longer = await LookAsync();
        Assert.Contains("now: more than 97.7 KiB, text/html", Assert.Single(longer.Findings).Evidence, StringComparison.Ordinal);
        Assert.Contains($"{Page} is longer than 97.7 KiB: its content is not compared", longer.Log);
        _server.OnPage("/page", new string('y', 200_000));
        Assert.Empty((await LookAsync()).Findings);
    }

    [Fact]
    public async Task ABinaryContent_AndAnotherType_AreTold()
    {
        var body = new byte[] { 0, 1, 2 };
        var type = "application/zip";
        _server.On("/page", context => { context.Response.ContentType = type; return context.Response.Body.WriteAsync(body).AsTask(); });
        await LookAsync();
        body[2] = 3;
        Assert.EndsWith("It is no text of up to 1 MiB, so there is no comparison line by line.", Assert.Single((await LookAsync()).Findings).Evidence, StringComparison.Ordinal);
        type = "text/html";
        Assert.Matches("^before: 3 B, application/zip, SHA-256 [0-9a-f]+\nnow: 3 B, text/html, SHA-256 [0-9a-f]+$", Assert.Single((await LookAsync()).Findings).Evidence);
    }

    [Fact]
    public async Task Batches_TellTheProgressBetweenThem_InTheOrderOfTheUrls()
    {
        var urls = Enumerable.Range(0, 7).Select(i => _server.Url($"/p{i}").AbsoluteUri).ToArray();
        for (var i = 0; i < 7; i++) _server.OnPage($"/p{i}", "x");
        await LookAsync("""{ "batchSize": 3 }""", urls);
        for (var i = 0; i < 7; i++) _server.OnPage($"/p{i}", "y");
        var run = await LookAsync("""{ "batchSize": 3 }""", urls);
        Assert.Equal(["Batch 1 of 3: 3 of 7 URLs; so far 3 changed", "Batch 2 of 3: 6 of 7 URLs; so far 6 changed", "Batch 3 of 3: 7 of 7 URLs; so far 7 changed"], run.Log.Where(l => l.StartsWith("Batch", StringComparison.Ordinal)));
        Assert.Equal(urls, run.Findings.Select(f => f.Asset));
        Assert.Equal([0, 3.0 / 7, 6.0 / 7, 1], run.Events.OfType<JobEvent.Progress>().Select(p => p.Fraction));
    }

    [Fact]
    public async Task UrlsFile_IsReadAtEachRun()
    {
        using var folder = new TempFolder();
        _server.OnPage("/page", "one").OnPage("/more", "one");
        File.WriteAllText(folder.At("urls.txt"), $"# watched\n{Page}\nnonsense\n");
        var job = JobSpec.Of("url-monitor", JsonSerializer.Serialize(new { urlsFile = folder.At("urls.txt") }));
        var first = await _schedule.RunAsync(job, Scope.Default(folder.Path), _kind.RunAsync);
        Assert.Equal("1 URL is remembered; the next run compares", first.Outcome.Reason);
        Assert.Contains(first.Log, l => l.Contains("urls.txt line 3: ", StringComparison.Ordinal));
        File.AppendAllText(folder.At("urls.txt"), _server.Url("/more").AbsoluteUri);
        Assert.Equal("2 URLs, nothing has changed; 1 seen for the first time and remembered", (await _schedule.RunAsync(job, Scope.Default(folder.Path), _kind.RunAsync)).Outcome.Reason);
    }

    [Fact]
    public async Task ACertificateThatABrowserWouldNotTrust_IsNotTrustedHereEither()
    {
        await using var server = (await FaultyWebServer.StartAsync(TestCertificates.SelfSigned)).OnPage("/", "x");
        var run = await LookAsync("{}", server.Root.AbsoluteUri);
        Assert.Contains("self-signed", Assert.IsType<JobOutcome.Failed>(run.Outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_EndsAtOnce_AndTellsNothingHalf()
    {
        _server.OnPage("/page", "one").On("/slow", async context => await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        await LookAsync();
        _server.OnPage("/page", "two");
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _schedule.RunAsync(Job("{}", Page, _server.Url("/slow").AbsoluteUri), Scope.Default("/nowhere"), async (context, ct) =>
        {
            var running = _kind.RunAsync(context, stop.Token);
            await Until.TrueAsync(() => _server.Requests.Contains("GET /slow"), "the slow page is asked for");
            await stop.CancelAsync();
            return await running;
        }));
        Assert.Single((await LookAsync()).Findings);
    }

    [Fact]
    public void Check_NamesWhatIsWrong()
    {
        var job = JobSpec.Of("url-monitor", """{ "urls": ["http://shop.example.com/"], "paths": [] }""", """{ "batchSize": 0, "ignore": [7], "failOn": "high" }""");
        Assert.Equal(
            [
                "spec.job.targets.urls[0]: shop.example.com is outside the scope; ask an administrator to add it under Settings, Scope",
                "spec.job.targets.paths: unknown key; known here: urls, urlsFile",
                "spec.job.options.batchSize: must be a whole number from 1 to 500, found 0",
                "spec.job.options.ignore[0]: must be a text of at most 500 characters, found 7",
                "spec.job.options.failOn: unknown key; known here: batchSize, diff, ignore",
            ], JobProbe.Complaints(_kind, job));
    }

    private static JobSpec Job(string options, params string[] urls) => JobSpec.Of("url-monitor", JsonSerializer.Serialize(new { urls }), options);

    private Task<JobProbe> LookAsync(string options = "{}", params string[] urls)
    {
        var job = Job(options, urls.Length > 0 ? urls : [Page]);
        return _schedule.RunAsync(job, Scope.Default("/nowhere"), _kind.RunAsync);
    }
}
