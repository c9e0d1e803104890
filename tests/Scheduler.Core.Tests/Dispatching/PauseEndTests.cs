using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Dispatching;

/// <summary>A pause with an end: the engine resumes by itself, at that instant, and says so.</summary>
public sealed class PauseEndTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task PauseEnds_AtItsInstant_WithNothingElseDue_AndTheAuditAndTheFeedSaySo()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Heartbeat = TimeSpan.FromHours(5));
        await scheduler.SaveAsync("s", "0 * * * *");
        await scheduler.Editor.PauseAsync("s", Eight.AddMinutes(10), "db move", TestScheduler.Ana, default);
        using var watch = scheduler.Get<LiveFeed>().Watch(c => c is LiveChange.ScheduleChanged);
        await scheduler.StartAsync();

        // The heartbeat is far off: only the pause's own end can wake it.
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return await StateAsync(scheduler) == ScheduleState.Active;
        }, "it resumes");

        Assert.InRange(clock.GetUtcNow(), Eight.AddMinutes(10), Eight.AddMinutes(59));
        await using var db = scheduler.Database.Read();
        var row = await db.Audit.OrderBy(a => a.Id).LastAsync();
        Assert.Equal(("system", "resumed", "s", "the pause by ana@example.com ended at 2026-03-02T08:10:00Z"), (row.Actor, row.Action, row.ObjectName, row.Details));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Assert.Contains(new LiveChange.ScheduleChanged("s"), await watch.TakeAsync(limit.Token));
    }

    [Fact]
    public async Task PauseEnded_WhileTheProcessWasDown_CatchesUpOnlyWhatPassedAfterItsEnd()
    {
        var clock = new ManualTime(Eight);
        await using var first = await TestScheduler.CreateAsync(clock);
        await first.SaveAsync("s", "* * * * *");
        await first.Editor.PauseAsync("s", Eight.AddMinutes(10), "db move", TestScheduler.Ana, default);
        clock.Advance(TimeSpan.FromMinutes(15.5));

        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        await second.StartAsync();
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Any(r => r.Status == RunStatus.Succeeded), "it catches up");

        var run = Assert.Single(await second.RunsOfAsync("s"));
        Assert.Equal((TriggerType.CatchUp, 5, Eight.AddMinutes(15)), (run.TriggerType, run.StandsFor, run.ScheduledFor)); // 08:11 to 08:15
    }

    [Fact]
    public async Task PauseEnded_AfterTheLastOccurrence_IsCompletedAndNotActiveForEver()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "at(2026-03-02T08:05:00)");
        await scheduler.Editor.PauseAsync("s", Eight.AddMinutes(10), null, TestScheduler.Ana, default);
        clock.Advance(TimeSpan.FromMinutes(11));
        await scheduler.StartAsync();
        await Until.TrueAsync(async () => await StateAsync(scheduler) != ScheduleState.Paused, "the pause ends");
        Assert.Equal(ScheduleState.Completed, await StateAsync(scheduler));
        Assert.Empty(await scheduler.RunsOfAsync("s"));
    }

    [Fact]
    public async Task PauseEnded_InAZoneThatHasGone_DisablesThatOneAndResumesTheOthers()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        foreach (var name in (string[])["a", "b"])
        {
            await scheduler.SaveAsync(name, "0 * * * *");
            await scheduler.Editor.PauseAsync(name, Eight.AddMinutes(10), null, TestScheduler.Ana, default);
        }
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET time_zone = 'Europe/Atlantis' WHERE name = 'a'"); }, default);
        clock.Advance(TimeSpan.FromMinutes(11));
        await scheduler.StartAsync();
        await Until.TrueAsync(async () => (await scheduler.Schedules.GetAsync("b", default))!.Summary.State == ScheduleState.Active, "the other resumes");
        var gone = (await scheduler.Schedules.GetAsync("a", default))!.Summary;
        Assert.Equal(ScheduleState.Disabled, gone.State);
        Assert.Contains("Europe/Atlantis", gone.StateReason, StringComparison.Ordinal);
    }

    private static async Task<ScheduleState> StateAsync(TestScheduler scheduler) => (await scheduler.Schedules.GetAsync("s", default))!.Summary.State;
}
