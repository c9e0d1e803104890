using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Workers;

/// <summary>One start of a process that executes runs: the engine, or a single run from the command line.</summary>
internal sealed class Boot
{
    public long Id { get; init; }
    public required string Host { get; init; }
    public required int ProcessId { get; init; }

    /// <summary>Whether it held the engine's lock: whoever holds that lock now knows that this one is dead.</summary>
    public required bool IsEngine { get; init; }

    /// <summary>With the process id it names a process for certain: ids are used again.</summary>
    public required DateTimeOffset ProcessStartedAt { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The last sign of life while it drove the schedules; a kill comes up to <see cref="AbandonedRuns.SeenEvery"/> after it.</summary>
    public DateTimeOffset? SeenAt { get; set; }

    /// <summary>Set by a graceful stop.</summary>
    public DateTimeOffset? StoppedAt { get; set; }
}

/// <summary>The engine that drove this data folder last.</summary>
/// <param name="SeenAt">Its last sign of life.</param>
/// <param name="Stopped">It was stopped; otherwise it died.</param>
internal sealed record LastEngine(DateTimeOffset SeenAt, bool Stopped)
{
    // One that died before it said once that it lives may have started nothing of what was missed: the one before it counts, where there is one.
    public static LastEngine? Of(SchedulerDb db) =>
        db.Boots.AsNoTracking().Where(b => b.IsEngine && (b.StoppedAt != null || b.SeenAt != null)).OrderByDescending(b => b.Id).Select(b => new LastEngine(b.StoppedAt ?? b.SeenAt!.Value, b.StoppedAt != null)).FirstOrDefault()
        ?? db.Boots.AsNoTracking().Where(b => b.IsEngine).OrderByDescending(b => b.Id).Select(b => new LastEngine(b.StartedAt, false)).FirstOrDefault();
}

internal static class BootTable
{
    public static void Map(ModelBuilder model) => model.Entity<Boot>().ToTable("boots");
}
