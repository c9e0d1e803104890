using Scheduler.Core.Findings;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Components.Shared;

/// <summary>How the pages speak of runs.</summary>
internal static class RunWords
{
    /// <summary>Why it was started: <c>on schedule</c>, <c>catch-up for 11</c>, <c>by ana@example.com</c>.</summary>
    public static string Why(RunView run) => run switch
    {
        { TriggerType: TriggerType.CatchUp, StandsFor: > 1 } => $"catch-up for {run.StandsFor}",
        { TriggerType: TriggerType.CatchUp } => "catch-up",
        { TriggerType: TriggerType.Manual } => $"by {run.RequestedBy}",
        { TriggerType: TriggerType.Emergency } => $"emergency by {run.RequestedBy}",
        { TriggerType: TriggerType.Scheduled } => "on schedule",
        { TriggerType: var type } => type.ToString().ToLowerInvariant(),
    };

    /// <summary>Worst first, without those of which there are none.</summary>
    public static IEnumerable<(Severity Severity, int Count)> BySeverity(FindingCounts counts) => new[]
    {
        (Severity.Critical, counts.Critical), (Severity.High, counts.High), (Severity.Medium, counts.Medium), (Severity.Low, counts.Low), (Severity.Info, counts.Info),
    }.Where(c => c.Item2 > 0);

    public static TimeSpan? Length(RunView run) => run.DurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}
