using System.Collections.Concurrent;

namespace Scheduler.Core.Runs;

/// <summary>"Pool X has work, or may have": what worker pools wait on. Signals that come while nobody waits are kept as one.</summary>
internal sealed class RunSignals
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _pools = new(StringComparer.Ordinal);

    public void Notify(string pool)
    {
        var signal = Of(pool);
        lock (signal)
            if (signal.CurrentCount == 0) signal.Release();
    }

    public SemaphoreSlim Of(string pool) => _pools.GetOrAdd(pool, _ => new SemaphoreSlim(1, 1));
}
