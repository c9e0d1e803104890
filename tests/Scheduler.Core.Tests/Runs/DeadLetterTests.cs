using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Analytics;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Runs;

public sealed class DeadLetterTests
{
    private const string Scripted = """{ "kind": "scripted" }""";

    [Fact]
    public async Task UsedUpAttempts_IsADeadLetter_AndRequeueIsTheSameRunWithOneAttemptMore()
    {
        var calls = 0;
        await using var scheduler = await StartAsync((_, _) => Task.FromResult<JobOutcome>(++calls < 3 ? new JobOutcome.Failed($"no {calls}") : new JobOutcome.Succeeded("ok")));
        await scheduler.SaveAsync("s", "manual", Scripted, """ "retry": { "attempts": 2, "delay": "0s" } """);
        var run = await FailAsync(scheduler);
        Assert.Equal([run.Id], (await scheduler.Runs.DeadLettersAsync(null, 50, default)).Select(r => r.Id));

        Assert.Equal(DeadLetterAct.Done, await scheduler.Control.RequeueAsync(run.Id, "disk is back", TestScheduler.Ana, default));

        var again = await scheduler.EndedAsync(run.Id);
        Assert.Equal((RunStatus.Succeeded, 3, 3), (again.Status, again.Attempt, again.MaxAttempts));
        Assert.Equal([RunStatus.Failed, RunStatus.Failed, RunStatus.Succeeded], again.Attempts.Select(a => a.Status));
        Assert.Empty(await scheduler.Runs.DeadLettersAsync(null, 50, default));
        Assert.Equal("s: disk is back", await AuditAsync(scheduler, "requeued"));
    }

    [Fact]
    public async Task Requeue_OfARunThatFailsAgain_IsADeadLetterAgain_WithoutFurtherRetries()
    {
        await using var scheduler = await StartAsync(Fail);
        await scheduler.SaveAsync("s", "manual", Scripted, """ "retry": { "attempts": 2, "delay": "0s" } """);
        var run = await FailAsync(scheduler);
        await scheduler.Control.RequeueAsync(run.Id, null, TestScheduler.Ana, default);
        var again = await scheduler.EndedAsync(run.Id);
        Assert.Equal((RunStatus.Failed, 3), (again.Status, again.Attempt));
        Assert.True(again.IsDead);
    }

    [Fact]
    public async Task Dismiss_NeedsAReason_AndTakesItOffTheList()
    {
        await using var scheduler = await StartAsync(Fail);
        await scheduler.SaveAsync("s", "manual", Scripted);
        var run = await FailAsync(scheduler);
        Assert.Equal("reason", (await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Control.DismissAsync(run.Id, " ", TestScheduler.Ana, default))).Errors[0].Path);

        Assert.Equal(DeadLetterAct.Done, await scheduler.Control.DismissAsync(run.Id, "target is gone", TestScheduler.Ana, default));

        Assert.Equal(0, await scheduler.Runs.CountDeadLettersAsync(default));
        Assert.Equal(("ana@example.com", "target is gone"), ((await scheduler.RunAsync(run.Id)).Dismissal!.By, (await scheduler.RunAsync(run.Id)).Dismissal!.Reason));
        Assert.Equal(RunStatus.Failed, (await scheduler.RunAsync(run.Id)).Status);
        Assert.Equal(DeadLetterAct.NotDead, await scheduler.Control.DismissAsync(run.Id, "twice", TestScheduler.Ana, default));
        Assert.Equal(DeadLetterAct.NotDead, await scheduler.Control.RequeueAsync(run.Id, null, TestScheduler.Ana, default));
    }

    [Fact]
    public async Task RequeueTwice_AtTheSameTime_StartsItOnce()
    {
        await using var scheduler = await StartAsync(Fail);
        await scheduler.SaveAsync("s", "manual", Scripted);
        var run = await FailAsync(scheduler);
        await scheduler.StopAsync(); // nobody takes it in between
        var acts = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => scheduler.Control.RequeueAsync(run.Id, null, TestScheduler.Ana, default)));
        Assert.Single(acts, a => a == DeadLetterAct.Done);
        Assert.Equal((RunStatus.Retrying, 2), ((await scheduler.RunAsync(run.Id)).Status, (await scheduler.RunAsync(run.Id)).MaxAttempts));
    }

    [Fact]
    public async Task OtherRuns_AreNoDeadLetters()
    {
        await using var scheduler = await StartAsync(ScriptedKind.Succeed);
        await scheduler.SaveAsync("s", "manual", Scripted);
        var good = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await scheduler.EndedAsync(good);
        Assert.Equal(DeadLetterAct.NotDead, await scheduler.Control.RequeueAsync(good, null, TestScheduler.Ana, default));
        Assert.Equal(DeadLetterAct.NotFound, await scheduler.Control.RequeueAsync(999, null, TestScheduler.Ana, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Control.RequeueAsync(good, null, TestScheduler.Vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Control.DismissAsync(good, "x", TestScheduler.Vic, default));
    }

    [Fact]
    public async Task ScheduleThatSucceededSince_HasNoDeadLetter_AndTheFiguresHoldBothEndingsOfARequeuedRun()
    {
        var (clock, fails) = (new ManualTime(), true);
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: new ScriptedKind((_, _) => Task.FromResult<JobOutcome>(fails ? new JobOutcome.Failed("no") : new JobOutcome.Succeeded("ok"))));
        await scheduler.SaveAsync("s", "* * * * *", Scripted);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, clock.GetUtcNow().AddSeconds(61), runs => runs is [{ Status: RunStatus.Failed }]);
        var first = (await scheduler.RunsOfAsync("s"))[0].Id;
        await scheduler.Control.RequeueAsync(first, null, TestScheduler.Ana, default);
        await Until.TrueAsync(async () => { clock.Advance(TimeSpan.FromMilliseconds(10)); return (await scheduler.RunAsync(first)) is { Status: RunStatus.Failed, Attempt: 2 }; }, "it fails again");
        var check = scheduler.Get<StatisticsUpkeep>().Check(default);
        Assert.True(check is { Rows: > 0, Wrong: 0 }, string.Join("; ", check.Examples));
        Assert.Equal(2, (await scheduler.Schedules.GetAsync("s", default))!.Summary.Failed);
        Assert.Equal(1, await scheduler.Runs.CountDeadLettersAsync(default));

        fails = false;
        await scheduler.ReachAsync(clock, clock.GetUtcNow().AddSeconds(61), runs => runs.Any(r => r.Status == RunStatus.Succeeded));
        Assert.Equal(0, await scheduler.Runs.CountDeadLettersAsync(default));
    }

    private static Task<JobOutcome> Fail(JobContext context, CancellationToken stopping) => Task.FromResult<JobOutcome>(new JobOutcome.Failed("no"));

    private static async Task<TestScheduler> StartAsync(Func<JobContext, CancellationToken, Task<JobOutcome>> job)
    {
        var scheduler = await TestScheduler.CreateAsync(kinds: new ScriptedKind(job));
        return await scheduler.StartAsync();
    }

    private static async Task<RunView> FailAsync(TestScheduler scheduler)
    {
        var run = await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value);
        Assert.Equal(RunStatus.Failed, run.Status);
        return run;
    }

    private static async Task<string?> AuditAsync(TestScheduler scheduler, string action)
    {
        await using var db = scheduler.Database.Read();
        return await db.Audit.Where(a => a.Action == action).Select(a => a.Details).SingleAsync();
    }
}
