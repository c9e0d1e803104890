using System.Globalization;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Downtimes;

/// <summary>How the pages speak of downtimes.</summary>
internal static class DowntimeWords
{
    public static string Path(long id) => $"/downtimes/{id}";

    public static string Of(DowntimeKind kind) => kind switch
    {
        DowntimeKind.Stopped => "Stopped",
        DowntimeKind.Died => "Died",
        DowntimeKind.ClockSet => "Clock set forward",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A kind without words."),
    };

    /// <summary>What happened, as a sentence.</summary>
    public static string Sentence(DowntimeKind kind) => kind switch
    {
        DowntimeKind.Stopped => "The engine was stopped, and started again later.",
        DowntimeKind.Died => "The process ended without a word: it was killed, or the machine went down. Its last sign of life may be up to 30 seconds before that.",
        DowntimeKind.ClockSet => "The process lived, but the clock was set forward, or the machine slept.",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A kind without words."),
    };

    /// <summary>"41 due times missed in 17 schedules."</summary>
    public static string Missed(DowntimeView downtime) => downtime.Missed == 0 ? "No due time was missed."
        : $"{Number(downtime.Missed)}{(downtime.IsPartial ? "+" : "")} due {(downtime.Missed == 1 ? "time" : "times")} missed in {Number(downtime.Schedules)} {(downtime.Schedules == 1 ? "schedule" : "schedules")}.";

    /// <summary>What the policy did for a schedule: "ran once for all 31", "12 skipped: …".</summary>
    public static string Done(MissedSchedule missed)
    {
        var parts = new List<string>();
        if (missed.Asked > 0) parts.Add(missed.Asked == 1 ? "waits for an answer" : $"{Number(missed.Asked)} wait for an answer");
        if (missed.Runs == 1) parts.Add(missed.CaughtUp == 1 ? "one catch-up run" : $"one catch-up run for all {Number(missed.CaughtUp)}");
        else if (missed.Runs > 1) parts.Add($"{Number(missed.Runs)} catch-up runs{(missed.Failed > 0 ? $", {Number(missed.Failed)} ended badly" : "")}");
        if (missed.Skipped > 0) parts.Add($"{Number(missed.Skipped)} skipped{(Cause(missed.SkipCause) is { } cause ? $": {cause}" : "")}");
        var words = string.Join("; ", parts);
        return words.Length == 0 ? "" : char.ToUpperInvariant(words[0]) + words[1..];
    }

    public static StateLook Look(MissedSchedule missed) => missed switch
    {
        { Asked: > 0 } => StateLook.Waiting,
        { Runs: 0 } => StateLook.Skipped,
        _ => StateLook.Of(missed.LastStatus ?? RunStatus.Queued),
    };

    public static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    private static string? Cause(SkipCause? cause) => cause switch
    {
        SkipCause.SchedulerDown or SkipCause.ClockSet => "its missed runs are skipped",
        SkipCause.CatchUpLimit => "more than are caught up",
        SkipCause.StartingDeadline => "its starting deadline was over",
        SkipCause.Blackout => "a blackout",
        SkipCause.SkippedByPerson => "a person said so",
        _ => null,
    };
}
