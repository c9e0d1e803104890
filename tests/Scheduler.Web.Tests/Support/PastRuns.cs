using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Core.Analytics;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Tests.Support;

/// <summary>Rows of runs that ended at a chosen time, which the engine could only make by waiting for it; with the figures that follow from them.</summary>
internal static class PastRuns
{
    public static async Task AddAsync(IServiceProvider services, string schedule, params (DateTimeOffset EndedAt, RunStatus Status, TimeSpan Duration)[] runs)
    {
        await using (var connection = new SqliteConnection($"Data Source={services.GetRequiredService<SchedulerOptions>().DatabaseFile};Pooling=False"))
        {
            await connection.OpenAsync();
            foreach (var (endedAt, status, duration) in runs)
            {
                await using var insert = connection.CreateCommand();
                insert.CommandText =
                    """
                    INSERT INTO runs (schedule_id, schedule_name, generation, trigger_type, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before, exclusive,
                        started_at, attempt_started_at, finished_at, duration_ms, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
                    VALUES ((SELECT id FROM schedules WHERE name = @schedule), @schedule, 1, 0, 1, @status, 'x', 0, 'light', 'noop', 1, 1, @started - 20, @started - 20, 0, 0,
                        @started, @started, @ended, @ended - @started, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}')
                    """;
                insert.Parameters.AddWithValue("@schedule", schedule);
                insert.Parameters.AddWithValue("@status", (int)status);
                insert.Parameters.AddWithValue("@ended", endedAt.ToUnixTimeMilliseconds());
                insert.Parameters.AddWithValue("@started", (endedAt - duration).ToUnixTimeMilliseconds());
                await insert.ExecuteNonQueryAsync();
            }
        }
        await services.GetRequiredService<StatisticsUpkeep>().RebuildAsync(CancellationToken.None);
        services.GetRequiredService<LiveFeed>().Publish(new LiveChange.RunChanged(0, schedule));
    }

    /// <summary>Occurrences that were recorded as missed while the scheduler was down.</summary>
    public static async Task MissAsync(IServiceProvider services, string schedule, params DateTimeOffset[] occurrences)
    {
        await using var connection = new SqliteConnection($"Data Source={services.GetRequiredService<SchedulerOptions>().DatabaseFile};Pooling=False");
        await connection.OpenAsync();
        foreach (var at in occurrences)
        {
            await using var insert = connection.CreateCommand();
            insert.CommandText =
                """
                INSERT INTO runs (schedule_id, schedule_name, generation, trigger_type, scheduled_for, stands_for, status, reason, cause, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at,
                    not_before, exclusive, overrides_blackout, finished_at, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
                VALUES ((SELECT id FROM schedules WHERE name = @schedule), @schedule, 1, 0, @at, 1, 8, 'Missed while the scheduler was down (missedRuns: Skip).', 8, 0, 'light', 'noop', 0, 1, @at, @at,
                    @at, 0, 0, @at, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}')
                """;
            insert.Parameters.AddWithValue("@schedule", schedule);
            insert.Parameters.AddWithValue("@at", at.ToUnixTimeMilliseconds());
            await insert.ExecuteNonQueryAsync();
        }
    }
}
