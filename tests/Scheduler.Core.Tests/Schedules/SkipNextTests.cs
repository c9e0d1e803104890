using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Schedules;

/// <summary>"Skip the next one": at once in the ledger, exactly once, and held against every later change.</summary>
public sealed class SkipNextTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Skip_RecordsTheNextOccurrenceWithWhoAndWhy_AndMovesOn()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 * * * *");

        var outcome = await scheduler.Editor.SkipNextAsync("s", " db move ", TestScheduler.Ana, default);

        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal(new SkipOutcome.Skipped(Eight.AddHours(1), Eight.AddHours(2), run.Id), outcome);
        Assert.Equal((RunStatus.Skipped, TriggerType.Scheduled, Eight.AddHours(1), "Skipped by ana@example.com: db move"), (run.Status, run.TriggerType, run.ScheduledFor, run.Reason));
        Assert.Equal(Eight.AddHours(2), await NextAsync(scheduler));
        Assert.Equal([new SkipAhead(Eight.AddHours(1), run.Id, "Skipped by ana@example.com: db move")], await scheduler.Schedules.SkipsAheadAsync("s", default));
        Assert.Equal(["created s: 0 * * * *", "skipped s: 2026-03-02T09:00:00Z: db move"], await AuditAsync(scheduler));
    }

    [Fact]
    public async Task Skip_ThreeTimes_SkipsThreeInARow()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 * * * *");
        for (var i = 0; i < 3; i++) Assert.IsType<SkipOutcome.Skipped>(await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default));
        Assert.Equal([Eight.AddHours(3), Eight.AddHours(2), Eight.AddHours(1)], (await scheduler.RunsOfAsync("s")).Select(r => r.ScheduledFor!.Value));
        Assert.Equal(Eight.AddHours(4), await NextAsync(scheduler));
    }

    [Fact]
    public async Task Skip_OfTheInstantThatTwoPeopleSaw_HappensOnce()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 * * * *");
        var both = await Task.WhenAll(
            scheduler.Editor.SkipNextAsync("s", "a", TestScheduler.Ana, default, Eight.AddHours(1)), scheduler.Editor.SkipNextAsync("s", "b", TestScheduler.Ana, default, Eight.AddHours(1)));
        Assert.Single(both.OfType<SkipOutcome.Skipped>());
        Assert.Contains("no longer at 2026-03-02T09:00:00Z", Assert.Single(both.OfType<SkipOutcome.Refused>()).Reason, StringComparison.Ordinal);
        Assert.Single(await scheduler.RunsOfAsync("s"));
    }

    [Fact]
    public async Task Skip_TheEngineRunsTheOneAfter_AndNotTheSkippedOne()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default);
        await scheduler.StartAsync();
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return (await scheduler.RunsOfAsync("s")).Count >= 2;
        }, "the next one runs");
        Assert.Equal([(Eight.AddMinutes(1), RunStatus.Skipped), (Eight.AddMinutes(2), RunStatus.Queued)],
            (await scheduler.RunsOfAsync("s")).Reverse().Take(2).Select(r => (r.ScheduledFor!.Value, r.Status == RunStatus.Skipped ? r.Status : RunStatus.Queued)));
    }

    [Fact]
    public async Task Skip_ThenAnEditOfTheTiming_NeitherBringsItBackNorForgetsIt()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "*/4 * * * *", more: """ "concurrencyPolicy": "Allow" """);
        await scheduler.Editor.SkipNextAsync("s", "db move", TestScheduler.Ana, default);
        await scheduler.SaveAsync("s", "*/2 * * * *", more: """ "concurrencyPolicy": "Allow" """);
        Assert.Equal(Eight.AddMinutes(2), await NextAsync(scheduler));
        await scheduler.StartAsync();
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return (await scheduler.RunsOfAsync("s")).Count >= 3;
        }, "two more run");

        var runs = (await scheduler.RunsOfAsync("s")).OrderBy(r => r.ScheduledFor).Take(3).Select(r => (r.ScheduledFor, r.Status == RunStatus.Skipped)).ToList();
        Assert.Equal([(Eight.AddMinutes(2), false), (Eight.AddMinutes(4), true), (Eight.AddMinutes(6), false)], runs);
    }

    [Fact]
    public async Task Edit_WhoseNextOccurrenceIsTheSkippedOne_ShowsTheOneAfter()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 * * * *");
        await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default);
        await scheduler.SaveAsync("s", "0 9,12 * * *");
        Assert.Equal(Eight.AddHours(4), await NextAsync(scheduler));
        await scheduler.Editor.PauseAsync("s", null, null, TestScheduler.Ana, default);
        await scheduler.Editor.ResumeAsync("s", TestScheduler.Ana, default);
        Assert.Equal(Eight.AddHours(4), await NextAsync(scheduler));
    }

    [Fact]
    public async Task Skip_ThenTheProcessIsDownOverIt_TheCatchUpStandsForTheOthersAlone()
    {
        var clock = new ManualTime(Eight);
        await using var first = await TestScheduler.CreateAsync(clock);
        await first.SaveAsync("s", "0 * * * *");
        await first.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default);
        await first.SaveAsync("s", "*/30 * * * *");
        clock.Advance(TimeSpan.FromMinutes(75)); // 08:30 was missed; 09:00, the last of them, was skipped

        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        await second.StartAsync();
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Any(r => r.Status == RunStatus.Succeeded), "it catches up");

        var catchUp = Assert.Single(await second.RunsOfAsync("s"), r => r.Status == RunStatus.Succeeded);
        Assert.Equal((TriggerType.CatchUp, 1, Eight.AddMinutes(30)), (catchUp.TriggerType, catchUp.StandsFor, catchUp.ScheduledFor));
        Assert.Equal(Eight.AddMinutes(90), await NextAsync(second));
    }

    [Fact]
    public async Task Skip_OfTheOnlyOccurrence_CompletesIt_AndUndoBringsItBack()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "at(2026-03-02T12:00:00)");
        Assert.Null(Assert.IsType<SkipOutcome.Skipped>(await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default)).NextRunAt);
        var completed = (await scheduler.Schedules.GetAsync("s", default))!.Summary;
        Assert.Equal((ScheduleState.Completed, "Its last occurrence was skipped by ana@example.com."), (completed.State, completed.StateReason));

        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.UndoSkipAsync("s", Eight.AddHours(4), TestScheduler.Ana, default));
        Assert.Equal((ScheduleState.Active, Eight.AddHours(4)), ((await scheduler.Schedules.GetAsync("s", default))!.Summary.State, await NextAsync(scheduler)));
    }

    [Fact]
    public async Task Undo_BeforeItIsDue_TakesTheEntryOutAndTheOccurrenceRuns()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 * * * *");
        await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default);
        await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default);

        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.UndoSkipAsync("s", Eight.AddHours(1), TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.NothingToDo, await scheduler.Editor.UndoSkipAsync("s", Eight.AddHours(1), TestScheduler.Ana, default));

        Assert.Equal([Eight.AddHours(2)], (await scheduler.RunsOfAsync("s")).Select(r => r.ScheduledFor!.Value));
        Assert.Equal(Eight.AddHours(1), await NextAsync(scheduler));
        Assert.Equal("unskipped s: 2026-03-02T09:00:00Z", (await AuditAsync(scheduler))[^1]);
        // The second one is still skipped: what follows the first is the third.
        await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default);
        Assert.Equal(Eight.AddHours(3), await NextAsync(scheduler));
    }

    [Fact]
    public async Task Undo_OnceItIsDue_IsTooLate()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "0 * * * *");
        await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(ScheduleAct.NothingToDo, await scheduler.Editor.UndoSkipAsync("s", Eight.AddHours(1), TestScheduler.Ana, default));
        Assert.Single(await scheduler.RunsOfAsync("s"));
    }

    [Theory]
    [InlineData("manual", "s follows no clock: it has no next run that could be skipped.")]
    [InlineData("event(data_available)", "s follows no clock: it has no next run that could be skipped.")]
    public async Task Skip_WithoutANextRun_IsRefusedInWords(string schedule, string reason)
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", schedule);
        Assert.Equal(new SkipOutcome.Refused(reason), await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default));
        Assert.Empty(await scheduler.RunsOfAsync("s"));
    }

    [Fact]
    public async Task Skip_PausedUnknownViewerOrLongReason_ChangesNothing()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 * * * *");
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.UndoSkipAsync("s", Eight, TestScheduler.Vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.SetLabelAsync("s", "a", "b", TestScheduler.Vic, default));
        Assert.Equal("reason", (await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Editor.SkipNextAsync("s", new string('x', 501), TestScheduler.Ana, default))).Errors.Single().Path);
        Assert.Equal(new SkipOutcome.NotFound(), await scheduler.Editor.SkipNextAsync("other", null, TestScheduler.Ana, default));
        await scheduler.Editor.PauseAsync("s", null, null, TestScheduler.Ana, default);
        Assert.Equal(new SkipOutcome.Refused("s is paused: it has no next run that could be skipped."), await scheduler.Editor.SkipNextAsync("s", null, TestScheduler.Ana, default));
        Assert.Empty(await scheduler.RunsOfAsync("s"));
        Assert.Equal(["created s: 0 * * * *", "paused s: "], await AuditAsync(scheduler));
    }

    private static async Task<DateTimeOffset?> NextAsync(TestScheduler scheduler) => (await scheduler.Schedules.GetAsync("s", default))!.Summary.NextRunAt;

    private static async Task<List<string>> AuditAsync(TestScheduler scheduler)
    {
        await using var db = scheduler.Database.Read();
        return await db.Audit.OrderBy(a => a.Id).Select(a => $"{a.Action} {a.ObjectName}: {a.Details}").ToListAsync();
    }
}
