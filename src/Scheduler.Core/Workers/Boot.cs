using Microsoft.EntityFrameworkCore;

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

internal static class BootTable
{
    public static void Map(ModelBuilder model) => model.Entity<Boot>().ToTable("boots");
}
