using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Schedules;

public sealed class ScheduleEditorTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Save_NewThenChangedThenSame_MakesARevisionOnlyWhenSomethingChanged()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        Assert.Equal(new SaveOutcome.Saved("s", 1, true, true), await scheduler.SaveAsync("s", "0 12 * * *"));
        Assert.Equal(new SaveOutcome.Saved("s", 2, false, true), await scheduler.SaveAsync("s", "0 13 * * *"));
        Assert.Equal(new SaveOutcome.Saved("s", 2, false, false), await scheduler.SaveAsync("s", "0 13 * * *"));
        Assert.Equal([2, 1], (await scheduler.Schedules.RevisionsAsync("s", 10, default)).Select(r => r.Generation));
        Assert.Equal(Eight.AddHours(5), (await scheduler.Schedules.GetAsync("s", default))!.Summary.NextRunAt);
    }

    [Fact]
    public async Task Save_OverSomebodyElsesChange_IsStale()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "0 12 * * *");
        await scheduler.SaveAsync("s", "0 13 * * *");
        var outcome = await scheduler.Editor.SaveAsync(TestScheduler.Manifest("s", "0 14 * * *"), new SaveRules { ExpectedGeneration = 1 }, TestScheduler.Ana, default);
        Assert.Equal(new SaveOutcome.Stale(2, "ana@example.com"), outcome);
        outcome = await scheduler.Editor.SaveAsync(TestScheduler.Manifest("S", "manual"), new SaveRules { CreateOnly = true }, TestScheduler.Ana, default);
        Assert.Equal(new SaveOutcome.NameTaken("s"), outcome); // names differ in more than case
    }

    [Fact]
    public async Task Pause_Resume_MovesTheNextRunFromNow()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "0 * * * *");
        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.PauseAsync("s", null, "db move", TestScheduler.Ana, default));
        var paused = (await scheduler.Schedules.GetAsync("s", default))!.Summary;
        Assert.Equal((ScheduleState.Paused, null, "db move"), (paused.State, paused.NextRunAt, paused.Pause!.Reason));

        clock.Advance(TimeSpan.FromHours(3.5));
        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.ResumeAsync("s", TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.NothingToDo, await scheduler.Editor.ResumeAsync("s", TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.NotFound, await scheduler.Editor.ResumeAsync("other", TestScheduler.Ana, default));
        Assert.Equal(Eight.AddHours(4), (await scheduler.Schedules.GetAsync("s", default))!.Summary.NextRunAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pause_WhileOccurrencesAreDueAndNotYetSeen_RecordsThemAsSkipped(bool byManifest)
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        clock.Advance(TimeSpan.FromMinutes(3.5)); // nobody looks: the engine is not started
        if (byManifest) await scheduler.SaveAsync("s", "* * * * *", more: """ "suspend": true """);
        else await scheduler.Editor.PauseAsync("s", null, null, TestScheduler.Ana, default);
        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal((Core.Runs.RunStatus.Skipped, 3, Eight.AddMinutes(3)), (run.Status, run.StandsFor, run.ScheduledFor));
        Assert.Equal("Paused by ana@example.com before it could start. Stands for 3 occurrences.", run.Reason);

        await scheduler.Editor.ResumeAsync("s", TestScheduler.Ana, default);
        Assert.Equal(Eight.AddMinutes(4), (await scheduler.Schedules.GetAsync("s", default))!.Summary.NextRunAt);
    }

    [Fact]
    public async Task ChangedTrigger_WhileOccurrencesAreDueAndNotYetSeen_RecordsThemByTheOldOne()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        clock.Advance(TimeSpan.FromMinutes(3.5)); // the program was down, and somebody was quicker than the engine's start
        await scheduler.SaveAsync("s", "30 8 * * *");

        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal((Core.Runs.TriggerType.CatchUp, 3, Eight.AddMinutes(3), 1), (run.TriggerType, run.StandsFor, run.ScheduledFor, run.Generation));
        Assert.Equal(Eight.AddMinutes(30), (await scheduler.Schedules.GetAsync("s", default))!.Summary.NextRunAt);
    }

    [Fact]
    public async Task Delete_WhileOccurrencesAreDueAndNotYetSeen_RecordsThemAsSkipped()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        clock.Advance(TimeSpan.FromMinutes(3.5));
        await scheduler.Editor.DeleteAsync("s", TestScheduler.Ana, default);
        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal((Core.Runs.RunStatus.Skipped, 3, "Deleted by ana@example.com before it could start. Stands for 3 occurrences."), (run.Status, run.StandsFor, run.Reason));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("change")]
    [InlineData("delete")]
    public async Task PauseThatIsOver_AndNobodyHasSeenThat_LosesNoDueTimeToTheNextAct(string act)
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.Editor.PauseAsync("s", Eight.AddMinutes(2), null, TestScheduler.Ana, default);
        clock.Advance(TimeSpan.FromMinutes(5.5));
        if (act == "pause") await scheduler.Editor.PauseAsync("s", null, null, TestScheduler.Ana, default);
        else if (act == "change") await scheduler.SaveAsync("s", "0 12 * * *");
        else await scheduler.Editor.DeleteAsync("s", TestScheduler.Ana, default);
        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal((3, Eight.AddMinutes(5)), (run.StandsFor, run.ScheduledFor)); // 8:03, 8:04 and 8:05
    }

    [Fact]
    public async Task PauseThatIsOver_OfAScheduleWhoseZoneHasGone_DisablesItAndStopsNobodyElse()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("gone", "* * * * *", more: """ "timezone": "Europe/Berlin" """);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.Editor.PauseAsync("gone", Eight.AddSeconds(30), null, TestScheduler.Ana, default);
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET time_zone = 'Mars/Olympus' WHERE name = 'gone'"); }, default);
        await scheduler.StartAsync();
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return (await scheduler.RunsOfAsync("s")).Count > 0;
        }, "the other schedule runs");
        Assert.Equal(ScheduleState.Disabled, (await scheduler.Schedules.GetAsync("gone", default))!.Summary.State);
    }

    [Fact]
    public async Task Suspend_InTheManifest_PausesAndSilenceLeavesItPaused()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "0 * * * *", more: """ "suspend": true """);
        Assert.Equal(ScheduleState.Paused, (await scheduler.Schedules.GetAsync("s", default))!.Summary.State);
        await scheduler.SaveAsync("s", "30 * * * *");
        Assert.Equal(ScheduleState.Paused, (await scheduler.Schedules.GetAsync("s", default))!.Summary.State);
        await scheduler.SaveAsync("s", "30 * * * *", more: """ "suspend": false """);
        Assert.Equal(ScheduleState.Active, (await scheduler.Schedules.GetAsync("s", default))!.Summary.State);
    }

    [Fact]
    public async Task OneTime_InThePast_IsRefused_AndCompletesOnceRun()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.SaveAsync("s", "at(2026-03-02T07:59:59)"));
        Assert.Equal("spec.schedule", refused.Errors.Single().Path);

        await scheduler.SaveAsync("s", "at(2026-03-02T08:00:30)");
        await scheduler.StartAsync();
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return (await scheduler.Schedules.GetAsync("s", default))!.Summary.State == ScheduleState.Completed;
        }, "it completes");
        Assert.Single(await scheduler.RunsOfAsync("s"));
    }

    [Fact]
    public async Task Delete_KeepsTheRunsAndTheirManifest()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        await scheduler.StartAsync();
        var run = await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("s", new Core.Runs.RunRequest(), TestScheduler.Ana, default))!.Value);
        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.DeleteAsync("s", TestScheduler.Ana, default));
        Assert.Null(await scheduler.Schedules.GetAsync("s", default));
        Assert.Equal(run.Id, Assert.Single(await scheduler.RunsOfAsync("s")).Id);
        Assert.NotNull(await scheduler.Runs.ManifestAsync(run.Id, default));
    }

    [Fact]
    public async Task EveryAct_WritesAnAuditRow_AndAChangedRowBreaksTheChain()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "0 * * * *");
        await scheduler.Editor.PauseAsync("s", null, "db move", TestScheduler.Ana, default);
        await scheduler.Editor.ResumeAsync("s", TestScheduler.Ana, default);
        await scheduler.Get<Core.Jobs.ScopeStore>().AddAsync("network", "10.20.0.0/16", "CHG-1", TestScheduler.Ana, default);
        await scheduler.Editor.DeleteAsync("s", TestScheduler.Ana, default);
        await using var db = scheduler.Database.Read();
        var rows = await db.Audit.OrderBy(a => a.Id).ToListAsync();
        Assert.Equal(["created", "paused", "resumed", "added", "deleted"], rows.Select(r => r.Action));
        Assert.All(rows, r => Assert.Equal(Core.Audit.AuditChain.HashOf(r), r.Hash));
        Assert.Equal(rows.Select(r => r.Hash).Prepend(Core.Audit.AuditChain.Genesis).SkipLast(1), rows.Select(r => r.PreviousHash));

        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE audit SET actor = 'eve' WHERE id = 2"); }, default);
        var forged = await db.Audit.SingleAsync(a => a.Id == 2);
        Assert.NotEqual(Core.Audit.AuditChain.HashOf(forged), forged.Hash);
    }

    [Fact]
    public async Task RefusedSave_LeavesNoAuditRowBehind()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.SaveAsync("s", "at(2020-01-01T00:00:00)"));
        await using var db = scheduler.Database.Read();
        Assert.Empty(await db.Audit.ToListAsync());
        Assert.Empty(await db.Schedules.ToListAsync());
    }
}
