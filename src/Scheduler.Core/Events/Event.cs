using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Events;

/// <summary>What became of an event for one schedule that follows its type: a closed list. Stored as the number.</summary>
public enum EventOutcome
{
    /// <summary>It started a run, or a run waits for the end of the burst that it belongs to.</summary>
    Fired = 0,

    /// <summary>A run is recorded as skipped: an earlier one goes on, or a blackout is open.</summary>
    Skipped = 1,

    /// <summary>A condition of the schedule's filter did not hold.</summary>
    Filtered = 2,

    /// <summary>It came too soon after one that fired, or a later event of the same burst took its place.</summary>
    Debounced = 3,

    /// <summary>A person paused the schedule.</summary>
    Paused = 4,

    /// <summary>The schedule is disabled, or its start lies ahead, or its end has passed.</summary>
    NotActive = 5,

    /// <summary>The schedule stands already in the chain that led to the event, or the chain is too long.</summary>
    Circle = 6,

    /// <summary>A target of the schedule has left the scope since it was saved.</summary>
    NoPermission = 7,

    /// <summary>Too many runs of the schedule wait already.</summary>
    Flood = 8,
}

/// <summary>A stored event. It is never changed.</summary>
internal sealed class Event
{
    public long Id { get; init; }
    public required string Type { get; init; }

    /// <summary>Where it comes from, as its sender says; may be empty. Hostile.</summary>
    public required string Source { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The size of <see cref="Data"/> in bytes.</summary>
    public required int Size { get; init; }

    /// <summary>Who sent it: a person, "webhook shop-push", or the scheduler itself.</summary>
    public required string By { get; init; }

    /// <summary>The schedules that led to it, the first one first, as a JSON list of names.</summary>
    public required string Chain { get; init; }

    /// <summary>The run whose end it tells of; null where it came from outside.</summary>
    public long? RunId { get; init; }

    /// <summary>A JSON value. Last, so that reading the rest of the row does not touch its pages.</summary>
    public required string Data { get; init; }
}

/// <summary>What became of an event for one schedule.</summary>
internal sealed class EventVerdict
{
    public required long EventId { get; init; }
    public required long ScheduleId { get; init; }

    /// <summary>Kept when the schedule is deleted.</summary>
    public required string ScheduleName { get; init; }
    public required EventOutcome Outcome { get; set; }

    /// <summary>Why, as a sentence. May quote the event: one clean line, but hostile.</summary>
    public required string Words { get; set; }

    /// <summary>The run that it started, or that is recorded as skipped.</summary>
    public long? RunId { get; set; }
}

internal static class EventTable
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<Event>(happened =>
        {
            happened.ToTable("events");
            happened.HasIndex(e => new { e.At, e.Size }).HasDatabaseName("ix_events_at");
            happened.HasIndex(e => new { e.Type, e.Id }).HasDatabaseName("ix_events_type");
            happened.HasIndex(e => new { e.Source, e.Id }).HasDatabaseName("ix_events_source");
        });
        model.Entity<EventVerdict>(verdict =>
        {
            verdict.ToTable("event_verdicts");
            verdict.HasKey(v => new { v.EventId, v.ScheduleId });
            verdict.HasIndex(v => new { v.ScheduleId, v.EventId }).HasDatabaseName("ix_event_verdicts_schedule");
            verdict.HasIndex(v => new { v.Outcome, v.EventId }).HasDatabaseName("ix_event_verdicts_outcome");
        });
    }
}
