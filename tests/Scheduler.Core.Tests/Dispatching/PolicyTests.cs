using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Dispatching;

/// <summary>Policies, restarts and clock steps over the real database.</summary>
public sealed class PolicyTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly string Scripted = """{ "kind": "scripted" }""";

    [Fact]
    public async Task Forbid_PreviousStillGoing_RecordsTheNextAsSkippedWithTheReason()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: new ScriptedKind(ScriptedKind.UntilStopped));
        await scheduler.SaveAsync("s", "* * * * *", Scripted);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2), runs => runs.Count >= 2 && runs[^1].Status == RunStatus.Running);

        var runs = await scheduler.RunsOfAsync("s");
        Assert.Equal(RunStatus.Running, runs[^1].Status);
        Assert.Equal(RunStatus.Skipped, runs[^2].Status);
        Assert.StartsWith($"Previous run {runs[^1].Id} still ", runs[^2].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_PreviousStillGoing_WaitsForItAndThenRuns()
    {
        var clock = new ManualTime(Eight);
        using var gate = new SemaphoreSlim(0);
        var kind = new ScriptedKind(async (_, ct) => { await gate.WaitAsync(ct); return new Core.Jobs.JobOutcome.Succeeded("ok"); });
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: kind);
        await scheduler.SaveAsync("s", "* * * * *", Scripted, """ "concurrencyPolicy": "Queue" """);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2), runs => runs.Count >= 2 && kind.Started.Count == 1);
        Assert.Equal(RunStatus.Queued, (await scheduler.RunsOfAsync("s"))[^2].Status);

        gate.Release(1);
        await Until.TrueAsync(() => kind.Started.Count == 2, "the waiting run starts");
        Assert.Equal(1, kind.MostAtOnce);
    }

    [Fact]
    public async Task Replace_PreviousStillGoing_CancelsItAndRuns()
    {
        var clock = new ManualTime(Eight);
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: kind);
        await scheduler.SaveAsync("s", "* * * * *", Scripted, """ "concurrencyPolicy": "Replace" """);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), _ => kind.Started.Count == 1);
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2), _ => kind.Started.Count == 2);

        var runs = await scheduler.RunsOfAsync("s");
        await scheduler.EndedAsync(runs[^1].Id);
        Assert.Equal(RunStatus.Cancelled, (await scheduler.RunAsync(runs[^1].Id)).Status);
        Assert.Contains("Replace", (await scheduler.RunAsync(runs[^1].Id)).Reason, StringComparison.Ordinal);
        Assert.Equal(1, kind.MostAtOnce);
    }

    [Fact]
    public async Task Replace_PreviousIsSlowToStop_WhatWaitsIsReplacedToo()
    {
        var clock = new ManualTime(Eight);
        using var gate = new SemaphoreSlim(0);
        var kind = new ScriptedKind(async (_, _) => { await gate.WaitAsync(CancellationToken.None); return new Core.Jobs.JobOutcome.Succeeded("ok"); });
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: kind);
        await scheduler.SaveAsync("s", "2s", Scripted, """ "concurrencyPolicy": "Replace" """);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddSeconds(2), _ => kind.Started.Count == 1);
        await scheduler.ReachAsync(clock, Eight.AddSeconds(4), runs => runs.Count == 2);
        await scheduler.ReachAsync(clock, Eight.AddSeconds(6), runs => runs.Count == 3);

        // The first does not stop for some seconds, as a scanner may: what waited for it is as stale as it is.
        var runs = await scheduler.RunsOfAsync("s");
        Assert.Equal([RunStatus.Queued, RunStatus.Cancelled, RunStatus.Running], runs.Select(r => r.Status));
        Assert.Equal("Replaced by the occurrence of 2026-03-02 08:00:06 UTC (Replace).", runs[1].Reason);
        gate.Release(100);
    }

    [Fact]
    public async Task Forbid_RetryFallsDueWhileARunByHandGoesOn_WaitsForIt()
    {
        var clock = new ManualTime(Eight);
        using var gate = new SemaphoreSlim(0);
        var calls = 0;
        var kind = new ScriptedKind(async (_, ct) =>
        {
            if (Interlocked.Increment(ref calls) == 1) return new Core.Jobs.JobOutcome.Failed("no");
            await gate.WaitAsync(ct);
            return new Core.Jobs.JobOutcome.Succeeded("ok");
        });
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: kind);
        await scheduler.SaveAsync("s", "at(2026-03-02T08:00:01)", Scripted, """ "retry": { "attempts": 2, "delay": "5s" } """);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddSeconds(1), runs => runs is [{ Status: RunStatus.Retrying }]);
        var byHand = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await scheduler.ReachAsync(clock, Eight.AddSeconds(2), _ => kind.Started.Count == 2);
        await scheduler.ReachAsync(clock, Eight.AddSeconds(9), _ => true);

        // Another schedule's run takes the slot that is free, although the retry is the older of the two.
        await scheduler.SaveAsync("other", "manual", Scripted);
        var other = (await scheduler.Control.RunNowAsync("other", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await scheduler.ReachAsync(clock, Eight.AddSeconds(10), _ => kind.Started.Count == 3);
        gate.Release(3);
        await scheduler.ReachAsync(clock, Eight.AddSeconds(11), runs => runs.All(r => r.Status == RunStatus.Succeeded));
        var retried = (await scheduler.RunsOfAsync("s"))[^1].Id;
        Assert.Equal([retried, byHand, other, retried], kind.Started);
    }

    [Fact]
    public async Task Restart_AfterDowntime_CatchesUpOnceAndCountsWhatItStandsFor()
    {
        var clock = new ManualTime(Eight);
        await using var first = await TestScheduler.CreateAsync(clock);
        await first.SaveAsync("s", "* * * * *");
        clock.Advance(TimeSpan.FromMinutes(10.5));

        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        await second.StartAsync();
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Any(r => r.Status == RunStatus.Succeeded), "it catches up");

        var run = Assert.Single(await second.RunsOfAsync("s"));
        Assert.Equal((TriggerType.CatchUp, 10, Eight.AddMinutes(10)), (run.TriggerType, run.StandsFor, run.ScheduledFor));
    }

    [Fact]
    public async Task WallClockSetBack_NothingRunsTwice()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *", more: """ "concurrencyPolicy": "Allow" """);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2), runs => runs.Count(r => r.Status == RunStatus.Succeeded) >= 2);

        clock.SetWall(Eight.AddSeconds(30));
        await scheduler.ReachAsync(clock, Eight.AddMinutes(3), runs => runs.Count >= 3);

        var runs = await scheduler.RunsOfAsync("s");
        Assert.Equal(runs.Count, runs.Select(r => r.ScheduledFor).Distinct().Count());
    }

    [Fact]
    public async Task WallClockSetBack_WhatWaitsForASlot_StartsOnceOneIsFree()
    {
        var clock = new ManualTime(Eight);
        using var gate = new SemaphoreSlim(0);
        var kind = new ScriptedKind(async (_, ct) => { await gate.WaitAsync(ct); return new Core.Jobs.JobOutcome.Succeeded("ok"); });
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Pools["scan"] = 1, kinds: kind);
        await scheduler.SaveAsync("s", "manual", Scripted, """ "concurrencyPolicy": "Allow", "timeout": "1d" """);
        await scheduler.StartAsync();
        await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default);
        await scheduler.ReachAsync(clock, Eight, _ => kind.Started.Count == 1);
        await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default);

        clock.SetWall(Eight.AddHours(-1));
        gate.Release(2);
        await scheduler.ReachAsync(clock, Eight.AddHours(-1), _ => kind.Started.Count == 2);
        Assert.True(clock.GetUtcNow() < Eight.AddMinutes(-50), $"It waited until {clock.GetUtcNow()}.");
    }

    [Fact]
    public async Task StartFromNow_LeavesRetriesAndWhatIsHeldAlone_AndGivesABurstOneWindow()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "manual");
        for (var i = 0; i < 6; i++) await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default);
        var (ahead, never) = (Eight.AddHours(1).ToUnixTimeMilliseconds(), Run.UntilAnswered.ToUnixTimeMilliseconds());
        await scheduler.Writer.WriteAsync(write =>
        {
            write.Execute("UPDATE runs SET not_before = ?1", ahead);
            write.Execute("UPDATE runs SET status = 2, attempt = 1 WHERE id = 2");
            write.Execute("UPDATE runs SET blackout_id = 7 WHERE id = 3");
            write.Execute("UPDATE runs SET not_before = ?1 WHERE id = 4", never);
            // Windows of ten seconds: one that was opened just now, and one of an hour that is still to come.
            write.Execute("UPDATE runs SET not_before = ?1, burst_limit_at = queued_at + 100000 WHERE id = 5", Eight.AddSeconds(8));
            write.Execute("UPDATE runs SET not_before = ?1 + 10000, queued_at = ?1, burst_limit_at = ?1 + 100000 WHERE id = 6", ahead);
        }, default);
        clock.Advance(TimeSpan.FromSeconds(1));

        await scheduler.Get<RunQueue>().StartFromNowAsync(default);

        await using var db = scheduler.Database.Read();
        Assert.Equal([Eight.AddSeconds(1), Eight.AddHours(1), Eight.AddHours(1), Run.UntilAnswered, Eight.AddSeconds(8), Eight.AddSeconds(11)], db.Runs.OrderBy(r => r.Id).Select(r => r.NotBefore).ToList());
    }

    [Fact]
    public async Task WallClockSetForward_TheGapIsCaughtUpByPolicy()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs.Count == 1);

        clock.SetWall(Eight.AddHours(1).AddSeconds(30));
        await scheduler.ReachAsync(clock, Eight.AddHours(1).AddSeconds(31), runs => runs.Count >= 2);

        var catchUp = (await scheduler.RunsOfAsync("s"))[^2];
        Assert.Equal((TriggerType.CatchUp, 59, Eight.AddHours(1)), (catchUp.TriggerType, catchUp.StandsFor, catchUp.ScheduledFor));
    }

    [Fact]
    public async Task PausedUntil_ResumesByItselfAndDoesNotCatchUp()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.Editor.PauseAsync("s", Eight.AddMinutes(10), "db move", TestScheduler.Ana, default);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(11), runs => runs.Count >= 1);
        Assert.Equal(Eight.AddMinutes(11), (await scheduler.RunsOfAsync("s"))[^1].ScheduledFor);
    }

    [Fact]
    public async Task ManualRun_LeavesTheNextOccurrenceAndTheCountersAlone()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "0 12 * * *");
        await scheduler.StartAsync();
        await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value);
        var schedule = (await scheduler.Schedules.GetAsync("s", default))!.Summary;
        Assert.Equal((Eight.AddHours(4), null, 0), (schedule.NextRunAt, schedule.LastScheduledAt, schedule.Succeeded));
    }

    [Fact]
    public async Task AbandonedRun_OfADeadProcess_IsInterruptedAndRetriedByPolicy()
    {
        await using var scheduler = await TestScheduler.CreateAsync(kinds: new ScriptedKind(ScriptedKind.Succeed));
        await scheduler.SaveAsync("plain", "manual", Scripted);
        await scheduler.SaveAsync("patient", "manual", Scripted, """ "retry": { "attempts": 2, "delay": "0s" } """);
        var plain = (await scheduler.Control.RunNowAsync("plain", new RunRequest(), TestScheduler.Ana, default))!.Value;
        var patient = (await scheduler.Control.RunNowAsync("patient", new RunRequest(), TestScheduler.Ana, default))!.Value;
        // What a kill -9 in the middle of both leaves on disk: claimed by an engine that never stopped.
        var dead = await scheduler.Get<Core.Workers.AbandonedRuns>().BootAsync(isEngine: true, default);
        Assert.NotNull(await scheduler.Get<RunQueue>().TryClaimAsync(plain, dead, default));
        Assert.NotNull(await scheduler.Get<RunQueue>().TryClaimAsync(patient, dead, default));

        await scheduler.StartAsync();
        await scheduler.EndedAsync(patient);
        await Until.TrueAsync(async () => (await scheduler.RunAsync(patient)).Status == RunStatus.Succeeded, "it is tried again");

        Assert.Equal((RunStatus.Interrupted, 1), ((await scheduler.RunAsync(plain)).Status, (await scheduler.RunAsync(plain)).Attempts.Count));
        Assert.Equal([RunStatus.Interrupted, RunStatus.Succeeded], (await scheduler.RunAsync(patient)).Attempts.Select(a => a.Status));
    }

    [Fact]
    public async Task GracefulStop_JobThatWillNotEnd_IsInterruptedNotLeftRunning()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("s", "manual", Scripted);
        await scheduler.StartAsync();
        var id = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(() => kind.Started.Count == 1, "it runs");
        await scheduler.StopAsync();
        var run = await scheduler.RunAsync(id);
        Assert.Equal((RunStatus.Interrupted, "Scheduler was stopped while it ran."), (run.Status, run.Reason));
    }

    [Fact]
    public async Task GracefulStop_OfARunWithRetriesLeft_CostsItAnAttemptAndNotTheRun()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("s", "manual", Scripted, """ "retry": { "attempts": 2, "delay": "0s" } """);
        await scheduler.StartAsync();
        var id = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(() => kind.Started.Count == 1, "it runs");
        await scheduler.StopAsync();
        var run = await scheduler.RunAsync(id);
        Assert.Equal((RunStatus.Retrying, RunStatus.Interrupted), (run.Status, Assert.Single(run.Attempts).Status));
        Assert.StartsWith("Scheduler was stopped while it ran. Attempt 2 of 2 at ", run.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AbandonedRun_ThatIsTriedAgain_IsNotCountedAsFailed()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: new ScriptedKind(ScriptedKind.Succeed));
        await scheduler.SaveAsync("s", "at(2026-03-02T08:00:30)", Scripted, """ "retry": { "attempts": 2, "delay": "0s" } """);
        clock.Advance(TimeSpan.FromMinutes(1));
        var (queue, boots) = (scheduler.Get<RunQueue>(), scheduler.Get<Core.Workers.AbandonedRuns>());
        await queue.EnqueueDueAsync([await DueAsync(scheduler, clock)], default);
        Assert.NotNull(await queue.TryClaimAsync("scan", false, await boots.BootAsync(isEngine: true, default), default));

        await scheduler.StartAsync();
        await Until.TrueAsync(async () => { clock.Advance(TimeSpan.FromMilliseconds(10)); return (await scheduler.RunsOfAsync("s")) is [{ Status: RunStatus.Succeeded }]; }, "it is tried again");

        var schedule = (await scheduler.Schedules.GetAsync("s", default))!.Summary;
        Assert.Equal((1, 0), (schedule.Succeeded, schedule.Failed));
    }

    [Fact]
    public async Task TwoClaims_AtTheSameTime_OnlyOneGetsTheRun()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default);
        var queue = scheduler.Get<RunQueue>();
        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => queue.TryClaimAsync("light", false, i, default)));
        Assert.Single(claims, c => c is not null);
    }

    [Theory]
    [InlineData(RunStatus.Queued, RunStatus.Succeeded)]
    [InlineData(RunStatus.Succeeded, RunStatus.Running)]
    [InlineData(RunStatus.Cancelled, RunStatus.Running)]
    [InlineData(RunStatus.Skipped, RunStatus.Queued)]
    [InlineData(RunStatus.Running, RunStatus.Skipped)]
    public void IllegalTransition_Throws(RunStatus from, RunStatus to) => Assert.Throws<InvalidOperationException>(() => RunStates.Demand(from, to));

    private static async Task<DueSchedule> DueAsync(TestScheduler scheduler, TimeProvider clock)
    {
        await using var db = scheduler.Database.Read();
        var schedule = db.Schedules.Single();
        return Core.Dispatching.DuePlan.For(schedule, Core.Schedules.Timing.Of(schedule), clock.GetUtcNow(), new Core.Dispatching.Absence(clock.GetUtcNow()), 100);
    }
}
