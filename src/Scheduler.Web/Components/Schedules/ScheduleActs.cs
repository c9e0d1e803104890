using Scheduler.Core.Blackouts;
using Scheduler.Web.Components.Emergencies;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules;

/// <summary>What is asked before something is done to a schedule, the same on every page.</summary>
internal static class ScheduleActs
{
    /// <summary>Said once it is done.</summary>
    public static string Paused(string name, DateTimeOffset? until, string zone, ViewerTime time) =>
        until is { } end ? $"{name} is paused until {time.Show(end, zone).Clock}." : $"{name} is paused.";

    /// <param name="at">What is skipped.</param>
    /// <param name="then">What is next after it; null: nothing.</param>
    public static Question SkipQuestion(string name, string at, string? then) => new(
        $"Skip the run of {at}?",
        $"{name} does not run then; the skip stands in its history, with you and the reason. {(then is null ? "That was its last run: it is completed." : $"The next one is then {then}.")} Until it is due the skip can be taken back.",
        "Skip it", ReasonLabel: "Why");

    /// <param name="blackout">What covers it now; null: nothing.</param>
    public static Question EmergencyQuestion(string name, BlackoutCover? blackout = null) => new(
        $"Run {name} as an emergency?",
        "It goes before everything that waits and has a slot of its own. The reason stands in the audit log, and so does each tick.",
        "Run now", Danger: true, ReasonLabel: "Why", ReasonRequired: true,
        Ticks: [OverrideWords.Concurrency, blackout is null ? OverrideWords.Blackouts : OverrideWords.Blackouts with { Hint = $"Blackout '{blackout.Name}' covers it now; without the tick it waits for the end." }, OverrideWords.RateLimits],
        Elsewhere: new Crumb("Several schedules at once, by label", "/emergency"));

    public static Question DeleteQuestion(string name) => new(
        $"Delete {name}?", "It never runs again. Its runs, their logs and findings stay, and so do its versions.", "Delete", Danger: true, TypeToConfirm: name);
}
