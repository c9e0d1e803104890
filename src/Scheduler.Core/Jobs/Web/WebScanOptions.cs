using Scheduler.Core.Fields;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <param name="Urls">Inside the scope, as written.</param>
/// <param name="UrlsFile">A file with one URL a line inside the scope's folders, or null.</param>
/// <param name="MaxUrls">A run with more distinct URLs is refused, never cut; 1 to 10,000.</param>
/// <param name="Concurrency">URLs asked for at the same time; 1 to 50.</param>
/// <param name="Diff">Whether the run is compared with the one before.</param>
/// <param name="FailOn">The least severity that makes the run fail, or null for none.</param>
internal sealed record WebScanOptions(
    IReadOnlyList<Uri> Urls, string? UrlsFile, int MaxDepth, int MaxUrls, int Concurrency, bool Diff, Severity? FailOn)
{
    public static WebScanOptions Read(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var (urls, urlsFile) = UrlTargets.ReadWithFile(job, scope, path, errors);
        var fields = new FieldReader(job.Options, $"{path}.options", errors);
        if (fields.Flag("crawl", false)) fields.Complain("crawl", "crawling is not available in this version; list the URLs in targets.urls or a urlsFile");
        var maxDepth = fields.Whole("maxDepth", 5, 0, 50);
        var maxUrls = fields.Whole("maxUrls", 1000, 1, UrlTargets.MaxUrls);
        var concurrency = fields.Whole("concurrency", 10, 1, 50);
        var diff = fields.Flag("diff", true);
        var failOn = fields.Word("failOn", "high", "critical", "high", "medium", "low", "info", "none");
        fields.Close();
        if (urls.Count > maxUrls) errors.Add(new FieldError($"{path}.targets.urls", $"has {urls.Count} entries, more than maxUrls ({maxUrls}); raise maxUrls or split the schedule"));
        return new WebScanOptions(urls, urlsFile, maxDepth, maxUrls, concurrency, diff, Enum.TryParse<Severity>(failOn, ignoreCase: true, out var least) ? least : null);
    }
}
