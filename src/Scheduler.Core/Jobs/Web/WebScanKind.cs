using System.Security.Cryptography.X509Certificates;
using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Web;

/// <summary>Looks at web pages and the servers behind them: TLS, security headers, cookies, mixed content, disclosed versions.</summary>
/// <param name="trustedRoots">Roots to trust instead of the machine's own; null for the machine's.</param>
/// <param name="lookup">How names become addresses; null for the machine's resolver.</param>
/// <param name="limits">Bounds for each URL; null for 20 s, 2 MiB and 10 redirects.</param>
public sealed class WebScanKind(X509Certificate2Collection? trustedRoots = null, NameLookup? lookup = null, ScopedHttpLimits? limits = null) : IJobKind
{
    private readonly ScopedHttpLimits _limits = limits ?? new ScopedHttpLimits { Total = TimeSpan.FromSeconds(20) };

    public string Name => "web-scan";
    public string Summary => "Checks web pages for weak TLS, missing security headers, careless cookies, mixed content and disclosed versions.";
    public string DefaultPool => "scan";

    public IReadOnlyList<JobField> Fields { get; } =
    [
        new("targets.urls", "URLs", "One a line. Each is fetched once a run and checked.", JobFieldType.Lines),
        new("targets.urlsFile", "File of URLs", "A file with one URL a line, inside a folder of the scope.", JobFieldType.Text),
        new("options.failOn", "Fail on", "The run fails when a finding is at least so severe.", JobFieldType.Choice, "high", ["critical", "high", "medium", "low", "info", "none"]),
        new("options.concurrency", "At once", "How many URLs are asked at the same time, 1 to 50.", JobFieldType.Number, "10"),
        new("options.maxUrls", "At most", "A run with more URLs is refused, never cut.", JobFieldType.Number, "1000"),
    ];

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) => WebScanOptions.Read(job, scope, path, errors);

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var errors = new List<FieldError>();
        var options = WebScanOptions.Read(context.Job, context.Scope, "job", errors);
        if (errors.Count > 0) return BadSpec.Outcome(errors);
        var targets = await WebTargets.GatherAsync(
            options.Urls, options.UrlsFile, options.MaxUrls, $"maxUrls ({options.MaxUrls}); raise maxUrls or split the schedule", context.Scope, stopping);
        if (targets.Problem is { } problem)
        {
            foreach (var note in targets.Notes) await context.LogAsync(LogStream.Warn, note, stopping);
            return new JobOutcome.Failed(problem, Retryable: false);
        }
        var http = new ScopedHttp(context.Scope, context.Clock, _limits, CertificateRule.Record, trustedRoots, lookup);
        var connector = new ScopedConnector(context.Scope, context.Clock, _limits.Connect, trustedRoots, lookup);
        return await new WebScan(context, options, targets, http, new TlsProbe(connector, context.Clock)).RunAsync(stopping);
    }
}
