using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Processes;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>A program that writes ten gibibytes as fast as it may, all the way from its pipe to the run's log, while somebody looks at pages.</summary>
[Collection(ProgramTests.Name)]
public sealed class FloodTests(ITestOutputHelper output)
{
    private const double Mebibyte = 1024 * 1024;

    /// <param name="line">The program; the number of bytes is its first argument.</param>
    [SkippableTheory]
    [InlineData("lines of 1 KiB", "yes $(head -c 1023 /dev/zero | tr '\\0' x) | head -c $1", 10240)]
    [InlineData("one line", "tr '\\0' x < /dev/zero | head -c $1", 1024)]
    public async Task RunawayOutput_StaysInBounds_AndPagesAnswer(string what, string line, int mebibytes)
    {
        Drill.OnlyWhenAsked();
        var bytes = (long)(mebibytes * Drill.Setting("SCHEDULER_FLOOD", 1) * Mebibyte);
        await using var server = await WebServer.StartAsync(adjust: builder => builder.Services.AddSingleton<IJobKind>(services => new FloodKind(services.GetRequiredService<ChildProcesses>(), line, bytes)));
        var services = server.Services;
        var ana = new Actor(WebServer.Admin, Role.Administrator, "test");
        var manifest = System.Text.Json.JsonElement.Parse("""{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "flood" }, "spec": { "schedule": "manual", "timeout": "2h", "job": { "kind": "flood" } } }""");
        await services.GetRequiredService<ScheduleEditor>().SaveAsync(manifest, new SaveRules(), ana, CancellationToken.None);
        using var person = await server.SignedInAsync();
        var took = new ConcurrentQueue<double>();
        // Pages compile what they use, and the heap takes its size, before anything is measured.
        for (var i = 0; i < 20; i++) await LookAsync(person, 1, []);
        var calm = new ConcurrentQueue<double>();
        for (var i = 0; i < 10; i++) await LookAsync(person, 1, calm);
        var id = (await services.GetRequiredService<RunControl>().RunNowAsync("flood", new RunRequest(), ana, CancellationToken.None))!.Value;
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        var (before, most, processor) = (self.WorkingSet64, 0L, self.TotalProcessorTime);
        var watch = Stopwatch.StartNew();
        var log = services.GetRequiredService<SchedulerOptions>().LogFolder;
        RunView run;
        var largest = 0L;
        do
        {
            await LookAsync(person, id, took);
            self.Refresh();
            most = Math.Max(most, self.WorkingSet64);
            largest = Math.Max(largest, Directory.EnumerateFiles(log, $"{id}.*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length));
            run = (await services.GetRequiredService<RunQueries>().GetAsync(id, CancellationToken.None))!;
        }
        while (!run.Status.IsTerminal());

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {bytes / Mebibyte:0} MiB in {what} within {watch.Elapsed.TotalSeconds:0.0} s ({bytes / Mebibyte / watch.Elapsed.TotalSeconds:0} MiB/s, {bytes / Mebibyte / (self.TotalProcessorTime - processor).TotalSeconds:0} MiB a second of processor time, pages included): {run.Reason}
            Memory of the process {before / Mebibyte:0} MiB before, {(most - before) / Mebibyte:+0;-0} MiB at most; log {largest / Mebibyte:0.0} MiB at most.
            Pages before: {Figures.Spread([.. calm])}; meanwhile: {Figures.Spread([.. took])}; {Figures.Machine}.
            """));
        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.True(largest <= services.GetRequiredService<SchedulerOptions>().LogCap + 64 * 1024, $"The log grew to {largest} bytes.");
        Assert.True(most - before <= 50 * Mebibyte, $"Memory grew by {(most - before) / Mebibyte:0} MiB.");
        // Others may use this machine: then the mark is twice what pages take without the flood.
        var mark = Math.Max(200, 2 * Figures.Percentile(calm, 0.95));
        Assert.True(Figures.Percentile(took, 0.95) <= mark, $"p95 of the pages is above {mark:0} ms.");
    }

    private static async Task LookAsync(HttpClient person, long run, ConcurrentQueue<double> took)
    {
        foreach (var page in (string[])["/", $"/runs/{run}", "/runs"])
        {
            var watch = Stopwatch.StartNew();
            using var answer = await person.GetAsync(new Uri(page, UriKind.Relative));
            await answer.Content.ReadAsByteArrayAsync();
            took.Enqueue(watch.Elapsed.TotalMilliseconds);
        }
    }

    /// <summary>Runs a shell's line, and logs what it writes.</summary>
    private sealed class FloodKind(ChildProcesses children, string line, long bytes) : IJobKind
    {
        public string Name => "flood";
        public string Summary => "Writes and writes.";
        public string DefaultPool => "scan";
        public IReadOnlyList<JobField> Fields => [];

        public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) { }

        public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
        {
            var lines = 0L;
            var end = await children.RunAsync(context.RunId, new ChildCommand("sh", ["-c", line, "sh", bytes.ToString(CultureInfo.InvariantCulture)]), (said, ct) =>
            {
                if (!said.IsError) Interlocked.Increment(ref lines);
                return context.LogAsync(said.IsError ? LogStream.Err : LogStream.Out, said.Text, ct);
            }, stopping);
            return end is ChildEnd.Exited { Code: 0 } ? new JobOutcome.Succeeded($"{lines} lines were read to the end.") : new JobOutcome.Failed($"{end}");
        }
    }
}
