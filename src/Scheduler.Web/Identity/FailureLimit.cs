using System.Collections.Concurrent;

namespace Scheduler.Web.Identity;

/// <summary>
/// Counts refusals by network address and says when an address has used up its share. In memory: it slows a guesser down,
/// while the lock-out of an account is on disk. Thread-safe.
/// </summary>
internal sealed class FailureLimit(TimeProvider clock, int allowed, TimeSpan window)
{
    private const int MaxAddresses = 10_000;
    private readonly ConcurrentDictionary<string, Count> _counts = new(StringComparer.Ordinal);

    /// <summary>When the address may try again, or null when it may now.</summary>
    public DateTimeOffset? BlockedUntil(string? address)
    {
        if (!_counts.TryGetValue(address ?? "", out var count)) return null;
        var until = count.Since + window;
        return count.Failures >= allowed && clock.GetUtcNow() < until ? until : null;
    }

    public void Failed(string? address)
    {
        var now = clock.GetUtcNow();
        if (_counts.Count >= MaxAddresses) Forget(now);
        _counts.AddOrUpdate(address ?? "", _ => new Count(now, 1), (_, old) => now >= old.Since + window ? new Count(now, 1) : old with { Failures = old.Failures + 1 });
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, count) in _counts)
            if (now >= count.Since + window) _counts.TryRemove(address, out _);
        // A flood from more addresses than we keep: start over rather than grow without bound.
        if (_counts.Count >= MaxAddresses) _counts.Clear();
    }

    private readonly record struct Count(DateTimeOffset Since, int Failures);
}
