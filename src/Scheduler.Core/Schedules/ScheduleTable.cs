using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Schedules;

internal static class ScheduleTable
{
    /// <summary>A schedule without its manifest and its figures: its timing and its policies.</summary>
    public static readonly Expression<Func<Schedule, Schedule>> TimingAlone = s => new Schedule
    {
        Id = s.Id,
        Name = s.Name,
        Uid = s.Uid,
        Generation = s.Generation,
        State = s.State,
        Spec = "",
        TriggerText = s.TriggerText,
        TimeZone = s.TimeZone,
        AnchorAt = s.AnchorAt,
        HasStart = s.HasStart,
        EndAt = s.EndAt,
        Priority = s.Priority,
        Pool = s.Pool,
        JobKind = s.JobKind,
        ConcurrencyPolicy = s.ConcurrencyPolicy,
        MissedRuns = s.MissedRuns,
        StartingDeadline = s.StartingDeadline,
        MaxAttempts = s.MaxAttempts,
        NextRunAt = s.NextRunAt,
        LastScheduledAt = s.LastScheduledAt,
        CreatedAt = s.CreatedAt,
        CreatedBy = "",
        ChangedAt = s.ChangedAt,
        ChangedBy = "",
    };

    public static void Map(ModelBuilder model)
    {
        model.Entity<Schedule>(schedule =>
        {
            schedule.ToTable("schedules");
            schedule.Property(s => s.Name).UseCollation("NOCASE"); // two names that differ only in case would be told apart by nobody
            schedule.HasIndex(s => s.Name).IsUnique();
            // The front is what the dispatcher asks, all day long. The rest lets a list of 100,000 filter and sort within the index:
            // a schedule's row carries its whole manifest and is read for the page alone.
            schedule.HasIndex(s => new { s.State, s.NextRunAt, s.Name, s.JobKind, s.LastStatus, s.NotRun, s.CreatedBy, s.ChangedBy }).HasDatabaseName("ix_schedules_list");
            schedule.HasIndex(s => s.PausedUntil);
            schedule.HasIndex(s => s.EventType).HasFilter("event_type IS NOT NULL").HasDatabaseName("ix_schedules_event");
            schedule.HasMany(s => s.Labels).WithOne().HasForeignKey(l => l.ScheduleId);
        });
        model.Entity<ScheduleLabel>(label =>
        {
            label.ToTable("schedule_labels");
            label.HasKey(l => new { l.ScheduleId, l.Key });
            label.HasIndex(l => new { l.Key, l.Value });
        });
        model.Entity<Revision>(revision =>
        {
            // No foreign key: the runs of a deleted schedule still show what they did.
            revision.ToTable("revisions");
            revision.HasKey(r => new { r.ScheduleId, r.Generation });
        });
    }
}
