using Microsoft.Extensions.Logging;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Workers;

/// <summary>What a pool does now.</summary>
public sealed record PoolActivity(string Name, int Slots, int Active);

/// <summary>All pools of this process.</summary>
internal sealed class WorkerPools
{
    private readonly List<WorkerPool> _pools;

    public WorkerPools(SchedulerOptions options, RunQueue queue, RunSignals signals, RunExecution execution, Database database, TimeProvider clock, ILoggerFactory logs) =>
        _pools = options.Pools.OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => new WorkerPool(p.Key, p.Value, queue, signals, execution, database, clock, logs.CreateLogger<WorkerPool>())).ToList();

    public IReadOnlyList<PoolActivity> Activity => _pools.Select(p => p.Activity).ToList();

    /// <summary>Gives the pools these slots, by name, from the next claim on.</summary>
    public void Resize(IReadOnlyDictionary<string, int> slots)
    {
        foreach (var pool in _pools)
            if (slots.TryGetValue(pool.Activity.Name, out var count)) pool.Resize(count);
    }

    /// <summary>Claims and executes until <paramref name="stopping"/>; then waits for what runs, which <paramref name="shutdown"/> cuts short.</summary>
    public Task RunAsync(long bootId, CancellationToken stopping, CancellationToken shutdown) =>
        Task.WhenAll(_pools.Select(p => p.RunAsync(bootId, stopping, shutdown)));
}

/// <summary>A bounded set of slots. A free slot claims the most urgent waiting run, durably, then executes it. One lane more is for emergencies alone.</summary>
internal sealed partial class WorkerPool(
    string name, int slots, RunQueue queue, RunSignals signals, RunExecution execution, Database database, TimeProvider clock, ILogger<WorkerPool> log)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

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
                // The signal says when work arrives or a slot gets free; the look in between is for retries that fall due and for other processes' writes.
                await signal.WaitAsync(TimeUntilNextLook(), stopping);
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

    private TimeSpan TimeUntilNextLook()
    {
        using var db = database.Read();
        var now = clock.GetUtcNow();
        var wait = RunQueue.NextRetryAt(db, name, now) - now;
        return wait < LookAgain ? wait.Value : LookAgain;
    }

    [LoggerMessage(LogLevel.Error, "Pool {Pool} could not claim a run")]
    private partial void LogClaimFailed(Exception e, string pool);
}
