using System.Text.Json;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Api;

/// <summary>A manifest with what the server knows besides. It can be sent back as it is: the server's own keys are ignored.</summary>
/// <param name="Spec">The manifest's spec with every default; <c>suspend</c> says whether the schedule is paused.</param>
public sealed record ScheduleJson(string ApiVersion, string Kind, ScheduleMetadataJson Metadata, JsonElement Spec, ScheduleStatusJson Status)
{
    public static ScheduleJson Of(ScheduleDetail schedule)
    {
        var (summary, manifest) = (schedule.Summary, schedule.Manifest);
        var suspended = manifest with { Spec = manifest.Spec with { Suspend = summary.State == ScheduleState.Paused } };
        return new ScheduleJson(
            Manifest.ApiVersion, Manifest.KindName,
            new ScheduleMetadataJson(summary.Name, summary.Labels, manifest.Annotations, schedule.Uid, summary.Generation, summary.CreatedAt),
            JsonElement.Parse(ManifestJson.Write(suspended)).GetProperty("spec"),
            ScheduleStatusJson.Of(summary));
    }
}

public sealed record ScheduleMetadataJson(
    string Name, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations, Guid Uid, int Generation, DateTimeOffset CreationTimestamp);

/// <summary>How a schedule stands.</summary>
/// <param name="Reason">Why it is disabled or completed, or why somebody paused it; empty while it is active.</param>
/// <param name="Active">Runs that have not ended.</param>
/// <param name="Succeeded">Runs that the trigger started and that ended well, since the schedule was made.</param>
/// <param name="Failed">Likewise, that did not.</param>
/// <param name="Pool">The pool that its runs wait in.</param>
public sealed record ScheduleStatusJson(
    ScheduleState State, string Reason, IReadOnlyList<ConditionJson> Conditions, DateTimeOffset? NextScheduleTime, DateTimeOffset? LastScheduleTime,
    DateTimeOffset? LastSuccessfulTime, int Active, int Succeeded, int Failed, string Pool, PauseJson? Pause, string CreatedBy, DateTimeOffset ChangedAt, string ChangedBy)
{
    internal static ScheduleStatusJson Of(ScheduleSummary schedule)
    {
        var pause = schedule.Pause is { } paused ? new PauseJson(paused.By, paused.At, paused.Until, paused.Reason) : null;
        var reason = pause?.Reason ?? schedule.StateReason;
        return new ScheduleStatusJson(
            schedule.State, reason, [ConditionJson.Of(schedule, reason)], schedule.NextRunAt, schedule.LastScheduledAt, schedule.LastSuccessAt,
            schedule.Active, schedule.Succeeded, schedule.Failed, schedule.Pool, pause, schedule.CreatedBy, schedule.ChangedAt, schedule.ChangedBy);
    }
}

/// <summary>Who paused it, when, until when (null: until somebody resumes it) and why.</summary>
public sealed record PauseJson(string By, DateTimeOffset At, DateTimeOffset? Until, string Reason);

/// <summary>A condition as Kubernetes writes it. There is one: <c>Ready</c>, whose status is <c>True</c> while the trigger counts.</summary>
public sealed record ConditionJson(string Type, string Status, string Reason, string Message, DateTimeOffset? LastTransitionTime)
{
    internal static ConditionJson Of(ScheduleSummary schedule, string message) =>
        new("Ready", schedule.State == ScheduleState.Active ? "True" : "False", schedule.State.ToString(), message, schedule.Pause?.At);
}

/// <summary>A run that will not happen.</summary>
/// <param name="ScheduledFor">The occurrence.</param>
/// <param name="NextScheduleTime">The one that is next now; null where that was the last.</param>
/// <param name="RunId">Its entry among the runs, Skipped.</param>
public sealed record SkipJson(DateTimeOffset ScheduledFor, DateTimeOffset? NextScheduleTime, long RunId);

/// <summary>One instant at which a schedule falls due.</summary>
/// <param name="At">On the schedule's wall clock, with its offset.</param>
/// <param name="Utc">The same instant in UTC.</param>
/// <param name="Note">What a clock change did to it: null, shifted or first-of-two.</param>
public sealed record OccurrenceJson(string At, DateTimeOffset Utc, string? Note);
