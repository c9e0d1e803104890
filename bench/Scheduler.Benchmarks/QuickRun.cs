using System.Diagnostics;

namespace Scheduler.Benchmarks;

/// <summary>Ratios in some seconds: both engines in one process, by turns (A B A B), so that whatever else the machine does touches both.</summary>
/// <remarks>A row is the middle of the turns' ratios. Prints Markdown.</remarks>
public sealed class QuickRun(TextWriter output)
{
    private const string Parsing = "Parse";

    private const int Turns = 21;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3), Turn = TimeSpan.FromMilliseconds(1.5);

    private readonly record struct Cost(double Ours, double Quartz, double Ratio, double OurBytes, double QuartzBytes);

    private sealed record Contest(string Heading, CronCase Cron, Func<long> Ours, Func<long> Quartz, int Operations);

    /// <summary>Measures everything, or only what has this in its heading ("parse", "utc", "new_york").</summary>
    /// <returns>Whether this project's engine was faster in every row and allocated nothing while searching.</returns>
    public bool Run(string only = "")
    {
        var contests = Contests();
        Warm(contests);
        contests.RemoveAll(contest => !contest.Heading.Contains(only, StringComparison.OrdinalIgnoreCase));
        var rows = contests.ConvertAll(contest => (Contest: contest, Cost: Measure(contest)));
        foreach (var group in rows.GroupBy(row => row.Contest.Heading)) Print(group.Key, [.. group]);
        return rows.TrueForAll(row => row.Cost.Ratio < 1 && (row.Cost.OurBytes < 1 || row.Contest.Heading == Parsing));
    }

    private static List<Contest> Contests()
    {
        var contests = new List<Contest>();
        foreach (var zone in Zone.All)
        {
            foreach (var cron in CronCase.All)
            {
                var next = new NextBenchmarks { Zone = zone, Cron = cron };
                next.SetUp();
                contests.Add(new($"Next, {zone}", cron, next.Ours, next.Quartz, Sample.Count));
            }
        }
        const int Parses = 256;
        foreach (var cron in CronCase.All)
        {
            contests.Add(new(Parsing, cron, () => Repeat(cron, Parses, static c => c.Parse()), () => Repeat(cron, Parses, static c => c.ParseQuartz()), Parses));
        }
        return contests;
    }

    private static long Repeat(CronCase cron, int times, Func<CronCase, object> parse)
    {
        var sum = 0L;
        for (var i = 0; i < times; i++) sum += parse(cron) is null ? 0 : 1;
        return sum;
    }

    /// <summary>All contests by turns, so that the just-in-time compiler sees the whole mix before it settles.</summary>
    private static void Warm(List<Contest> contests)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < WarmUp;)
        {
            foreach (var contest in contests)
            {
                contest.Ours();
                contest.Quartz();
            }
        }
    }

    private static Cost Measure(Contest contest)
    {
        int ours = Repeats(contest.Ours), quartz = Repeats(contest.Quartz);
        var turns = new (double Ours, double Quartz)[Turns];
        for (var i = 0; i < Turns; i++)
            turns[i] = (Time(contest.Ours, ours) / contest.Operations, Time(contest.Quartz, quartz) / contest.Operations);
        return new(
            Middle(turns.Select(turn => turn.Ours)),
            Middle(turns.Select(turn => turn.Quartz)),
            Middle(turns.Select(turn => turn.Ours / turn.Quartz)),
            Bytes(contest.Ours) / contest.Operations,
            Bytes(contest.Quartz) / contest.Operations);
    }

    private static int Repeats(Func<long> pass) => (int)Math.Clamp(Turn.TotalNanoseconds / Time(pass, 1), 1, 10_000);

    /// <summary>Nanoseconds a pass.</summary>
    private static double Time(Func<long> pass, int repeats)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeats; i++) pass();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / repeats;
    }

    private static double Bytes(Func<long> pass)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        pass();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private void Print(string title, List<(Contest Contest, Cost Cost)> rows)
    {
        output.WriteLine($"""

            ### {title}

            | expression | ratio | ours, ns | Quartz, ns | ours, B | Quartz, B |
            | --- | ---: | ---: | ---: | ---: | ---: |
            """);
        foreach (var (contest, cost) in rows) Row($"`{contest.Cron}`", cost);
        double Mean(Func<Cost, double> of) => Math.Exp(rows.Average(row => Math.Log(of(row.Cost))));
        Row("**geometric mean** (bytes: mean)", new(
            Mean(cost => cost.Ours), Mean(cost => cost.Quartz), Mean(cost => cost.Ratio),
            rows.Average(row => row.Cost.OurBytes), rows.Average(row => row.Cost.QuartzBytes)));
    }

    private void Row(string name, Cost cost) => output.WriteLine(FormattableString.Invariant(
        $"| {name} | {cost.Ratio:0.00} | {cost.Ours:0.0} | {cost.Quartz:0.0} | {cost.OurBytes:0} | {cost.QuartzBytes:0} |"));
}
