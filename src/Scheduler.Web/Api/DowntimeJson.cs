using Scheduler.Core.Downtimes;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Api;

/// <summary>A time in which nobody was there to start anything. Counts are of due times.</summary>
/// <param name="From">The last sign of life before.</param>
/// <param name="CaughtUp">Those that a catch-up run stands for.</param>
/// <param name="Asked">Those that wait for a person's answer.</param>
/// <param name="Interrupted">How many runs it cut off.</param>
/// <param name="Partial">There are more than are counted.</param>
public sealed record DowntimeJson(
    long Id, DowntimeKind Kind, DateTimeOffset From, DateTimeOffset To, int Missed, int Schedules, int CaughtUp, int Skipped, int Asked, int Interrupted, bool Partial,
    DateTimeOffset? DismissedAt, string? DismissedBy)
{
    public static DowntimeJson Of(DowntimeView view) => new(
        view.Id, view.Kind, view.From, view.To, view.Missed, view.Schedules, view.CaughtUp, view.Skipped, view.Asked, view.Interrupted, view.IsPartial, view.DismissedAt, view.DismissedBy);
}

/// <summary>What one schedule missed in a downtime, and what its policy did.</summary>
/// <param name="First">The first due time that it missed.</param>
/// <param name="FirstRun">The first catch-up run; null where there is none.</param>
/// <param name="SkipReason">Why due times were skipped, in the words of one of them.</param>
public sealed record MissedScheduleJson(
    string Schedule, int Missed, DateTimeOffset First, DateTimeOffset Last, int CaughtUp, int Runs, long? FirstRun, long? LastRun, RunStatus? LastStatus, int Failed, int Skipped, SkipCause? SkipCause, string SkipReason, int Asked)
{
    public static MissedScheduleJson Of(MissedSchedule missed) => new(
        missed.Schedule, missed.Missed, missed.First, missed.Last, missed.CaughtUp, missed.Runs, missed.FirstRun, missed.LastRun, missed.LastStatus, missed.Failed, missed.Skipped, missed.SkipCause, missed.SkipReason, missed.Asked);
}
