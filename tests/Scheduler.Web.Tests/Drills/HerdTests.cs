using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>Ten thousand schedules fall due in one second while people look at pages.</summary>
[Collection(ProgramTests.Name)]
public sealed class HerdTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Pages = ["/", "/runs", "/schedules", "/queue", "/health/live"];

    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task TenThousandDueAtOnce_PagesAnswer_AndAllAreStarted()
    {
        Drill.OnlyWhenAsked();
        var herd = (int)Drill.Setting("SCHEDULER_HERD", 10_000);
        using var server = await DrillServer.StartWithPagesAsync(_folder.Path);
        // Far enough ahead that all of them are there by then; a slow machine fails here, and not for the herd's sake.
        var due = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + herd / 40 + 20);
        var at = FormattableString.Invariant($"at({due.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss})");
        await Parallel.ForAsync(0, herd, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await server.SaveAsync($"herd-{i:D5}", at, "{}", $"\"priority\": {i % 3}"));
        using var person = await server.SignedInAsync();
        var calm = new ConcurrentQueue<(string Page, double Took)>();
        for (var i = 0; i < 5; i++) await LookAsync(person, calm);
        calm.Clear();
        for (var i = 0; i < 10; i++) await LookAsync(person, calm);
        Assert.True(DateTimeOffset.UtcNow < due, "The schedules were not made in time; fewer of them: SCHEDULER_HERD.");
        await Eventually.Async(() => Task.FromResult(DateTimeOffset.UtcNow >= due), seconds: 600);

        var busy = new ConcurrentQueue<(string Page, double Took)>();
        var (recorded, queue) = (TimeSpan.Zero, 0.0);
        while (server.Ask("SELECT count(*) FROM runs WHERE trigger_type = 0 AND status IN (0, 1, 2)") > 0 || recorded == TimeSpan.Zero)
        {
            await Task.WhenAll(LookAsync(person, busy), LookAsync(person, busy));
            queue = Math.Max(queue, await server.MetricAsync("dotnet_threadpool_queue_length"));
            if (recorded == TimeSpan.Zero && server.Ask("SELECT count(*) FROM runs WHERE trigger_type = 0") >= herd) recorded = TimeSpan.FromMilliseconds(server.Ask("SELECT max(queued_at) FROM runs WHERE trigger_type = 0") - due.ToUnixTimeMilliseconds());
            Assert.True(DateTimeOffset.UtcNow < due.AddMinutes(5), "The herd is not over after five minutes.");
        }
        var last = TimeSpan.FromMilliseconds(server.Ask("SELECT max(started_at) FROM runs WHERE trigger_type = 0") - due.ToUnixTimeMilliseconds());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {herd} due at once: all recorded after {recorded.TotalSeconds:0.0} s, the last started after {last.TotalSeconds:0.0} s; the pool of threads had {queue:0} waiting at most; {Figures.Machine}.
            Calm: {Figures.Spread([.. calm.Select(c => c.Took)])}.
            Herd: {Figures.Spread([.. busy.Select(c => c.Took)])}.
            {string.Join('\n', busy.GroupBy(b => b.Page).Select(g => $"  {g.Key}: {Figures.Spread([.. g.Select(b => b.Took)])}"))}
            """));
        Assert.Equal(herd, server.Ask("SELECT count(*) FROM runs WHERE trigger_type = 0 AND status = 3"));
        // Others may use this machine: then the mark is twice what pages take without the herd.
        var mark = Math.Max(500, 2 * Figures.Percentile(calm.Select(c => c.Took), 0.95));
        Assert.True(Figures.Percentile(busy.Select(b => b.Took), 0.95) <= mark, $"p95 of the pages is above {mark:0} ms.");
    }

    private static async Task LookAsync(HttpClient person, ConcurrentQueue<(string, double)> took)
    {
        foreach (var page in Pages)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await person.GetAsync(new Uri(page, UriKind.Relative));
            await answer.Content.ReadAsByteArrayAsync();
            Assert.True(answer.IsSuccessStatusCode, $"{page}: {answer.StatusCode}");
            took.Enqueue((page, watch.Elapsed.TotalMilliseconds));
        }
    }

    public void Dispose() => _folder.Dispose();
}
