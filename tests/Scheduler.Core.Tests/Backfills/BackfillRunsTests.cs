using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Analytics;
using Scheduler.Core.Backfills;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Backfills;

/// <summary>What backfills do, over the real engine and database.</summary>
public sealed class BackfillRunsTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task EachSlot_RunsOnce_WithThePastInstant_AndLeavesTheScheduleAsItWas()
    {
        await using var scheduler = await StartAsync(new ScriptedKind(ScriptedKind.Succeed));
        var before = (await scheduler.Schedules.GetAsync("s", default))!.Summary;

        var id = await LaunchAsync(scheduler, Minutes(0, 9));
        var backfill = await OverAsync(scheduler, id);

        Assert.Equal((BackfillState.Completed, 10, 10), (backfill.State, backfill.Slots.Total, backfill.Slots.Succeeded));
        var runs = await scheduler.RunsOfAsync("s");
        Assert.Equal(Enumerable.Range(0, 10).Select(m => Past.AddMinutes(m)), runs.Select(r => r.ScheduledFor!.Value).Order());
        Assert.All(runs, r => Assert.Equal((TriggerType.Backfill, id, "ana@example.com", -20), (r.TriggerType, r.BackfillId!.Value, r.RequestedBy, r.Priority)));
        var after = (await scheduler.Schedules.GetAsync("s", default))!.Summary;
        Assert.Equal((before.NextRunAt, before.LastSuccessAt, 0, 0), (after.NextRunAt, after.LastSuccessAt, after.Succeeded, after.Failed));
        Assert.Null(scheduler.Get<StatisticsQueries>().Over("s", Eight.AddDays(-1), Eight.AddDays(1))?.SuccessRate);
        await using var db = scheduler.Database.Read();
        Assert.Equal("s: 10 of 10 occurrences from 2026-03-01T08:00:00Z to 2026-03-01T08:09:00Z, All, 2 at once: after the outage",
            await db.Audit.Where(a => a.ObjectKind == "backfill" && a.Action == "launched").Select(a => a.Details).SingleAsync());
    }

    [Theory]
    [InlineData(BackfillOrder.OldestFirst)]
    [InlineData(BackfillOrder.NewestFirst)]
    public async Task OneAtATime_InTheOrderThatWasChosen(BackfillOrder order)
    {
        var kind = new ScriptedKind(ScriptedKind.Succeed);
        await using var scheduler = await StartAsync(kind);
        await OverAsync(scheduler, await LaunchAsync(scheduler, Minutes(0, 5) with { Order = order, Parallel = 1 }));
        var started = new List<DateTimeOffset>();
        foreach (var run in kind.Started) started.Add((await scheduler.RunAsync(run)).ScheduledFor!.Value);
        Assert.Equal(order == BackfillOrder.OldestFirst ? started.Order() : started.OrderDescending(), started);
        Assert.Equal((6, 1), (started.Count, kind.MostAtOnce));
    }

    [Fact]
    public async Task Parallel_IsKept_AndMayBeChangedWhileItRuns()
    {
        using var gate = new SemaphoreSlim(0);
        var kind = new ScriptedKind(async (_, ct) =>
        {
            await gate.WaitAsync(ct);
            return new JobOutcome.Succeeded("done");
        });
        await using var scheduler = await StartAsync(kind, slots: 4);
        var id = await LaunchAsync(scheduler, Minutes(0, 19) with { Parallel = 2 });
        await Until.TrueAsync(async () => (await GetAsync(scheduler, id)).Slots.Running == 2, "two run");
        Assert.Equal((18, 0), (await GetAsync(scheduler, id)) is var two ? (two.Slots.Waiting, two.Slots.Queued) : default);

        Assert.Equal(BackfillAct.Done, await Control(scheduler).ChangeParallelAsync(id, 4, TestScheduler.Ana, default));
        await Until.TrueAsync(async () => (await GetAsync(scheduler, id)).Slots.Running == 4, "four run");

        Assert.Equal(BackfillAct.Done, await Control(scheduler).ChangeParallelAsync(id, 1, TestScheduler.Ana, default));
        gate.Release(3); // what has begun ends, and nothing takes its place
        await Until.TrueAsync(async () => (await GetAsync(scheduler, id)).Slots is { Succeeded: 3, Running: 1, Queued: 0 }, "one is left");
        await Assert.ThrowsAsync<InvalidInputException>(() => Control(scheduler).ChangeParallelAsync(id, 5, TestScheduler.Ana, default)); // the pool has four
        gate.Release(17);
        Assert.Equal(20, (await OverAsync(scheduler, id)).Slots.Succeeded);
        Assert.Equal(4, kind.MostAtOnce);
    }

    [Fact]
    public async Task Paused_TakesBackWhatOnlyWaits_AndGoesOnWhenResumed()
    {
        using var gate = new SemaphoreSlim(0);
        await using var scheduler = await StartAsync(Gated(gate), slots: 1);
        // Somebody else has the only slot, so that the backfill's run waits.
        await scheduler.SaveAsync("other", "manual", """{ "kind": "scripted" }""");
        var other = (await scheduler.Control.RunNowAsync("other", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(async () => (await scheduler.RunAsync(other)).Status == RunStatus.Running, "the other runs");
        var id = await LaunchAsync(scheduler, Minutes(0, 4));
        Assert.Equal(1, (await GetAsync(scheduler, id)).Slots.Queued); // with the launch itself

        Assert.Equal(BackfillAct.Done, await Control(scheduler).PauseAsync(id, TestScheduler.Ana, default));
        var paused = await GetAsync(scheduler, id);
        Assert.Equal((BackfillState.Paused, 5, 0, "Paused by ana@example.com."), (paused.State, paused.Slots.Waiting, paused.Slots.Queued, paused.StateReason));
        Assert.Empty(await scheduler.RunsOfAsync("s"));
        Assert.Equal(BackfillAct.NotNow, await Control(scheduler).PauseAsync(id, TestScheduler.Ana, default));

        gate.Release(6);
        Assert.Equal(BackfillAct.Done, await Control(scheduler).ResumeAsync(id, TestScheduler.Ana, default));
        Assert.Equal(5, (await OverAsync(scheduler, id)).Slots.Succeeded);
        await using var db = scheduler.Database.Read();
        Assert.Equal(["launched", "paused", "resumed"], await db.Audit.Where(a => a.ObjectKind == "backfill").OrderBy(a => a.Id).Select(a => a.Action).ToListAsync());
    }

    [Fact]
    public async Task Cancelled_WhatWaitsNeverRuns_AndWhatRunsIsStopped()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await StartAsync(kind, slots: 2);
        var id = await LaunchAsync(scheduler, Minutes(0, 9));
        await Until.TrueAsync(async () => (await GetAsync(scheduler, id)).Slots.Running == 2, "two run");
        Assert.Equal(BackfillAct.Done, await Control(scheduler).CancelAsync(id, TestScheduler.Ana, default));
        Assert.Equal(BackfillState.Cancelled, (await GetAsync(scheduler, id)).State); // at once
        var over = await OverAsync(scheduler, id);
        Assert.Equal((BackfillState.Cancelled, 10, 2), (over.State, over.Slots.Cancelled, kind.Started.Count));
        Assert.All(await scheduler.RunsOfAsync("s"), r => Assert.Equal((RunStatus.Cancelled, "Cancelled by ana@example.com."), (r.Status, r.Reason)));
        Assert.Equal(BackfillAct.NotNow, await Control(scheduler).CancelAsync(id, TestScheduler.Ana, default));
        Assert.Equal(BackfillAct.NotFound, await Control(scheduler).CancelAsync(99, TestScheduler.Ana, default));
    }

    [Fact]
    public async Task Continue_GoesOnPastAFailure_AndTheFailedMayBeRetried()
    {
        var fails = true;
        var kind = new ScriptedKind((context, _) => Task.FromResult<JobOutcome>(fails && context.RunId % 3 == 0 ? new JobOutcome.Failed("no") : new JobOutcome.Succeeded("done")));
        await using var scheduler = await StartAsync(kind);
        var id = await LaunchAsync(scheduler, Minutes(0, 8));
        var partial = await OverAsync(scheduler, id);
        Assert.Equal((BackfillState.Partial, 3, 6), (partial.State, partial.Slots.Failed, partial.Slots.Succeeded));

        fails = false;
        Assert.Equal(BackfillAct.Done, await Control(scheduler).RetryFailedAsync(id, TestScheduler.Ana, default));
        var over = await OverAsync(scheduler, id);
        Assert.Equal((BackfillState.Completed, 9), (over.State, over.Slots.Succeeded));
        var runs = await scheduler.RunsOfAsync("s");
        Assert.Equal((9, 3), (runs.Count, runs.Count(r => r.Attempt == 2))); // the same runs, one attempt more
        Assert.Equal(BackfillAct.NotNow, await Control(scheduler).RetryFailedAsync(id, TestScheduler.Ana, default));
        Assert.Empty(await scheduler.Runs.DeadLettersAsync(null, 10, default));
    }

    [Fact]
    public async Task FailFast_StopsAtTheFirstFailure()
    {
        var kind = new ScriptedKind((_, _) => Task.FromResult<JobOutcome>(new JobOutcome.Failed("no")));
        await using var scheduler = await StartAsync(kind);
        var over = await OverAsync(scheduler, await LaunchAsync(scheduler, Minutes(0, 8) with { Parallel = 1, OnFailure = BackfillOnFailure.FailFast }));
        Assert.Equal((BackfillState.Failed, 1, 8, "Stopped at the first failure, the occurrence of 2026-03-01 08:00:00 UTC."), (over.State, over.Slots.Failed, over.Slots.Cancelled, over.StateReason));
        Assert.Single(await scheduler.RunsOfAsync("s"));
    }

    [Fact]
    public async Task Retry_GivesAFailedSlotOneAttemptMore_AfterTheOthers()
    {
        var tries = 0;
        var kind = new ScriptedKind((_, _) => Task.FromResult<JobOutcome>(Interlocked.Increment(ref tries) is 1 or 2 ? new JobOutcome.Failed("no") : new JobOutcome.Succeeded("done")));
        await using var scheduler = await StartAsync(kind);
        var over = await OverAsync(scheduler, await LaunchAsync(scheduler, Minutes(0, 4) with { Parallel = 1, OnFailure = BackfillOnFailure.Retry }));
        Assert.Equal((BackfillState.Completed, 5, 7), (over.State, over.Slots.Succeeded, tries));
        var order = kind.Started.ToList();
        Assert.Equal(order[..5].Distinct().Count(), order[..5].Count);
        Assert.Equal(order[..2], order[5..]);

        // One that fails again stays failed.
        tries = -1000;
        var stubborn = new ScriptedKind((_, _) => Task.FromResult<JobOutcome>(new JobOutcome.Failed("no")));
        await using var second = await StartAsync(stubborn);
        var failed = await OverAsync(second, await LaunchAsync(second, Minutes(0, 1) with { OnFailure = BackfillOnFailure.Retry }));
        Assert.Equal((BackfillState.Failed, 2, 4), (failed.State, failed.Slots.Failed, stubborn.Started.Count));
    }

    [Fact]
    public async Task AScheduledRun_DoesNotWaitForARunOfABackfill_NorIsItSkippedForOne()
    {
        using var gate = new SemaphoreSlim(0);
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Pools["scan"] = 3, kinds: Gated(gate));
        await scheduler.SaveAsync("s", "* * * * *", """{ "kind": "scripted" }"""); // Forbid
        await scheduler.StartAsync();
        var id = await LaunchAsync(scheduler, Minutes(0, 9) with { Parallel = 2 });
        await Until.TrueAsync(async () => (await GetAsync(scheduler, id)).Slots.Running == 2, "the backfill runs");
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs.Any(r => r is { TriggerType: TriggerType.Scheduled, Status: RunStatus.Running }));
        gate.Release(100);
        await OverAsync(scheduler, id, clock);
    }

    [Fact]
    public async Task OnlyInItsHours_RunsBegin()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Pools["scan"] = 2, kinds: new ScriptedKind(ScriptedKind.Succeed));
        await scheduler.SaveAsync("s", "* * * * *", """{ "kind": "scripted" }""", """ "timezone": "Europe/Berlin", "suspend": true """);
        await scheduler.StartAsync();
        Assert.True(HoursWindow.TryParse("09:30-10:00", out var hours)); // 08:30 UTC
        var id = await LaunchAsync(scheduler, Minutes(0, 4) with { Hours = hours });
        Assert.Equal(5, (await GetAsync(scheduler, id)).Slots.Waiting);
        clock.Advance(TimeSpan.FromMinutes(29));
        await Until.TrueAsync(() => clock.GetUtcNow() == Eight.AddMinutes(29), "the clock");
        Assert.Empty(await scheduler.RunsOfAsync("s"));
        clock.Advance(TimeSpan.FromMinutes(1));
        var over = await OverAsync(scheduler, id, clock);
        Assert.Equal(5, over.Slots.Succeeded);
        Assert.All(await scheduler.RunsOfAsync("s"), r => Assert.True(r.StartedAt >= Eight.AddMinutes(30)));
    }

    [Fact]
    public async Task TheScheduleDeleted_TheRestIsCancelled()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await StartAsync(kind);
        var id = await LaunchAsync(scheduler, Minutes(0, 9));
        await Until.TrueAsync(async () => (await GetAsync(scheduler, id)).Slots.Running == 2, "two run");
        await scheduler.Editor.DeleteAsync("s", TestScheduler.Ana, default);
        var over = await OverAsync(scheduler, id);
        Assert.Equal((BackfillState.Cancelled, "The schedule was deleted.", 10, false), (over.State, over.StateReason, over.Slots.Cancelled, over.HasSchedule));
    }

    [Fact]
    public async Task AChangedSchedule_DoesNotChangeWhatALaunchedBackfillDoes()
    {
        using var gate = new SemaphoreSlim(0);
        await using var scheduler = await StartAsync(Gated(gate));
        var id = await LaunchAsync(scheduler, Minutes(0, 3));
        await scheduler.SaveAsync("s", "* * * * *", """{ "kind": "noop", "options": { "outcome": "fail" } }""", """ "suspend": true """);
        gate.Release(4);
        Assert.Equal(4, (await OverAsync(scheduler, id)).Slots.Succeeded);
        Assert.All(await scheduler.RunsOfAsync("s"), r => Assert.Equal((1, "scripted"), (r.Generation, r.JobKind)));
    }

    [Fact]
    public async Task AnotherStart_GoesOnWhereTheLastOneStopped()
    {
        using var gate = new SemaphoreSlim(0);
        var first = await StartAsync(Gated(gate));
        first.OwnsFolder = false;
        var id = await LaunchAsync(first, Minutes(0, 9));
        gate.Release(3);
        await Until.TrueAsync(async () => (await GetAsync(first, id)).Slots is { Succeeded: 3, Running: 2 }, "three are done, and two run");
        await first.DisposeAsync(); // what ran is interrupted, and has no second attempt

        await using var second = await TestScheduler.CreateAsync(folder: first.Options.DataFolder, kinds: new ScriptedKind(ScriptedKind.Succeed));
        second.OwnsFolder = true;
        await second.StartAsync();
        var over = await OverAsync(second, id);
        Assert.Equal((10, 10, 0), (over.Slots.Succeeded + over.Slots.Failed, over.Slots.Total, over.Slots.Left));
        Assert.Equal(2, over.Slots.Failed);
        Assert.Equal(10, (await second.RunsOfAsync("s")).Select(r => r.ScheduledFor).Distinct().Count());
    }

    [Fact]
    public async Task TickedOffSlots_AndThoseThatRan_StaySkippedWithTheReason()
    {
        await using var scheduler = await StartAsync(new ScriptedKind(ScriptedKind.Succeed));
        await OverAsync(scheduler, await LaunchAsync(scheduler, Minutes(0, 1)));
        var id = await LaunchAsync(scheduler, Minutes(0, 3) with { Mode = BackfillMode.Missing, Excluded = [Past.AddMinutes(2)] });
        var over = await OverAsync(scheduler, id);
        Assert.Equal((BackfillState.Completed, 1, 3), (over.State, over.Slots.Succeeded, over.Slots.Skipped));
        var slots = await scheduler.Get<BackfillQueries>().SlotsAsync(id, default);
        Assert.Equal(["Run 1 succeeded in backfill 1.", "Run 2 succeeded in backfill 1.", "Ticked off.", "It never ran: the schedule was made later."], slots.Select(s => s.Reason));
    }

    [Fact]
    public async Task Gaps_AreWhatWasMissed_UntilABackfillHasRunIt()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Pools["scan"] = 2, kinds: new ScriptedKind(ScriptedKind.Succeed));
        await scheduler.SaveAsync("s", "* * * * *", """{ "kind": "scripted" }""", """ "missedRuns": "Skip", "concurrencyPolicy": "Allow" """);
        await scheduler.SaveAsync("fine", "0 0 * * *", """{ "kind": "scripted" }""");
        clock.Advance(TimeSpan.FromMinutes(10.5)); // nobody is there
        await scheduler.StartAsync();
        var queries = scheduler.Get<BackfillQueries>();
        await Until.TrueAsync(async () => (await queries.GapsAsync(null, default)).Count > 0, "the gap is found");
        var gap = Assert.Single(await queries.GapsAsync(null, default));
        Assert.Equal(new ScheduleGap("s", "UTC", 10, Eight.AddMinutes(1), Eight.AddMinutes(10)), gap);
        Assert.Empty(await queries.GapsAsync("fine", default));

        var id = (await Control(scheduler).LaunchAsync(new BackfillRequest { Schedule = "s", From = Instants.Print(gap.From), To = Instants.Print(gap.From.AddMinutes(3)) }, TestScheduler.Ana, default))!.Value;
        Assert.Equal(6, (await queries.GapsAsync("s", default))[0].Missed);
        Assert.Equal(4, (await OverAsync(scheduler, id, clock)).Slots.Succeeded);
        Assert.Equal(new ScheduleGap("s", "UTC", 6, Eight.AddMinutes(5), Eight.AddMinutes(10)), Assert.Single(await queries.GapsAsync("s", default)));
    }

    [Fact]
    public async Task Unknown_IsWhatRetentionMayHaveDeleted()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Pools["scan"] = 2, kinds: new ScriptedKind(ScriptedKind.Succeed));
        await scheduler.SaveAsync("s", "* * * * *", """{ "kind": "scripted" }""", """ "successfulRunsHistoryLimit": 2 """);
        await scheduler.StartAsync();
        // Minute by minute: an occurrence that falls due while the one before still runs is skipped.
        foreach (var due in Enumerable.Range(1, 4).Select(minute => Eight.AddMinutes(minute)))
            await scheduler.ReachAsync(clock, due.AddSeconds(1), runs => runs.Any(r => r.ScheduledFor == due && r.Status == RunStatus.Succeeded));
        await scheduler.Writer.WriteAsync(write => { RunQueue.DeleteEnded(write, [1, 2]); }, default); // as retention does, if it has not yet
        var preview = (await scheduler.Get<BackfillQueries>().PreviewAsync(new BackfillRequest { Schedule = "s", From = Instants.Print(Eight.AddMinutes(-1)), To = Instants.Print(Eight.AddMinutes(4)) }, default))!;
        Assert.Equal(
            ["It never ran: the schedule was made later.", .. Enumerable.Repeat("Unknown: runs before 2026-03-02 08:03:00 UTC are no longer all kept.", 3), "Run 3 succeeded.", "Run 4 succeeded."],
            preview.Slots.Select(s => s.Reason));
    }

    private static readonly DateTimeOffset Past = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    private static BackfillControl Control(TestScheduler scheduler) => scheduler.Get<BackfillControl>();

    private static ScriptedKind Gated(SemaphoreSlim gate) => new(async (_, ct) =>
    {
        await gate.WaitAsync(ct);
        return new JobOutcome.Succeeded("done");
    });

    /// <summary>A schedule of every minute that is paused, so that nothing but the backfill runs.</summary>
    private static async Task<TestScheduler> StartAsync(ScriptedKind kind, int slots = 2)
    {
        var scheduler = await TestScheduler.CreateAsync(configure: o => o.Pools["scan"] = slots, kinds: kind);
        await scheduler.SaveAsync("s", "* * * * *", """{ "kind": "scripted" }""", """ "suspend": true """);
        return await scheduler.StartAsync();
    }

    private static BackfillRequest Minutes(int from, int to) => new()
    {
        Schedule = "s", From = Instants.Print(Past.AddMinutes(from)), To = Instants.Print(Past.AddMinutes(to)), Mode = BackfillMode.All, Note = " after the outage ",
    };

    private static async Task<long> LaunchAsync(TestScheduler scheduler, BackfillRequest request) => (await Control(scheduler).LaunchAsync(request, TestScheduler.Ana, default))!.Value;

    private static async Task<BackfillView> GetAsync(TestScheduler scheduler, long id) => (await scheduler.Get<BackfillQueries>().GetAsync(id, default))!;

    private static async Task<BackfillView> OverAsync(TestScheduler scheduler, long id, ManualTime? clock = null)
    {
        await Until.TrueAsync(async () =>
        {
            clock?.Advance(TimeSpan.FromMilliseconds(10));
            return (await GetAsync(scheduler, id)).FinishedAt is not null;
        }, $"backfill {id} is over");
        return await GetAsync(scheduler, id);
    }
}
