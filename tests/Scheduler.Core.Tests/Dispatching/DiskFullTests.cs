using Microsoft.Data.Sqlite;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Dispatching;

/// <summary>What falls due while nothing can be recorded is treated as each schedule says once there is room, and says why.</summary>
public sealed class DiskFullTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task DueWhileTheDiskIsFull_IsCaughtUpOrSkippedByPolicy_AndNamesTheDisk()
    {
        var clock = new ManualTime(Eight.AddSeconds(-30));
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("latest", "* * * * *");
        await scheduler.SaveAsync("all", "* * * * *", more: """ "missedRuns": "All", "concurrencyPolicy": "Allow" """);
        await scheduler.SaveAsync("skip", "* * * * *", more: """ "missedRuns": "Skip" """);
        await scheduler.SaveAsync("late", "* * * * *", more: """ "startingDeadlineSeconds": 20 """);
        await scheduler.StartAsync();
        var health = scheduler.Get<StorageHealth>();

        await FillAsync(scheduler);
        var failures = health.Failures;
        await Until.TrueAsync(() => { clock.Advance(TimeSpan.FromMilliseconds(200)); return clock.GetUtcNow() > Eight.AddMinutes(2.5) && health.Failures > failures; }, "nothing can be recorded");
        foreach (var name in (string[])["latest", "all", "skip", "late"]) Assert.Empty(await scheduler.RunsOfAsync(name));
        var roomAt = clock.GetUtcNow();
        await CapAsync(scheduler, "1073741823");
        async Task<List<RunView>> MissedAsync(string schedule)
        {
            List<RunView> missed = [];
            await Until.TrueAsync(async () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(10));
                missed = [.. (await scheduler.RunsOfAsync(schedule)).Where(r => r.ScheduledFor < roomAt).Reverse()];
                return missed.Sum(r => r.StandsFor) >= 3;
            }, $"what {schedule} missed is recorded");
            return missed;
        }

        var latest = Assert.Single(await MissedAsync("latest"));
        Assert.Equal((TriggerType.CatchUp, 3, Eight.AddMinutes(2)), (latest.TriggerType, latest.StandsFor, latest.ScheduledFor!.Value));
        Assert.StartsWith("Stands for 3 occurrences from 2026-03-02 08:00:00 UTC to 2026-03-02 08:02:00 UTC, missed while the disk was full from 2026-03-02 08:00:0", latest.Occasion, StringComparison.Ordinal);
        Assert.Equal([TriggerType.CatchUp, TriggerType.CatchUp, TriggerType.CatchUp], (await MissedAsync("all")).Select(r => r.TriggerType));
        Assert.All(await MissedAsync("skip"), r => Assert.Equal((RunStatus.Skipped, SkipCause.DiskFull), (r.Status, r.Cause!.Value)));
        Assert.StartsWith("Missed while the disk was full from ", (await MissedAsync("skip"))[0].Reason, StringComparison.Ordinal);
        var late = Assert.Single(await MissedAsync("late"));
        Assert.Equal((RunStatus.Skipped, SkipCause.DiskFull), (late.Status, late.Cause));
        Assert.EndsWith("Could not start by 2026-03-02 08:02:20 UTC (startingDeadlineSeconds): the disk was full.", late.Reason, StringComparison.Ordinal);
        // What falls due from now on starts as ever.
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return (await scheduler.RunsOfAsync("latest")).Any(r => r is { TriggerType: TriggerType.Scheduled, Status: RunStatus.Succeeded });
        }, "the next one runs");
    }

    [Fact]
    public void AFullDiskAfterADownTime_EachOccurrenceIsToldByTheOneItFellInto()
    {
        var down = new Absence(Eight, Eight.AddHours(-1));
        var full = new Absence(Eight.AddHours(2), Eight.AddHours(1), DiskWasFull: true) { Before = down };
        Assert.Equal(SkipCause.SchedulerDown, full.Over(Eight.AddMinutes(-1)).Cause);
        Assert.Equal(SkipCause.DiskFull, full.Over(Eight.AddMinutes(59)).Cause); // due just before anybody noticed
        Assert.Equal("while the disk was full from 2026-03-02 09:00:00 UTC to 2026-03-02 10:00:00 UTC", full.When);
    }

    [Fact]
    public void StartingDeadlineOver_TellsAFullDiskFromAFullPool()
    {
        var full = new Absence(Eight.AddHours(2), Eight, DiskWasFull: true);
        Assert.True(full.HadFullDiskAt(Eight));
        Assert.True(full.HadFullDiskAt(Eight.AddMinutes(119)));
        Assert.False(full.HadFullDiskAt(Eight.AddHours(2)));
        Assert.False(full.HadFullDiskAt(Eight.AddSeconds(-1)));
        Assert.False(new Absence(Eight.AddHours(2), Eight).HadFullDiskAt(Eight.AddHours(1)));
    }

    // It may share its transaction with a write for which there is no room, and fail with that.
    private static Task CapAsync(TestScheduler scheduler, string pages) => Until.TrueAsync(async () =>
    {
        try
        {
            await scheduler.Writer.WriteAsync(write => { write.Scalar($"PRAGMA max_page_count = {pages}"); }, default);
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 13)
        {
            return false;
        }
    }, "the cap is set");

    // No page more than there are, and what room is left in those of the runs is used up: then not even a small row fits.
    private static async Task FillAsync(TestScheduler scheduler)
    {
        await CapAsync(scheduler, "1");
        for (var length = 2000; ; length /= 2)
        {
            while (await TryAddAsync(scheduler, length)) { }
            if (length <= 1) return;
        }
    }

    private static async Task<bool> TryAddAsync(TestScheduler scheduler, int length)
    {
        try
        {
            await scheduler.Writer.WriteAsync(write =>
            {
                write.Execute(
                    """
                    INSERT INTO runs (schedule_name, generation, trigger_type, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before, exclusive,
                        overrides_blackout, finished_at, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
                    VALUES ('filler', 1, 3, 1, 6, ?1, 0, 'light', 'noop', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}')
                    """, new string('x', length));
            }, default);
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == 13)
        {
            return false;
        }
    }
}
