using Scheduler.Core.Findings;
using static Scheduler.Core.Jobs.ScanWords;

namespace Scheduler.Core.Jobs.Web;

/// <summary>Counts what a scan sees and says in the end how it went. Safe for concurrent use.</summary>
internal sealed class WebScanTally(int urls)
{
    private readonly Lock _gate = new();
    private readonly List<string> _unreachable = [];
    private readonly List<Finding> _findings = [];
    private int _done, _answered, _good, _redirects;
    private long _bytes;
    private bool _isWorthAnotherTry;

    /// <summary>The share of URLs that are through, 0 to 1.</summary>
    public double Share { get { lock (_gate) return urls == 0 ? 1 : (double)_done / urls; } }

    public void Answered(WebPage page)
    {
        lock (_gate)
        {
            _done++;
            _answered++;
            if (page.IsGood) _good++;
            _redirects += page.Exchange.Hops.Count - 1;
            _bytes += page.Exchange.Body.Length;
        }
    }

    public void Unreachable(string why, bool isWorthAnotherTry)
    {
        lock (_gate)
        {
            _done++;
            _unreachable.Add(why);
            _isWorthAnotherTry |= isWorthAnotherTry;
        }
    }

    public void Found(Finding finding)
    {
        lock (_gate) _findings.Add(finding);
    }

    public IReadOnlyList<(string Name, double Value)> Metrics()
    {
        lock (_gate)
            return [("urls", urls), ("good", _good), ("unreachable", _unreachable.Count), ("redirects", _redirects), ("bytes", _bytes), ("findings", _findings.Count), ("assetsScanned", _answered)];
    }

    /// <param name="failOn">The least severity that makes the run fail, or null for none.</param>
    public JobOutcome Outcome(Severity? failOn)
    {
        lock (_gate)
        {
            if (_unreachable.Count == urls) return new JobOutcome.Failed(urls == 1 ? _unreachable[0] : $"None of {urls} URLs could be read; {_unreachable[0]}", _isWorthAnotherTry);
            var grave = _findings.Where(f => f.Severity >= failOn).OrderByDescending(f => f.Severity).ToList();
            var parts = new List<string>();
            if (grave.Count > 0) parts.Add($"{Count(grave.Count, "finding")} at or above {Word(failOn!.Value)}: {Grave(grave)}");
            if (_unreachable.Count > 0) parts.Add($"completed with issues: {_unreachable.Count} of {Count(urls, "URL")} could not be read ({_unreachable[0]})");
            parts.Add(Summary(Count(urls, "URL"), _findings));
            return ScanWords.Outcome(parts, grave.Count > 0);
        }
    }

    private static string Grave(List<Finding> grave) =>
        string.Join(", ", grave.Take(3).Select(f => $"{f.Title} at {HostileText.Line(f.Asset, 100)}")) + (grave.Count > 3 ? $" and {grave.Count - 3} more" : "");
}
