using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Analytics;

/// <summary>Reads what a forecast needs: the active schedules and how long their runs last. Never writes.</summary>
public sealed class LoadForecasts(Database database, SchedulerOptions options, TimeProvider clock)
{
    private const int RunsLookedAt = 50;

    // Stored numbers of the states and trigger types are part of the file format.
    private const int LastState = (int)RunStatus.TimedOut, FirstState = (int)RunStatus.Succeeded, LastOccurrence = (int)TriggerType.CatchUp;

    /// <summary>The coming seven days.</summary>
    public Task<LoadForecast> ComingAsync(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return OverAsync(now, now + LoadForecast.Week, ct);
    }

    /// <summary>A span of at most <see cref="LoadForecast.LongestSpan"/>, in two queries however many schedules there are.</summary>
    public async Task<LoadForecast> OverAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        await using var db = database.Read();
        var schedules = await db.Schedules.Where(s => s.State == ScheduleState.Active).ToListAsync(ct);
        var durations = await DurationsAsync(db, null, ct);
        var planned = new List<PlannedSchedule>(schedules.Count);
        foreach (var schedule in schedules)
        {
            if (TimingOf(schedule) is not { FollowsTheClock: true } timing) continue;
            var measured = durations.GetValueOrDefault(schedule.Id);
            planned.Add(new PlannedSchedule(schedule.Name, schedule.Pool, timing, measured ?? PlannedSchedule.DefaultDuration, schedule.ConcurrencyPolicy, measured is not null));
        }
        return LoadForecast.Of(planned, options.Pools, from, to);
    }

    /// <summary>How long a run of the schedule of this name, active or not, lasts as a rule; null where none has ended yet.</summary>
    public async Task<TimeSpan?> UsualDurationAsync(string name, CancellationToken ct)
    {
        await using var db = database.Read();
        return (await DurationsAsync(db, name, ct)).Values.FirstOrDefault();
    }

    // The median of the last runs that its trigger made and that ended by themselves. A point look-up in (schedule, id) a schedule,
    // all in one statement: a window function would read every run there is.
    private static async Task<Dictionary<long, TimeSpan?>> DurationsAsync(SchedulerDb db, string? name, CancellationToken ct)
    {
        var rows = await db.Database.SqlQuery<DurationRow>($"""
            SELECT s.id AS Id, (
                SELECT json_group_array(r.duration_ms)
                FROM (SELECT status, trigger_type, duration_ms FROM runs WHERE schedule_id = s.id ORDER BY id DESC LIMIT {RunsLookedAt}) AS r
                WHERE r.status BETWEEN {FirstState} AND {LastState} AND r.trigger_type <= {LastOccurrence} AND r.duration_ms IS NOT NULL) AS Durations
            FROM schedules AS s
            WHERE s.id > 0 AND CASE WHEN {name} IS NULL THEN s.state = 0 ELSE s.name = {name} END
            """).ToListAsync(ct);
        return rows.ToDictionary(r => r.Id, r => Median(JsonSerializer.Deserialize<long[]>(r.Durations) ?? []));
    }

    private static TimeSpan? Median(long[] durations)
    {
        Array.Sort(durations);
        return durations.Length == 0 ? null : TimeSpan.FromMilliseconds(durations[(durations.Length - 1) / 2]);
    }

    private static Timing? TimingOf(Schedule schedule)
    {
        try
        {
            return Timing.Of(schedule);
        }
        catch (TimeZoneNotFoundException)
        {
            return null; // the dispatcher is about to disable it
        }
    }

    private sealed record DurationRow(long Id, string Durations);
}
