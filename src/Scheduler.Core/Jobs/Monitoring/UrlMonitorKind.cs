using System.Security.Cryptography.X509Certificates;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs.Web;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>Watches web pages and other addresses: says which content, status or redirect has changed since the schedule's last look.</summary>
/// <param name="trustedRoots">Roots to trust instead of the machine's own; null for the machine's.</param>
/// <param name="lookup">How names become addresses; null for the machine's resolver.</param>
/// <param name="limits">Bounds for each URL; null for 20 s, 4 MiB and 10 redirects.</param>
public sealed class UrlMonitorKind(X509Certificate2Collection? trustedRoots = null, NameLookup? lookup = null, ScopedHttpLimits? limits = null) : IJobKind
{
    /// <summary>The event of a run that saw changes.</summary>
    public const string Changed = "url.changed";

    private readonly ScopedHttpLimits _limits = limits ?? new ScopedHttpLimits { Total = TimeSpan.FromSeconds(20), MaxBody = 4 << 20 };

    public string Name => "url-monitor";
    public string Summary => "Watches web addresses, and says what became of content, status and redirects since the schedule's last look.";
    public string DefaultPool => "monitor";

    public IReadOnlyList<JobField> Fields { get; } =
    [
        new("targets.urls", "URLs", "One a line. Each is fetched once a run and compared.", JobFieldType.Lines),
        new("targets.urlsFile", "File of URLs", "A file with one URL a line, inside a folder of the scope.", JobFieldType.Text),
        new("options.ignore", "Leave out", "What changes without meaning anything, one a line: CSS selectors such as .visitors or nav [data-time], and regular expressions between slashes such as /\\d+ visitors/i.", JobFieldType.Lines),
        new("options.diff", "Show differences", "Keeps the text of pages up to 1 MiB, so that a change is shown line by line. Whoever may see the run sees these lines.", JobFieldType.Flag, "true"),
        new("options.batchSize", "Batch", "How many URLs are done between two notes on the progress, 1 to 500.", JobFieldType.Number, "50"),
    ];

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) => UrlMonitorOptions.Read(job, scope, path, errors);

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var errors = new List<FieldError>();
        var options = UrlMonitorOptions.Read(context.Job, context.Scope, "job", errors);
        if (errors.Count > 0) return BadSpec.Outcome(errors);
        var targets = await WebTargets.GatherAsync(options.Urls, options.UrlsFile, UrlTargets.MaxUrls, $"{UrlTargets.MaxUrls}; split the schedule", context.Scope, stopping);
        foreach (var note in targets.Notes) await context.LogAsync(LogStream.Warn, note, stopping);
        if (targets.Problem is { } problem) return new JobOutcome.Failed(problem, Retryable: false);
        var http = new ScopedHttp(context.Scope, context.Clock, _limits, CertificateRule.Enforce, trustedRoots, lookup);
        return await new UrlMonitor(context, options, targets.Urls, http).RunAsync(stopping);
    }
}
