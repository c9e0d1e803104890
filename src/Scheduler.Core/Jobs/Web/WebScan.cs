using System.Collections.Concurrent;
using System.Globalization;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>One run of <c>web-scan</c>: asks for each URL, tells what it saw, and lets the checks judge.</summary>
internal sealed class WebScan(JobContext context, WebScanOptions options, WebTargets targets, ScopedHttp http, TlsProbe tlsProbe)
{
    // Pages take most of the time; what is left of the bar is for the servers' TLS.
    private const double PagesShare = 0.9;

    private readonly WebScanTally _tally = new(targets.Urls.Count);
    private readonly HostPatience _patience = new(http, context.Clock, context.OverridesRateLimits);
    private readonly ConcurrentDictionary<string, (Uri Url, TlsFacts? Facts)> _endpoints = new(StringComparer.Ordinal);

    public async Task<JobOutcome> RunAsync(CancellationToken stopping)
    {
        foreach (var note in targets.Notes) await context.LogAsync(LogStream.Warn, note, stopping);
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = stopping };
        await Parallel.ForEachAsync(targets.Urls, atOnce, async (url, ct) => await ScanPageAsync(url, ct));
        await context.ProgressAsync(PagesShare, "TLS", stopping);
        await Parallel.ForEachAsync(_endpoints, atOnce, async (endpoint, ct) => await ScanTlsAsync(endpoint.Key, endpoint.Value.Url, endpoint.Value.Facts, ct));
        foreach (var (name, value) in _tally.Metrics()) await context.MetricAsync(name, value, stopping);
        await context.MetricAsync("duplicates", targets.Duplicates, stopping);
        await context.MetricAsync("badLines", targets.BadLines, stopping);
        await context.ProgressAsync(1, null, stopping);
        return _tally.Outcome(options.FailOn);
    }

    private async Task ScanPageAsync(Uri url, CancellationToken ct)
    {
        var asset = url.AbsoluteUri;
        try { await ScanPageAsync(url, asset, ct); }
        catch (Exception e) when (e is not OperationCanceledException and not System.Threading.Channels.ChannelClosedException)
        {
            // One page that trips us up must not cost the others.
            var why = HostileText.Line($"{asset} could not be examined: {e.GetType().Name}: {e.Message}", 500);
            _tally.Unreachable(why, isWorthAnotherTry: false);
            await context.LogAsync(LogStream.Err, why, ct);
        }
        await context.ProgressAsync(_tally.Share * PagesShare, asset, ct);
    }

    private async Task ScanPageAsync(Uri url, string asset, CancellationToken ct)
    {
        var exchange = await _patience.AskAsync(url, why => context.LogAsync(LogStream.Warn, HostileText.Line(why, 500), ct), ct);
        RememberEndpoints(exchange);
        // A body that broke off still has headers worth judging; nothing at all, or a broken chain of redirects, has not.
        if (exchange.Final is null || exchange.Fault is { Kind: not HttpFaultKind.Body }) await ReportUnreachableAsync(asset, exchange, ct);
        else await JudgeAsync(WebPage.Of(asset, exchange, context.Clock.GetUtcNow()), ct);
    }

    private async Task ReportUnreachableAsync(string asset, HttpExchange exchange, CancellationToken ct)
    {
        var fault = exchange.Fault!;
        var at = exchange.Hops.Count > 0 && fault.At.AbsoluteUri != asset ? $" (at {HostileText.Line(fault.At.AbsoluteUri, 300)})" : "";
        var why = $"{HostileText.Line(asset, 300)} could not be read{at}: {fault.Text}";
        _tally.Unreachable(why, fault.IsTransient);
        await LogHopsAsync(exchange.Hops, ct);
        await context.LogAsync(LogStream.Err, why, ct);
    }

    private async Task JudgeAsync(WebPage page, CancellationToken ct)
    {
        List<Finding> findings = [.. HeaderChecks.Check(page), .. CookieChecks.Check(page), .. MixedContentChecks.Check(page)];
        await LogAsync(page, ct);
        _tally.Answered(page);
        foreach (var finding in findings) await ReportAsync(finding, ct);
        if (page.IsGood && page.Exchange.IsBodyComplete) await context.CoveredAsync(page.Asset, ct);
    }

    private async Task ScanTlsAsync(string asset, Uri url, TlsFacts? facts, CancellationToken ct)
    {
        var outdated = new List<ProtocolResult>();
        foreach (var protocol in ProtocolResult.Outdated) outdated.Add(await tlsProbe.AskAsync(url.IdnHost, url.Port, protocol, ct));
        foreach (var unknown in outdated.Where(r => r.Answer == ProtocolAnswer.Unknown))
            await context.LogAsync(LogStream.Warn, $"{asset}: whether {unknown.Name} is accepted is not known: {unknown.Why}", ct);
        var endpoint = new TlsEndpoint(asset, facts, outdated, context.Clock.GetUtcNow());
        if (facts is not null) await context.LogAsync(DescribeTls(asset, facts, outdated), ct);
        foreach (var finding in TlsChecks.Check(endpoint)) await ReportAsync(finding, ct);
        if (endpoint.IsWholeStory) await context.CoveredAsync(asset, ct);
    }

    private async Task ReportAsync(Finding finding, CancellationToken ct)
    {
        _tally.Found(finding);
        await context.FoundAsync(finding, ct);
    }

    private void RememberEndpoints(HttpExchange exchange)
    {
        foreach (var hop in exchange.Hops.Where(h => h.Tls is not null)) _endpoints.TryAdd(WebUrl.Endpoint(hop.Url), (hop.Url, hop.Tls));
        // A server that speaks only outdated versions fails the ordinary handshake; it is asked for them all the same.
        if (exchange.Fault is { Kind: HttpFaultKind.Tls } fault) _endpoints.TryAdd(WebUrl.Endpoint(fault.At), (fault.At, null));
    }

    private async Task LogAsync(WebPage page, CancellationToken ct)
    {
        await LogHopsAsync(page.Exchange.Hops.SkipLast(1), ct);
        await context.LogAsync(Describe(page), ct);
        if (page.Exchange.NotFollowed is { } notFollowed) await context.LogAsync(LogStream.Warn, $"{HostileText.Line(page.Asset, 300)}: {notFollowed}", ct);
        if (page.Exchange.Fault is { } fault) await context.LogAsync(LogStream.Warn, $"{HostileText.Line(page.Asset, 300)}: {fault.Text}", ct);
        else if (!page.Exchange.IsBodyComplete) await context.LogAsync(LogStream.Warn, $"{HostileText.Line(page.Asset, 300)} is longer than is read, so nothing found there before counts as gone", ct);
    }

    private async Task LogHopsAsync(IEnumerable<HttpHop> hops, CancellationToken ct)
    {
        foreach (var hop in hops)
            await context.LogAsync($"{hop.Status} {HostileText.Line(hop.Url.AbsoluteUri, 300)} from {hop.Remote} -> {HostileText.Line(hop.Header("Location"), 300)}", ct);
    }

    private static string Describe(WebPage page)
    {
        var final = page.Final;
        var parts = new List<string> { $"{final.Status} {HostileText.Line(final.Url.AbsoluteUri, 300)}" };
        parts.Add(page.MediaType.Length > 0 ? HostileText.Line(page.MediaType, 60) : "no type");
        parts.Add($"{page.Exchange.Body.Length.ToString(CultureInfo.InvariantCulture)} bytes");
        if (page.Html?.Title is { Length: > 0 } title) parts.Add($"\"{HostileText.Line(title, 120)}\"");
        if (final.Header("Server") is { } server) parts.Add($"server {HostileText.Line(server, 100)}");
        parts.Add($"from {final.Remote}");
        parts.Add(string.Create(CultureInfo.InvariantCulture, $"{page.Exchange.Elapsed.TotalMilliseconds:0} ms"));
        if (Technologies.Of(page) is { Count: > 0 } technologies) parts.Add($"technologies: {string.Join(", ", technologies)}");
        return string.Join(", ", parts);
    }

    private static string DescribeTls(string asset, TlsFacts facts, List<ProtocolResult> outdated)
    {
        var until = facts.Certificate is { } c ? string.Create(CultureInfo.InvariantCulture, $", certificate {c.Subject} until {c.NotAfterAt:yyyy-MM-dd}") : "";
        var old = string.Join(", ", outdated.Where(r => r.Answer != ProtocolAnswer.Unknown).Select(r => $"{r.Name} {(r.Answer == ProtocolAnswer.Accepted ? "accepted" : "refused")}"));
        return $"{asset}: {ProtocolResult.NameOf(facts.Protocol)}, {facts.Cipher}{until}{(old.Length > 0 ? $"; {old}" : "")}";
    }
}
