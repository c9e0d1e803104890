using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Dispatching;

/// <summary>
/// The only thing that sleeps until a due time. It keeps nothing in memory: at each wake it asks the database what is due, records that in
/// one transaction a batch, and sleeps until the next due instant, a change of a schedule, or the heartbeat, whichever comes first.
/// </summary>
internal sealed partial class DueTimeDispatcher(
    Database database, Lookout lookout, RunQueue queue, ScheduleEditor editor, DatabaseWriter writer, ScheduleChanges changes, ClockJumps jumps, SchedulerOptions options, TimeProvider clock, ILogger<DueTimeDispatcher> log)
{
    private const int BatchSize = 500;

    /// <summary>A difference between wall and monotonic time beyond this is a clock that was set, or a machine that slept.</summary>
    private static readonly TimeSpan JumpAtLeast = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan TogetherWithin = TimeSpan.FromMilliseconds(100);

    private (DateTimeOffset Wall, long Mark) _lastLook;
    private (TimeSpan By, DateTimeOffset To)? _jumped;

    // Whether runs may wait for an instant that the clock has gone back behind: it may have been set while nobody was there.
    private bool _mayBeAhead = true;

    // Since when what falls due can't be recorded, and the absence that counted before.
    private (DateTimeOffset Since, Absence Before)? _full;

    /// <summary>What comes next: a due time, the end of a pause. Null: none.</summary>
    private readonly record struct Ahead(DateTimeOffset? DueAt, DateTimeOffset? PauseOverAt)
    {
        public DateTimeOffset? At => DueAt is null || DueAt > PauseOverAt ? PauseOverAt : DueAt;
    }

    /// <summary>How late all that was due at the last look was recorded, measured from its earliest due instant.</summary>
    public TimeSpan LastLag { get; private set; }

    /// <param name="lastSeenAt">The last sign of life of an engine on this data folder before this one; null: none.</param>
    /// <param name="stopping">Ends it.</param>
    public async Task RunAsync(DateTimeOffset? lastSeenAt, CancellationToken stopping)
    {
        _lastLook = ReadTogether();
        queue.Absence = new Absence(_lastLook.Wall, lastSeenAt) { AskAfter = options.CatchUpAsk };
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var changed = changes.Next;
                // One reading a look: a clock that is set between two readings would make missed occurrences look like due ones.
                var now = ReadClock();
                // What fell due while the disk was full was missed, and is treated as each schedule says; not all at once and too late.
                if (_full is var (since, before)) queue.Absence = new Absence(now, since, DiskWasFull: true) { Before = before };
                await RecordJumpAsync(stopping);
                await BringBackAsync(stopping);
                var next = LookAhead();
                if (next.PauseOverAt <= now) await EndPausesAsync(now, stopping);
                var mayBeMore = next.At <= now && await DispatchDueAsync(now, stopping);
                _full = null;
                if (!mayBeMore) await SleepAsync(next.At, changed, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (StorageHealth.IsFullDisk(e)) _full ??= (_lastLook.Wall, queue.Absence with { Before = null });
                LogLookFailed(e);
                await Task.WhenAny(Task.Delay(options.Heartbeat, clock, stopping));
            }
        }
    }

    /// <summary>Records what is due now, batch by batch; the next batch is read while one is written.</summary>
    /// <returns>Whether something was recorded, so that there may be more.</returns>
    private async Task<bool> DispatchDueAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var db = database.Read();
        var (moved, first, last) = (0, (Schedule?)null, (Schedule?)null);
        var writing = Task.FromResult(0);
        try
        {
            while (await ReadDueAsync(db, now, last, ct) is { Count: > 0 } due)
            {
                var batch = await PlanAsync(db, due, now, ct);
                moved += await writing;
                writing = batch.Count == 0 ? Task.FromResult(1) : queue.EnqueueDueAsync(batch, ct);
                (first, last) = (first ?? due[0], due[^1]);
                if (due.Count < BatchSize) break;
            }
        }
        finally
        {
            moved += await writing;
        }
        if (first is not null) LastLag = clock.GetUtcNow() - first.NextRunAt!.Value;
        return moved > 0;
    }

    // In the order of the index.
    private static Task<List<Schedule>> ReadDueAsync(SchedulerDb db, DateTimeOffset now, Schedule? after, CancellationToken ct)
    {
        var due = db.Schedules.IgnoreQueryFilters().Where(s => s.State == ScheduleState.Active && s.NextRunAt <= now);
#pragma warning disable CA1309 // SQLite compares, by the column's own collation.
        if (after is not null) due = due.Where(s => s.NextRunAt > after.NextRunAt || (s.NextRunAt == after.NextRunAt && string.Compare(s.Name, after.Name) > 0));
#pragma warning restore CA1309
        return due.OrderBy(s => s.NextRunAt).ThenBy(s => s.Name).Take(BatchSize).Select(ScheduleTable.TimingAlone).ToListAsync(ct);
    }

    private async Task<List<DueSchedule>> PlanAsync(SchedulerDb db, List<Schedule> due, DateTimeOffset now, CancellationToken ct)
    {
        var recorded = await RunQueue.RecordedFromAsync(db, due.Select(s => s.Id), due[0].NextRunAt!.Value, ct);
        var blackouts = await BlackoutBook.ReadAsync(db, ct);
        var labels = blackouts.IsEmpty ? null : await LabelsAsync(db, due, ct);
        var batch = new List<DueSchedule>(due.Count);
        foreach (var schedule in due)
        {
            try
            {
                batch.Add(DuePlan.For(schedule, Timing.Of(schedule), now, queue.Absence, options.CatchUpLimit, RecordedOf(schedule), BlackoutsOf(schedule)));
            }
            catch (Exception e) when (e is TimeZoneNotFoundException or FormatException)
            {
                // A zone that has gone from the machine must not become UTC in silence, and must not stop the others.
                LogCannotPlan(e, schedule.Name);
                await DisableAsync(schedule, e.Message, ct);
            }
        }
        return batch;

        HashSet<DateTimeOffset>? RecordedOf(Schedule schedule) =>
            recorded.Contains(schedule.Id) ? recorded[schedule.Id].Where(at => at >= schedule.NextRunAt).ToHashSet() : null;

        BlackoutBook? BlackoutsOf(Schedule schedule) =>
            labels is null || schedule.Id == SystemSchedule.Id ? null : blackouts.Selecting(labels[schedule.Id].ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal));
    }

    private static async Task<ILookup<long, ScheduleLabel>> LabelsAsync(SchedulerDb db, List<Schedule> schedules, CancellationToken ct)
    {
        var ids = schedules.Select(s => s.Id).ToList();
        return (await db.ScheduleLabels.Where(l => ids.Contains(l.ScheduleId)).ToListAsync(ct)).ToLookup(l => l.ScheduleId);
    }

    // One question a wake, all day long: two seeks.
    private Ahead LookAhead() => lookout.Ask(
        """
        SELECT (SELECT next_run_at FROM schedules WHERE state = 0 AND next_run_at IS NOT NULL ORDER BY next_run_at LIMIT 1),
            (SELECT paused_until FROM schedules WHERE paused_until IS NOT NULL ORDER BY paused_until LIMIT 1)
        """,
        static rows =>
        {
            rows.Read();
            return new Ahead(rows.GetInstant(0), rows.GetInstant(1));
        });

    private async Task SleepAsync(DateTimeOffset? until, Task changed, CancellationToken stopping)
    {
        var wait = until - clock.GetUtcNow();
        // Never longer than a heartbeat on one reading: the wall clock may be set while we sleep, and another process may write.
        var beat = Beat.UntilNext(clock, options.Heartbeat);
        var sleep = wait is null || wait > beat ? beat : wait.Value;
        if (sleep <= TimeSpan.Zero) return;
        // Timers round down to a millisecond; waking a moment early would cost a second look.
        await Task.WhenAny(changed, Task.Delay(sleep + TimeSpan.FromTicks(9999), clock, stopping));
    }

    /// <summary>The wall clock, and a note if it was set since the last look.</summary>
    private DateTimeOffset ReadClock()
    {
        var (wall, mark) = ReadTogether();
        var jump = wall - _lastLook.Wall - clock.GetElapsedTime(_lastLook.Mark, mark);
        _lastLook = (wall, mark);
        if (jump.Duration() < JumpAtLeast) return wall;
        LogJump(jump);
        _jumped = (jump + (_jumped?.By ?? TimeSpan.Zero), wall);
        // Forward: what lies in the gap was missed, and the schedules' policies say what to do. Back: next runs lie ahead, nothing is done twice.
        _mayBeAhead |= jump < TimeSpan.Zero;
        if (jump > TimeSpan.Zero) queue.Absence = new Absence(wall, wall - jump, ClockWasSet: true) { AskAfter = options.CatchUpAsk };
        return wall;
    }

    // Kept until it is written down: the look may fail before.
    private async Task RecordJumpAsync(CancellationToken ct)
    {
        if (_jumped is not var (by, to)) return;
        await jumps.RecordAsync(by, to, ct);
        _jumped = null;
    }

    // Kept until it is done, likewise.
    private async Task BringBackAsync(CancellationToken ct)
    {
        if (!_mayBeAhead) return;
        await queue.StartFromNowAsync(ct);
        _mayBeAhead = false;
    }

    private async Task EndPausesAsync(DateTimeOffset now, CancellationToken ct)
    {
        await using var db = database.Read();
        // Without a word of the state, so that the index on the end alone answers: half of 100,000 may be paused.
        var over = await db.Schedules.Where(s => s.PausedUntil <= now).Select(s => s.Id).ToListAsync(ct);
        if (over.Count > 0) await editor.EndPausesAsync(over, now, ct);
    }

    // What is due and can't be planned is recorded: which occurrences follow it nobody can tell any more.
    private Task DisableAsync(Schedule schedule, string reason, CancellationToken ct) => writer.WriteAsync(write =>
    {
        if (write.Execute(
            "UPDATE schedules SET state = 2, state_reason = ?4, next_run_at = NULL, last_scheduled_at = ?3, not_run = not_run + 1 WHERE id = ?1 AND generation = ?2 AND next_run_at = ?3 AND state = 0",
            schedule.Id, schedule.Generation, schedule.NextRunAt, reason) == 1)
            queue.SkipOne(write, schedule, schedule.NextRunAt!.Value, SkipReason.Disabled(reason));
    }, ct);

    // Wall and monotonic time belong to the same moment: a thread that was held up between the two would see a jump that never was.
    private (DateTimeOffset Wall, long Mark) ReadTogether()
    {
        for (var tries = 1; ; tries++)
        {
            var before = clock.GetTimestamp();
            var wall = clock.GetUtcNow();
            var mark = clock.GetTimestamp();
            if (clock.GetElapsedTime(before, mark) < TogetherWithin || tries == 10) return (wall, mark);
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking for due schedules failed; trying again at the next heartbeat")]
    private partial void LogLookFailed(Exception e);

    [LoggerMessage(LogLevel.Error, "Schedule {ScheduleName} is disabled: its timing can't be read")]
    private partial void LogCannotPlan(Exception e, string scheduleName);

    [LoggerMessage(LogLevel.Warning, "The wall clock jumped by {Jump}")]
    private partial void LogJump(TimeSpan jump);
}
