using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Blackouts;

/// <summary>What becomes of an occurrence that falls into a blackout. Stored as the number.</summary>
public enum BlackoutMode
{
    /// <summary>It is recorded as skipped.</summary>
    Skip = 0,

    /// <summary>It is caught up when no blackout covers its schedule any more, as the schedule's missedRuns says.</summary>
    RunAfter = 1,
}

/// <summary>A stored blackout: a window, once or again and again, in which the schedules that it selects do not start.</summary>
internal sealed class Blackout
{
    public long Id { get; init; }
    public required string Name { get; set; }

    /// <summary>Labels that a schedule must all have, as a JSON object; the empty one selects all.</summary>
    public required string Labels { get; set; }

    /// <summary>The trigger text, a cron expression, at whose occurrences a window opens; null for a single window.</summary>
    public string? Opens { get; set; }

    /// <summary>In which <see cref="Opens"/> is read.</summary>
    public required string TimeZone { get; set; }

    /// <summary>How long each window stays open, by elapsed time; null for a single window.</summary>
    public TimeSpan? Length { get; set; }

    /// <summary>The single window: from here, inclusive.</summary>
    public DateTimeOffset? OpensAt { get; set; }

    /// <summary>The single window: to here, exclusive.</summary>
    public DateTimeOffset? ClosesAt { get; set; }
    public required BlackoutMode Mode { get; set; }
    public required string Note { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

internal static class BlackoutTable
{
    public static void Map(ModelBuilder model) => model.Entity<Blackout>(blackout =>
    {
        blackout.ToTable("blackouts");
        blackout.Property(b => b.Name).UseCollation("NOCASE");
        blackout.HasIndex(b => b.Name).IsUnique();
    });
}
