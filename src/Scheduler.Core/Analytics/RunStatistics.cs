using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Analytics;

/// <summary>How runs went over a span of time. Runs that never started (skipped, cancelled in the queue) count neither way.</summary>
/// <param name="Runs">Runs that ended in the span, skipped ones left out.</param>
/// <param name="Succeeded">Of these.</param>
/// <param name="Failed">Failed, timed out or interrupted.</param>
/// <param name="MedianDuration">Of those that succeeded or failed; null where there is none.</param>
/// <param name="P95Duration">The duration that 95 of 100 did not exceed.</param>
public sealed record RunStatistics(int Runs, int Succeeded, int Failed, TimeSpan? MedianDuration, TimeSpan? P95Duration)
{
    /// <summary>0 to 1; null where no run succeeded or failed.</summary>
    public double? SuccessRate => Succeeded + Failed == 0 ? null : (double)Succeeded / (Succeeded + Failed);
}

/// <summary>Figures for the dashboard and for a schedule's page. Never writes.</summary>
public sealed class RunStatisticsQueries(Database database)
{
    /// <param name="schedule">A schedule's exact name; null: all.</param>
    /// <param name="from">Ended at or after.</param>
    /// <param name="to">Ended before.</param>
    public async Task<RunStatistics> OverAsync(string? schedule, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        await using var db = database.Read();
        var ended = db.Runs.Where(r => r.FinishedAt >= from && r.FinishedAt < to && r.Status != RunStatus.Skipped);
        if (schedule is not null) ended = ended.Where(r => r.ScheduleName == schedule);
        var rows = await ended.Select(r => new { r.Status, r.DurationMs }).ToListAsync(ct);
        var durations = rows.Where(r => r.DurationMs is not null && r.Status != RunStatus.Cancelled).Select(r => r.DurationMs!.Value).Order().ToList();
        return new RunStatistics(rows.Count, rows.Count(r => r.Status == RunStatus.Succeeded), rows.Count(r => r.Status.IsBad()), At(durations, 0.5), At(durations, 0.95));
    }

    // Nearest rank: the smallest value that at least this share of all does not exceed.
    private static TimeSpan? At(List<long> sorted, double share) =>
        sorted.Count == 0 ? null : TimeSpan.FromMilliseconds(sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Count) - 1)]);
}
