using Scheduler.Core.Runs;

namespace Scheduler.Web.Components.Runs.Log;

/// <summary>A line's bytes where they lie.</summary>
internal readonly record struct RawLine(long Position, long End, ReadOnlyMemory<byte> Bytes);

/// <summary>Lines that were read in one go, and how many bytes before them are no longer kept.</summary>
internal sealed record LinesRead(long LeftOut, IReadOnlyList<RawLine> Lines);

/// <summary>Whole lines out of a log that may grow and lose its middle while it is read. Bounded: no call reads more than it is told.</summary>
internal sealed class LogReader(RunLog log, long runId)
{
    /// <summary>Holds the longest line (16 Ki characters, three bytes each, its time and stream) at least twice.</summary>
    public const int Block = 128 * 1024;

    public long Length => log.Length(runId);

    /// <summary>How many bytes are no longer kept.</summary>
    public long LeftOut => log.Kept(runId) is [_, ..] kept ? kept[^1].End - kept.Sum(s => s.End - s.Start) : 0;

    /// <summary>Whether anything is kept before a position.</summary>
    public bool HasBefore(long position) => log.Kept(runId) is [var first, ..] && first.Start < position;

    /// <summary>Lines from the start of a line on, at most a block of them and never across a gap.</summary>
    /// <param name="from">The first byte of a line, or a place where bytes have been left out since.</param>
    /// <param name="ended">Nobody writes any more: a last line without a line break counts.</param>
    public LinesRead Forward(long from, bool ended)
    {
        var slice = Read(from, Block);
        // After a gap the first line is one whose beginning is gone.
        var skip = slice.LeftOut > 0 ? slice.Bytes.AsSpan().IndexOf((byte)'\n') + 1 : 0;
        return new LinesRead(slice.LeftOut > 0 ? slice.LeftOut + skip : 0, Split(slice, skip, ended || EndsAtGap(slice.Next)));
    }

    /// <summary>The lines that end before a position, at most a block of them and never across a gap. Empty at the beginning.</summary>
    public LinesRead Backward(long before)
    {
        var kept = log.Kept(runId);
        var at = kept.Count - 1;
        while (at >= 0 && kept[at].Start >= before) at--;
        if (at < 0) return new LinesRead(0, []);
        var end = Math.Min(before, kept[at].End);
        var begin = Math.Max(kept[at].Start, end - Block);
        var slice = Read(begin, (int)(end - begin));
        if (slice.LeftOut > 0 || slice.Bytes.Length == 0) return new LinesRead(0, []);
        // The block begins in the middle of a line, unless it is where the log begins.
        var skip = begin > 0 ? slice.Bytes.AsSpan().IndexOf((byte)'\n') + 1 : 0;
        var leftOut = begin == kept[at].Start && begin > 0 ? begin - (at > 0 ? kept[at - 1].End : 0) : 0;
        var lines = Split(slice, skip, takeRest: end == kept[at].End && at < kept.Count - 1);
        // Right behind a gap nothing may be left but the rest of a cut line: go on before it.
        return lines.Count == 0 && leftOut > 0 ? Backward(begin) : new LinesRead(leftOut > 0 ? leftOut + skip : 0, lines);
    }

    /// <summary>How many line breaks lie between two positions; null where bytes are missing or there are more than the budget allows to read.</summary>
    public long? Count(long from, long to, long budget)
    {
        if (to - from > budget) return null;
        var count = 0L;
        while (from < to)
        {
            var slice = log.Read(runId, from, (int)Math.Min(Block, to - from));
            if (slice.LeftOut > 0 || slice.Bytes.Length == 0) return null;
            count += slice.Bytes.AsSpan().Count((byte)'\n');
            from = slice.Next;
        }
        return count;
    }

    /// <summary>The position of a line by its number; null where it can't be counted that far.</summary>
    public long? PositionOf(long number)
    {
        if (number <= 1) return number == 1 ? 0 : null;
        var (position, left) = (0L, number - 1);
        while (true)
        {
            var slice = log.Read(runId, position, Block);
            if (slice.LeftOut > 0 || slice.Bytes.Length == 0) return null;
            var breaks = slice.Bytes.AsSpan().Count((byte)'\n');
            if (breaks >= left)
            {
                var at = 0;
                for (; left > 0; left--) at += slice.Bytes.AsSpan(at).IndexOf((byte)'\n') + 1;
                return position + at;
            }
            left -= breaks;
            position = slice.Next;
        }
    }

    // The log lies in several files, and one reading ends where its file does.
    private LogSlice Read(long from, int most)
    {
        var slice = log.Read(runId, from, most);
        while (slice.Bytes.Length > 0 && slice.Bytes.Length < most)
        {
            var more = log.Read(runId, slice.Next, most - slice.Bytes.Length);
            if (more.LeftOut > 0 || more.Bytes.Length == 0) break;
            slice = slice with { Bytes = [.. slice.Bytes, .. more.Bytes] };
        }
        return slice;
    }

    private bool EndsAtGap(long position)
    {
        foreach (var stretch in log.Kept(runId))
            if (stretch.Start > position) return true;
            else if (stretch.End > position) return false;
        return false;
    }

    private static List<RawLine> Split(LogSlice slice, int skip, bool takeRest)
    {
        var lines = new List<RawLine>();
        for (var at = skip; at < slice.Bytes.Length;)
        {
            var length = slice.Bytes.AsSpan(at).IndexOf((byte)'\n');
            // A line without an end yet waits, unless it fills the block all by itself.
            if (length < 0 && !takeRest && (at > 0 || slice.Bytes.Length < Block)) break;
            var end = length < 0 ? slice.Bytes.Length : at + length;
            lines.Add(new RawLine(slice.Position + at, slice.Position + Math.Min(end + 1, slice.Bytes.Length), slice.Bytes.AsMemory(at, end - at)));
            at = end + 1;
        }
        return lines;
    }
}
