using System.Collections.Concurrent;

namespace Scheduler.Core.Runs;

/// <summary>The runs that this process executes now, by number, so that a person can stop one.</summary>
public sealed class RunningRuns
{
    private readonly ConcurrentDictionary<long, Entry> _entries = new();
    private readonly ConcurrentDictionary<long, string> _early = new();

    public int Count => _entries.Count;

    internal Entry Add(long runId)
    {
        var entry = _entries[runId] = new Entry();
        if (_early.TryRemove(runId, out var by)) entry.Cancel(by);
        return entry;
    }

    internal void Remove(long runId) => _entries.TryRemove(runId, out _);

    internal void Cancel(long runId, string by)
    {
        if (!_entries.TryGetValue(runId, out var entry))
        {
            // The worker that has just claimed it may be on its way here. (Or another process runs it, and reads the request from the file.)
            _early[runId] = by;
            if (!_entries.TryGetValue(runId, out entry)) return;
            _early.TryRemove(runId, out _);
        }
        entry.Cancel(by);
    }

    /// <summary>Tells a run to stop before that is on disk, if it runs here.</summary>
    internal void CancelAhead(long runId, string by)
    {
        if (_entries.TryGetValue(runId, out var entry)) entry.Cancel(by);
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The source holds nothing that needs disposal, and disposing it would race with a late cancel.")]
    internal sealed class Entry
    {
        private readonly CancellationTokenSource _cancel = new();
        private string? _by;

        public CancellationToken Cancelled => _cancel.Token;

        /// <summary>Who asked it to stop; null as long as nobody has.</summary>
        public string? By => Volatile.Read(ref _by);

        public void Cancel(string by)
        {
            // Callbacks of the token run on the pool: this thread may be the database writer's.
            if (Interlocked.CompareExchange(ref _by, by, null) is null) _ = _cancel.CancelAsync();
        }
    }
}
