using System.Globalization;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Emergencies;

/// <summary>How the pages speak of emergencies.</summary>
internal static class EmergencyWords
{
    public static string Path(long id) => $"/emergencies/{id.ToString(CultureInfo.InvariantCulture)}";

    /// <summary><c>9 of 12 start at once; 2 wait for a slot, 1 for the end of a blackout.</c></summary>
    public static string Outlook(IReadOnlyList<SweepOutlook> pools)
    {
        var (all, atOnce) = (pools.Sum(p => p.Runs), pools.Sum(p => p.AtOnce));
        (int Count, string What)[] waits = [(pools.Sum(p => p.ForSlot), "a slot"), (pools.Sum(p => p.BehindRun), "a run that goes on"), (pools.Sum(p => p.InBlackout), "the end of a blackout")];
        var parts = waits.Where(w => w.Count > 0).Select((w, i) => i == 0 ? $"{w.Count} {(w.Count == 1 ? "waits" : "wait")} for {w.What}" : $"{w.Count} for {w.What}").ToList();
        var start = atOnce == all ? all == 1 ? "It starts at once" : $"All {all} start at once" : atOnce == 0 ? "None starts at once" : $"{atOnce} of {all} {(atOnce == 1 ? "starts" : "start")} at once";
        return parts.Count == 0 ? $"{start}." : $"{start}; {string.Join(", ", parts)}.";
    }

    public static Question StartQuestion(SweepRequest request, SweepPreview preview)
    {
        var count = preview.Count == 1 ? "1 emergency run" : $"{preview.Count.ToString("#,0", CultureInfo.InvariantCulture)} emergency runs";
        var over = request.Overrides.Words is { Length: > 0 } words ? $" Overridden: {words}." : " Nothing is overridden.";
        return new Question($"Start {count}?", $"{LabelText.Print(request.Labels)}. {Outlook(preview.Outlook(request.Overrides))}{over}", "Start", Danger: true);
    }

    public static Question StopQuestion(EmergencyView emergency) => new(
        $"Stop all of emergency {emergency.Id}?",
        $"{emergency.Active} of {emergency.Started} have not ended. What waits is cancelled, what runs is told to stop and ends within seconds.", "Stop all", Danger: true);

    /// <summary>Said once it is done.</summary>
    public static string Stopped(StopAllOutcome outcome) => outcome is { Cancelled: 0, Stopping: 0 } ? "Nothing was left to stop." : $"{outcome.Cancelled} cancelled, {outcome.Stopping} told to stop.";

    /// <summary>The states that the board counts, in its order; a tile each.</summary>
    public static IReadOnlyList<(string Key, string Label, IReadOnlyList<RunStatus> Statuses, Tone Tone)> Groups { get; } =
    [
        ("running", "Running", [RunStatus.Running], Tone.Accent),
        ("waiting", "Waiting", [RunStatus.Queued, RunStatus.Retrying], Tone.Neutral),
        ("succeeded", "Succeeded", [RunStatus.Succeeded], Tone.Good),
        ("failed", "Failed", [RunStatus.Failed, RunStatus.TimedOut, RunStatus.Interrupted], Tone.Bad),
        ("cancelled", "Cancelled", [RunStatus.Cancelled, RunStatus.Skipped], Tone.Neutral),
    ];
}
