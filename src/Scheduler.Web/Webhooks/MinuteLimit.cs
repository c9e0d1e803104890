using System.Collections.Concurrent;

namespace Scheduler.Web.Webhooks;

/// <summary>So many in a minute for each key. In memory, bounded, thread-safe.</summary>
internal sealed class MinuteLimit<TKey>(TimeProvider clock) where TKey : notnull
{
    private const int MaxKeys = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<TKey, Count> _counts = new();

    /// <summary>Counts one. Null when it fits; otherwise when the key may try again.</summary>
    public DateTimeOffset? Take(TKey key, int allowed)
    {
        var now = clock.GetUtcNow();
        if (_counts.Count >= MaxKeys) Forget(now);
        var count = _counts.AddOrUpdate(key, _ => new Count(now, 1), (_, old) => IsOver(old, now) ? new Count(now, 1) : old with { Taken = old.Taken + 1 });
        return count.Taken > allowed ? count.Since + Window : null;
    }

    // A clock that was set back ends the window too: nobody waits for a time that has been.
    private static bool IsOver(Count count, DateTimeOffset now) => now >= count.Since + Window || now < count.Since;

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, count) in _counts)
            if (IsOver(count, now)) _counts.TryRemove(key, out _);
        // A flood of more keys than we keep: start over rather than grow without bound.
        if (_counts.Count >= MaxKeys) _counts.Clear();
    }

    private readonly record struct Count(DateTimeOffset Since, int Taken);
}
