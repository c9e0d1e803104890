namespace Scheduler.Core.Impact;

/// <summary>A run that will want a slot.</summary>
internal readonly record struct ComingRun(string Schedule, DateTimeOffset DueAt, TimeSpan Lasting);

/// <summary>
/// Plays a pool through: coming runs take free slots in the order in which they fall due, and a batch of equal runs takes what they leave,
/// so many at once at most. A run of the batch that has begun is not interrupted for anybody. Pure.
/// </summary>
internal static class StartDelays
{
    /// <summary>When each coming run starts; null where the pool has no slot.</summary>
    /// <param name="coming">By due time.</param>
    /// <param name="slots">Of the pool.</param>
    /// <param name="from">When the batch begins.</param>
    /// <param name="count">Runs of the batch.</param>
    /// <param name="parallel">The most of them at once.</param>
    /// <param name="each">How long each of them lasts.</param>
    public static DateTimeOffset?[] Of(IReadOnlyList<ComingRun> coming, int slots, DateTimeOffset from, int count, int parallel, TimeSpan each)
    {
        var starts = new DateTimeOffset?[coming.Count];
        if (slots <= 0) return starts;
        if (each < TimeSpan.FromMilliseconds(1)) each = TimeSpan.FromMilliseconds(1);
        var ends = new PriorityQueue<bool, DateTimeOffset>(); // whether the one that ends is of the batch
        var (now, free, going, next) = (from, slots, 0, 0);
        while (next < coming.Count)
        {
            while (ends.TryPeek(out _, out var end) && end <= now)
            {
                free++;
                if (ends.Dequeue()) going--;
            }
            for (; next < coming.Count && coming[next].DueAt <= now && free > 0; next++, free--)
            {
                starts[next] = now;
                ends.Enqueue(false, now + coming[next].Lasting);
            }
            for (; count > 0 && going < parallel && free > 0; count--, going++, free--) ends.Enqueue(true, now + each);
            if (next == coming.Count) break;
            var due = coming[next].DueAt;
            now = ends.TryPeek(out _, out var first) && (due <= now || first < due) ? first : due;
        }
        return starts;
    }
}
