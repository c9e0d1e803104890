using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Access;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>
/// A real server with a run a second and the self-check, for half a minute; <c>SCHEDULER_SOAK_MINUTES=4320</c> makes it three days.
/// From an hour on the slope of its memory is held to its mark as well: below, the warm-up is all there is to see.
/// </summary>
[Collection(ProgramTests.Name)]
public sealed class SoakTests(ITestOutputHelper output) : IDisposable
{
    private const double Mebibyte = 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task ARunASecond_LeaksNoHandles_AndKeepsTheWalShort()
    {
        Skip.If(!OperatingSystem.IsLinux(), "Reads /proc.");
        var length = TimeSpan.FromMinutes(Drill.Setting("SCHEDULER_SOAK_MINUTES", 0.5));
        using var server = await DrillServer.PrepareAsync(_folder.Path);
        server.Program.Settings["SCHEDULER_SELFCHECK"] = length > TimeSpan.FromMinutes(5) ? "1m" : "10s";
        await server.StartAsync();
        await server.SaveAsync("second", "1s", """{ "lines": 3 }""", "\"missedRuns\": \"All\"");

        var samples = await SampleAsync(server, length);
        var runs = server.Ask("SELECT succeeded FROM schedules WHERE name = 'second'");
        var steady = samples.Where(s => s.Hours > samples[^1].Hours / 3).ToList();
        var (rss, heap) = (Slope(steady, s => s.Resident), Slope(steady, s => s.Heap));
        var last = samples[^1];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {length.TotalMinutes:0.#} min, {runs} runs, {Figures.Machine}.
            RSS {samples[0].Resident:0} MiB at the start, {steady[0].Resident:0} after the warm-up, {last.Resident:0} at the end: {rss:+0.0;-0.0} MiB/h; managed heap {steady[0].Heap:0} to {last.Heap:0} MiB: {heap:+0.0;-0.0} MiB/h.
            Handles {steady[0].Handles} to {last.Handles}, {steady.Max(s => s.Handles)} at most; threads {steady[0].Threads} to {last.Threads}; WAL {samples.Max(s => s.Wal):0.0} MiB at most.
            """));
        if (Environment.GetEnvironmentVariable("SCHEDULER_SOAK_KEEP") is { Length: > 0 } keep) await File.WriteAllLinesAsync(keep, samples.Select(s => FormattableString.Invariant($"{s.Hours:0.0000}\t{s.Resident:0.0}\t{s.Heap:0.0}\t{s.Handles}\t{s.Threads}\t{s.Wal:0.0}")));

        Assert.False(server.Process.HasExited);
        // Others use the machine that tests run on; one at a time, and none beside another.
        Assert.InRange(runs, length.TotalSeconds * 0.5, length.TotalSeconds + 10);
        var (middle, end) = (Middle(steady[..(steady.Count / 2)]), Middle(steady[(steady.Count / 2)..]));
        Assert.True(end <= middle + 3, $"Handles grow: {middle} in the middle, {end} at the end.");
        Assert.True(samples.Max(s => s.Wal) <= 64, $"The WAL grew to {samples.Max(s => s.Wal):0.0} MiB.");
        if (length >= TimeSpan.FromHours(1)) Assert.True(rss <= 1, $"RSS grows by {rss:0.0} MiB an hour.");
    }

    [SkippableFact]
    public async Task ThousandsOfRuns_LeaveNothingOnTheHeap()
    {
        Drill.OnlyWhenAsked();
        await using var server = await WebServer.StartAsync();
        var services = server.Services;
        var ana = new Actor(WebServer.Admin, Role.Administrator, "test");
        var manifest = JsonElement.Parse("""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "s" }, "spec": { "schedule": "manual", "concurrencyPolicy": "Allow", "job": { "kind": "noop", "options": { "lines": 3 } } } }""");
        await services.GetRequiredService<ScheduleEditor>().SaveAsync(manifest, new SaveRules(), ana, CancellationToken.None);
        using var viewer = await server.SignedInAsync();
        var heaps = new List<double>();
        for (var round = 0; round < 6; round++)
        {
            // Together, so that they share commits.
            await Parallel.ForAsync(0, 1500, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, ct) => await services.GetRequiredService<RunControl>().RunNowAsync("s", new RunRequest(), ana, ct));
            for (var i = 0; i < 20; i++) await viewer.GetStringAsync(new Uri("/", UriKind.Relative));
            await Eventually.Async(async () => (await services.GetRequiredService<RunQueries>().CountAsync(new RunFilter { Statuses = [RunStatus.Queued, RunStatus.Running] }, CancellationToken.None)) == 0, seconds: 300);
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            heaps.Add(GC.GetTotalMemory(forceFullCollection: true) / Mebibyte);
        }
        output.WriteLine($"Heap after each 1,500 runs: {string.Join(", ", heaps.Select(h => h.ToString("0.00", CultureInfo.InvariantCulture)))} MiB.");
        // The first rounds fill pools and caches.
        Assert.True(heaps[^1] - heaps[2] < 1, $"4,500 runs left {heaps[^1] - heaps[2]:0.00} MiB on the heap.");
    }

    private static async Task<List<Sample>> SampleAsync(DrillServer server, TimeSpan length)
    {
        var (samples, watch) = (new List<Sample>(), Stopwatch.StartNew());
        var every = length / 60 < TimeSpan.FromSeconds(10) ? length / 60 : TimeSpan.FromSeconds(10);
        using var timer = new PeriodicTimer(every);
        while (watch.Elapsed < length && await timer.WaitForNextTickAsync())
        {
            samples.Add(new Sample(watch.Elapsed.TotalHours, server.Resident / Mebibyte, await server.MetricAsync("dotnet_gc_heap_bytes") / Mebibyte, server.OpenFiles, server.Threads, server.WalBytes / Mebibyte));
        }
        return samples;
    }

    private static double Slope(List<Sample> samples, Func<Sample, double> of) => Figures.Slope([.. samples.Select(s => (s.Hours, of(s)))]);

    // Of a saw: the middle one says more than the last.
    private static double Middle(List<Sample> samples) => Figures.Percentile(samples.Select(s => (double)s.Handles), 0.5);

    public void Dispose() => _folder.Dispose();

    /// <param name="Resident">MiB, like the heap and the WAL.</param>
    private sealed record Sample(double Hours, double Resident, double Heap, int Handles, int Threads, double Wal);
}
