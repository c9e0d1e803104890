using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Schedules;

/// <summary>What a schedule needs can go after it was saved. Never in silence: each run that can't be done says why, and waits among the dead letters.</summary>
public sealed class GoneTests
{
    [Fact]
    public async Task TargetThatHasLeftTheScope_FailsTheRunAtItsField_AndTheScheduleStaysActive()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var scope = scheduler.Get<ScopeStore>();
        await scope.AddAsync("network", "192.0.2.0/24", "", TestScheduler.Ana, default);
        await scheduler.SaveAsync("s", "30s", """{ "kind": "http", "targets": { "urls": ["http://192.0.2.7/"] } }""");
        await scope.RemoveAsync("network", "192.0.2.0/24", TestScheduler.Ana, default);
        await scheduler.StartAsync();

        var run = await scheduler.EndedAsync(await DueNowAsync(scheduler));

        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.StartsWith("spec.job.targets.urls[0]: ", run.Reason, StringComparison.Ordinal);
        Assert.Contains("scope", run.Reason, StringComparison.Ordinal);
        await IsHeldVisiblyAsync(scheduler, run);
    }

    [Fact]
    public async Task KindThatThisVersionDoesNotHave_FailsTheRunByName_AndTheScheduleStaysActive()
    {
        await using var before = await TestScheduler.CreateAsync(kinds: new ScriptedKind(ScriptedKind.Succeed, "light"));
        await before.SaveAsync("s", "30s", """{ "kind": "scripted" }""");
        await using var scheduler = await TestScheduler.CreateAsync(folder: before.Options.DataFolder);
        await scheduler.StartAsync();

        var run = await scheduler.EndedAsync(await DueNowAsync(scheduler));

        Assert.Equal((RunStatus.Failed, "This version has no job kind \"scripted\"."), (run.Status, run.Reason));
        await IsHeldVisiblyAsync(scheduler, run);
    }

    // By its own trigger, as in the night.
    private static async Task<long> DueNowAsync(TestScheduler scheduler)
    {
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET next_run_at = ?1 WHERE name = 's'", write.Now.AddMilliseconds(50)); }, default);
        scheduler.Get<ScheduleChanges>().Notify();
        await Until.TrueAsync(async () => (await scheduler.RunsOfAsync("s")).Count > 0, "it falls due");
        return (await scheduler.RunsOfAsync("s"))[^1].Id;
    }

    private static async Task IsHeldVisiblyAsync(TestScheduler scheduler, RunView run)
    {
        Assert.Equal(TriggerType.Scheduled, run.TriggerType);
        var schedule = (await scheduler.Schedules.GetAsync("s", default))!.Summary;
        Assert.Equal((ScheduleState.Active, 1), (schedule.State, schedule.Failed));
        Assert.True(schedule.NextRunAt > run.ScheduledFor);
        Assert.Contains((await scheduler.Runs.DeadLettersAsync(null, 10, default)), dead => dead.Id == run.Id);
    }
}
