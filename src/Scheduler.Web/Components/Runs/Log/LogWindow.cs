using Scheduler.Core.Runs;

namespace Scheduler.Web.Components.Runs.Log;

/// <summary>
/// The part of a log that a page shows: some hundred lines, whatever the log's size. It grows at its end with the log, is widened
/// at either end on request, and gives up lines at the far end for that. One reader at a time.
/// </summary>
internal sealed class LogWindow(RunLog log, long runId)
{
    public const int MostLines = 1500;
    public const int Step = 500;
    private const int ChunkLines = 100;
    private const int MostBytes = 384 * 1024;

    /// <summary>Counting lines to find a number may read so much when a person asks…</summary>
    private const long PatientBudget = 64L * 1024 * 1024;

    /// <summary>…and so much while a log rushes by.</summary>
    private const long LiveBudget = 4 * 1024 * 1024;

    private readonly LogReader _reader = new(log, runId);
    private readonly LinkedList<LogChunk> _chunks = new();
    private (long Position, long Number) _counted = (0, 1);
    private (long Position, long? Lines) _news = (0, 0);

    /// <summary>In order; no chunk is ever changed, a grown one is another.</summary>
    public IReadOnlyCollection<LogChunk> Chunks => _chunks;

    /// <summary>Nobody writes any more: a last line without a line break counts.</summary>
    public bool Ended { get; set; }
    public bool IsEmpty => _chunks.Count == 0;
    public long Start => _chunks.First?.Value.Start ?? 0;
    public long End => _chunks.Last?.Value.End ?? 0;
    public bool HasEarlier => !IsEmpty && _reader.HasBefore(Start);
    public bool HasLater => _reader.Length > End;
    public long Length => _reader.Length;
    public long LeftOut => _reader.LeftOut;

    /// <summary>Lines that came since the window stopped following; null when there are more than it is worth counting.</summary>
    public long? News => _news.Lines;

    /// <summary>Shows the newest lines.</summary>
    public void ToEnd(bool live = false)
    {
        var end = _reader.Length;
        Reset();
        // The end may lie inside a line that is just being written: reading forward from the last whole line settles that.
        Widen(end, Step);
        Extend(Step);
        Number(live ? LiveBudget : PatientBudget);
        LookFromHere();
    }

    /// <summary>Shows the lines around one that begins at a position.</summary>
    public void Around(long position)
    {
        Reset();
        Widen(position, Step / 2);
        if (IsEmpty) Read(position, Step);
        Extend(Step);
        Number(PatientBudget);
        LookFromHere();
    }

    /// <summary>Shows the lines around one of this number; false where it can't be counted that far.</summary>
    public bool AroundLine(long number)
    {
        if (_reader.PositionOf(number) is not { } position) return false;
        Around(position);
        return true;
    }

    public void ToStart()
    {
        Reset();
        Read(0, Step);
        Number(PatientBudget);
        LookFromHere();
    }

    public void Earlier()
    {
        if (IsEmpty) return;
        Widen(Start, Step);
        while (IsTooLarge && _chunks.Count > 1) _chunks.RemoveLast();
        Number(PatientBudget);
        LookFromHere();
    }

    public void Later()
    {
        Extend(Step);
        TrimStart();
        LookFromHere();
    }

    /// <summary>Takes in what was written since, and gives up as much at the start. What came faster than anybody reads is passed over.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Grow()
    {
        var end = End;
        if (_reader.Length <= end && !IsEmpty) return false;
        if (_reader.Length - end > MostBytes) ToEnd(live: true);
        else
        {
            Extend(MostLines);
            TrimStart();
        }
        if (_chunks.First?.Value.Lines[0].Number is null) Number(LiveBudget);
        LookFromHere();
        return End != end;
    }

    /// <summary>Numbers lines that rushed by too fast for it.</summary>
    public void CountUp() => Number(PatientBudget);

    /// <summary>Counts what was written since without taking it in.</summary>
    public void LookAhead()
    {
        var end = _reader.Length;
        if (_news.Lines is not { } known || end <= _news.Position) return;
        _news = (end, known + _reader.Count(_news.Position, end, LiveBudget));
    }

    private bool IsTooLarge => _chunks.Sum(c => c.Lines.Count) > MostLines || _chunks.Sum(c => c.End - c.Start) > MostBytes;

    private void Reset() => _chunks.Clear();

    private void LookFromHere()
    {
        _news = (End, 0);
        LookAhead();
    }

    private void TrimStart()
    {
        while (IsTooLarge && _chunks.Count > 1) _chunks.RemoveFirst();
    }

    /// <summary>Adds lines before a position.</summary>
    private void Widen(long before, int lines)
    {
        for (var added = 0; added < lines;)
        {
            var read = _reader.Backward(before);
            if (read.Lines.Count == 0) return;
            var take = read.Lines.TakeLast(lines - added).ToList();
            var all = take.Count == read.Lines.Count;
            foreach (var part in take.Chunk(ChunkLines).Reverse())
            {
                var first = all && part[0].Position == read.Lines[0].Position;
                _chunks.AddFirst(ChunkOf(part, null, first ? read.LeftOut : 0));
            }
            added += take.Count;
            before = take[0].Position;
            // Beyond a gap lies another stretch; a page shows the gap before it goes there.
            if (read.LeftOut > 0 && all) return;
        }
    }

    /// <summary>Adds lines after the window's end.</summary>
    private void Extend(int lines)
    {
        for (var added = 0; added < lines;)
        {
            var count = Read(End, lines - added);
            if (count == 0) return;
            added += count;
        }
    }

    private int Read(long from, int most)
    {
        var read = _reader.Forward(from, Ended);
        if (read.Lines.Count == 0) return 0;
        if (read.Lines.Count > most) read = read with { Lines = read.Lines.Take(most).ToList() };
        var number = read.LeftOut > 0 ? null : NumberAfterEnd(from);
        var at = 0;
        // Fill up the last chunk first: its successor is a new one, all others stay as they are on the screen.
        if (read.LeftOut == 0 && _chunks.Last is { Value: var last } && last.Lines.Count < ChunkLines)
        {
            at = Math.Min(ChunkLines - last.Lines.Count, read.Lines.Count);
            var more = read.Lines.Take(at).ToList();
            _chunks.Last!.Value = last with { Lines = [.. last.Lines, .. LinesOf(more, number)], End = more[^1].End };
            number += at;
        }
        foreach (var part in read.Lines.Skip(at).Chunk(ChunkLines))
        {
            _chunks.AddLast(ChunkOf(part, number, part[0].Position == read.Lines[0].Position ? read.LeftOut : 0));
            number += part.Length;
        }
        return read.Lines.Count;
    }

    private long? NumberAfterEnd(long from) => from == 0 ? 1 : _chunks.Last?.Value.Lines[^1].Number + 1;

    /// <summary>Numbers lines that were read without knowing where they stand, as far as they can be counted from the beginning.</summary>
    private void Number(long budget)
    {
        if (IsEmpty) return;
        var start = Start;
        var (from, number) = _counted.Position <= start ? _counted : (0, 1);
        if (_reader.Count(from, start, budget) is not { } breaks) return;
        long? next = number + breaks;
        _counted = (start, next.Value);
        for (var node = _chunks.First; node is not null; node = node.Next)
        {
            if (node.Value.LeftOutBefore > 0 && node.Value.Start != start) next = null;
            var first = next;
            if (node.Value.Lines[0].Number != first)
                node.Value = node.Value with { Lines = node.Value.Lines.Select((l, i) => l with { Number = first + i }).ToList() };
            next += node.Value.Lines.Count;
        }
    }

    private static LogChunk ChunkOf(IReadOnlyList<RawLine> lines, long? number, long leftOut) => new(LinesOf(lines, number), lines[^1].End, leftOut);

    private static List<LogLine> LinesOf(IReadOnlyList<RawLine> lines, long? number) =>
        lines.Select((line, i) => LogLine.Read(line.Position, number + i, line.Bytes.Span)).ToList();
}
