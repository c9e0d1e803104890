using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Schedules;

/// <summary>What is asked before something is done to a schedule, the same on every page.</summary>
internal static class ScheduleActs
{
    public static Question PauseQuestion(string name) => new(
        $"Pause {name}?", "It does not start until somebody resumes it; what passes meanwhile is not caught up. A run that is going on goes on.", "Pause", ReasonLabel: "Why");

    public static Question EmergencyQuestion(string name) => new(
        $"Run {name} as an emergency?",
        "It goes before everything that waits, has a slot of its own, and does not wait for a run that is going on. The reason stands in the audit log.",
        "Run now", Danger: true, ReasonLabel: "Why", ReasonRequired: true);

    public static Question DeleteQuestion(string name) => new(
        $"Delete {name}?", "It never runs again. Its runs, their logs and findings stay, and so do its versions.", "Delete", Danger: true, TypeToConfirm: name);
}
