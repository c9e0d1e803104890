namespace Scheduler.Core.Analytics;

/// <summary>A quarter of an hour of one pool.</summary>
/// <param name="From">When it begins, in UTC.</param>
/// <param name="Starts">Runs that begin in it.</param>
/// <param name="Busy">Workers wanted on average; times 15 it is minutes of work. More than <paramref name="Slots"/> where runs wait.</param>
/// <param name="Peak">The most runs that want a worker at one time.</param>
/// <param name="Slots">Workers there are.</param>
/// <param name="Waiting">Of <paramref name="Busy"/>, those beyond the slots.</param>
/// <param name="Names">The schedules that start in it, the rarest first; at most <see cref="MostNames"/>.</param>
/// <param name="Schedules">How many start in it.</param>
public sealed record LoadCell(DateTimeOffset From, int Starts, double Busy, int Peak, int Slots, double Waiting, IReadOnlyList<string> Names, int Schedules)
{
    /// <summary>So many names are kept.</summary>
    public const int MostNames = 12;

    /// <summary>Its length.</summary>
    public static readonly TimeSpan Length = LoadSpan.Cell;

    /// <summary>More runs want a worker at one time than there are.</summary>
    public bool Collides => Peak > Slots;
}

/// <summary>A run as it would go if the pool took waiting runs in the order in which they fell due.</summary>
/// <param name="Schedule">Whose run.</param>
/// <param name="DueAt">When it wants a worker.</param>
/// <param name="Wait">How long it waits for one; null: for ever, for the pool has none.</param>
public sealed record ExpectedStart(PlannedSchedule Schedule, DateTimeOffset DueAt, TimeSpan? Wait);

/// <summary>The load of one pool over a forecast's span.</summary>
public sealed class PoolLoad
{
    private const int MinuteMs = 60_000, CellMs = 15 * MinuteMs;

    private readonly LoadSpan _span;
    private readonly PlannedRuns[] _planned;
    private readonly int[] _minutePeaks;
    private readonly bool[] _minuteStarts;

    private PoolLoad(string name, int slots, LoadSpan span, PlannedRuns[] planned, LoadCell[] cells, int[] minutePeaks, bool[] minuteStarts) =>
        (Name, Slots, _span, _planned, Cells, _minutePeaks, _minuteStarts) = (name, slots, span, planned, cells, minutePeaks, minuteStarts);

    public string Name { get; }

    /// <summary>Workers.</summary>
    public int Slots { get; }

    /// <summary>One after the other, from the forecast's begin to its end.</summary>
    public IReadOnlyList<LoadCell> Cells { get; }

    /// <summary>Minutes in the span.</summary>
    internal int Minutes => _minutePeaks.Length;

    /// <summary>The cells that begin in a stretch of time, the end not included.</summary>
    public IEnumerable<LoadCell> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var cell = Math.Max(0, _span.CellOf(from)); cell < Cells.Count && Cells[cell].From < to; cell++)
            if (Cells[cell].From >= from) yield return Cells[cell];
    }

    /// <summary>Each run that falls due in a stretch of time, the end not included, and how long it would wait. Folded schedules, which fire too often to be told apart, are left out, and priorities are not looked at.</summary>
    public IReadOnlyList<ExpectedStart> Starts(DateTimeOffset from, DateTimeOffset to)
    {
        var all = _planned.SelectMany(p => p.Runs.Select(run => (p.Schedule, run.Start, run.End))).Where(run => _span.From.AddMilliseconds(run.Start) < to).ToList();
        all.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : string.CompareOrdinal(a.Schedule.Name, b.Schedule.Name));
        var free = new PriorityQueue<int, long>(Enumerable.Range(0, Math.Min(Slots, all.Count)).Select(worker => (worker, long.MinValue)));
        var starts = new List<ExpectedStart>();
        foreach (var (schedule, start, end) in all)
        {
            long? begins = null;
            if (free.TryDequeue(out var worker, out var until))
            {
                begins = Math.Max(start, until);
                free.Enqueue(worker, begins.Value + end - start);
            }
            var due = _span.From.AddMilliseconds(start);
            if (due >= from) starts.Add(new ExpectedStart(schedule, due, begins is { } at ? TimeSpan.FromMilliseconds(at - start) : null));
        }
        return starts;
    }

    /// <summary>The schedules that are folded: they fire too often for each run to be looked at.</summary>
    public IEnumerable<PlannedSchedule> Folded => _planned.Where(p => p.FoldedStarts is not null).Select(p => p.Schedule);

    /// <summary>The minute of the span that holds an instant; outside it is below 0 or not below <see cref="Minutes"/>.</summary>
    internal int MinuteOf(DateTimeOffset at) => (int)Math.Floor((at - _span.From).TotalMinutes);

    /// <summary>For each minute the highest demand of the stretch that begins with it, as far as the span goes.</summary>
    internal int[] PeaksOver(TimeSpan stretch)
    {
        var width = (int)Math.Clamp(Math.Ceiling(stretch.TotalMinutes), 1, Minutes);
        var peaks = new int[Minutes];
        var falling = new LinkedList<int>(); // minutes of the stretch whose demand nothing later in it passes
        for (var minute = Minutes - 1; minute >= 0; minute--)
        {
            while (falling.First is { } first && _minutePeaks[first.Value] <= _minutePeaks[minute]) falling.RemoveFirst();
            falling.AddFirst(minute);
            if (falling.Last!.Value >= minute + width) falling.RemoveLast();
            peaks[minute] = _minutePeaks[falling.Last!.Value];
        }
        return peaks;
    }

    /// <summary>For each minute the number of minutes to the nearest one in which a run starts; <see cref="int.MaxValue"/> where none does. Folded schedules start all the time and don't count.</summary>
    internal int[] MinutesToNearestStart()
    {
        var distances = new int[Minutes];
        for (var (minute, last) = (0, -1); minute < Minutes; minute++)
        {
            if (_minuteStarts[minute]) last = minute;
            distances[minute] = last < 0 ? int.MaxValue : minute - last;
        }
        for (var (minute, next) = (Minutes - 1, -1); minute >= 0; minute--)
        {
            if (_minuteStarts[minute]) next = minute;
            if (next >= 0) distances[minute] = Math.Min(distances[minute], next - minute);
        }
        return distances;
    }

    internal static PoolLoad Of(string pool, int slots, LoadSpan span, PlannedRuns[] planned)
    {
        var mine = Array.FindAll(planned, p => p.Schedule.Pool == pool);
        var folded = FoldedBusy(mine, span);
        var minuteStarts = new bool[span.Cells * 15];
        var (starts, names, schedules) = Starts(mine, span, minuteStarts);
        var (minutePeaks, busy, waiting) = Sweep(mine, span, folded, slots);
        var cells = new LoadCell[span.Cells];
        for (var cell = 0; cell < cells.Length; cell++)
            cells[cell] = new LoadCell(span.StartOf(cell), starts[cell], busy[cell] / CellMs, new ArraySegment<int>(minutePeaks, cell * 15, 15).Max(), slots, waiting[cell] / CellMs, names[cell] ?? [], schedules[cell]);
        return new PoolLoad(pool, slots, span, mine, cells, minutePeaks, minuteStarts);
    }

    private static double[] FoldedBusy(PlannedRuns[] planned, LoadSpan span)
    {
        var folded = new double[span.Cells];
        foreach (var busy in planned.Select(p => p.FoldedBusy).OfType<double[]>())
            for (var cell = 0; cell < folded.Length; cell++) folded[cell] += busy[cell];
        return folded;
    }

    private static (int[] Starts, List<string>?[] Names, int[] Schedules) Starts(PlannedRuns[] planned, LoadSpan span, bool[] minutes)
    {
        var (starts, names, schedules) = (new int[span.Cells], new List<string>?[span.Cells], new int[span.Cells]);
        foreach (var runs in planned)
        {
            for (var cell = 0; cell < runs.FoldedStarts?.Length; cell++)
                if (runs.FoldedStarts[cell] > 0) Name(cell, runs.FoldedStarts[cell]);
            var last = -1;
            foreach (var (start, _) in runs.Runs)
            {
                if (start < 0) continue;
                var cell = (int)(start / CellMs);
                minutes[start / MinuteMs] = true;
                if (cell == last) starts[cell]++;
                else Name(cell, 1);
                last = cell;
            }

            void Name(int cell, int count)
            {
                starts[cell] += count;
                schedules[cell]++;
                var kept = names[cell] ??= [];
                if (kept.Count < LoadCell.MostNames) kept.Add(runs.Schedule.Name);
            }
        }
        return (starts, names, schedules);
    }

    // Every start and end in order: between two of them the demand stands still. Busy and waiting come in worker-milliseconds.
    private static (int[] MinutePeaks, double[] Busy, double[] Waiting) Sweep(PlannedRuns[] planned, LoadSpan span, double[] folded, int slots)
    {
        var end = (long)span.Cells * CellMs;
        var events = new long[2 * planned.Sum(p => p.Runs.Count)];
        var count = 0;
        foreach (var runs in planned)
        {
            foreach (var (start, stop) in runs.Runs)
            {
                // The lowest bit puts an end before a start at the same instant: the one leaves its worker to the other.
                events[count++] = Math.Max(0, start) << 1 | 1;
                events[count++] = Math.Min(end, stop) << 1;
            }
        }
        Array.Sort(events);

        var (peaks, busy, waiting) = (new int[span.Cells * 15], new double[span.Cells], new double[span.Cells]);
        for (var minute = 0; minute < peaks.Length; minute++) peaks[minute] = Rounded(minute / 15);
        var (level, from) = (0, 0L);
        foreach (var happening in events)
        {
            Stand(from, happening >> 1);
            from = happening >> 1;
            level += (happening & 1) == 1 ? 1 : -1;
        }
        Stand(from, end);
        return (peaks, busy, waiting);

        int Rounded(int cell) => (int)Math.Round(folded[cell], MidpointRounding.AwayFromZero);

        void Stand(long start, long stop)
        {
            while (start < stop)
            {
                var minute = (int)(start / MinuteMs);
                var cell = minute / 15;
                var until = Math.Min(stop, (minute + 1L) * MinuteMs);
                var lasting = until - start;
                peaks[minute] = Math.Max(peaks[minute], level + Rounded(cell));
                busy[cell] += lasting * (level + folded[cell]);
                waiting[cell] += lasting * Math.Max(0, level + folded[cell] - slots);
                start = until;
            }
        }
    }
}
