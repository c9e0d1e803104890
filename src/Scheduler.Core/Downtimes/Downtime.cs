using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Downtimes;

/// <summary>Why nobody was there to start anything. Stored as the number.</summary>
public enum DowntimeKind
{
    /// <summary>The engine was stopped, and started again later.</summary>
    Stopped = 0,

    /// <summary>The process died, or the machine did.</summary>
    Died = 1,

    /// <summary>The process lived, but the clock was set forward or the machine slept.</summary>
    ClockSet = 2,
}

/// <summary>A stretch of time in which no engine drove this data folder. Written when it is over, before anything that was missed is dealt with.</summary>
internal sealed class Downtime
{
    /// <summary>Shorter ones are not worth a word: a restart, an upgrade.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(2);

    public long Id { get; init; }
    public required DowntimeKind Kind { get; init; }

    /// <summary>The last sign of life; up to half a minute before the death of a process that died.</summary>
    public required DateTimeOffset FromAt { get; init; }
    public required DateTimeOffset ToAt { get; set; }

    /// <summary>The process start that ended it; null where the clock was set.</summary>
    public long? BootId { get; set; }

    /// <summary>The numbers of the runs that it interrupted, as a JSON array; at most <see cref="MostInterrupted"/>.</summary>
    public string Interrupted { get; set; } = "[]";
    public DateTimeOffset? DismissedAt { get; set; }
    public string? DismissedBy { get; set; }

    public const int MostInterrupted = 1000;
}

internal static class DowntimeTable
{
    public static void Map(ModelBuilder model) => model.Entity<Downtime>().ToTable("downtimes");
}
