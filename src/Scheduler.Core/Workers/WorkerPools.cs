using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Workers;

/// <summary>What a pool does now.</summary>
public sealed record PoolActivity(string Name, int Slots, int Active);

/// <summary>All pools of this process.</summary>
internal sealed partial class WorkerPools
{
    private readonly List<WorkerPool> _pools;
    private readonly RunSignals _signals;
    private readonly Lookout _lookout;
    private readonly TimeProvider _clock;
    private readonly ILogger<WorkerPools> _log;

    public WorkerPools(SchedulerOptions options, RunQueue queue, RunSignals signals, RunExecution execution, Lookout lookout, TimeProvider clock, ILoggerFactory logs)
    {
        (_signals, _lookout, _clock, _log) = (signals, lookout, clock, logs.CreateLogger<WorkerPools>());
        _pools = options.Pools.OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => new WorkerPool(p.Key, p.Value, queue, signals, execution, lookout, clock, logs.CreateLogger<WorkerPool>())).ToList();
    }

    public IReadOnlyList<PoolActivity> Activity => _pools.Select(p => p.Activity).ToList();

    /// <summary>Gives the pools these slots, by name, from the next claim on.</summary>
    public void Resize(IReadOnlyDictionary<string, int> slots)
    {
        foreach (var pool in _pools)
            if (slots.TryGetValue(pool.Activity.Name, out var count)) pool.Resize(count);
    }

    /// <summary>Claims and executes until <paramref name="stopping"/>; then waits for what runs, which <paramref name="shutdown"/> cuts short.</summary>
    public Task RunAsync(long bootId, CancellationToken stopping, CancellationToken shutdown) =>
        Task.WhenAll(_pools.Select(p => p.RunAsync(bootId, stopping, shutdown)).Append(WatchAsync(stopping)));

    // One look for all pools, so that those with nothing to do cost nothing. It is for what no signal tells of: runs of other processes, and those whose time comes.
    private async Task WatchAsync(CancellationToken stopping)
    {
        var pools = JsonSerializer.Serialize(_pools.Select(p => p.Activity.Name));
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // In real time, whatever becomes of the clock: another process's run does not wait for it.
                await Task.Delay(Beat.UntilNext(_clock, WorkerPool.LookAgain), stopping);
                foreach (var pool in RunQueue.PoolsWithWork(_lookout, pools, _clock.GetUtcNow() + WorkerPool.LookAgain)) _signals.Notify(pool);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogLookFailed(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking for waiting runs failed; trying again in a moment")]
    private partial void LogLookFailed(Exception e);
}

/// <summary>A bounded set of slots. A free slot claims the most urgent waiting run, durably, then executes it. One lane more is for emergencies alone.</summary>
internal sealed partial class WorkerPool(
    string name, int slots, RunQueue queue, RunSignals signals, RunExecution execution, Lookout lookout, TimeProvider clock, ILogger<WorkerPool> log)
{
    /// <summary>The longest that a run of another process waits to be found.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _executing = [];
    private int _slots = slots;
    private int _ordinary;
    private int _emergencies;

    public PoolActivity Activity
    {
        get
        {
            lock (_lock) return new PoolActivity(name, _slots, _ordinary + _emergencies);
        }
    }

    /// <summary>What runs goes on, also where there are fewer slots now; no new run starts until there is room.</summary>
    public void Resize(int count)
    {
        lock (_lock) _slots = count;
        signals.Notify(name);
    }

    public async Task RunAsync(long bootId, CancellationToken stopping, CancellationToken shutdown)
    {
        var signal = signals.Of(name);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await FillSlotsAsync(bootId, stopping, shutdown);
                // The signal says when work arrives, a slot gets free, or the watch has found something. A run that waits for its time starts on the millisecond.
                await signal.WaitAsync(UntilNextStart(), stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                LogClaimFailed(e, name);
                await Task.Delay(LookAgain, clock, CancellationToken.None);
            }
        }
        Task[] rest;
        lock (_lock) rest = [.. _executing];
        await Task.WhenAll(rest);
    }

    private async Task FillSlotsAsync(long bootId, CancellationToken stopping, CancellationToken shutdown)
    {
        if (Room() is not { } room) return;
        foreach (var run in await queue.ClaimAsync(name, room, bootId, stopping)) Begin(run, bootId, stopping, shutdown);
    }

    private PoolRoom? Room()
    {
        lock (_lock)
        {
            var room = new PoolRoom(Math.Max(_slots - _ordinary, 0), _emergencies == 0);
            return room is { Slots: 0, EmergencyLane: false } ? null : room;
        }
    }

    private void Begin(ClaimedRun run, long bootId, CancellationToken stopping, CancellationToken shutdown)
    {
        Task task;
        lock (_lock)
        {
            if (run.InEmergencyLane) _emergencies++;
            else _ordinary++;
            task = Task.Run(() => WorkAsync(run, bootId, stopping, shutdown), CancellationToken.None);
            _executing.Add(task);
        }
        _ = task.ContinueWith(_ => End(task, run.InEmergencyLane), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    // One slot: it goes on with the next run as long as there is one, which it takes in the transaction that ends the one before.
    private async Task WorkAsync(ClaimedRun first, long bootId, CancellationToken stopping, CancellationToken shutdown)
    {
        for (ClaimedRun? run = first; run is not null;)
            run = await execution.ExecuteAsync(run, () => MayGoOn(first.InEmergencyLane, stopping), bootId, shutdown);
    }

    private bool MayGoOn(bool inEmergencyLane, CancellationToken stopping)
    {
        lock (_lock) return !stopping.IsCancellationRequested && (inEmergencyLane || _ordinary <= _slots);
    }

    private void End(Task task, bool emergencyLane)
    {
        lock (_lock)
        {
            _executing.Remove(task);
            if (emergencyLane) _emergencies--;
            else _ordinary--;
        }
        signals.Notify(name);
    }

    // What is further off the watch finds in time, and wakes us. Without a free slot nothing starts on its millisecond, and thousands may stand in line: no look at them all.
    private TimeSpan UntilNextStart()
    {
        if (Room() is not { Slots: > 0 }) return Timeout.InfiniteTimeSpan;
        var now = clock.GetUtcNow();
        var wait = RunQueue.NextNotBefore(lookout, name, now) - now;
        return wait < LookAgain ? wait.Value : Timeout.InfiniteTimeSpan;
    }

    [LoggerMessage(LogLevel.Error, "Pool {Pool} could not claim a run")]
    private partial void LogClaimFailed(Exception e, string pool);
}
