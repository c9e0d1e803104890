using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Analytics;
using Scheduler.Core.Backfills;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Impact;

/// <summary>Foretells what a batch of runs would do to everything else: from the schedule's own past, from what is planned, and from what is forbidden. Never writes.</summary>
public sealed class ImpactForecasts(Database database, SchedulerOptions options, LoadForecasts loads, ManifestReader manifests, JobCatalog catalog, ScopeStore scopes, TimeProvider clock)
{
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(24);
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(1);
    private const int RunsLookedAt = 50;

    /// <param name="preview">A backfill before its launch.</param>
    /// <param name="hours">In which its runs may begin; null: at any.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null where the schedule has gone.</returns>
    public async Task<BlastRadius?> OfAsync(BackfillPreview preview, HoursWindow? hours, CancellationToken ct)
    {
        await using var db = database.Read();
        if (await db.Schedules.Include(s => s.Labels).FirstOrDefaultAsync(s => s.Name == preview.Schedule, ct) is not { } schedule) return null;
        var now = clock.GetUtcNow();
        var job = ManifestReader.Resolve(manifests.ReadStored(schedule.Spec).Spec.Job);
        var complaints = Complaints(job);
        var usual = await loads.UsualDurationAsync(schedule.Name, ct) ?? await MedianAsync(db, schedule.Id, ct);
        var each = usual ?? PlannedSchedule.DefaultDuration;
        var runs = preview.ToRun;
        var begins = hours is not null && TriggerZone.TryFind(schedule.TimeZone, out var zone) ? hours.NextOpen(now, zone) : now;
        var lasts = runs == 0 ? TimeSpan.Zero : begins - now + Lasting(each * Math.Ceiling(runs / (double)preview.Parallel), hours);
        return new BlastRadius
        {
            Runs = runs,
            Targets = TargetsOf(job),
            Refused = complaints.Select(c => c.Message).ToList(),
            OutOfScope = complaints.Count(c => c.Message.Contains(Scope.Remedy, StringComparison.Ordinal)),
            EachRun = each,
            IsMeasured = usual is not null,
            Lasts = lasts,
            Requests = await RequestsAsync(db, schedule.Id, ct) * runs,
            Late = await LateAsync(schedule.Pool, now, begins, runs, preview.Parallel, each, ct),
            Blackouts = runs == 0 ? [] : await CrossedAsync(db, schedule, begins, now + lasts, ct),
        };
    }

    private List<FieldError> Complaints(JobSpec job)
    {
        var errors = new List<FieldError>();
        if (catalog.Find(job.Kind) is { } kind) kind.Check(job, scopes.Current, "spec.job", errors);
        else errors.Add(new FieldError("spec.job.kind", $"this version has no job kind \"{job.Kind}\""));
        return errors;
    }

    // Targets are lists of texts, or a text by itself, under whatever names the kind gives them.
    private static int TargetsOf(JobSpec job) => job.Targets.ValueKind != JsonValueKind.Object ? 0 : job.Targets.EnumerateObject().Sum(t => t.Value.ValueKind switch
    {
        JsonValueKind.Array => t.Value.GetArrayLength(),
        JsonValueKind.String => 1,
        _ => 0,
    });

    // So much work, in days of which only some hours count.
    private static TimeSpan Lasting(TimeSpan work, HoursWindow? hours)
    {
        if (hours is null) return work;
        var days = Math.Floor(work / hours.Length);
        return TimeSpan.FromDays(days) + (work - days * hours.Length);
    }

    // Where its trigger has made none yet, runs by hand and of other backfills tell.
    private static async Task<TimeSpan?> MedianAsync(SchedulerDb db, long scheduleId, CancellationToken ct)
    {
        var durations = await db.Database.SqlQueryRaw<long>(
            $"""
            SELECT duration_ms AS Value FROM (SELECT status, duration_ms FROM runs WHERE schedule_id = @schedule ORDER BY id DESC LIMIT {RunsLookedAt})
            WHERE status BETWEEN 3 AND 5 AND duration_ms IS NOT NULL ORDER BY duration_ms
            """, new SqliteParameter("@schedule", scheduleId)).ToListAsync(ct);
        return durations.Count == 0 ? null : TimeSpan.FromMilliseconds(durations[(durations.Count - 1) / 2]);
    }

    // What the kinds count of what they asked for: addresses, and where those sent them on to.
    private static async Task<double?> RequestsAsync(SchedulerDb db, long scheduleId, CancellationToken ct)
    {
        var mean = await db.Database.SqlQueryRaw<double?>(
            $"""
            SELECT avg(json_extract(metrics, '$.urls') + coalesce(json_extract(metrics, '$.redirects'), 0)) AS Value
            FROM (SELECT metrics FROM runs WHERE schedule_id = @schedule ORDER BY id DESC LIMIT {RunsLookedAt})
            """, new SqliteParameter("@schedule", scheduleId)).ToListAsync(ct);
        return mean[0];
    }

    private async Task<IReadOnlyList<LateStart>> LateAsync(string pool, DateTimeOffset now, DateTimeOffset begins, int runs, int parallel, TimeSpan each, CancellationToken ct)
    {
        if (runs == 0 || begins >= now + Ahead) return [];
        var load = (await loads.OverAsync(now, now + Ahead, ct)).Pool(pool);
        var coming = load.Starts(now, now + Ahead).Select(s => new ComingRun(s.Schedule.Name, s.DueAt, s.Schedule.ExpectedDuration)).ToList();
        var slots = options.Pools.GetValueOrDefault(pool);
        var without = StartDelays.Of(coming, slots, begins, 0, 0, each);
        var with = StartDelays.Of(coming, slots, begins, runs, parallel, each);
        return coming.Select((run, i) => new LateStart(run.Schedule, run.DueAt, with[i] - without[i] ?? TimeSpan.Zero))
            .Where(late => late.By > Noticeable).OrderByDescending(late => late.By).ThenBy(late => late.DueAt).ToList();
    }

    private static async Task<IReadOnlyList<CrossedBlackout>> CrossedAsync(SchedulerDb db, Schedule schedule, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var labels = schedule.Labels.ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);
        var crossed = new List<CrossedBlackout>();
        foreach (var blackout in await db.Blackouts.OrderBy(b => b.Name).ToListAsync(ct))
        {
            try
            {
                var rule = BlackoutRule.Of(blackout);
                if (rule.Selects(labels) && rule.Windows.Between(from, to).FirstOrDefault() is { } window) crossed.Add(new CrossedBlackout(rule.Name, window));
            }
            catch (Exception e) when (e is TimeZoneNotFoundException or FormatException)
            {
                // One that can't be read holds nothing back; the list of blackouts says so.
            }
        }
        return crossed;
    }
}
