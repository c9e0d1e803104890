using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Schedules;

/// <summary>The system's time zone data was updated while the scheduler was down. With data that is really swapped: the server's own tests.</summary>
public sealed class ZoneUpdatesTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task OtherRules_NextRunsOfThatZone_AreWorkedOutAnew_AndNoOthers()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "berlin", "0 2 * * *", "Europe/Berlin");
        await SaveAsync(scheduler, "yearly", "0 2 1 1 *", "Europe/Berlin");
        await SaveAsync(scheduler, "skipping", "0 2 * * *", "Europe/Berlin");
        await SaveAsync(scheduler, "ended", "0 2 * * *", "Europe/Berlin", """ "endAt": "2026-03-03T01:30:00Z" """);
        await SaveAsync(scheduler, "tokyo", "0 2 * * *", "Asia/Tokyo");
        await scheduler.Editor.SkipNextAsync("skipping", null, TestScheduler.Ana, default);
        var right = await NextAsync(scheduler);
        await scheduler.StartAsync();
        await scheduler.StopAsync();
        Assert.Equal(right, await NextAsync(scheduler)); // the first look knows no rules yet, and finds all as it should be

        // As though Berlin had been an hour further west until now.
        await scheduler.Writer.WriteAsync(write =>
        {
            write.Execute("UPDATE settings SET value = json_set(value, '$.\"Europe/Berlin\"', 'other') WHERE key = 'zone-rules'");
            write.Execute("UPDATE schedules SET next_run_at = next_run_at + 3600000 WHERE id > 0");
        }, default);
        await using var again = await TestScheduler.CreateAsync(clock, folder: scheduler.Options.DataFolder);
        await again.StartAsync();

        var next = await NextAsync(again);
        Assert.Equal((right["berlin"], right["yearly"], right["skipping"], right["ended"]), (next["berlin"], next["yearly"], next["skipping"], next["ended"]));
        Assert.Equal(right["tokyo"]!.Value.AddHours(1), next["tokyo"]);
        Assert.Equal(["changed Europe/Berlin: 4 schedules with another next run"], await AuditedAsync(again));
    }

    [Fact]
    public async Task ZoneThatHasGone_ItsSchedulesAreDisabledAtTheStart_ThoughNothingIsDue()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "yearly", "0 2 1 1 *", "Europe/Berlin");
        await SaveAsync(scheduler, "other", "0 2 * * *", "UTC");
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET time_zone = 'Nowhere/Gone' WHERE name = 'yearly'"); }, default);

        await scheduler.StartAsync();

        var yearly = (await scheduler.Schedules.GetAsync("yearly", default))!.Summary;
        Assert.Equal((ScheduleState.Disabled, "Its time zone, Nowhere/Gone, is not among this system's time zones any more.", null), (yearly.State, yearly.StateReason, yearly.NextRunAt));
        Assert.Equal(ScheduleState.Active, (await scheduler.Schedules.GetAsync("other", default))!.Summary.State);
        Assert.Empty(await scheduler.RunsOfAsync("yearly"));
        Assert.Equal(["gone Nowhere/Gone: 1 schedule disabled"], await AuditedAsync(scheduler));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Editor.ResumeAsync("yearly", TestScheduler.Ana, default));
        Assert.Equal("spec.timezone", Assert.Single(refused.Errors).Path);
        Assert.Equal(ScheduleState.Disabled, (await scheduler.Schedules.GetAsync("yearly", default))!.Summary.State);
    }

    [Fact]
    public async Task ZoneThatHasGone_ASkipOfADisabledScheduleCanStillBeTakenBack()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await SaveAsync(scheduler, "yearly", "0 2 1 1 *", "Europe/Berlin");
        var skipped = Assert.IsType<SkipOutcome.Skipped>(await scheduler.Editor.SkipNextAsync("yearly", null, TestScheduler.Ana, default));
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET time_zone = 'Nowhere/Gone' WHERE name = 'yearly'"); }, default);
        await scheduler.StartAsync();

        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.UndoSkipAsync("yearly", skipped.At, TestScheduler.Ana, default));

        var yearly = (await scheduler.Schedules.GetAsync("yearly", default))!.Summary;
        Assert.Equal((ScheduleState.Disabled, null), (yearly.State, yearly.NextRunAt));
        Assert.Empty(await scheduler.RunsOfAsync("yearly"));
    }

    [Fact]
    public async Task WhatHasRun_DoesNotRunAgain_WhereTheClockWasSetBackAsWell()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "s", "0 * * * *", "Europe/Berlin");
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddHours(1), runs => runs.Count == 1);
        await scheduler.StopAsync();
        clock.SetWall(Eight.AddMinutes(1));
        await scheduler.Writer.WriteAsync(write =>
        {
            write.Execute("DELETE FROM settings WHERE key = 'zone-rules'");
            write.Execute("DELETE FROM runs"); // as after retention
        }, default);
        await using var again = await TestScheduler.CreateAsync(clock, folder: scheduler.Options.DataFolder);
        await again.StartAsync();
        Assert.Equal(Eight.AddHours(2), (await NextAsync(again))["s"]);
    }

    private static Task<SaveOutcome> SaveAsync(TestScheduler scheduler, string name, string schedule, string zone, string? more = null) =>
        scheduler.SaveAsync(name, schedule, more: $""" "timezone": "{zone}"{(more is null ? "" : "," + more)} """);

    private static async Task<Dictionary<string, DateTimeOffset?>> NextAsync(TestScheduler scheduler)
    {
        await using var db = scheduler.Database.Read();
        return await db.Schedules.ToDictionaryAsync(s => s.Name, s => s.NextRunAt);
    }

    private static async Task<List<string>> AuditedAsync(TestScheduler scheduler)
    {
        await using var db = scheduler.Database.Read();
        return await db.Audit.Where(a => a.ObjectKind == "time zone").OrderBy(a => a.Id).Select(a => $"{a.Action} {a.ObjectName}: {a.Details}").ToListAsync();
    }
}
