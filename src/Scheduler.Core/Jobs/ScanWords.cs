using System.Globalization;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs;

/// <summary>How scans say in the end what they found: the same for every kind.</summary>
internal static class ScanWords
{
    /// <summary>"1 file", "3 files".</summary>
    public static string Count(int number, string noun) => $"{number.ToString(CultureInfo.InvariantCulture)} {noun}{(number == 1 ? "" : "s")}";

#pragma warning disable CA1308 // A severity inside a sentence.
    public static string Word(Severity severity) => severity.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    /// <summary>What was looked at, and what was found there: "2 files, 1 finding (worst high)".</summary>
    public static string Summary(string lookedAt, IReadOnlyCollection<Finding> findings) =>
        $"{lookedAt}, {(findings.Count == 0 ? "no findings" : $"{Count(findings.Count, "finding")} (worst {Word(findings.Max(f => f.Severity))})")}";

    /// <summary>How the run ends whose words these are: badly where any finding is grave, and then another try can't help.</summary>
    public static JobOutcome Outcome(IEnumerable<string> parts, bool isGrave)
    {
        var reason = string.Join("; ", parts);
        reason = char.ToUpperInvariant(reason[0]) + reason[1..];
        return isGrave ? new JobOutcome.Failed(reason, Retryable: false) : new JobOutcome.Succeeded(reason);
    }
}
