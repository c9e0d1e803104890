using System.Numerics;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Analytics;

/// <summary>What one schedule adds to its pool over the span: each run by itself, or, where it fires too often for that, its starts and workers a cell.</summary>
internal sealed class PlannedRuns
{
    // Nothing holds a worker for no time at all: two runs that start together count as two.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly List<(long Start, long End)> _runs = [];

    private PlannedRuns(PlannedSchedule schedule) => Schedule = schedule;

    public PlannedSchedule Schedule { get; }

    /// <summary>Each run in milliseconds from the span's begin, rising by start; those that began before the span have negative starts. Empty when folded.</summary>
    public IReadOnlyList<(long Start, long End)> Runs => _runs;

    /// <summary>Starts by cell; null unless folded.</summary>
    public int[]? FoldedStarts { get; private set; }

    /// <summary>Mean busy workers by cell; null unless folded.</summary>
    public double[]? FoldedBusy { get; private set; }

    /// <summary>Runs that touch the span, at most: an arithmetic bound that looks at no occurrence.</summary>
    public static double MostRuns(PlannedSchedule schedule, TimeSpan span)
    {
        span += Lasting(schedule); // those that began before it
        var starts = schedule.Timing.Trigger switch
        {
            IntervalTrigger interval => span / interval.Every + 1,
            CronTrigger(var cron) => cron.Fields is var fields
                ? (double)BitOperations.PopCount(fields.Seconds) * BitOperations.PopCount(fields.Minutes) * BitOperations.PopCount(fields.Hours) * (span.TotalDays + 1) : 0,
            OnceTrigger => 1,
            _ => 0,
        };
        return JumpsToItsEnd(schedule) ? Math.Min(starts, span / Lasting(schedule) + 2) : starts;
    }

    /// <summary>Whether it runs so often, more than once a minute, that its runs are never told apart.</summary>
    public static bool IsDense(PlannedSchedule schedule, TimeSpan span) => MostRuns(schedule, span) > (span + Lasting(schedule)) / Minute + 24 * 60 + 2;

    /// <summary>Looks at each run.</summary>
    public static PlannedRuns Each(PlannedSchedule schedule, LoadSpan span)
    {
        var planned = new PlannedRuns(schedule);
        var (timing, lasting) = (schedule.Timing, Lasting(schedule));
        var busyUntil = DateTimeOffset.MinValue;
        var at = timing.Next(span.From - lasting - TimeSpan.FromTicks(1));
        while (at < span.To)
        {
            var start = schedule.Concurrency == ConcurrencyPolicy.Queue && busyUntil > at ? busyUntil : at.Value;
            if (start >= span.To) break;
            if (schedule.Concurrency == ConcurrencyPolicy.Replace && busyUntil > start) planned.CutLastAt(span.Milliseconds(start));
            busyUntil = start + lasting;
            planned._runs.Add((span.Milliseconds(start), span.Milliseconds(busyUntil)));
            // Forbidden occurrences are jumped over, so that one that fires every second and runs for an hour costs 168 steps a week.
            at = schedule.Concurrency == ConcurrencyPolicy.Forbid ? timing.Next(busyUntil - TimeSpan.FromTicks(1)) : timing.Next(at.Value);
        }
        planned._runs.RemoveAll(run => run.End <= 0);
        return planned;
    }

    /// <summary>Counts its starts cell by cell, without looking at each, and spreads the workers they take evenly.</summary>
    public static PlannedRuns Folded(PlannedSchedule schedule, LoadSpan span)
    {
        var planned = new PlannedRuns(schedule) { FoldedStarts = new int[span.Cells], FoldedBusy = new double[span.Cells] };
        var whole = new double[span.Cells + 1]; // differences from cell to cell: runs that hold a worker through the whole cell
        var part = new double[span.Cells + 1];
        var (timing, lasting) = (schedule.Timing, Lasting(schedule) / LoadSpan.Cell);
        for (var at = timing.Next(span.From - TimeSpan.FromTicks(1)); at < span.To;)
        {
            var cell = span.CellOf(at.Value);
            var starts = StartsWithin(timing, at.Value, span.StartOf(cell + 1));
            planned.FoldedStarts[cell] = JumpsToItsEnd(schedule) ? Math.Min(starts, Math.Max(1, (int)(1 / lasting))) : starts;
            var end = (int)Math.Min(span.Cells, cell + Math.Floor(lasting));
            whole[cell] += starts;
            whole[end] -= starts;
            part[end] += starts * (lasting - Math.Floor(lasting));
            at = timing.Next(span.StartOf(cell + 1) - TimeSpan.FromTicks(1));
        }
        for (var (cell, through) = (0, 0.0); cell < span.Cells; cell++)
        {
            through += whole[cell];
            planned.FoldedBusy[cell] = schedule.Concurrency == ConcurrencyPolicy.Allow ? through + part[cell] : Math.Min(1, through + part[cell]);
        }
        return planned;
    }

    private void CutLastAt(long at) => _runs[^1] = _runs[^1] with { End = at };

    /// <summary>Whether no further run starts before the one that goes on has ended, so that the duration bounds the runs.</summary>
    private static bool JumpsToItsEnd(PlannedSchedule schedule) => schedule.Concurrency is ConcurrencyPolicy.Forbid or ConcurrencyPolicy.Queue;

    private static TimeSpan Lasting(PlannedSchedule schedule) =>
        schedule.ExpectedDuration < Shortest ? Shortest : schedule.ExpectedDuration > LoadForecast.LongestSpan ? LoadForecast.LongestSpan : schedule.ExpectedDuration;

    // The quarter of an hour in which a cron expression fires holds as many starts as its minute and second fields have bits there:
    // the hour and the day are known to match. Zones that lie at no whole quarter get the mean of the four.
    private static int StartsWithin(Timing timing, DateTimeOffset first, DateTimeOffset end)
    {
        if (timing.Trigger is IntervalTrigger interval) return 1 + (int)((end - first - TimeSpan.FromTicks(1)) / interval.Every);
        if (timing.Trigger is not CronTrigger(var cron)) return 1;
        var fields = cron.Fields;
        var quarter = timing.Zone.ToLocal(first).Minute / 15;
        var minutes = timing.Zone.OffsetAt(first).Ticks % LoadSpan.Cell.Ticks == 0
            ? BitOperations.PopCount(fields.Minutes >> 15 * quarter & 0x7FFF) : BitOperations.PopCount(fields.Minutes) / 4;
        return Math.Max(1, minutes * BitOperations.PopCount(fields.Seconds));
    }
}

/// <summary>A stretch of time in cells of a quarter of an hour, aligned to whole quarters of UTC.</summary>
/// <param name="From">The first instant.</param>
/// <param name="To">The first instant after it.</param>
internal sealed record LoadSpan(DateTimeOffset From, DateTimeOffset To)
{
    public static readonly TimeSpan Cell = TimeSpan.FromMinutes(15);

    public int Cells { get; } = (int)((To - From) / Cell);

    public TimeSpan Length => To - From;

    /// <summary>The smallest span of whole cells that holds both.</summary>
    public static LoadSpan Around(DateTimeOffset from, DateTimeOffset to) => new(
        new(from.UtcTicks / Cell.Ticks * Cell.Ticks, TimeSpan.Zero), new((to.UtcTicks + Cell.Ticks - 1) / Cell.Ticks * Cell.Ticks, TimeSpan.Zero));

    public int CellOf(DateTimeOffset at) => (int)((at - From).Ticks / Cell.Ticks);

    public DateTimeOffset StartOf(int cell) => From + cell * Cell;

    public long Milliseconds(DateTimeOffset at) => (long)Math.Floor((at - From).TotalMilliseconds);
}
