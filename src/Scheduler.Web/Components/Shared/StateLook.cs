using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Shared;

/// <summary>What a colour says. Nothing else on the screens is coloured.</summary>
public enum Tone { Neutral, Accent, Good, Warning, Bad, Faint }

/// <summary>How a state looks: its word, its shape and its tone. No two share a shape, so colour is never needed to tell them apart.</summary>
/// <param name="Word">What the badge says.</param>
/// <param name="Shape">A drawing on a 16 by 16 grid; our own constant.</param>
/// <param name="Tone">The colour's meaning.</param>
/// <param name="Moves">Whether the shape turns slowly, where the viewer does not mind motion.</param>
public sealed record StateLook(string Word, string Shape, Tone Tone, bool Moves = false)
{
    private const string Disc = """<circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none"/>""";

    // Runs, as DESIGN and SCREENS tell them apart
    public static readonly StateLook Scheduled = new("Scheduled", """<circle cx="8" cy="8" r="6" stroke-dasharray="2.2 1.6"/><path d="M8 4.8V8l2.2 1.3"/>""", Tone.Faint);
    public static readonly StateLook Queued = new("Queued", """<rect x="2.5" y="2.5" width="11" height="11" rx="1.5"/><path d="M5 5.7h6M5 8h6M5 10.3h6"/>""", Tone.Neutral);
    public static readonly StateLook Waiting = new("Waiting", """<path d="M4 2h8M4 14h8M5 2c0 3.5 2.2 4 3 6-.8 2-3 2.5-3 6M11 2c0 3.5-2.2 4-3 6 .8 2 3 2.5 3 6"/>""", Tone.Neutral);
    public static readonly StateLook Running = new("Running", """<circle cx="8" cy="8" r="6.2" stroke-opacity=".3"/><path class="turn" d="M8 1.8A6.2 6.2 0 0 1 14.2 8"/><path d="M6.6 5.4v5.2L10.8 8z" fill="currentColor" stroke-width="1"/>""", Tone.Accent, Moves: true);
    public static readonly StateLook Retrying = new("Retrying", """<path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3"/>""", Tone.Warning);
    public static readonly StateLook Succeeded = new("Succeeded", Disc + """<path d="m5 8.3 2.1 2.1L11.2 6" stroke="var(--surface)" stroke-width="1.7"/>""", Tone.Good);
    public static readonly StateLook Suspicious = new("Succeeded?", """<circle cx="8" cy="8" r="6"/><path d="M6.2 6.2c.1-1.2.9-1.9 1.9-1.9s1.8.7 1.8 1.7c0 1.4-1.9 1.5-1.9 2.9M8 11.4v.1"/>""", Tone.Warning);
    public static readonly StateLook Failed = new("Failed", """<path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z" fill="currentColor" stroke="none"/><path d="m5.7 5.7 4.6 4.6M10.3 5.7l-4.6 4.6" stroke="var(--surface)" stroke-width="1.7"/>""", Tone.Bad);
    public static readonly StateLook TimedOut = new("Timed out", """<circle cx="8" cy="9" r="5.2"/><path d="M8 6.2V9M6.2 1.5h3.6M8 1.5v2.3M12.3 4.3l1-1"/>""", Tone.Bad);
    public static readonly StateLook Cancelled = new("Cancelled", """<circle cx="8" cy="8" r="6"/><path d="m3.8 12.2 8.4-8.4"/>""", Tone.Faint);
    public static readonly StateLook Interrupted = new("Interrupted", """<path d="M9 1.5 3 9h4.5L7 14.5 13 7H8.5z" fill="currentColor" stroke-width="1"/>""", Tone.Warning);
    public static readonly StateLook Skipped = new("Skipped", """<path d="M2 11.5C3 6.5 5 4.5 8 4.5s4.6 1.6 5.5 5M10.5 8.5l3.2 1.4 1.3-3.3"/>""", Tone.Faint);
    public static readonly StateLook Missed = new("Missed", """<circle cx="8" cy="8" r="6" stroke-width="2"/>""", Tone.Bad);

    // Schedules
    public static readonly StateLook Active = new("Active", """<circle cx="8" cy="8" r="6"/><circle cx="8" cy="8" r="2.8" fill="currentColor" stroke="none"/>""", Tone.Good);
    public static readonly StateLook Paused = new("Paused", """<circle cx="8" cy="8" r="6"/><path d="M6.3 5.5v5M9.7 5.5v5"/>""", Tone.Warning);
    public static readonly StateLook Disabled = new("Disabled", """<circle cx="8" cy="8" r="6"/><path d="M5 8h6"/>""", Tone.Faint);
    public static readonly StateLook Completed = new("Completed", """<path d="M3 14.5v-13M3 2.5h9.5l-2 3 2 3H3"/>""", Tone.Neutral);

    // Backfills
    public static readonly StateLook Partial = new("Partial", """<circle cx="8" cy="8" r="6"/><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" stroke="none"/>""", Tone.Warning);

    /// <summary>Every look there is, for the page that shows them side by side.</summary>
    public static readonly IReadOnlyList<StateLook> All =
    [
        Scheduled, Queued, Waiting, Running, Retrying, Succeeded, Suspicious, Failed, TimedOut, Cancelled, Interrupted, Skipped, Missed,
        Active, Paused, Disabled, Completed, Partial,
    ];

    public static StateLook Of(ScheduleState state) => state switch
    {
        ScheduleState.Active => Active,
        ScheduleState.Paused => Paused,
        ScheduleState.Disabled => Disabled,
        ScheduleState.Completed => Completed,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A schedule state without a look."),
    };

    public static StateLook Of(RunStatus status) => status switch
    {
        RunStatus.Queued => Queued,
        RunStatus.Running => Running,
        RunStatus.Retrying => Retrying,
        RunStatus.Succeeded => Succeeded,
        RunStatus.Failed => Failed,
        RunStatus.TimedOut => TimedOut,
        RunStatus.Cancelled => Cancelled,
        RunStatus.Interrupted => Interrupted,
        RunStatus.Skipped => Skipped,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "A run state without a look."),
    };
}
