using System.Collections.Concurrent;

namespace Scheduler.Core.Live;

/// <summary>What has changed, by id; whoever watches reads the rest from the queries.</summary>
public abstract record LiveChange
{
    /// <summary>A run was queued, started, made progress or ended.</summary>
    public sealed record RunChanged(long RunId, string ScheduleName) : LiveChange;

    /// <summary>A run's log grew.</summary>
    public sealed record LogGrew(long RunId) : LiveChange;

    /// <summary>A schedule was made, changed, paused, resumed or deleted, or its next run moved.</summary>
    public sealed record ScheduleChanged(string ScheduleName) : LiveChange;

    /// <summary>A backfill was launched or changed, or one of its slots moved on.</summary>
    public sealed record BackfillChanged(long BackfillId) : LiveChange;

    /// <summary>An event was accepted, with what came of it.</summary>
    public sealed record EventAccepted(long EventId) : LiveChange;

    /// <summary>A webhook was made, changed or deleted, or refused something.</summary>
    public sealed record WebhooksChanged : LiveChange;

    /// <summary>The engine started, stopped or stands by.</summary>
    public sealed record EngineChanged : LiveChange;

    /// <summary>The disk became full or the database locked, or that is over.</summary>
    public sealed record StorageChanged : LiveChange;

    /// <summary>The self-check has come to a result.</summary>
    public sealed record SelfChecked : LiveChange;

    /// <summary>The watcher was too slow and changes were dropped: read everything again.</summary>
    public sealed record Everything : LiveChange;
}

/// <summary>
/// Fans out what was committed to whoever watches. Publishing never waits: a slow watcher's changes are conflated
/// (the same change counts once until it is taken), and past a bound it is told to read everything again.
/// </summary>
public sealed class LiveFeed
{
    private readonly ConcurrentDictionary<LiveWatch, byte> _watches = new();

    public int Watchers => _watches.Count;

    /// <summary>Starts to watch; the caller disposes the watch.</summary>
    /// <param name="wants">Which changes matter; null: all. Called on the publisher's thread, so it must be quick.</param>
    public LiveWatch Watch(Predicate<LiveChange>? wants = null)
    {
        var watch = new LiveWatch(wants, gone => _watches.TryRemove(gone, out _));
        _watches[watch] = 0;
        return watch;
    }

    public void Publish(LiveChange change)
    {
        foreach (var (watch, _) in _watches) watch.Offer(change);
    }
}

/// <summary>One watcher's view of the feed. One reader at a time.</summary>
public sealed class LiveWatch : IDisposable
{
    private const int MostKept = 1000;

    private readonly Lock _lock = new();
    private readonly Predicate<LiveChange>? _wants;
    private readonly Action<LiveWatch> _gone;
    private readonly SemaphoreSlim _signal = new(0, 1); // not disposed: a publisher may be about to release it, and it holds no handle
    private HashSet<LiveChange> _waiting = [];
    private bool _overflowed;

    internal LiveWatch(Predicate<LiveChange>? wants, Action<LiveWatch> gone)
    {
        _wants = wants;
        _gone = gone;
    }

    /// <summary>Waits for at least one change and takes all that wait, each once, in no particular order.</summary>
    public async Task<IReadOnlyCollection<LiveChange>> TakeAsync(CancellationToken ct)
    {
        while (true)
        {
            await _signal.WaitAsync(ct);
            lock (_lock)
            {
                if (_overflowed)
                {
                    _overflowed = false;
                    _waiting.Clear();
                    return [new LiveChange.Everything()];
                }
                if (_waiting.Count == 0) continue;
                var taken = _waiting;
                _waiting = [];
                return taken;
            }
        }
    }

    internal void Offer(LiveChange change)
    {
        if (_wants is not null && !_wants(change)) return;
        lock (_lock)
        {
            if (_overflowed) return;
            if (_waiting.Count >= MostKept) _overflowed = true;
            else if (!_waiting.Add(change)) return;
            if (_signal.CurrentCount == 0) _signal.Release();
        }
    }

    /// <summary>Ends the watch. A reader that still waits is to be stopped by its token.</summary>
    public void Dispose() => _gone(this);
}
