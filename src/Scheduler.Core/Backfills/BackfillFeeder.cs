using System.Collections.Frozen;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Live;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Backfills;

/// <summary>Keeps unfinished backfills going: after each of their runs, when a person changes one, and at every heartbeat, for the hours they are bound to.</summary>
internal sealed partial class BackfillFeeder(
    SchedulerOptions options, Database database, Lookout lookout, DatabaseWriter writer, BackfillSteps steps, LiveFeed feed, CautiousClock today, TimeProvider clock, ILogger<BackfillFeeder> log)
{
    private static readonly TimeSpan TidyEvery = TimeSpan.FromHours(1);

    private volatile FrozenSet<string> _schedules = FrozenSet<string>.Empty;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var watch = feed.Watch(Concerns);
        Task<IReadOnlyCollection<LiveChange>>? changed = null;
        var (isSettled, tidiedAt) = (false, DateTimeOffset.MinValue);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // A process before this one may have ended between a run's end and the note of it; and a dead letter may have been requeued since.
                if (!isSettled) await writer.WriteAsync(write => { BackfillSteps.Settle(write, null); }, stopping);
                isSettled = true;
                await PassAsync(stopping);
                if (clock.GetUtcNow() - tidiedAt >= TidyEvery)
                {
                    await TidyAsync(stopping);
                    tidiedAt = clock.GetUtcNow();
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(e);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            if (changed is null or { IsCompleted: true }) changed = watch.TakeAsync(stopping);
            await Task.WhenAny(changed, Task.Delay(Beat.UntilNext(clock, options.Heartbeat), clock, stopping));
        }
    }

    /// <summary>One look at every unfinished backfill.</summary>
    public async Task PassAsync(CancellationToken ct)
    {
        if (!lookout.Any("SELECT 1 FROM backfills WHERE finished_at IS NULL"))
        {
            _schedules = FrozenSet<string>.Empty;
            return;
        }
        await using var db = database.Read();
        var unfinished = await db.Backfills.FromSqlRaw("SELECT * FROM backfills WHERE finished_at IS NULL").OrderBy(b => b.Id).Select(b => new { b.Id, b.ScheduleName }).ToListAsync(ct);
        _schedules = unfinished.Select(b => b.ScheduleName).ToFrozenSet(StringComparer.Ordinal);
        foreach (var backfill in unfinished) await writer.WriteAsync(write => steps.Step(write, backfill.Id), ct);
    }

    private bool Concerns(LiveChange change) => change is LiveChange.BackfillChanged || change is LiveChange.RunChanged { ScheduleName: var name } && _schedules.Contains(name);

    // As long as runs are kept: then nothing is left of them that a slot could point at.
    private async Task TidyAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        var horizon = today.Now - options.RunAge;
        foreach (var id in await db.Backfills.Where(b => b.FinishedAt < horizon).Select(b => b.Id).ToListAsync(ct))
            await writer.WriteAsync(write =>
            {
                write.Execute("DELETE FROM backfill_slots WHERE backfill_id = ?1", id);
                write.Execute("DELETE FROM backfills WHERE id = ?1", id);
            }, ct);
    }

    [LoggerMessage(LogLevel.Error, "Moving backfills on failed; trying again at the next heartbeat")]
    private partial void LogFailed(Exception e);
}
