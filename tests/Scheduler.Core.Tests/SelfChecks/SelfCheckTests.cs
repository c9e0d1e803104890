using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.SelfChecks;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.SelfChecks;

/// <summary>The check on the real parts: that it passes where they work, says which one does not, and is nobody's business.</summary>
public sealed class SelfCheckTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Check_WhereEverythingWorks_Passes_AndLeavesNothing()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.StartAsync();

        var result = await scheduler.Get<SelfCheck>().CheckAsync(default);

        Assert.Equal((null, "", result.At), (result.FailedAt, result.Why, result.PassedAt));
        Assert.Equal(0, Count(scheduler, "SELECT (SELECT count(*) FROM runs) + (SELECT count(*) FROM schedules) + (SELECT count(*) FROM revisions) + (SELECT count(*) FROM attempts)"));
        Assert.Equal(0, Count(scheduler, "SELECT (SELECT count(*) FROM findings) + (SELECT count(*) FROM run_findings) + (SELECT count(*) FROM roll_ups) + (SELECT count(*) FROM audit)"));
        Assert.Empty(Directory.EnumerateFiles(scheduler.Options.LogFolder, "*", SearchOption.AllDirectories));
        // Runs of people have no gap in their numbers.
        await scheduler.SaveAsync("s", "manual");
        Assert.Equal(1, (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value);
    }

    [Fact]
    public async Task Check_WhileItGoesOn_IsInNoListAndNoFigure()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        // Nobody records the due time yet.
        var checking = scheduler.Get<SelfCheck>().CheckAsync(default);
        await Until.TrueAsync(() => Count(scheduler, "SELECT count(*) FROM schedules WHERE id = -1") == 1, "it is set up");

        Assert.Equal(1, (await scheduler.Schedules.CountsAsync(default)).Total);
        Assert.Null(await scheduler.Schedules.GetAsync(SystemSchedule.Name, default));
        Assert.Empty(await scheduler.Schedules.ComingAsync(10, default));
        Assert.Equal(ScheduleAct.NotFound, await scheduler.Editor.DeleteAsync(SystemSchedule.Name, TestScheduler.Ana, default));
        await using (var db = scheduler.Database.Read()) Assert.Equal(["s"], await db.Schedules.Select(s => s.Name).ToListAsync());
        await scheduler.Writer.WriteAsync(write => { write.Execute("CREATE TRIGGER hold BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'held for the test'); END"); }, default);
        await scheduler.StartAsync();
        Assert.Null((await checking).FailedAt);
        // What it made is still there, because the tidying up was refused.
        Assert.Equal(1, Count(scheduler, "SELECT count(*) FROM runs WHERE id = -1 AND status = 3"));
        Assert.Equal(1, Count(scheduler, "SELECT count(*) FROM findings"));
        Assert.Empty(await scheduler.Runs.ListAsync(new RunFilter(), default));
        Assert.Equal(0, await scheduler.Runs.CountAsync(new RunFilter(), default));
        Assert.Null(await scheduler.Runs.GetAsync(-1, default));
        Assert.Equal(0, Count(scheduler, "SELECT count(*) FROM roll_ups"));
        Assert.Empty(scheduler.Get<Core.Analytics.StatisticsUpkeep>().Check(default).Examples);
    }

    [Fact]
    public async Task Check_DuringABlackoutOfEverything_Passes()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.Get<BlackoutEditor>().CreateAsync(
            new BlackoutDraft { Name = "all", From = DateTimeOffset.UtcNow.AddHours(-1), Until = DateTimeOffset.UtcNow.AddHours(1) }, TestScheduler.Ana, default);
        await scheduler.StartAsync();
        Assert.Null((await scheduler.Get<SelfCheck>().CheckAsync(default)).FailedAt);
    }

    [Theory]
    [InlineData(SelfCheckStep.Job, "CREATE TRIGGER lost AFTER INSERT ON revisions BEGIN DELETE FROM revisions WHERE schedule_id = -1; END", "The run ended Failed: ")]
    [InlineData(SelfCheckStep.Finding, "CREATE TRIGGER lost AFTER INSERT ON run_findings BEGIN DELETE FROM findings; END", "The finding that the job reported is not among the findings.")]
    public async Task Check_WhereAPartLosesWhatItIsGiven_SaysWhichStep(SelfCheckStep step, string sabotage, string why)
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.Writer.WriteAsync(write => { write.Execute(sabotage); }, default);
        await scheduler.StartAsync();
        var result = await scheduler.Get<SelfCheck>().CheckAsync(default);
        Assert.Equal(step, result.FailedAt);
        Assert.StartsWith(why, result.Why, StringComparison.Ordinal);
        Assert.Null(result.PassedAt);
    }

    [Fact]
    public async Task Check_LogThatCantBeWritten_FailsAtTheLog()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await File.WriteAllTextAsync(Path.Combine(scheduler.Options.LogFolder, "000000"), "");
        await scheduler.StartAsync();
        Assert.Equal(SelfCheckStep.Log, (await scheduler.Get<SelfCheck>().CheckAsync(default)).FailedAt);
    }

    [Fact]
    public async Task Check_NobodyRecordsTheDueTime_FailsAtTheDueTimeAfterAMinute()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        var checking = scheduler.Get<SelfCheck>().CheckAsync(default);
        await Until.TrueAsync(() => Count(scheduler, "SELECT count(*) FROM schedules WHERE id = -1") == 1, "it is set up");
        await Until.TrueAsync(() => { clock.Advance(TimeSpan.FromSeconds(1)); return checking.IsCompleted; }, "it gives up");
        Assert.Equal((SelfCheckStep.Due, "The due time 08:00:01 UTC was not recorded within 60 s."), ((await checking).FailedAt, (await checking).Why));
        Assert.InRange((await checking).Took, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Check_NoSlotFree_FailsAtTheClaim()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Pools["light"] = 1, kinds: new ScriptedKind(ScriptedKind.UntilStopped, "light"));
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var id = (await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(async () => (await scheduler.RunAsync(id)).Status == RunStatus.Running, "the slot is taken");
        var checking = scheduler.Get<SelfCheck>().CheckAsync(default);
        await Until.TrueAsync(() => { clock.Advance(TimeSpan.FromSeconds(1)); return checking.IsCompleted; }, "it gives up");
        Assert.Equal((SelfCheckStep.Claim, "No slot of pool light took the run within 60 s."), ((await checking).FailedAt, (await checking).Why));
    }

    [Fact]
    public async Task Check_NobodyIsTold_FailsAtTheSinkThoughTheRunEndedWell()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.StartAsync();
        // It watches a feed of its own, on which the engine tells nothing.
        var deaf = new SelfCheck(scheduler.Options, scheduler.Get<SelfCheckReport>(), scheduler.Database, scheduler.Writer, scheduler.Get<ScheduleChanges>(), scheduler.Get<RunLog>(), new LiveFeed(), clock, NullLogger<SelfCheck>.Instance);
        var checking = deaf.CheckAsync(default);
        await Until.TrueAsync(() => { clock.Advance(TimeSpan.FromMilliseconds(100)); return checking.IsCompleted; }, "it gives up");
        Assert.Equal((SelfCheckStep.Sink, "Nobody was told of the run's end within 5 s."), ((await checking).FailedAt, (await checking).Why));
    }

    [Fact]
    public async Task Engine_ChecksSoonAfterItsStart_AndThenByTheOption()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.SelfCheckEvery = TimeSpan.FromMinutes(5));
        await scheduler.StartAsync();
        var report = scheduler.Get<SelfCheckReport>();
        // Quickly while nothing goes on, slowly while a check does: the parts need real time for their work.
        async Task<DateTimeOffset> NextAsync(DateTimeOffset? after, TimeSpan step)
        {
            await Until.TrueAsync(() =>
            {
                if (report.Last?.At == after) clock.Advance(Count(scheduler, "SELECT count(*) FROM schedules WHERE id = -1") == 0 ? step : TimeSpan.FromMilliseconds(10));
                return report.Last?.At != after;
            }, "a check");
            return report.Last!.PassedAt!.Value;
        }
        var first = await NextAsync(null, TimeSpan.FromSeconds(1));
        var second = await NextAsync(first, TimeSpan.FromSeconds(45));

        Assert.InRange(first, Eight.AddSeconds(11), Eight.AddMinutes(5));
        Assert.InRange(second - first, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
        Assert.True(report.IsGood(second.AddMinutes(14.9)));
        Assert.False(report.IsGood(second.AddMinutes(15.1)));
    }

    [Fact]
    public async Task Result_IsKnownToAnotherProcessAndAfterARestart_AndAFailureKeepsWhenItLastPassed()
    {
        await using var first = await TestScheduler.CreateAsync();
        await first.StartAsync();
        var passed = await first.Get<SelfCheck>().CheckAsync(default);
        await using var second = await TestScheduler.CreateAsync(folder: first.Options.DataFolder);
        Assert.Equal(passed, second.Get<SelfCheckReport>().Last);

        await first.Writer.WriteAsync(write => { write.Execute("CREATE TRIGGER lost AFTER INSERT ON run_findings BEGIN DELETE FROM findings; END"); }, default);
        await first.Get<SelfCheck>().CheckAsync(default);

        var failed = second.Get<SelfCheckReport>().Last!;
        Assert.Equal((SelfCheckStep.Finding, passed.PassedAt), (failed.FailedAt, failed.PassedAt));
        Assert.False(second.Get<SelfCheckReport>().IsGood(failed.At));
    }

    [Fact]
    public async Task ItsKind_IsNotOfferedToPeople()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        Assert.DoesNotContain(scheduler.Get<Core.Jobs.JobCatalog>().All, k => k.Name == "self-check");
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.SaveAsync("s", "manual", """{ "kind": "self-check", "options": { "word": "x" } }"""));
        Assert.Contains("there is no job kind \"self-check\"", refused.Message, StringComparison.Ordinal);
    }

    private static long Count(TestScheduler scheduler, string sql)
    {
        using var connection = scheduler.Database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
