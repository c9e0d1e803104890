using System.Globalization;
using Scheduler.Core.Access;
using Scheduler.Core.Analytics;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Schedules;

/// <summary>The list of schedules: filters, order, pages, figures, views, and the label that a bulk act sets.</summary>
public sealed class ScheduleListTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task FiveThousand_PagesAndCountsAreRight()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("template", "0 * * * *");
        await scheduler.Writer.WriteAsync(write =>
        {
            // Every third is paused, every fifth failed last, every hundredth has the label; the next runs stand in the order of the numbers, downwards.
            write.Execute(
                """
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                INSERT INTO schedules (name, uid, generation, state, state_reason, spec, trigger_text, time_zone, anchor_at, has_start, priority, pool, job_kind, concurrency_policy,
                    missed_runs, max_attempts, next_run_at, succeeded, failed, last_status, not_run, created_at, created_by, changed_at, changed_by)
                SELECT printf('n%04d', i), uid, 1, i % 3 = 0, '', spec, trigger_text, time_zone, anchor_at, 0, 0, pool, job_kind, 0, 0, 1, ?1 + (5001 - i) * 1000, 0, 0,
                    CASE WHEN i % 5 = 0 THEN 4 WHEN i % 7 = 0 THEN 3 END, 0, created_at, CASE WHEN i % 2 = 0 THEN 'bob@example.com' ELSE created_by END, changed_at, created_by
                FROM n, schedules WHERE name = 'template'
                """, Eight);
            write.Execute("DELETE FROM schedules WHERE name = 'template'");
            write.Execute("INSERT INTO schedule_labels (schedule_id, key, value) SELECT id, 'env', 'prod' FROM schedules WHERE name LIKE 'n__00'");
        }, default);

        var names = new List<string>();
        for (var page = 0; ; page++)
        {
            var list = await ListAsync(scheduler, new() { Sort = ScheduleSort.NextRun, Skip = page * 100, Limit = 100 });
            Assert.Equal(5000, list.Total);
            if (list.Rows.Count == 0) break;
            names.AddRange(list.Rows.Select(r => r.Summary.Name));
        }
        Assert.Equal(5000, names.Distinct().Count());
        Assert.Equal(["n5000", "n4999", "n4997"], names.Take(3)); // 4998 is paused, and has no next run
        Assert.Equal("n0003", names[3334]);                        // after the 3334 active ones, the paused ones by name

        Assert.Equal((1000, "n0005"), Of(await ListAsync(scheduler, new() { Failing = true })));
        Assert.Equal((333, "n0015"), Of(await ListAsync(scheduler, new() { Failing = true, States = [ScheduleState.Paused] })));
        Assert.Equal((3428, "n0001"), Of(await ListAsync(scheduler, new() { NeverRan = true })));
        Assert.Equal((50, "n5000"), Of(await ListAsync(scheduler, new() { Labels = new Dictionary<string, string> { ["env"] = "prod" }, Descending = true })));
        Assert.Equal((50, "n0100"), Of(await ListAsync(scheduler, new() { LabelKeys = ["env"] })));
        Assert.Equal((2500, "n0002"), Of(await ListAsync(scheduler, new() { Owners = ["BOB"] })));
        Assert.Equal((5000, "n0001"), Of(await ListAsync(scheduler, new() { Owners = ["bob", "ana"] })));
        Assert.Equal((0, null), Of(await ListAsync(scheduler, new() { Owners = ["b%"] })));
        Assert.Equal((15, "n0099"), Of(await ListAsync(scheduler, new() { Words = ["099", "N"], Kinds = ["noop"] })));
        var counts = await scheduler.Schedules.ViewCountsAsync("bob@example.com", default);
        Assert.Equal(new ScheduleViewCounts(5000, 1000, 1666, 3428, 0, 2500), counts);

        var given = await ListAsync(scheduler, new() { Sort = ScheduleSort.P95, Limit = 3 });
        Assert.True(given.SortGivenUp);
        Assert.Equal("n5000", given.Rows[0].Summary.Name);
    }

    [Fact]
    public async Task Figures_ComeFromScheduledRunsAlone_AndSortTheList()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        foreach (var name in (string[])["fast", "slow", "never"]) await scheduler.SaveAsync(name, "* * * * *", """{ "kind": "noop", "targets": {} }""");
        await scheduler.Writer.WriteAsync(write =>
        {
            for (var i = 1; i <= 20; i++)
            {
                Insert(write, "fast", i, trigger: 0, status: i == 7 ? RunStatus.Failed : RunStatus.Succeeded, milliseconds: i * 10);
                Insert(write, "slow", i, trigger: 0, RunStatus.Succeeded, milliseconds: i * 1000);
                Insert(write, "fast", null, trigger: 3, RunStatus.Failed, milliseconds: 99_000);  // by hand
                Insert(write, "fast", i + 100, trigger: 0, RunStatus.Skipped, milliseconds: null);
            }
            Insert(write, "slow", -60 * 24 * 31, trigger: 0, RunStatus.Failed, milliseconds: 1000); // a month ago
        }, default);
        await scheduler.Get<StatisticsUpkeep>().RebuildAsync(default); // these rows did not end as runs do

        var rows = (await ListAsync(scheduler, new())).Rows;
        Assert.Equal(["fast", "never", "slow"], rows.Select(r => r.Summary.Name));
        Assert.Equal(0.95, rows[0].Figures.SuccessRate);
        Assert.InRange(rows[0].Figures.Median!.Value.TotalMilliseconds, 95, 105);
        Assert.InRange(rows[0].Figures.P95!.Value.TotalMilliseconds, 181, 200);
        Assert.Equal(ScheduleFigures.None, rows[1].Figures);
        Assert.Equal(1, rows[2].Figures.SuccessRate);
        Assert.InRange(rows[2].Figures.P95!.Value.TotalSeconds, 18.1, 20);
        Assert.Equal(20, rows[0].Summary.Recent.Count);

        Assert.Equal(["fast", "slow", "never"], (await ListAsync(scheduler, new() { Sort = ScheduleSort.Success })).Rows.Select(r => r.Summary.Name));
        Assert.Equal(["slow", "fast", "never"], (await ListAsync(scheduler, new() { Sort = ScheduleSort.P95, Descending = true })).Rows.Select(r => r.Summary.Name));
        Assert.Equal(["slow"], (await ListAsync(scheduler, new() { Sort = ScheduleSort.P95, Skip = 1, Limit = 1 })).Rows.Select(r => r.Summary.Name));
    }

    [Fact]
    public async Task FailingAndNeverRan_FollowTheRunsThatEnd()
    {
        var fail = true;
        var kind = new ScriptedKind((_, _) => Task.FromResult<JobOutcome>(fail ? new JobOutcome.Failed("no") : new JobOutcome.Succeeded("ok")));
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""");
        Assert.Equal((1, 0), await HowManyAsync());
        await scheduler.StartAsync();

        await RunAsync();
        Assert.Equal((0, 1), await HowManyAsync());
        fail = false;
        await RunAsync();
        Assert.Equal((0, 0), await HowManyAsync());

        async Task<(int, int)> HowManyAsync() => ((await ListAsync(scheduler, new() { NeverRan = true })).Total, (await ListAsync(scheduler, new() { Failing = true })).Total);
        async Task RunAsync() => await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value);
    }

    [Fact]
    public async Task NotRunInTwoPeriods_IsWhatWasSkippedTwiceInARow_OrIsOverdueWithNobodyToStartIt()
    {
        var clock = new ManualTime(Eight);
        using var gate = new SemaphoreSlim(0);
        var kind = new ScriptedKind(async (_, ct) => { await gate.WaitAsync(ct); return new JobOutcome.Succeeded("ok"); });
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: kind);
        await scheduler.SaveAsync("busy", "* * * * *", """{ "kind": "scripted" }""");
        await scheduler.SaveAsync("other", "manual");
        Assert.Empty(await LateAsync());
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(["busy"], await LateAsync()); // due at 08:01, and no engine

        await scheduler.StartAsync();
        await Until.TrueAsync(() => kind.Started.Count == 1, "it catches up");
        Assert.Empty(await LateAsync());
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return (await scheduler.RunsOfAsync("busy")).Count(r => r.Status == RunStatus.Skipped) == 2;
        }, "two are skipped because it still goes on");
        Assert.Equal(["busy"], await LateAsync());

        gate.Release(100);
        await Until.TrueAsync(async () => (await LateAsync()).Count == 0, "its run ends");

        async Task<List<string>> LateAsync() => (await ListAsync(scheduler, new() { NotRunInTwoPeriods = true })).Rows.Select(r => r.Summary.Name).ToList();
    }

    [Fact]
    public async Task Rows_AreReadByName_AsTheyStandNow()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("one", "0 * * * *", """{ "kind": "http", "targets": { "urls": ["http://127.0.0.1/a", "http://127.0.0.1/b"] } }""");
        await scheduler.SaveAsync("two", "0 * * * *");
        await scheduler.Editor.PauseAsync("two", Eight.AddHours(9), "db move", TestScheduler.Ana, default);
        var rows = (await scheduler.Schedules.RowsAsync(["two", "one", "gone"], default)).OrderBy(r => r.Summary.Name).ToList();
        Assert.Equal([("one", 2), ("two", 0)], rows.Select(r => (r.Summary.Name, r.Targets)));
        Assert.Equal(new SchedulePause("ana@example.com", Eight, Eight.AddHours(9), "db move"), rows[1].Summary.Pause);
    }

    [Fact]
    public async Task Label_SetChangedAndRemoved_IsARevisionEach_AndTouchesNothingElse()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 12 * * *", """{ "kind": "noop", "options": { "lines": 3 } }""", """ "timezone": "Europe/Berlin" """);
        var before = (await scheduler.Schedules.GetAsync("s", default))!;

        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.SetLabelAsync("s", "env", "prod <&>", TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.NothingToDo, await scheduler.Editor.SetLabelAsync("s", "env", "prod <&>", TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.SetLabelAsync("s", "env", "test", TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.SetLabelAsync("s", "team", "web", TestScheduler.Ana, default));
        var between = (await scheduler.Schedules.GetAsync("s", default))!;
        Assert.Equal(ScheduleAct.Done, await scheduler.Editor.SetLabelAsync("s", "env", null, TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.NothingToDo, await scheduler.Editor.SetLabelAsync("s", "env", null, TestScheduler.Ana, default));
        Assert.Equal(ScheduleAct.NotFound, await scheduler.Editor.SetLabelAsync("other", "env", "x", TestScheduler.Ana, default));

        var after = (await scheduler.Schedules.GetAsync("s", default))!;
        Assert.Equal(new Dictionary<string, string> { ["env"] = "test", ["team"] = "web" }, between.Summary.Labels);
        Assert.Equal(new Dictionary<string, string> { ["team"] = "web" }, after.Manifest.Labels);
        Assert.Equal(before.Summary.NextRunAt, after.Summary.NextRunAt);
        Assert.Equal(["label env removed", "label team=web set", "label env=test set", "label env=prod <&> set", ""], (await scheduler.Schedules.RevisionsAsync("s", 10, default)).Select(r => r.Note));
        // What is stored is what a save of the same manifest would store: no revision for nothing.
        var again = await scheduler.Editor.SaveAsync(System.Text.Json.JsonElement.Parse(ManifestJson.Write(after.Manifest)), new SaveRules(), TestScheduler.Ana, default);
        Assert.Equal(new SaveOutcome.Saved("s", 5, false, false), again);
    }

    [Theory]
    [InlineData("bad key", "x")]
    [InlineData("", "x")]
    [InlineData("env", "0123456789012345678901234567890123456789012345678901234567890123")] // 64
    public async Task Label_ThatNoManifestCouldHave_IsRefused(string key, string value)
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        Assert.Equal("label", (await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Editor.SetLabelAsync("s", key, value, TestScheduler.Ana, default))).Errors.Single().Path);
        Assert.Single(await scheduler.Schedules.RevisionsAsync("s", 10, default));
    }

    [Fact]
    public async Task Views_ArePersonal_Twenty_AndViewersHaveThemToo()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var views = scheduler.Get<SavedViews>();
        for (var i = 1; i <= 20; i++) await views.SaveAsync(i.ToString("00", CultureInfo.InvariantCulture), $"q=n{i}", TestScheduler.Vic, default);
        await Assert.ThrowsAsync<InvalidInputException>(() => views.SaveAsync("21", "q=x", TestScheduler.Vic, default));
        await Assert.ThrowsAsync<InvalidInputException>(() => views.SaveAsync(" ", "q=x", TestScheduler.Ana, default));
        await views.SaveAsync("07", "q=other", TestScheduler.Vic, default); // replaces
        await views.SaveAsync("Mine", "q=state:mine", TestScheduler.Ana, default);

        Assert.Equal(20, (await views.ListAsync(TestScheduler.Vic, default)).Count);
        Assert.Contains(new SavedViewLine("07", "q=other"), await views.ListAsync(TestScheduler.Vic, default));
        Assert.Equal([new SavedViewLine("Mine", "q=state:mine")], await views.ListAsync(TestScheduler.Ana, default));
        Assert.False(await views.DeleteAsync("mine", TestScheduler.Vic, default));
        Assert.True(await views.DeleteAsync("mine", TestScheduler.Ana, default));
        Assert.Empty(await views.ListAsync(TestScheduler.Ana, default));
    }

    private static Task<ScheduleList> ListAsync(TestScheduler scheduler, ScheduleFilter filter) => scheduler.Schedules.PageAsync(filter, default);

    private static (int, string?) Of(ScheduleList list) => (list.Total, list.Rows.Count == 0 ? null : list.Rows[0].Summary.Name);

    private static void Insert(Core.Storage.WriteBatch write, string schedule, int? minute, int trigger, RunStatus status, int? milliseconds) => write.Execute(
        """
        INSERT INTO runs (schedule_id, schedule_name, generation, trigger_type, scheduled_for, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at,
            not_before, exclusive, finished_at, duration_ms, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
        SELECT id, name, 1, ?2, ?3, 1, ?4, '', 0, pool, job_kind, 1, 1, ?5, ?5, ?5, 0, ?5, ?6, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}' FROM schedules WHERE name = ?1
        """, schedule, trigger, minute is { } m ? Eight.AddMinutes(m - 1000) : null, status, Eight.AddMinutes((minute ?? 0) - 1000), milliseconds);
}
