using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Analytics;

/// <summary>Makes a history of runs through the queue itself: starts, endings of every kind, retries, interruptions, skips and cancels, as time goes by.</summary>
internal sealed class RandomHistory(TestScheduler scheduler, ManualTime clock, int seed)
{
    private const string Pool = "scan";
    private readonly Random _random = new(seed);
    private readonly List<ClaimedRun> _running = [];
    private List<(long Id, string Name)> _schedules = [];

    private RunQueue Queue => scheduler.Get<RunQueue>();

    public async Task MakeSchedulesAsync(int count)
    {
        for (var i = 0; i < count; i++) await scheduler.SaveAsync($"s{i}", "manual", more: $"\"concurrencyPolicy\": \"Allow\"");
        await using var db = scheduler.Database.Read();
        _schedules = db.Schedules.Select(s => new { s.Id, s.Name }).ToList().Select(s => (s.Id, s.Name)).ToList();
    }

    /// <summary>Some writes at once, so that they share commits, then some time.</summary>
    public async Task StepAsync()
    {
        var writes = new List<Task>();
        for (var i = _random.Next(1, 8); i > 0; i--) writes.Add(ActAsync());
        await Task.WhenAll(writes);
        clock.Advance(TimeSpan.FromMilliseconds(Math.Exp(_random.NextDouble() * 16))); // up to 2 1/2 hours
    }

    private async Task ActAsync()
    {
        switch (_random.Next(10))
        {
            case < 4:
                await EnqueueAsync();
                break;
            case < 6:
                if (await Queue.TryClaimAsync(Pool, false, 1, default) is { } run)
                    lock (_running) _running.Add(run);
                break;
            case 6:
                await CancelOneAsync();
                break;
            default:
                if (Take() is { } ending) await EndAsync(ending);
                break;
        }
    }

    private Task EnqueueAsync()
    {
        var type = (TriggerType)_random.Next(6);
        var (id, name) = _random.Next(8) == 0 ? (null, "adhoc") : _schedules[_random.Next(_schedules.Count)] is var s ? ((long?)s.Id, s.Name) : default;
        var scheduledFor = type is TriggerType.Scheduled or TriggerType.CatchUp or TriggerType.Backfill ? clock.GetUtcNow().AddMilliseconds(-_random.Next(200_000)) : (DateTimeOffset?)null;
        var late = _random.Next(6) == 0;
        return scheduler.Writer.WriteAsync(write =>
        {
            if (scheduledFor is not null && write.Scalar("SELECT 1 FROM runs WHERE schedule_id = ?1 AND scheduled_for = ?2", id, scheduledFor) is not null) return;
            Queue.Enqueue(write, new NewRun
            {
                ScheduleId = id, ScheduleName = name, Generation = 1, TriggerType = type, ScheduledFor = scheduledFor, Priority = 0, Pool = Pool, JobKind = "noop", MaxAttempts = 3,
                StartBy = late ? clock.GetUtcNow().AddSeconds(1) : null,
            });
        }, default);
    }

    private Task CancelOneAsync() => scheduler.Writer.WriteAsync(write =>
    {
        if (write.Scalar("SELECT max(id) FROM runs WHERE status IN (0, 2)") is long id) Queue.CancelWaiting(write, id, "No longer wanted.");
    }, default);

    private Task EndAsync(ClaimedRun run)
    {
        var retryAt = clock.GetUtcNow().AddSeconds(_random.Next(60));
        return _random.Next(8) switch
        {
            0 => scheduler.Writer.WriteAsync(write => Queue.Interrupt(write, run, retryAt), default),
            1 => scheduler.Writer.WriteAsync(write => Queue.Interrupt(write, run, null), default),
            2 => Queue.CompleteAsync(run, new RunEnding(RunStatus.Retrying, "again", "no", retryAt, []), default),
            3 => Queue.CompleteAsync(run, new RunEnding(RunStatus.Failed, "no", "no", null, []), default),
            4 => Queue.CompleteAsync(run, new RunEnding(RunStatus.TimedOut, "no", "no", null, []), default),
            5 => Queue.CompleteAsync(run, new RunEnding(RunStatus.Cancelled, "no", null, null, []), default),
            _ => Queue.CompleteAsync(run, new RunEnding(RunStatus.Succeeded, "done", null, null, []), default),
        };
    }

    private ClaimedRun? Take()
    {
        lock (_running)
        {
            if (_running.Count == 0) return null;
            var run = _running[_random.Next(_running.Count)];
            _running.Remove(run);
            return run;
        }
    }
}
