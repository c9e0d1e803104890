using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Analytics;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Analytics;

public sealed class LoadForecastsTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 3, 0, TimeSpan.Zero);

    [Fact]
    public async Task Coming_KnowsTheActiveSchedulesThatFollowTheClock()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight), configure: o => o.Pools = new() { ["light"] = 3, ["scan"] = 2 });
        await scheduler.SaveAsync("a", "0 12 * * *", more: """ "concurrencyPolicy": "Queue" """);
        await scheduler.SaveAsync("hand", "manual");
        await scheduler.SaveAsync("paused", "0 12 * * *", more: """ "suspend": true """);

        var forecast = await scheduler.Get<LoadForecasts>().ComingAsync(default);

        var plan = Assert.Single(forecast.Schedules);
        Assert.Equal(("a", ConcurrencyPolicy.Queue, PlannedSchedule.DefaultDuration, false), (plan.Name, plan.Concurrency, plan.ExpectedDuration, plan.IsMeasured));
        Assert.Equal((Eight.AddMinutes(-3), Eight.AddMinutes(12).AddDays(7)), (forecast.From, forecast.To));
        Assert.Equal(3, forecast.Pool("light").Slots);
    }

    [Fact]
    public async Task TheDuration_IsTheMedianOfItsScheduledRunsThatEndedByThemselves()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("a", "0 12 * * *");
        await scheduler.SaveAsync("b", "0 12 * * *");
        await AddRunsAsync(scheduler, "a", TriggerType.Scheduled, (RunStatus.Succeeded, 60), (RunStatus.Failed, 120), (RunStatus.TimedOut, 600), (RunStatus.Cancelled, 1), (RunStatus.Skipped, null), (RunStatus.Running, null));
        await AddRunsAsync(scheduler, "a", TriggerType.Manual, (RunStatus.Succeeded, 5000), (RunStatus.Succeeded, 5000), (RunStatus.Succeeded, 5000));

        var forecast = await scheduler.Get<LoadForecasts>().ComingAsync(default);

        Assert.Equal([(TimeSpan.FromSeconds(120), true), (PlannedSchedule.DefaultDuration, false)], forecast.Schedules.Select(s => (s.ExpectedDuration, s.IsMeasured)));
        Assert.Equal(TimeSpan.FromSeconds(120), await scheduler.Get<LoadForecasts>().UsualDurationAsync("A", default));
        Assert.Null(await scheduler.Get<LoadForecasts>().UsualDurationAsync("b", default));
        Assert.Null(await scheduler.Get<LoadForecasts>().UsualDurationAsync("nobody", default));
    }

    [Fact]
    public async Task OnlyItsLastRunsCount()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("a", "0 12 * * *");
        await AddRunsAsync(scheduler, "a", TriggerType.Scheduled, [.. Enumerable.Repeat((RunStatus.Succeeded, (int?)3600), 60), .. Enumerable.Repeat((RunStatus.Succeeded, (int?)60), 50)]);

        Assert.Equal(TimeSpan.FromMinutes(1), await scheduler.Get<LoadForecasts>().UsualDurationAsync("a", default));
    }

    private static async Task AddRunsAsync(TestScheduler scheduler, string schedule, TriggerType trigger, params (RunStatus Status, int? Seconds)[] runs)
    {
        await using var db = scheduler.Database.Read();
        var id = await db.Schedules.Where(s => s.Name == schedule).Select(s => s.Id).SingleAsync();
        var earlier = await db.Runs.CountAsync();
        db.Runs.AddRange(runs.Select((run, i) => new Run
        {
            ScheduleId = id, ScheduleName = schedule, Generation = 1, TriggerType = trigger, Status = run.Status, Priority = 0, Pool = "light", JobKind = "noop",
            ScheduledFor = trigger == TriggerType.Scheduled ? Eight.AddDays(-1 - earlier - i) : null,
            MaxAttempts = 1, DueAt = Eight, QueuedAt = Eight, NotBefore = Eight, DurationMs = run.Seconds * 1000L,
        }));
        await db.SaveChangesAsync();
    }
}
