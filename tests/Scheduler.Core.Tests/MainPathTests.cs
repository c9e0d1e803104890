using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests;

/// <summary>Due time to finished run, on the real parts.</summary>
public sealed class MainPathTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Schedule_FallsDue_RunsOnceAndMovesOn()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("every-minute", "* * * * *");
        await scheduler.StartAsync();

        await AdvanceUntilAsync(clock, async () => (await scheduler.RunsOfAsync("every-minute")).Any(r => r.Status == RunStatus.Succeeded));

        var run = (await scheduler.RunsOfAsync("every-minute"))[^1];
        Assert.Equal(TriggerType.Scheduled, run.TriggerType);
        Assert.Equal(Eight.AddMinutes(1), run.ScheduledFor);
        Assert.True(run.StartedAt >= run.ScheduledFor);
        var schedule = (await scheduler.Schedules.GetAsync("every-minute", default))!.Summary;
        Assert.True(schedule.NextRunAt > run.ScheduledFor);
        Assert.Equal(1, schedule.Succeeded);
    }

    [Fact]
    public async Task Run_ReportsEverything_AllOfItIsOnDiskWhenItEnds()
    {
        var kind = new ScriptedKind(async (job, ct) =>
        {
            await job.LogAsync("hello", ct);
            await job.ProgressAsync(0.5, "half way", ct);
            await job.MetricAsync("assetsScanned", 3, ct);
            await job.FoundAsync(Weakness("a"), ct);
            await job.FoundAsync(Weakness("b"), ct);
            await job.FoundAsync(Weakness("a"), ct);
            return new JobOutcome.Succeeded("2 findings");
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("one", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();

        var id = (await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value;
        var run = await scheduler.EndedAsync(id);

        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.Equal("2 findings", run.Reason);
        Assert.Equal(3, run.AssetsScanned);
        Assert.Equal(new FindingCounts(2, 0, 2, 0, 0, 0, 2, 0), run.Findings);
        Assert.Equal(1.0, run.Progress);
        Assert.Equal([new AttemptView(1, run.StartedAt!.Value, run.FinishedAt, RunStatus.Succeeded, null)], run.Attempts);
        Assert.Equal(["a", "b"], (await scheduler.Runs.FindingsAsync(id, 100, default)).Select(f => f.Location));
        var log = System.Text.Encoding.UTF8.GetString(scheduler.Get<RunLog>().Read(id, 0, 100_000).Bytes);
        Assert.Contains(" info hello\n", log, StringComparison.Ordinal);
        Assert.Contains("Succeeded: 2 findings\n", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Findings_OverThreeRuns_AreNewThenKnownThenGoneOnlyWhenCovered()
    {
        var (present, covers) = (true, false);
        var kind = new ScriptedKind(async (job, ct) =>
        {
            if (present) await job.FoundAsync(Weakness("x"), ct);
            if (covers) await job.CoveredAsync("https://127.0.0.1/", ct);
            return new JobOutcome.Succeeded("ok");
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("one", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        async Task<FindingCounts> RunAsync() =>
            (await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value)).Findings;

        Assert.Equal(1, (await RunAsync()).New);
        Assert.Equal(0, (await RunAsync()).New);
        present = false;
        Assert.Equal(0, (await RunAsync()).Fixed); // not seen, but its asset was not covered either: nothing is proved
        covers = true;
        Assert.Equal(1, (await RunAsync()).Fixed);
        Assert.Equal(0, (await RunAsync()).Fixed);
        present = true;
        Assert.Equal(1, (await RunAsync()).New); // back again
    }

    [Fact]
    public async Task Pool_MoreWorkThanSlots_NeverRunsMoreAtOnce()
    {
        using var gate = new SemaphoreSlim(0);
        var kind = new ScriptedKind(async (_, ct) =>
        {
            await gate.WaitAsync(ct);
            return new JobOutcome.Succeeded("ok");
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("busy", "manual", """{ "kind": "scripted" }""", """ "concurrencyPolicy": "Allow" """);
        await scheduler.StartAsync();
        var ids = new List<long>();
        for (var i = 0; i < 8; i++) ids.Add((await scheduler.Control.RunNowAsync("busy", new RunRequest(), TestScheduler.Ana, default))!.Value);

        await Until.TrueAsync(() => kind.Started.Count == 2, "both slots are taken");
        gate.Release(8);
        foreach (var id in ids) await scheduler.EndedAsync(id);

        Assert.Equal(2, kind.MostAtOnce);
        Assert.Equal(ids, kind.Started.Order()); // each once
    }

    [Fact]
    public async Task EmergencyRun_WhenAllSlotsAreTaken_HasALaneOfItsOwn()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("busy", "manual", """{ "kind": "scripted" }""", """ "concurrencyPolicy": "Allow" """);
        await scheduler.StartAsync();
        for (var i = 0; i < 4; i++) await scheduler.Control.RunNowAsync("busy", new RunRequest(), TestScheduler.Ana, default);
        await Until.TrueAsync(() => kind.Started.Count == 2, "both slots are taken");

        var emergency = (await scheduler.Control.RunNowAsync("busy", new RunRequest { Emergency = true, Reason = "Log4Shell" }, TestScheduler.Ana, default))!.Value;

        await Until.TrueAsync(async () => (await scheduler.RunAsync(emergency)).Status == RunStatus.Running, "the emergency run starts");
        await Until.TrueAsync(() => kind.Started.Count == 3, "and its job with it");
        Assert.Equal("Log4Shell", (await scheduler.RunAsync(emergency)).Occasion);
    }

    [Fact]
    public async Task EmergencyRun_WithoutAReason_IsRefusedAtTheField()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("one", "manual");
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Control.RunNowAsync("one", new RunRequest { Emergency = true, Reason = " " }, TestScheduler.Ana, default));
        Assert.Equal("reason", refused.Errors.Single().Path);
        Assert.Empty(await scheduler.RunsOfAsync("one"));
    }

    [Fact]
    public async Task Cancel_RunningRun_ReachesTheJobAndSaysWhoAsked()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("one", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var id = (await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(() => kind.Started.Count == 1, "it runs");

        Assert.Equal(CancelOutcome.Stopping, await scheduler.Control.CancelAsync(id, TestScheduler.Ana, default));
        var run = await scheduler.EndedAsync(id);

        Assert.Equal(RunStatus.Cancelled, run.Status);
        Assert.Equal("Cancelled by ana@example.com.", run.Reason);
        Assert.Equal(CancelOutcome.AlreadyEnded, await scheduler.Control.CancelAsync(id, TestScheduler.Ana, default));
    }

    [Fact]
    public async Task Cancel_QueuedRun_NeverStarts()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("one", "manual");
        var id = (await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value;
        Assert.Equal(CancelOutcome.Cancelled, await scheduler.Control.CancelAsync(id, TestScheduler.Ana, default));
        Assert.Equal(CancelOutcome.NotFound, await scheduler.Control.CancelAsync(999, TestScheduler.Ana, default));
        await scheduler.StartAsync();
        var other = (await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await scheduler.EndedAsync(other);
        Assert.Equal(RunStatus.Cancelled, (await scheduler.RunAsync(id)).Status);
    }

    [Fact]
    public async Task TimeOut_JobThatHangs_EndsTimedOut()
    {
        await using var scheduler = await TestScheduler.CreateAsync(kinds: new ScriptedKind(ScriptedKind.UntilStopped));
        await scheduler.SaveAsync("one", "manual", """{ "kind": "scripted" }""", """ "timeout": "1s" """);
        await scheduler.StartAsync();
        var run = await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value);
        Assert.Equal(RunStatus.TimedOut, run.Status);
        Assert.Equal("Timed out after 1s.", run.Reason);
    }

    [Fact]
    public async Task JobThatThrows_IsAFailureWithItsMessage_AndThePoolGoesOn()
    {
        var calls = 0;
        var kind = new ScriptedKind((_, _) => ++calls == 1 ? throw new InvalidOperationException("the scanner fell over") : Task.FromResult<JobOutcome>(new JobOutcome.Succeeded("ok")));
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("one", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var first = await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value);
        var second = await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value);
        Assert.Equal((RunStatus.Failed, "scripted failed: the scanner fell over"), (first.Status, first.Reason));
        Assert.Equal(RunStatus.Succeeded, second.Status);
    }

    [Fact]
    public async Task Retry_FailsTwiceThenSucceeds_IsOneRunWithThreeAttempts()
    {
        var calls = 0;
        var kind = new ScriptedKind((_, _) => Task.FromResult<JobOutcome>(++calls < 3 ? new JobOutcome.Failed($"no {calls}") : new JobOutcome.Succeeded("ok")));
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("one", "manual", """{ "kind": "scripted" }""", """ "retry": { "attempts": 3, "delay": "0s" } """);
        await scheduler.StartAsync();
        var run = await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value);
        Assert.Equal((RunStatus.Succeeded, 3), (run.Status, run.Attempt));
        Assert.Equal([(1, RunStatus.Failed, "no 1"), (2, RunStatus.Failed, "no 2"), (3, RunStatus.Succeeded, null)], run.Attempts.Select(a => (a.Number, a.Status, a.Error)));
    }

    [Fact]
    public async Task Watcher_SeesARunOnlyOnceItIsCommitted()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("one", "manual");
        using var watch = scheduler.Get<LiveFeed>().Watch(c => c is LiveChange.RunChanged);
        await scheduler.StartAsync();
        var id = (await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var seen = await watch.TakeAsync(limit.Token);
        Assert.Contains(new LiveChange.RunChanged(id, "one"), seen);
        Assert.NotNull(await scheduler.Runs.GetAsync(id, default));
    }

    [Fact]
    public async Task Viewer_MayChangeNothing_ByAnyVerb()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("one", "manual");
        var vic = TestScheduler.Vic;
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.SaveAsync(TestScheduler.Manifest("two", "manual"), new SaveRules(), vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.PauseAsync("one", null, null, vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.ResumeAsync("one", vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.DeleteAsync("one", vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Control.RunNowAsync("one", new RunRequest(), vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Control.CancelAsync(1, vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Control.RetryAsync(1, vic, default));
        var otto = vic with { Role = Role.Operator };
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Get<ScopeStore>().AddAsync("host", "example.com", "", otto, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Get<ScopeStore>().RemoveAsync("host", "example.com", otto, default));
        Assert.Single(await scheduler.Schedules.ListAsync(new ScheduleFilter(), default));
    }

    [Fact]
    public async Task SecondEngine_OnTheSameFolder_StandsByReadOnlyAndTakesOver()
    {
        await using var first = await TestScheduler.CreateAsync();
        await first.StartAsync();
        await using var second = await TestScheduler.CreateAsync(folder: first.Options.DataFolder);
        await second.StartAsync();

        Assert.Equal(EngineStatus.StandingBy, second.Get<EngineState>().Status);
        Assert.Contains($"Process {Environment.ProcessId} on {Environment.MachineName}", second.Get<EngineState>().Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EngineNotHereException>(() => second.SaveAsync("one", "manual"));

        await first.StopAsync();
        await Until.TrueAsync(() => second.Get<EngineState>().Status == EngineStatus.Running, "the second takes over");
        await second.SaveAsync("one", "manual");
    }

    [Fact]
    public async Task CopiedFolder_StartsOnItsOwn_BesideTheOneItWasCopiedFrom()
    {
        await using var original = await TestScheduler.CreateAsync();
        await original.SaveAsync("one", "manual");
        await original.StartAsync();
        await original.StopAsync();
        var folder = Path.Combine(Path.GetTempPath(), "scheduler-tests", Guid.NewGuid().ToString("N"));
        foreach (var file in Directory.EnumerateFiles(original.Options.DataFolder, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(folder, Path.GetRelativePath(original.Options.DataFolder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        await original.StartAsync();
        await using var copy = await TestScheduler.CreateAsync(folder: folder);
        copy.OwnsFolder = true;
        await copy.StartAsync();

        // The lock and the note of who holds it were copied too; neither means anything here.
        Assert.Equal((EngineStatus.Running, EngineStatus.Running), (original.Get<EngineState>().Status, copy.Get<EngineState>().Status));
        var run = (await copy.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value;
        Assert.Equal(RunStatus.Succeeded, (await copy.EndedAsync(run)).Status);
        Assert.Empty(await original.RunsOfAsync("one"));
    }

    private static async Task AdvanceUntilAsync(ManualTime clock, Func<Task<bool>> condition) =>
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return await condition();
        }, "the schedule runs");

    private static Finding Weakness(string location) => new() { Rule = "test.rule", Severity = Severity.High, Title = "Weak", Asset = "https://127.0.0.1/", Location = location };
}
