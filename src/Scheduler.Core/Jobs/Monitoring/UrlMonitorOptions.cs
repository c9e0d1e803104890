using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Monitoring;

/// <param name="Urls">Inside the scope, as written.</param>
/// <param name="UrlsFile">A file with one URL a line inside the scope's folders, or null.</param>
/// <param name="BatchSize">URLs between two notes on the progress; 1 to 500.</param>
/// <param name="Diff">Whether texts are kept, so that a change can be shown line by line.</param>
/// <param name="Ignore">What of a text does not count.</param>
internal sealed record UrlMonitorOptions(IReadOnlyList<Uri> Urls, string? UrlsFile, int BatchSize, bool Diff, IgnoreRules Ignore)
{
    public static UrlMonitorOptions Read(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var (urls, urlsFile) = UrlTargets.ReadWithFile(job, scope, path, errors);
        var options = new FieldReader(job.Options, $"{path}.options", errors);
        var batchSize = options.Whole("batchSize", 50, 1, 500);
        var diff = options.Flag("diff", true);
        var ignore = IgnoreRules.Read(options, $"{path}.options", errors);
        options.Close();
        return new UrlMonitorOptions(urls, urlsFile, batchSize, diff, ignore);
    }
}
