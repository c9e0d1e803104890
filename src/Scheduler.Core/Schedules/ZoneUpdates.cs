using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Schedules;

/// <summary>
/// Looks, before anything is dispatched, whether the system's time zone data is still the one by which next runs were worked out: rules change a few times a year, and names go.
/// In a zone of other rules next runs are worked out anew; what stands in a zone that has gone is disabled at once and not only when it falls due, which may be in a year.
/// What was due before is left to the dispatcher, as it is stored.
/// </summary>
/// <remarks>A process keeps the data that it has read, so that this is asked at each start of the engine and not in between.</remarks>
internal sealed partial class ZoneUpdates(Database database, DatabaseWriter writer, ScheduleChanges changes, LiveFeed feed, TimeProvider clock, ILogger<ZoneUpdates> log)
{
    private const string Key = "zone-rules";
    private const int BatchSize = 500;

    /// <summary>Never throws but when it is cancelled: with next runs that are an hour off the engine is better than without it.</summary>
    public async Task ApplyAsync(CancellationToken ct)
    {
        try
        {
            await using var db = database.Read();
            var stored = await db.Settings.Where(s => s.Key == Key).Select(s => s.Value).FirstOrDefaultAsync(ct);
            var known = stored is null ? [] : JsonSerializer.Deserialize<SortedDictionary<string, string>>(stored)!;
            var rules = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var name in await Planned(db).Where(s => s.TimeZone != TriggerZone.Utc.Id).Select(s => s.TimeZone).Distinct().ToListAsync(ct))
            {
                if (!TriggerZone.TryFind(name, out var zone)) await ChangeAsync(db, name, Disable, "gone", ct);
                else if (known.GetValueOrDefault(name) != (rules[name] = zone.Rules)) await ChangeAsync(db, name, PlanAnew, "changed", ct);
            }
            if (JsonSerializer.Serialize(rules) is var now && now != stored) await StoreAsync(now, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(e);
        }
    }

    private static IQueryable<Schedule> Planned(SchedulerDb db) => db.Schedules.Where(s => s.State == ScheduleState.Active && s.NextRunAt != null);

    private async Task ChangeAsync(SchedulerDb db, string zone, Func<WriteBatch, Schedule, bool> change, string what, CancellationToken ct)
    {
        var (count, now, off) = (0, clock.GetUtcNow(), new List<Schedule>());
        // One look over all of them, in no order: page by page each page would look for its place anew.
        await foreach (var schedule in Planned(db).Where(s => s.TimeZone == zone && s.NextRunAt > now).Select(ScheduleTable.TimingAlone).AsAsyncEnumerable().WithCancellation(ct))
        {
            if (IsOff(schedule, now)) off.Add(schedule);
            if (off.Count == BatchSize) await WriteAsync();
        }
        await WriteAsync();
        if (count == 0) return;
        LogChanged(zone, what, count);
        await writer.WriteAsync(write => AuditChain.Append(write.Transaction, new AuditEntry(
            Actor.System, what, "time zone", zone, string.Create(CultureInfo.InvariantCulture, $"{(count == 1 ? "1 schedule" : $"{count:#,0} schedules")} {(what == "gone" ? "disabled" : "with another next run")}")), write.Now), ct);

        async Task WriteAsync()
        {
            if (off.Count > 0) count += await writer.WriteAsync(write => off.Count(s => change(write, s) && Announce(write, s.Name)), ct);
            off.Clear();
        }
    }

    // Nearly all have the next run that they had; the writer need not look at those.
    private static bool IsOff(Schedule schedule, DateTimeOffset now) => !TriggerZone.TryFind(schedule.TimeZone, out _) || Timing.Of(schedule).Next(From(schedule, now)) != schedule.NextRunAt;

    // What has run stays run, also where the clock was set back since.
    private static DateTimeOffset From(Schedule schedule, DateTimeOffset now) => schedule.LastScheduledAt is { } last && last > now ? last : now;

    private static bool PlanAnew(WriteBatch write, Schedule schedule)
    {
        var next = RunQueue.NextUnrecorded(write, schedule.Id, Timing.Of(schedule), From(schedule, write.Now));
        return next != schedule.NextRunAt && write.Execute(
            """
            UPDATE schedules SET next_run_at = ?4, state = CASE WHEN ?4 IS NULL THEN 3 ELSE 0 END, state_reason = CASE WHEN ?4 IS NULL THEN 'Its last occurrence has passed.' ELSE '' END
            WHERE id = ?1 AND generation = ?2 AND next_run_at = ?3 AND state = 0
            """, schedule.Id, schedule.Generation, schedule.NextRunAt, next) == 1;
    }

    private static bool Disable(WriteBatch write, Schedule schedule) => write.Execute(
        "UPDATE schedules SET state = 2, state_reason = ?4, next_run_at = NULL WHERE id = ?1 AND generation = ?2 AND next_run_at = ?3 AND state = 0",
        schedule.Id, schedule.Generation, schedule.NextRunAt, $"Its time zone, {schedule.TimeZone}, is not among this system's time zones any more.") == 1;

    private bool Announce(WriteBatch write, string name)
    {
        write.AfterCommit(() =>
        {
            changes.Notify();
            feed.Publish(new LiveChange.ScheduleChanged(name));
        });
        return true;
    }

    private Task StoreAsync(string rules, CancellationToken ct) => writer.WriteAsync(write =>
    {
        write.Execute(
            "INSERT INTO settings (key, value, changed_at, changed_by) VALUES (?1, ?2, ?3, 'scheduler') ON CONFLICT (key) DO UPDATE SET value = ?2, changed_at = ?3", Key, rules, write.Now);
    }, ct);

    [LoggerMessage(LogLevel.Warning, "Time zone {Zone} has {What}: {Count} schedules are affected")]
    private partial void LogChanged(string zone, string what, int count);

    [LoggerMessage(LogLevel.Error, "Looking for changes of the time zone data failed; schedules keep the next runs they have")]
    private partial void LogFailed(Exception e);
}
