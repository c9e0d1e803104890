using System.Globalization;
using Scheduler.Core.Events;
using Scheduler.Core.Findings;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Events;

/// <summary>How the pages speak of events. What comes out may hold hostile text: Razor encodes it.</summary>
internal static class EventWords
{
    private const int LongestSentence = 400;
    private const string Funnel = """<path d="M2 3h12L9.6 8.4V13L6.4 11.4V8.4z"/>""";
    private const string Burst = """<path d="M1.5 8h2.2l1.4-4 2.4 8 1.9-6 1.2 3.4.6-1.4h3.3"/>""";
    private const string Ring = """<path d="M4.2 5.2A4.8 4.8 0 0 1 12.6 7M11.8 10.8A4.8 4.8 0 0 1 3.4 9M12.9 3.6V7H9.5M3.1 12.4V9h3.4"/>""";
    private const string Padlock = """<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>""";
    private const string Pile = """<path d="M2 13.5h12M2 10.5h12M2 7.5h12M8 5.5v-4M6 3.4l2-2 2 2"/>""";
    private const string Start = """<path d="M2.5 8h8M7.5 4.5 11 8l-3.5 3.5M13.5 3v10"/>""";

    private static readonly StateLook Fired = new("Fired", Start, Tone.Good);
    private static readonly StateLook Filtered = new("Filtered", Funnel, Tone.Faint);
    private static readonly StateLook Debounced = new("Debounced", Burst, Tone.Faint);
    private static readonly StateLook NotActive = StateLook.Disabled with { Word = "Not active" };
    private static readonly StateLook Circle = new("Circle", Ring, Tone.Warning);
    private static readonly StateLook NoPermission = new("No permission", Padlock, Tone.Bad);
    private static readonly StateLook Flood = new("Flood", Pile, Tone.Warning);

    public static string Path(long id) => string.Create(CultureInfo.InvariantCulture, $"/events/{id}");

    public static StateLook Look(EventOutcome outcome) => outcome switch
    {
        EventOutcome.Fired => Fired,
        EventOutcome.Skipped => StateLook.Skipped,
        EventOutcome.Filtered => Filtered,
        EventOutcome.Debounced => Debounced,
        EventOutcome.Paused => StateLook.Paused,
        EventOutcome.NotActive => NotActive,
        EventOutcome.Circle => Circle,
        EventOutcome.NoPermission => NoPermission,
        EventOutcome.Flood => Flood,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "An outcome without a look."),
    };

    /// <summary>Why it came to that, as one sentence.</summary>
    public static string Why(EventVerdictView verdict) => HostileText.Line(verdict.Words, LongestSentence) is { Length: > 0 } words ? words : verdict.Outcome switch
    {
        EventOutcome.Fired => "It started a run.",
        _ => Explain(verdict.Outcome),
    };

    /// <summary>"2 filtered, 1 paused"; empty where all fired or nobody follows.</summary>
    public static string NotFired(EventView e) => string.Join(", ", e.Outcomes.Where(o => o.Key != EventOutcome.Fired && o.Value > 0).OrderBy(o => o.Key)
        .Select(o => $"{o.Value.ToString("#,0", CultureInfo.InvariantCulture)} {Look(o.Key).Word.ToLowerInvariant()}"));

    /// <summary>Where it comes from: what its sender says, or who sent it where that says nothing.</summary>
    public static string From(EventView e) => e.Source.Length > 0 ? e.Source : "–";

    /// <summary>The beginning of its data on one line; empty where it has none.</summary>
    public static string Excerpt(EventView e) => e.Data is "{}" or "null" ? "" : HostileText.Line(e.Data, 160);

    public static string Size(int bytes) => bytes < 1024 ? $"{bytes.ToString(CultureInfo.InvariantCulture)} bytes" : $"{(bytes / 1024.0).ToString("0.#", CultureInfo.InvariantCulture)} KiB";

    private static string Explain(EventOutcome outcome) => outcome switch
    {
        EventOutcome.Skipped => "A run is recorded as skipped.",
        EventOutcome.Filtered => "A condition of the filter did not hold.",
        EventOutcome.Debounced => "It came too soon after one that fired.",
        EventOutcome.Paused => "The schedule is paused.",
        EventOutcome.NotActive => "The schedule is not active.",
        EventOutcome.Circle => "The schedule led to this event itself.",
        EventOutcome.NoPermission => "A target has left the scope.",
        _ => "Too many of its runs wait already.",
    };
}
