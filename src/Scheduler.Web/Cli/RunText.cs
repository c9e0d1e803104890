using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Web.Api;
using Scheduler.Web.Time;

namespace Scheduler.Web.Cli;

/// <summary>Runs in words.</summary>
internal static class RunText
{
    public static string Sentence(RunJson run)
    {
        var took = run.DurationMs is { } ms ? $" after {DurationText.Of(TimeSpan.FromMilliseconds(ms))}" : "";
        var why = run.Reason.Length > 0 ? $": {run.Reason}" : ".";
        var found = run.Findings.Total > 0 ? $" Findings: {Findings(run.Findings)}." : "";
        return run.Status.IsTerminal() ? $"Run {run.Id} of {run.Schedule} {Word(run.Status)}{took}{why}{found}" : $"Run {run.Id} of {run.Schedule} is {Word(run.Status)}{why}";
    }

    /// <summary>2 high, 1 low (1 new, 0 fixed).</summary>
    public static string Findings(FindingCountsJson counts)
    {
        (int Count, string Word)[] bySeverity = [(counts.Critical, "critical"), (counts.High, "high"), (counts.Medium, "medium"), (counts.Low, "low"), (counts.Info, "info")];
        var found = string.Join(", ", bySeverity.Where(s => s.Count > 0).Select(s => $"{s.Count} {s.Word}"));
        return counts.Total == 0 && counts.Fixed == 0 ? "none" : $"{(found.Length > 0 ? found : "none")} ({counts.New} new, {counts.Fixed} fixed)";
    }

    public static IEnumerable<string> Rows(IEnumerable<JsonElement> runs)
    {
        var table = new Table("ID", "SCHEDULE", "STATUS", "TRIGGER", "QUEUED", "DURATION", "FINDINGS", "REASON");
        foreach (var run in runs.Select(Read))
            table.Add(run.Id.ToString(CultureInfo.InvariantCulture), run.Schedule, run.Status.ToString(), run.TriggerType.ToString(), Instants.Print(run.QueuedAt),
                run.DurationMs is { } ms ? DurationText.Of(TimeSpan.FromMilliseconds(ms)) : "", run.Findings.Total.ToString(CultureInfo.InvariantCulture), run.Reason);
        return table.Lines();
    }

    public static IEnumerable<string> Details(RunJson run)
    {
        var facts = new List<(string Name, string? Value)>
        {
            ("Run", run.Id.ToString(CultureInfo.InvariantCulture)),
            ("Schedule", $"{run.Schedule}, generation {run.Generation}"),
            ("Status", run.Status + (run.Progress is { } done && !run.Status.IsTerminal() ? string.Create(CultureInfo.InvariantCulture, $", {done:P0}, {run.Activity}") : "")),
            ("Because", run.Occasion),
            ("Parameters", string.Join(", ", run.Parameters.Select(p => $"{p.Key} = {JsonSerializer.Serialize(p.Value, CliJson.Default.String)}"))),
            ("Overrides", string.Join(", ", run.Overrides)),
            ("Reason", run.Reason == run.Occasion ? null : run.Reason),
            ("Error", run.Error == run.Reason ? null : run.Error),
            ("Trigger", run.TriggerType + (run.RequestedBy is { } who ? $", by {who}" : "") + (run.StandsFor > 1 ? $", for {run.StandsFor} missed occurrences" : "")),
            ("Scheduled for", Print(run.ScheduledFor)),
            ("Queued", Print(run.QueuedAt)),
            ("Started", Print(run.StartedAt)),
            ("Finished", Print(run.FinishedAt)),
            ("Duration", run.DurationMs is { } ms ? DurationText.Of(TimeSpan.FromMilliseconds(ms)) : null),
            ("Job", $"{run.JobKind} in pool {run.Pool}, priority {run.Priority}"),
            ("Attempt", $"{run.Attempt} of {run.MaxAttempts}"),
            ("Retry at", Print(run.RetryAt)),
            ("Assets", run.AssetsScanned > 0 ? run.AssetsScanned.ToString(CultureInfo.InvariantCulture) : null),
            ("Metrics", string.Join(", ", run.Metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value}")))),
            ("Findings", Findings(run.Findings)),
        };
        foreach (var (name, value) in facts)
            if (!string.IsNullOrEmpty(value)) yield return $"{name + ":",-15}{value}";
        foreach (var attempt in run.Attempts.Count > 1 ? run.Attempts : [])
            yield return $"{$"Attempt {attempt.Number}:",-15}{attempt.Status}, {Print(attempt.StartedAt)} to {Print(attempt.FinishedAt) ?? "now"}{(attempt.Error is { } error ? $": {error}" : "")}";
    }

    public static IEnumerable<string> Rows(IReadOnlyList<FindingJson> findings)
    {
        if (findings.Count == 0) yield break;
        yield return "";
        var table = new Table("SEVERITY", "CHANGE", "RULE", "WHERE", "TITLE");
        foreach (var finding in findings)
            table.Add(finding.Severity, finding.Change, finding.Rule, finding.Location.Length > 0 ? $"{finding.Asset} {finding.Location}" : finding.Asset, finding.Title);
        foreach (var line in table.Lines()) yield return line;
    }

    public static RunJson Read(JsonElement run) => run.Deserialize(ApiJson.Default.RunJson)!;

    public static int ExitCodeOf(RunStatus status) => status == RunStatus.Succeeded ? ExitCode.Done : ExitCode.RunFailed;

    private static string Word(RunStatus status) => status switch
    {
        RunStatus.TimedOut => "timed out",
        RunStatus.Queued or RunStatus.Running or RunStatus.Retrying or RunStatus.Succeeded or RunStatus.Failed => status.ToString().ToLowerInvariant(),
        _ => $"was {status.ToString().ToLowerInvariant()}",
    };

    private static string? Print(DateTimeOffset? at) => at is { } instant ? Instants.Print(instant) : null;
}
