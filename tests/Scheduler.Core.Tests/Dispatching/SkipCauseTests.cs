using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Dispatching;

/// <summary>What does not run stands in the ledger with one cause of the closed list.</summary>
public sealed class SkipCauseTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void EveryCause_HasItsWordsInOnePlace()
    {
        var worded = typeof(SkipReason).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.ReturnType == typeof(SkipReason)).Select(m => m.Name).ToHashSet();
        worded.Add(nameof(SkipCause.ClockSet)); // one sentence with SchedulerDown: both were missed
        if (worded.Remove("Missed")) worded.Add(nameof(SkipCause.SchedulerDown));
        Assert.Equal(Enum.GetNames<SkipCause>().Except([nameof(SkipCause.Other)]).Order(), worded.Order());
    }

    [Fact]
    public void Concurrency_Forbid_TellsARunningFromAWaitingRun()
    {
        var running = Assert.IsType<ConcurrencyDecision.Skip>(ConcurrencyDecision.For(ConcurrencyPolicy.Forbid, new ActiveRun(7, Eight)));
        var waiting = Assert.IsType<ConcurrencyDecision.Skip>(ConcurrencyDecision.For(ConcurrencyPolicy.Forbid, new ActiveRun(7, null)));
        Assert.Equal((SkipCause.StillRunning, "Previous run 7 still going since 2026-03-02 08:00:00 UTC (Forbid)."), (running.Reason.Cause, running.Reason.Words));
        Assert.Equal((SkipCause.StillWaiting, "Previous run 7 still waits to start (Forbid)."), (waiting.Reason.Cause, waiting.Reason.Words));
    }

    [Fact]
    public void Absence_SaysSinceWhen_AndTellsAStopFromAClockThatWasSet()
    {
        Assert.Equal("while the scheduler was down from 2026-03-02 08:00:00 UTC to 2026-03-02 09:00:00 UTC", new Absence(Eight.AddHours(1), Eight).When);
        Assert.Equal("when the clock jumped from 2026-03-02 08:00:00 UTC to 2026-03-02 09:00:00 UTC", new Absence(Eight.AddHours(1), Eight, ClockWasSet: true).When);
        Assert.Equal("while the scheduler was down", new Absence(Eight).When);
    }

    [Fact]
    public async Task Forbid_PreviousStillGoing_KeepsTheCauseWithTheRow()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: new ScriptedKind(ScriptedKind.UntilStopped));
        await scheduler.SaveAsync("s", "* * * * *", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2), runs => runs.Count >= 2);
        var runs = await scheduler.RunsOfAsync("s");
        Assert.Contains(runs[^2].Cause, (SkipCause?[])[SkipCause.StillRunning, SkipCause.StillWaiting]);
        Assert.Null(runs[^1].Cause);
    }

    [Fact]
    public async Task Restart_MissedSkip_SaysThatTheSchedulerWasDownAndSinceWhen()
    {
        var clock = new ManualTime(Eight);
        await using var first = await TestScheduler.CreateAsync(clock);
        await first.SaveAsync("s", "* * * * *", more: """ "missedRuns": "Skip" """);
        await first.StartAsync();
        await first.StopAsync();
        var stopped = (await first.Get<Core.Workers.AbandonedRuns>().LastSeenAsync(default))!.Value;
        clock.Advance(TimeSpan.FromMinutes(3));

        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        await second.StartAsync();
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Count >= 3, "the missed ones are recorded");
        var run = (await second.RunsOfAsync("s"))[^1];
        Assert.Equal((RunStatus.Skipped, SkipCause.SchedulerDown), (run.Status, run.Cause));
        Assert.StartsWith($"Missed while the scheduler was down from {stopped.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC to ", run.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClockSetForward_MissedSkip_IsAnotherCauseThanADownTime()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *", more: """ "missedRuns": "Skip" """);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs.Count == 1);
        clock.SetWall(Eight.AddMinutes(10.5));
        await scheduler.ReachAsync(clock, Eight.AddMinutes(10.6), runs => runs.Count >= 10);
        var missed = (await scheduler.RunsOfAsync("s")).Where(r => r.ScheduledFor > Eight.AddMinutes(1)).ToList();
        Assert.Equal(9, missed.Count);
        Assert.All(missed, r => Assert.Equal((RunStatus.Skipped, SkipCause.ClockSet), (r.Status, r.Cause!.Value)));
    }

    [Fact]
    public async Task Delete_OfAScheduleThatIsDue_RecordsWhatWasDue()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        clock.Advance(TimeSpan.FromMinutes(2)); // no engine looks
        await scheduler.Editor.DeleteAsync("s", TestScheduler.Ana, default);
        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal((RunStatus.Skipped, SkipCause.Deleted, 2), (run.Status, run.Cause, run.StandsFor));
    }

    [Fact]
    public async Task ZoneGone_WhileNobodyWasThere_DisablesTheSchedule_AndRecordsWhatWasDue()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET time_zone = 'Nowhere/Gone'"); }, default);
        clock.SetWall(Eight.AddMinutes(1));
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs.Count == 1);
        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal((RunStatus.Skipped, SkipCause.Disabled, Eight.AddMinutes(1)), (run.Status, run.Cause, run.ScheduledFor));
    }

    [Fact]
    public async Task Upgrade_SkippedRunsFromBeforeCauses_GetTheCauseOther()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await using var db = scheduler.Database.Read();
        await db.GetService<IMigrator>().MigrateAsync("Initial");
        await db.Database.ExecuteSqlRawAsync(
            """
            INSERT INTO runs (schedule_name, generation, trigger_type, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before,
                exclusive, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
            SELECT 'old', 1, 0, 1, value, 'words', 0, 'light', 'noop', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{{}}' FROM json_each('[8, 3]')
            """);
        await db.Database.MigrateAsync();
        Assert.Equal([(RunStatus.Skipped, SkipCause.Other), (RunStatus.Succeeded, null)], (await db.Runs.OrderBy(r => r.Id).ToListAsync()).Select(r => (r.Status, r.Cause)));
    }
}
