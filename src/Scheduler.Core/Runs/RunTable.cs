using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Runs;

internal static class RunTable
{
    /// <summary>A partial index serves a query only where its condition stands there word for word.</summary>
    public const string Waiting = "status IN (0, 2)";

    /// <summary>All but the self-check's run, which is nobody's business. "Not equal" leaves every query its index.</summary>
    public const string OfPeople = "id <> -1";

    /// <summary>Runs that have not ended.</summary>
    public const string Active = "status IN (0, 1, 2)";

    /// <summary>Runs that an occurrence of the trigger made: scheduled and catch-up.</summary>
    public const string ByOccurrence = "trigger_type IN (0, 1)";

    /// <summary>Waiting runs that a blackout holds.</summary>
    public const string HeldByBlackout = "blackout_id IS NOT NULL AND status IN (0, 2)";

    /// <summary>Runs that gather a burst of events and have not begun.</summary>
    public const string Gathering = "burst_limit_at IS NOT NULL AND status = 0";

    /// <summary>What came of due times at which nobody was there: catch-up runs, and rows that were skipped for that reason.</summary>
    public const string OfAbsence = "(trigger_type = 1 OR cause IN (8, 9, 10))";

    /// <summary>Occurrences that did not run though nobody wanted that: too late for their deadline, nobody there, the clock set, the schedule disabled.</summary>
    public const string Missed = "status = 8 AND cause IN (6, 7, 8, 9, 10, 12)";

    /// <summary>Dead letters: ended badly for good, and no person has said that nothing more is needed.</summary>
    public const string Dead = "status IN (4, 5, 7) AND dismissed_at IS NULL";

    /// <summary>Ended badly: failed, timed out or interrupted.</summary>
    public const string Bad = "status IN (4, 5, 7)";

    /// <summary>Runs that may be deleted: they have ended, and neither is an open finding's first or latest sight, nor proves one gone.</summary>
    public const string Disposable =
        """
        runs.finished_at IS NOT NULL AND runs.status NOT IN (0, 1, 2) AND NOT EXISTS (
            SELECT 1 FROM run_findings seen JOIN findings finding ON finding.id = seen.finding_id WHERE seen.run_id = runs.id
                AND (finding.last_run_id = runs.id OR finding.gone_run_id = runs.id OR (finding.open AND finding.first_run_id = runs.id)))
        """;

    /// <summary>What a new run's row says; its number is null but for the self-check's.</summary>
    public const string Inserted =
        """
        id, schedule_id, schedule_name, generation, trigger_type, scheduled_for, stands_for, status, reason, priority, pool, job_kind, job,
        attempt, max_attempts, due_at, queued_at, not_before, start_by, exclusive, requested_by, stands_from, cause, blackout_id, overrides_blackout, finished_at,
        occasion, emergency_id, backfill_id, event_id, parameters, burst_limit_at, overrides_concurrency, overrides_rate_limits,
        assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics
        """;

    /// <summary>The last columns of <see cref="Inserted"/>, of a run that has not begun.</summary>
    public const string NothingSeen = "0, 0, 0, 0, 0, 0, 0, 0, 0, '{}'";

    public static void Map(ModelBuilder model)
    {
        model.Entity<Run>(run =>
        {
            run.ToTable("runs");
            // The rule that a due time ends as exactly one run is kept by the file itself.
            run.HasIndex(r => new { r.ScheduleId, r.ScheduledFor }).IsUnique().HasFilter(ByOccurrence).HasDatabaseName("ux_runs_occurrence");
            run.HasIndex(r => new { r.BackfillId, r.ScheduledFor }).IsUnique().HasFilter("backfill_id IS NOT NULL").HasDatabaseName("ux_runs_backfill");
            // With all that the look for gaps asks: the rows themselves lie far apart.
            run.HasIndex(r => new { r.ScheduledFor, r.ScheduleId, r.StandsFor, r.StandsFrom, r.Status, r.Cause }).HasFilter(Missed).HasDatabaseName("ix_runs_missed");
            run.Property(r => r.StartRank).HasComputedColumnSql(StartOrder.Rank, stored: false);
            run.HasIndex(r => new { r.Pool, r.StartRank, r.DueAt, r.Id }).HasFilter(Waiting).HasDatabaseName("ix_runs_waiting");
            run.HasIndex(r => new { r.ScheduleId, r.FinishedAt }).HasFilter(Dead).HasDatabaseName("ix_runs_dead");
            run.HasIndex(r => r.FinishedAt, "ix_runs_bad").HasFilter(Bad);
            run.HasIndex(r => new { r.TriggerType, r.Id }).HasFilter("trigger_type <> 0").HasDatabaseName("ix_runs_trigger_type");
            run.HasIndex(r => r.ScheduleId).HasFilter(HeldByBlackout).HasDatabaseName("ix_runs_held");
            run.HasIndex(r => new { r.ScheduleId, r.Status }).HasFilter(Active).HasDatabaseName("ix_runs_active");
            run.HasIndex(r => new { r.ScheduleId, r.NotBefore }).HasFilter(Gathering).HasDatabaseName("ix_runs_gathering");
            run.HasIndex(r => r.ScheduledFor).HasFilter(OfAbsence).HasDatabaseName("ix_runs_of_absence");
            run.HasIndex(r => new { r.ScheduleId, r.Id }).HasDatabaseName("ix_runs_schedule");
            run.HasIndex(r => new { r.Status, r.Id }).HasDatabaseName("ix_runs_status");
            run.HasIndex(r => r.EmergencyId).HasFilter("emergency_id IS NOT NULL").HasDatabaseName("ix_runs_emergency");
            run.HasIndex(r => r.FinishedAt).HasDatabaseName("ix_runs_finished");
        });
        model.Entity<ShortLog>(log =>
        {
            log.ToTable("short_logs");
            log.HasKey(l => l.RunId);
            log.Property(l => l.RunId).ValueGeneratedNever();
        });
        model.Entity<Attempt>(attempt =>
        {
            attempt.ToTable("attempts");
            attempt.HasKey(a => new { a.RunId, a.Number });
        });
    }
}
