using Scheduler.Core.Findings;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Runs;

/// <summary>How the pages speak of runs. What comes out may hold hostile text: Razor encodes it.</summary>
internal static class RunWords
{
    /// <summary>Longer reasons are cut in lists and headings; the run's page has them whole.</summary>
    private const int LongestSentence = 400;

    public static string Path(long id) => $"/runs/{id}";

    /// <summary>Why it was started: <c>schedule</c>, <c>catch-up ×3</c>, <c>manual by ana@example.com</c>.</summary>
    public static string WhyStarted(RunView run) => run.TriggerType switch
    {
        TriggerType.Scheduled => "schedule",
        TriggerType.CatchUp => run.StandsFor > 1 ? $"catch-up ×{run.StandsFor}" : "catch-up",
        TriggerType.Event => "event",
        TriggerType.Manual => By("manual", run),
        TriggerType.Emergency => By(run.EmergencyId is { } sweep ? $"emergency {sweep}" : "emergency", run),
        TriggerType.Backfill => run.BackfillId is { } id ? $"backfill #{id}" : "backfill",
        _ => run.TriggerType.ToString(),
    };

    /// <summary>What brought it about, as one line; null where the trigger type says it all.</summary>
    public static string? Because(RunView run) => HostileText.Line(run.Occasion, LongestSentence) is { Length: > 0 } why ? why : null;

    /// <summary>The same word in the filter.</summary>
    public static string Word(TriggerType type) => type switch
    {
        TriggerType.Scheduled => "Schedule",
        TriggerType.CatchUp => "Catch-up",
        _ => type.ToString(),
    };

    /// <summary>How long it waited between the moment it should have started and its start; a past occurrence counts from when it was asked for.</summary>
    public static TimeSpan? StartLag(RunView run)
    {
        if (run.StartedAt is not { } started) return null;
        var lag = started - (run.TriggerType == TriggerType.Backfill ? run.QueuedAt : run.DueAt);
        return lag < TimeSpan.Zero ? TimeSpan.Zero : lag;
    }

    public static TimeSpan? Took(RunView run) => run.DurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    /// <summary>What became of it, in words that go on after its state: <c>after 3 min: exit code 2</c>.</summary>
    public static string Result(RunView run)
    {
        var reason = HostileText.Line(run.Reason, LongestSentence);
        var took = Took(run) is { } length ? $"after {DurationText.Of(length)}" : "";
        return run.Status switch
        {
            RunStatus.Queued when run.AwaitsAnswer => $"for a person to say whether it still runs. {reason}",
            RunStatus.Queued => $"in pool {run.Pool}.{(reason.Length > 0 ? $" {reason}" : "")}",
            RunStatus.Running when run.CancelRequestedBy is { } by => $"{by} asked it to stop; it ends in a moment.",
            RunStatus.Running => string.IsNullOrEmpty(run.Activity) ? $"attempt {run.Attempt} goes on" : HostileText.Line(run.Activity, LongestSentence),
            RunStatus.Succeeded or RunStatus.Failed or RunStatus.Interrupted => reason.Length == 0 ? took : took.Length == 0 ? reason : $"{took}: {reason}",
            _ => WithoutState(reason, StateLook.Of(run.Status).Word),
        };
    }

    /// <summary>The reason or error as one line, for a tooltip; null where there is none.</summary>
    public static string? Why(RunView run) => HostileText.Line(run.Reason.Length > 0 ? run.Reason : run.Error, LongestSentence) is { Length: > 0 } why ? why : null;

    /// <summary>How far it is from the usual: <c>usually 4 s</c>, <c>3.2 × the usual</c>; null where nobody can tell.</summary>
    public static string? AgainstUsual(TimeSpan? took, TimeSpan? usual)
    {
        if (took is not { } length || usual is not { } normal || normal < TimeSpan.FromMilliseconds(1)) return null;
        var times = length / normal;
        // A second more or less is nobody's business, however many times it is.
        return times > 1.5 && length - normal > TimeSpan.FromSeconds(1) ? $"{times.ToString(times < 10 ? "0.0" : "0", System.Globalization.CultureInfo.InvariantCulture)} × the usual {DurationText.Of(normal)}" : $"usually {DurationText.Of(normal)}";
    }

    /// <summary>Whether it took so much longer than usual that the list should say so.</summary>
    public static bool IsSlow(TimeSpan? took, TimeSpan? usual) =>
        took is { } length && usual is { } normal && length > normal * 2 && length - normal > TimeSpan.FromSeconds(2);

    public static IEnumerable<(Severity Severity, int Count)> Severities(FindingCounts counts)
    {
        if (counts.Critical > 0) yield return (Severity.Critical, counts.Critical);
        if (counts.High > 0) yield return (Severity.High, counts.High);
        if (counts.Medium > 0) yield return (Severity.Medium, counts.Medium);
        if (counts.Low > 0) yield return (Severity.Low, counts.Low);
        if (counts.Info > 0) yield return (Severity.Info, counts.Info);
    }

    /// <summary>A count that stops at 10,000.</summary>
    public static string Count(int count) => count > 10_000 ? "10,000+" : count.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture);

    private static string By(string word, RunView run) => run.RequestedBy is { } person ? $"{word} by {person}" : word;

    // "Cancelled by ana." after a badge that says "Cancelled" already.
    private static string WithoutState(string reason, string word) =>
        reason.StartsWith(word + " ", StringComparison.OrdinalIgnoreCase) ? reason[(word.Length + 1)..] : reason;
}
