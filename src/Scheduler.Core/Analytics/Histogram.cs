namespace Scheduler.Core.Analytics;

/// <summary>
/// Counts of lengths of time in buckets that grow by 9 %: a percentile read from it is off by at most 4.5 %, and exact below 23 ms.
/// Bounds are whole milliseconds, so every machine files a length in the same bucket. Not thread-safe.
/// </summary>
internal sealed class Histogram
{
    private static readonly long[] Lows = BuildLows();

    // Rising by bucket; a chart adds up hundreds of these.
    private (int Bucket, long Count)[] _counts = [];
    private int _used;

    public long Total { get; private set; }

    public void Add(long milliseconds) => Add(BucketOf(milliseconds), 1);

    public void Add(Histogram other)
    {
        var mine = Counts;
        var theirs = other.Counts;
        var both = new (int, long)[mine.Length + theirs.Length];
        var used = 0;
        for (int i = 0, j = 0; i < mine.Length || j < theirs.Length;)
        {
            if (j == theirs.Length || (i < mine.Length && mine[i].Bucket < theirs[j].Bucket)) both[used++] = mine[i++];
            else if (i == mine.Length || theirs[j].Bucket < mine[i].Bucket) both[used++] = theirs[j++];
            else both[used++] = (mine[i].Bucket, mine[i++].Count + theirs[j++].Count);
        }
        (_counts, _used, Total) = (both, used, Total + other.Total);
    }

    /// <summary>The length that this share of all does not exceed, by nearest rank; null where nothing was counted.</summary>
    /// <param name="share">0 to 1.</param>
    public long? At(double share)
    {
        if (Total == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * Total));
        foreach (var (bucket, count) in Counts)
            if ((rank -= count) <= 0) return MiddleOf(bucket);
        throw new InvalidOperationException("The counts do not add up to the total.");
    }

    /// <summary>How many were at most so long; those in the bucket of the limit itself count where its middle does.</summary>
    public long AtMost(long milliseconds)
    {
        var sum = 0L;
        foreach (var (bucket, count) in Counts)
            if (MiddleOf(bucket) <= milliseconds) sum += count;
        return sum;
    }

    public bool SameAs(Histogram other) => Counts.SequenceEqual(other.Counts);

    /// <summary>Pairs of numbers, low bits first, seven a byte: how many buckets further on, how many there.</summary>
    public byte[] Pack()
    {
        var bytes = new List<byte>(_used * 3);
        var last = 0;
        foreach (var (bucket, count) in Counts)
        {
            Write(bytes, bucket - last);
            Write(bytes, count);
            last = bucket;
        }
        return [.. bytes];
    }

    /// <summary>What cannot be read is left out: a damaged row must not keep runs from ending. The check of the database finds it.</summary>
    public static Histogram Unpack(ReadOnlySpan<byte> bytes)
    {
        var histogram = new Histogram();
        long bucket = 0;
        while (TryRead(ref bytes, out var further) && TryRead(ref bytes, out var count))
        {
            bucket += further;
            if (bucket < 0 || bucket >= Lows.Length || count <= 0) break;
            histogram.Add((int)bucket, count);
        }
        return histogram;
    }

    private ReadOnlySpan<(int Bucket, long Count)> Counts => _counts.AsSpan(0, _used);

    private void Add(int bucket, long count)
    {
        Total += count;
        // From the end: what is unpacked comes in order.
        var at = _used;
        while (at > 0 && _counts[at - 1].Bucket > bucket) at--;
        if (at > 0 && _counts[at - 1].Bucket == bucket)
        {
            _counts[at - 1].Count += count;
            return;
        }
        if (_used == _counts.Length) Array.Resize(ref _counts, Math.Max(4, 2 * _used));
        Array.Copy(_counts, at, _counts, at + 1, _used - at);
        _counts[at] = (bucket, count);
        _used++;
    }

    private static int BucketOf(long milliseconds)
    {
        var found = Array.BinarySearch(Lows, Math.Max(0, milliseconds));
        return found >= 0 ? found : ~found - 1;
    }

    private static long MiddleOf(int bucket) => bucket + 1 < Lows.Length ? (Lows[bucket] + Lows[bucket + 1] - 1) / 2 : Lows[bucket];

    // 0, 1, 2, … 22, 23, 25, …: each bucket holds lengths from its own low up to the next one's. The last begins after ten years.
    private static long[] BuildLows()
    {
        var lows = new List<long>();
        for (long low = 0; low < 10L * 366 * 24 * 3600 * 1000; low += Math.Max(1, low * 9 / 100)) lows.Add(low);
        return [.. lows];
    }

    private static void Write(List<byte> bytes, long number)
    {
        for (; number > 127; number >>= 7) bytes.Add((byte)(number | 128));
        bytes.Add((byte)number);
    }

    private static bool TryRead(ref ReadOnlySpan<byte> bytes, out long number)
    {
        number = 0;
        for (var i = 0; i < Math.Min(bytes.Length, 9); i++)
        {
            number |= (long)(bytes[i] & 127) << (7 * i);
            if (bytes[i] > 127) continue;
            bytes = bytes[(i + 1)..];
            return true;
        }
        return false;
    }
}
