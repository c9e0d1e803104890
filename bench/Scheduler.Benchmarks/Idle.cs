using System.Globalization;

namespace Scheduler.Benchmarks;

/// <summary>What an engine costs that has nothing to do: over no schedules, and over many of which none falls due.</summary>
/// <param name="output">Gets Markdown.</param>
/// <param name="schedules">How many there are in the second row.</param>
/// <param name="seconds">How long is looked on, a row.</param>
public sealed class Idle(TextWriter output, int schedules, int seconds)
{
    /// <summary>Until what happens once at the start is over: the first pass of retention, the check of the figures, the compiler's second tier.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    public async Task RunAsync()
    {
        output.WriteLine($"""

            ### An engine with nothing to do, looked at for {seconds} s

            | schedules | % of a core | managed heap, KiB | bytes a schedule | working set, MiB | commits |
            | ---: | ---: | ---: | ---: | ---: | ---: |
            """);
        var empty = await RowAsync(0, null);
        await RowAsync(schedules, empty);
    }

    private async Task<long> RowAsync(int count, long? emptyHeap)
    {
        await using var scheduler = await BenchScheduler.CreateAsync(slots: 4);
        // Next due on the first of January.
        if (count > 0) await scheduler.AddSchedulesAsync("s", count, "0 0 1 1 *", """{ "kind": "noop" }""");
        await scheduler.StartAsync();
        await Task.Delay(WarmUp);
        GC.Collect();
        var (commits, cpu, started) = (scheduler.Commits, Environment.CpuUsage.TotalTime, TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var share = (Environment.CpuUsage.TotalTime - cpu) / TimeProvider.System.GetElapsedTime(started);
        commits = scheduler.Commits - commits;
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        var each = emptyHeap is { } before ? ((double)(heap - before) / count).ToString("0.0", CultureInfo.InvariantCulture) : "-";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {count:N0} | {share * 100:0.000} | {heap / 1024:N0} | {each} | {Environment.WorkingSet >> 20} | {commits} |"));
        return heap;
    }
}
