using System.Diagnostics;
using Scheduler.Core.Processes;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests.Jobs.Noop;

/// <summary>Real processes of real runs: however a run ends, nothing of it goes on.</summary>
public sealed class NoopProcessesTests
{
    [SkippableFact]
    public async Task Run_WithProcesses_EndsThemWithItself()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        await using var scheduler = await StartAsync("""{ "processes": 3, "duration": "1s" }""");
        var run = await RunNowAsync(scheduler);
        var children = await ChildrenAsync(scheduler, 3);
        Assert.Equal(RunStatus.Succeeded, (await scheduler.EndedAsync(run)).Status);
        Assert.All(children, child => Assert.False(ProcessTable.IsAlive(child)));
    }

    [SkippableFact]
    public async Task TimeOut_EndsTheProcesses_AndFreesTheSlot()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        await using var scheduler = await StartAsync("""{ "processes": 2, "outcome": "hang" }""", """ "timeout": "1s" """);
        var run = await RunNowAsync(scheduler);
        var children = await ChildrenAsync(scheduler, 2);
        var ended = await scheduler.EndedAsync(run);
        Assert.Equal((RunStatus.TimedOut, "Timed out after 1s."), (ended.Status, ended.Reason));
        Assert.All(children, child => Assert.False(ProcessTable.IsAlive(child)));
        await Until.TrueAsync(() => scheduler.Get<WorkerPools>().Activity.All(p => p.Active == 0), "the slot is free");
    }

    [SkippableFact]
    public async Task Cancel_StubbornProcess_IsKilledAfterTenSeconds_AndTheRunIsNotLeftBehind()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        await using var scheduler = await StartAsync("""{ "processes": 1, "stubborn": true, "outcome": "hang" }""");
        var run = await RunNowAsync(scheduler);
        var child = Assert.Single(await ChildrenAsync(scheduler, 1));
        // Only once it ignores the request does it show anything.
        await Until.TrueAsync(() => File.ReadAllText($"/proc/{child.Id}/cmdline").StartsWith("sleep", StringComparison.Ordinal), "it sleeps");
        var watch = Stopwatch.StartNew();
        await scheduler.Control.CancelAsync(run, TestScheduler.Ana, default);
        var ended = await scheduler.EndedAsync(run);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(9.9), TimeSpan.FromSeconds(15));
        Assert.Equal((RunStatus.Cancelled, "Cancelled by ana@example.com."), (ended.Status, ended.Reason));
        Assert.False(ProcessTable.IsAlive(child));
    }

    [SkippableFact]
    public async Task Start_AfterAKill_EndsWhatTheRunHadStarted_AndSaysSoInItsReason()
    {
        Skip.IfNot(OperatingSystem.IsLinux());
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        // What kill -9 leaves: a run that is running, a note of its process, and that process.
        var boot = await scheduler.Get<AbandonedRuns>().BootAsync(isEngine: true, default);
        var run = (await scheduler.Control.StartHereAsync("s", boot, TestScheduler.Ana, default))!;
        using var stray = Process.Start(new ProcessStartInfo("sleep", ["1000"]))!;
        var notes = new ChildNotes(scheduler.Options);
        var note = notes.Begin(run.Id);
        note = notes.Started(note with { Owner = note.Owner with { Start = note.Owner.Start - 1 } }, stray.Id);

        await scheduler.StartAsync();

        Assert.True(stray.WaitForExit(10_000));
        var ended = await scheduler.RunAsync(run.Id); // before the engine counts as running
        Assert.Equal((RunStatus.Interrupted, "The process that ran it ended before the run did. A process that it had started was ended."), (ended.Status, ended.Reason));
        Assert.Empty(notes.All());
    }

    private static async Task<TestScheduler> StartAsync(string options, string more = "")
    {
        var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual", $$"""{ "kind": "noop", "options": {{options}} }""", more);
        return await scheduler.StartAsync();
    }

    private static async Task<long> RunNowAsync(TestScheduler scheduler) => (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;

    private static async Task<IReadOnlyList<ProcessName>> ChildrenAsync(TestScheduler scheduler, int count)
    {
        var notes = new ChildNotes(scheduler.Options);
        await Until.TrueAsync(() => notes.All().Count(n => n.Child is not null) == count, "the processes run");
        return [.. notes.All().Select(n => n.Child!.Value)];
    }
}
