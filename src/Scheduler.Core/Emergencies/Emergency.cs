using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Emergencies;

/// <summary>A stored sweep: the emergency runs that one person started at one time, one for each schedule with certain labels. Its runs point at it.</summary>
internal sealed class Emergency
{
    public long Id { get; init; }

    /// <summary>Labels that each schedule had, all of them, as a JSON object. Never empty.</summary>
    public required string Labels { get; init; }
    public required string Reason { get; init; }
    public required bool OverridesConcurrency { get; init; }
    public required bool OverridesBlackout { get; init; }
    public required bool OverridesRateLimits { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string By { get; init; }

    /// <summary>How many runs it started; rows of runs may be gone since, this stays.</summary>
    public required int Started { get; init; }

    /// <summary>When a person last stopped what was left of it; null where nobody has.</summary>
    public DateTimeOffset? StoppedAt { get; init; }
    public string? StoppedBy { get; init; }
}

internal static class EmergencyTable
{
    public static void Map(ModelBuilder model) => model.Entity<Emergency>(emergency => emergency.ToTable("emergencies"));
}

/// <summary>Whom a sweep takes.</summary>
internal static class SweepSelection
{
    /// <summary>Schedules that have all labels, by name: active and paused ones. The scheduler itself will not run a disabled one, and a completed one has had its time.</summary>
    public static IQueryable<Schedule> Of(SchedulerDb db, IReadOnlyDictionary<string, string> labels)
    {
        var found = db.Schedules.Where(s => s.State == ScheduleState.Active || s.State == ScheduleState.Paused);
        foreach (var (key, value) in labels) found = found.Where(s => s.Labels.Any(l => l.Key == key && l.Value == value));
        return found.OrderBy(s => s.Name);
    }

    /// <summary>"environment=production, team=web".</summary>
    public static string Words(IReadOnlyDictionary<string, string> labels) => string.Join(", ", labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    public static string Store(IReadOnlyDictionary<string, string> labels) => JsonSerializer.Serialize(labels.OrderBy(l => l.Key, StringComparer.Ordinal).ToDictionary());
}
