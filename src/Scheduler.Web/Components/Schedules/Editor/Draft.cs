using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;

namespace Scheduler.Web.Components.Schedules.Editor;

/// <summary>What a manifest that is being written means right now, read by the same reader that will store it.</summary>
public sealed record Draft
{
    public const int NextShown = 10;

    /// <summary>All that is wrong, by field path; empty where it could be saved.</summary>
    public required IReadOnlyList<FieldError> Errors { get; init; }

    /// <summary>As far as it can be read; null where even its outline is missing.</summary>
    public Manifest? Manifest { get; init; }
    public Trigger? Trigger { get; init; }

    /// <summary>What is wrong with the trigger's text; null while there is none.</summary>
    public TriggerError? TriggerError { get; init; }

    /// <summary>When it would fall due; null while the trigger or its zone can't be read.</summary>
    public Timing? Timing { get; init; }
    public TriggerOutlook? Outlook { get; init; }
    public IReadOnlyList<Occurrence> Next { get; init; } = [];
    public IReadOnlyList<MonthAhead> Months { get; init; } = [];

    /// <summary>The zone that is written there, or UTC while that is none.</summary>
    public string Zone => Timing?.Zone.Id ?? "UTC";

    /// <param name="form">What is written.</param>
    /// <param name="manifests">Reads it.</param>
    /// <param name="scope">What scans may touch.</param>
    /// <param name="storedName">The schedule that is changed; null for a new one.</param>
    /// <param name="createdAt">From where an interval without a start counts.</param>
    /// <param name="now">From where the coming runs are told.</param>
    public static Draft Read(JsonElement form, ManifestReader manifests, Scope scope, string? storedName, DateTimeOffset createdAt, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        var manifest = manifests.TryRead(form, scope, errors);
        if (storedName is not null && manifest is { Name: var name } && name != storedName)
            errors.Add(new FieldError("metadata.name", $"a schedule keeps its name; this one is {storedName}"));
        var (text, zoneName) = (manifest?.Spec.Schedule ?? "", manifest?.Spec.TimeZone ?? "UTC");
        if (text.Length == 0) return new Draft { Errors = errors, Manifest = manifest };
        if (!TriggerText.TryParse(text, manifest!.Name, out var trigger, out var triggerError)) return new Draft { Errors = errors, Manifest = manifest, TriggerError = triggerError };
        if (!TriggerZone.TryFind(zoneName, out _)) return new Draft { Errors = errors, Manifest = manifest, Trigger = trigger };

        var timing = Timing.Of(manifest.Spec, createdAt);
        var outlook = TriggerOutlook.Of(new Occurrences(trigger, timing.Zone, timing.AnchorAt), now);
        return new Draft
        {
            Errors = errors,
            Manifest = manifest,
            Trigger = trigger,
            Timing = timing,
            Outlook = outlook,
            Next = timing.Upcoming(now, NextShown),
            Months = timing.FollowsTheClock ? YearAhead.Of(timing, outlook, now) : [],
        };
    }
}
