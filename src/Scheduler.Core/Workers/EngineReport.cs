using Scheduler.Core.Dispatching;
using Scheduler.Core.Runs;

namespace Scheduler.Core.Workers;

/// <summary>A pool with what runs and what waits in it.</summary>
public sealed record PoolStatus(string Name, int Slots, int Active, int Queued);

/// <summary>What the engine of this process does, for the status page, health and metrics.</summary>
public sealed class EngineReport
{
    private readonly EngineState _state;
    private readonly WorkerPools _pools;
    private readonly DueTimeDispatcher _dispatcher;
    private readonly RunQueries _runs;

    internal EngineReport(EngineState state, WorkerPools pools, DueTimeDispatcher dispatcher, RunQueries runs) =>
        (_state, _pools, _dispatcher, _runs) = (state, pools, dispatcher, runs);

    public EngineStatus Status => _state.Status;

    /// <summary>Why it does not run; empty while it does.</summary>
    public string Reason => _state.Reason;

    /// <summary>How late the last due occurrence was recorded.</summary>
    public TimeSpan Lag => _dispatcher.LastLag;

    public async Task<IReadOnlyList<PoolStatus>> PoolsAsync(CancellationToken ct)
    {
        var queued = await _runs.QueuedByPoolAsync(ct);
        return _pools.Activity.Select(p => new PoolStatus(p.Name, p.Slots, p.Active, queued.GetValueOrDefault(p.Name))).ToList();
    }
}
