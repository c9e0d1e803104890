using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests.Downtimes;

/// <summary>What is written down of the times in which nobody was there, over real restarts on a manual clock.</summary>
public sealed class DowntimeTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Restart_TheSheetSaysWhatEachScheduleMissed_AndWhatItsPolicyDid()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("all", "*/10 * * * *", more: """ "missedRuns": "All" """);
        await first.SaveAsync("latest", "*/10 * * * *");
        await first.SaveAsync("never", "*/10 * * * *", more: """ "missedRuns": "Skip" """);
        await first.SaveAsync("later", "0 12 * * *");
        await using var second = await DownAsync(first, clock, TimeSpan.FromMinutes(35));
        await EndedAsync(second, clock, 5 + 3);

        var down = Assert.Single(await Queries(second).ListAsync(null, 10, default));

        Assert.Equal((DowntimeKind.Stopped, 9, 3, 6, 3, 0, 0), (down.Kind, down.Missed, down.Schedules, down.CaughtUp, down.Skipped, down.Asked, down.Interrupted));
        Assert.InRange(down.Length, TimeSpan.FromMinutes(35), TimeSpan.FromMinutes(36));
        var sheet = (await Queries(second).MissedAsync(down.Id, null, 100, default))!;
        Assert.Equal([("all", 3, 3, 0), ("latest", 3, 1, 0), ("never", 3, 0, 3)], sheet.Select(s => (s.Schedule, s.Missed, s.Runs, s.Skipped)));
        Assert.All(sheet, s => Assert.Equal((Eight.AddMinutes(10), Eight.AddMinutes(30), true), (s.First, s.Last, s.Exists)));
        Assert.Equal((RunStatus.Succeeded, 0), (sheet[0].LastStatus, sheet[0].Failed));
        Assert.NotEqual(sheet[0].FirstRun, sheet[0].LastRun);
        Assert.Equal((SkipCause.SchedulerDown, (long?)null), (sheet[2].SkipCause, sheet[2].LastRun));
        Assert.StartsWith("Missed while the scheduler was down from ", sheet[2].SkipReason, StringComparison.Ordinal);
        Assert.Equal(["never"], (await Queries(second).MissedAsync(down.Id, "latest", 100, default))!.Select(s => s.Schedule));
        Assert.Null(await Queries(second).MissedAsync(999, null, 100, default));
        Assert.Equal(down, await Queries(second).GetAsync(down.Id, default));
    }

    [Fact]
    public async Task Restart_WithinTwoMinutes_IsNoDowntime_NorIsTheFirstStart()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await using var second = await DownAsync(first, clock, TimeSpan.FromSeconds(110));
        Assert.Empty(await Queries(second).ListAsync(null, 10, default));
    }

    [Fact]
    public async Task Death_IsToldFromAStop_AndNamesTheRunsItInterrupted_AndWhatBecameOfThem()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("plain", "manual", Scripted);
        await first.SaveAsync("patient", "manual", Scripted, """ "retry": { "attempts": 2, "delay": "0s" } """);
        var (plain, patient) = (await RunAsync(first, "plain"), await RunAsync(first, "patient"));
        await Until.TrueAsync(async () => (await first.RunAsync(plain)).Status == RunStatus.Running && (await first.RunAsync(patient)).Status == RunStatus.Running, "both run");
        await first.StopAsync();
        // As kill -9 leaves it: both still count as running, and nobody said that it stopped.
        await first.Writer.WriteAsync(write =>
        {
            write.Execute("DELETE FROM attempts");
            write.Execute("UPDATE runs SET status = 1, finished_at = NULL, duration_ms = NULL");
            write.Execute("UPDATE boots SET stopped_at = NULL, seen_at = ?1", Eight.AddSeconds(30));
        }, default);
        clock.Advance(TimeSpan.FromHours(1));

        await using var second = await StartAsync(clock, first);

        var down = Assert.Single(await Queries(second).ListAsync(null, 10, default));
        Assert.Equal((DowntimeKind.Died, Eight.AddSeconds(30), 2, 0), (down.Kind, down.From, down.Interrupted, down.Missed));
        await Until.TrueAsync(async () => (await second.RunAsync(patient)).Status == RunStatus.Running, "it is tried again");
        var interrupted = await Queries(second).InterruptedAsync(down.Id, default);
        Assert.Equal([(plain, RunStatus.Interrupted), (patient, RunStatus.Running)], interrupted.Select(r => (r.Id, r.Status)));
        Assert.True(down.Matters);
    }

    [Fact]
    public async Task Stop_ThatCutsRunsOff_NamesThemToo()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("plain", "manual", Scripted);
        await first.SaveAsync("patient", "manual", Scripted, """ "retry": { "attempts": 2, "delay": "10m" } """);
        var runs = new[] { await RunAsync(first, "plain"), await RunAsync(first, "patient") };
        await Until.TrueAsync(async () => (await first.RunAsync(runs[0])).Status == RunStatus.Running && (await first.RunAsync(runs[1])).Status == RunStatus.Running, "both run");
        await using var second = await DownAsync(first, clock, TimeSpan.FromMinutes(30));
        var down = Assert.Single(await Queries(second).ListAsync(null, 10, default));
        Assert.Equal((DowntimeKind.Stopped, 2), (down.Kind, down.Interrupted));
        Assert.Equal(runs, (await Queries(second).InterruptedAsync(down.Id, default)).Select(r => r.Id));
    }

    [Fact]
    public async Task EngineThatDiesBeforeItSaysThatItLives_EndsNoDowntime()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.StopAsync();
        var stopped = (await first.Get<AbandonedRuns>().LastSeenAsync(default))!.Value;
        clock.Advance(TimeSpan.FromHours(30));
        await first.Get<AbandonedRuns>().BootAsync(isEngine: true, default); // and no more
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(stopped, await first.Get<AbandonedRuns>().LastSeenAsync(default));

        await using var second = await StartAsync(clock, first);

        var down = Assert.Single(await Queries(second).ListAsync(null, 10, default));
        Assert.Equal(stopped, down.From);
        Assert.InRange(down.Length, TimeSpan.FromHours(30).Add(TimeSpan.FromMinutes(1)), TimeSpan.FromHours(31));
    }

    [Fact]
    public async Task ClockSetForward_IsADowntime_ClockSetBackIsNot()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await StartAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *", more: """ "missedRuns": "Skip" """);
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs.Count == 1);
        clock.SetWall(Eight.AddMinutes(10.5));
        await scheduler.ReachAsync(clock, Eight.AddMinutes(10.6), runs => runs.Count >= 10);

        var down = Assert.Single(await Queries(scheduler).ListAsync(null, 10, default));
        Assert.Equal((DowntimeKind.ClockSet, 9, 9), (down.Kind, down.Missed, down.Skipped));
        Assert.InRange(down.From, Eight.AddMinutes(1), Eight.AddMinutes(2));
        Assert.Equal(SkipCause.ClockSet, (await Queries(scheduler).MissedAsync(down.Id, null, 10, default))!.Single().SkipCause);
        clock.SetWall(Eight);
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await using var db = scheduler.Database.Read();
            return await db.Audit.AnyAsync(a => a.Action == "jumped back");
        }, "it is noticed");
        Assert.Single(await Queries(scheduler).ListAsync(null, 10, default));
    }

    [Fact]
    public async Task Dismiss_HidesItAndAllBefore_OnceForEverybody_AndIsAudited()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("s", "*/10 * * * *", more: """ "missedRuns": "Skip" """);
        await using var second = await DownAsync(first, clock, TimeSpan.FromMinutes(15));
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Count == 1, "it is recorded");
        clock.Advance(TimeSpan.FromSeconds(45));
        await Until.TrueAsync(async () => (await second.Get<AbandonedRuns>().LastSeenAsync(default)) > Eight.AddMinutes(15), "it lives");
        await using var third = await DownAsync(second, clock, TimeSpan.FromMinutes(15));
        await Until.TrueAsync(async () => (await third.RunsOfAsync("s")).Count == 3, "it is recorded");
        var newest = (await Queries(third).ListAsync(null, 10, default))[0];
        Assert.Equal(newest.Id, (await Queries(third).ToShowAsync(default))!.Id);
        var control = third.Get<DowntimeControl>();

        await Assert.ThrowsAsync<AccessDeniedException>(() => control.DismissAsync(newest.Id, TestScheduler.Vic, default));
        Assert.Equal(DowntimeAct.NotFound, await control.DismissAsync(99, TestScheduler.Ana, default));
        Assert.Equal(DowntimeAct.Done, await control.DismissAsync(newest.Id, TestScheduler.Ana, default));
        Assert.Equal(DowntimeAct.Done, await control.DismissAsync(newest.Id, TestScheduler.Ana, default));

        Assert.Null(await Queries(third).ToShowAsync(default));
        Assert.All(await Queries(third).ListAsync(null, 10, default), d => Assert.Equal("ana@example.com", d.DismissedBy));
        await using var db = third.Database.Read();
        var row = Assert.Single(await db.Audit.Where(a => a.ObjectKind == "downtime").ToListAsync());
        Assert.Equal(("dismissed", $"{newest.Id}"), (row.Action, row.ObjectName));
        Assert.StartsWith("2026-03-02 08:", row.Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingMissed_IsNotShown()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await using var second = await DownAsync(first, clock, TimeSpan.FromHours(1));
        Assert.Single(await Queries(second).ListAsync(null, 10, default));
        Assert.Null(await Queries(second).ToShowAsync(default));
    }

    [Fact]
    public async Task WhatWasMissed_IsReadFromItsOwnIndex()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        using var connection = scheduler.Database.Open();
        using var command = DowntimeQueries.Over(connection, new Downtime { Kind = DowntimeKind.Stopped, FromAt = Eight, ToAt = Eight.AddHours(1) }, "SELECT count(*) FROM missed");
        command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read()) plan.Add(reader.GetString(3));
        Assert.Contains(plan, line => line.Contains("USING INDEX ix_runs_of_absence (scheduled_for>? AND scheduled_for<?)", StringComparison.Ordinal));
    }

    private const string Scripted = """{ "kind": "scripted" }""";

    private static DowntimeQueries Queries(TestScheduler scheduler) => scheduler.Get<DowntimeQueries>();

    private static async Task<TestScheduler> StartAsync(ManualTime clock, TestScheduler? before = null) =>
        await (await TestScheduler.CreateAsync(clock, before?.Options.DataFolder, kinds: new ScriptedKind(ScriptedKind.UntilStopped))).StartAsync();

    private static async Task<TestScheduler> DownAsync(TestScheduler scheduler, ManualTime clock, TimeSpan length)
    {
        await scheduler.StopAsync();
        clock.Advance(length);
        return await StartAsync(clock, scheduler);
    }

    private static async Task<long> RunAsync(TestScheduler scheduler, string name) => (await scheduler.Control.RunNowAsync(name, new RunRequest(), TestScheduler.Ana, default))!.Value;

    private static Task EndedAsync(TestScheduler scheduler, ManualTime clock, int count) => Until.TrueAsync(async () =>
    {
        clock.Advance(TimeSpan.FromMilliseconds(10));
        var runs = await scheduler.Runs.ListAsync(new RunFilter(), default);
        return runs.Count >= count - 1 && runs.All(r => r.Status.IsTerminal());
    }, "all that was missed is dealt with");
}
