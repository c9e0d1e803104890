using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules;

/// <summary>How the pages say what a schedule does.</summary>
internal static class ScheduleWords
{
    /// <summary>The trigger in plain English, without its zone; the text itself where it can no longer be read.</summary>
    public static string When(string triggerText, string scheduleName) =>
        TriggerText.TryParse(triggerText, scheduleName, out var trigger, out _) ? TriggerDescription.Describe(trigger) : triggerText;

    /// <param name="zone">Whether the zone is named, where it matters.</param>
    public static string When(ScheduleSummary schedule, bool zone = false) =>
        zone && TriggerText.TryParse(schedule.TriggerText, schedule.Name, out var trigger, out _) && TriggerZone.TryFind(schedule.TimeZone, out var named)
            ? TriggerDescription.Describe(trigger, named) : When(schedule.TriggerText, schedule.Name);

    public static IReadOnlyList<RunBar> Bars(ScheduleSummary schedule) => schedule.Recent
        .Select(r => new RunBar(r.Status, r.Duration, $"{StateLook.Of(r.Status).Word}{(r.Duration is { } length ? $", {DurationText.Of(length)}" : "")}, {r.QueuedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC", $"/runs/{r.Id}")).ToList();

    /// <summary>How often, and how close together: <c>About 48 runs a day, 336 a week, 1,460 a month; at least 30 min apart.</c></summary>
    public static string HowOften(TriggerOutlook outlook)
    {
        var often = outlook switch
        {
            { PerDay: >= 1 } => $"About {Count(outlook.PerDay)} {(Count(outlook.PerDay) == "1" ? "run" : "runs")} a day, {Count(outlook.PerWeek)} a week, {Count(outlook.PerMonth)} a month",
            { PerWeek: >= 1 } => $"About {Count(outlook.PerWeek)} {(Count(outlook.PerWeek) == "1" ? "run" : "runs")} a week, {Count(outlook.PerMonth)} a month",
            { Count: 1 } => "One run in the coming year",
            _ => $"{outlook.Count} runs in the coming year",
        };
        return outlook.ShortestDistance is { } apart ? $"{often}; at least {DurationText.Of(apart)} apart." : often + ".";
        static string Count(double number) => number.ToString(number < 10 ? "0.#" : "#,0", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>What a change of the clock does to this very trigger: <c>29 Mar 2027: 02:30 does not exist; it runs at 03:00.</c></summary>
    public static string ClockChange(ClockChangeEffect effect, string zone)
    {
        var at = effect.Occurrence.At;
        var day = at.ToString("d MMM yyyy", System.Globalization.CultureInfo.InvariantCulture);
        return effect switch
        {
            { Occurrence.Note: OccurrenceNote.Shifted } => $"{day}: the clock in {zone} goes forward over its time; it runs once, at {at:HH:mm}.",
            { RunsTwice: true } => $"{day}: the clock in {zone} goes back; it runs in both passes of the hour that comes twice.",
            _ => $"{day}: {at:HH:mm} comes twice in {zone}; it runs once, in the first.",
        };
    }

    public static string Percent(double? share) => share is { } value ? $"{Math.Floor(value * 100):0} %" : "–";

    /// <summary>Why no run lies ahead, as the rest of a sentence: "it is paused".</summary>
    public static string NoneAhead(ScheduleState state, Trigger trigger) => (state, trigger) switch
    {
        (ScheduleState.Paused, _) => "it is paused",
        (ScheduleState.Disabled, _) => "it is disabled",
        (ScheduleState.Completed, _) => "its last occurrence has passed",
        (_, OnEventTrigger on) => $"it starts when an event {on.EventType} arrives",
        _ => "it starts when somebody starts it",
    };

    public static string Path(string name) => $"/schedules/{Uri.EscapeDataString(name)}";

    public static string Policy(ConcurrencyPolicy policy) => policy switch
    {
        ConcurrencyPolicy.Forbid => "Skip the new one",
        ConcurrencyPolicy.Allow => "Run both",
        ConcurrencyPolicy.Replace => "Cancel the old one",
        _ => "Wait for the old one",
    };

    public static string Policy(MissedRunsPolicy policy) => policy switch
    {
        MissedRunsPolicy.Latest => "Run once for all of them",
        MissedRunsPolicy.All => "Run each of them",
        _ => "Skip them",
    };
}
