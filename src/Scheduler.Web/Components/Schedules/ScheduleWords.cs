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

    public static string Percent(double? share) => share is { } value ? $"{Math.Floor(value * 100):0} %" : "–";

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
