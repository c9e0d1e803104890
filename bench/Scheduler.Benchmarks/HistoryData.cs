using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Analytics;

namespace Scheduler.Benchmarks;

/// <summary>A past that never was: runs of 1,000 schedules, evenly over 100 days up to now, each with its attempt and its short log. 94 of 100 ended well.</summary>
internal static class HistoryData
{
    public const int Schedules = 1000;
    public const int Days = 100;
    private const int Batch = 500_000;

    // Spreads states and lengths over the runs of each schedule.
    private const string Mixed = "((n * 7919) % 10007)";

    public static async Task MakeAsync(BenchScheduler scheduler, int runs, TextWriter progress)
    {
        await scheduler.AddSchedulesAsync("s", Schedules, "0 0 1 1 *", """{ "kind": "noop" }""");
        using (var db = scheduler.Open())
        {
            // As fast as it goes: whoever is interrupted here begins anew.
            Execute(db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000");
            Execute(db, "UPDATE schedules SET spec = json_set(spec, '$.spec.successfulRunsHistoryLimit', 100000, '$.spec.failedRunsHistoryLimit', 100000), last_status = 3");
            var indexes = Texts(db, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'runs' AND sql IS NOT NULL");
            foreach (var name in Texts(db, "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'runs' AND sql IS NOT NULL")) Execute(db, $"DROP INDEX {name}");
            var first = DateTimeOffset.UtcNow.AddDays(-Days).ToUnixTimeMilliseconds();
            var step = TimeSpan.FromDays(Days).TotalMilliseconds / runs;
            for (var from = 0; from < runs; from += Batch)
            {
                AddRuns(db, from, Math.Min(from + Batch, runs), first, step);
                progress.WriteLine($"{Math.Min(from + Batch, runs):N0} runs");
            }
            foreach (var index in indexes) Execute(db, index);
            progress.WriteLine("indexes");
            Execute(db, "UPDATE schedules SET last_success_at = (SELECT finished_at FROM runs WHERE schedule_id = schedules.id AND status = 3 ORDER BY id DESC LIMIT 1), succeeded = 9000, failed = 500");
            // One in a hundred has failed since.
            Execute(db, "UPDATE schedules SET last_success_at = last_success_at - 864000000, last_status = 4 WHERE id % 100 = 0");
            Execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
        }
        await scheduler.Services.GetRequiredService<StatisticsUpkeep>().RebuildAsync(CancellationToken.None);
        progress.WriteLine("roll-ups");
    }

    // 94 of 100 succeed, 3 fail, 1 times out, 1 is cancelled, 1 is skipped because it came too late.
    private static void AddRuns(SqliteConnection db, int from, int to, long first, double step)
    {
        using var transaction = db.BeginTransaction();
        var numbers = FormattableString.Invariant(
            $"""
            WITH RECURSIVE numbers(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {to}),
            made AS (SELECT n, {first} + CAST(n * {step} AS INTEGER) AS due, 20 + {Mixed} % 900 AS lag, 1000 + {Mixed} * {Mixed} % 120000 AS took,
                CASE WHEN {Mixed} % 100 < 94 THEN 3 WHEN {Mixed} % 100 < 97 THEN 4 WHEN {Mixed} % 100 = 97 THEN 5 WHEN {Mixed} % 100 = 98 THEN 6 ELSE 8 END AS status FROM numbers)
            """);
        Execute(db, $$"""
            {{numbers}}
            INSERT INTO runs (id, schedule_id, schedule_name, generation, trigger_type, scheduled_for, stands_for, status, occasion, reason, cause, error, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before,
                exclusive, overrides_concurrency, overrides_blackout, overrides_rate_limits, started_at, attempt_started_at, finished_at, duration_ms,
                assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics, boot_id)
            SELECT n + 1, s.id, s.name, 1, 0, due, 1, status, '', CASE status WHEN 3 THEN 'done' WHEN 8 THEN 'It could not start by its deadline.' ELSE 'It did not end well.' END,
                CASE WHEN status = 8 THEN 6 END, CASE WHEN status IN (4, 5) THEN 'It did not end well.' END, s.priority, s.pool, s.job_kind, CASE WHEN status = 8 THEN 0 ELSE 1 END, 1, due, due + lag / 2, due + lag / 2,
                0, 0, 0, 0, CASE WHEN status <> 8 THEN due + lag END, CASE WHEN status <> 8 THEN due + lag END, due + lag + CASE WHEN status <> 8 THEN took ELSE 0 END, CASE WHEN status <> 8 THEN took END,
                1, 0, 0, 0, 0, 0, 0, 0, 0, '{}', 1
            FROM made JOIN schedules s ON s.id = (SELECT min(id) FROM schedules WHERE id > 0) + n % {{Schedules}}
            """);
        Execute(db, $"{numbers} INSERT INTO attempts (run_id, number, started_at, finished_at, status, error) SELECT n + 1, 1, due + lag, due + lag + took, status, NULL FROM made WHERE status <> 8");
        Execute(db, $"{numbers} INSERT INTO short_logs (run_id, text) SELECT n + 1, CAST('2026-01-01T00:00:00.000Z info noop of some schedule, generation 1, Scheduled, time-out 5m.' AS BLOB) FROM made WHERE status <> 8");
        transaction.Commit();
    }

    private static void Execute(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    private static List<string> Texts(SqliteConnection db, string sql)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }
}
