using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Emergencies;

/// <summary>Emergency runs, one by one and as a sweep, over the real engine and database.</summary>
public sealed class EmergencyTests
{
    private const string Scripted = """{ "kind": "scripted" }""";
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Sweep_TakesActiveAndPausedSchedulesWithAllLabels_AndMovesNoNextRun()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        foreach (var name in (string[])["active", "paused", "disabled", "completed", "other-team"]) await SaveAsync(scheduler, name, ("env", "prod"), ("team", name == "other-team" ? "db" : "web"));
        await SaveAsync(scheduler, "no-env", ("team", "web"));
        await scheduler.Editor.PauseAsync("paused", null, null, TestScheduler.Ana, default);
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET state = 2 WHERE name = 'disabled'"); write.Execute("UPDATE schedules SET state = 3 WHERE name = 'completed'"); }, default);
        var nextBefore = (await scheduler.Schedules.GetAsync("active", default))!.Summary.NextRunAt;

        var id = await SweepAsync(scheduler, new SweepRequest { Labels = Labels(("env", "prod"), ("team", "web")), Reason = " Log4Shell ", Overrides = new Overrides(RateLimits: true) });

        var runs = await scheduler.Runs.ListAsync(new RunFilter { EmergencyId = id }, default);
        Assert.Equal(["active", "paused"], runs.Select(r => r.Schedule).Order());
        Assert.All(runs, r => Assert.Equal(
            (TriggerType.Emergency, RunStatus.Queued, "Log4Shell", "", "ana@example.com", new Overrides(RateLimits: true), id), (r.TriggerType, r.Status, r.Occasion, r.Reason, r.RequestedBy, r.Overrides, r.EmergencyId!.Value)));
        Assert.NotNull(nextBefore);
        Assert.Equal(nextBefore, (await scheduler.Schedules.GetAsync("active", default))!.Summary.NextRunAt);
        var view = (await scheduler.Get<EmergencyQueries>().GetAsync(id, default))!;
        Assert.Equal((2, 2, 0, "Log4Shell", "ana@example.com", Eight), (view.Started, view.Active, view.Gone, view.Reason, view.By, view.At));
        Assert.Equal([new AuditedAct("started in an emergency, over rate limits", "1", "env=prod, team=web, 2 runs: Log4Shell")], await AuditedAsync(scheduler));
    }

    [Fact]
    public async Task Sweep_AThousandSchedules_AllStart_AndOneMoreIsRefusedWithTheCount()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await SaveAsync(scheduler, "s0", ("env", "prod"));
        await MultiplyAsync(scheduler, 1000);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => SweepAsync(scheduler, Prod));
        Assert.Equal(("labels", "1,001 schedules have them, more than 1,000 at once; name a further label"), (refused.Errors.Single().Path, refused.Errors.Single().Message));
        Assert.True((await scheduler.Get<EmergencyQueries>().PreviewAsync(Prod.Labels, default)).IsTooMany);
        Assert.Equal((0, 0), (await scheduler.Runs.CountAsync(new RunFilter(), default), (await scheduler.Get<EmergencyQueries>().ListAsync(null, 10, default)).Count));
        Assert.Empty(await AuditedAsync(scheduler));

        await scheduler.Editor.SetLabelAsync("s0", "env", null, TestScheduler.Ana, default);
        var commits = scheduler.Writer.Commits;
        var id = await SweepAsync(scheduler, Prod);
        Assert.Equal(1, scheduler.Writer.Commits - commits); // all of them or none
        Assert.Equal(1000, await scheduler.Runs.CountAsync(new RunFilter { EmergencyId = id }, default));
        Assert.Equal(new StopAllOutcome(1000, 0), await StopAsync(scheduler, id));
    }

    [Theory]
    [InlineData("", "", "labels reason")]
    [InlineData("env=prod", " ", "reason")]
    [InlineData("env=nowhere", "leak", "labels")]
    public async Task Sweep_WithoutLabelsReasonOrSchedules_IsRefusedAtTheField(string label, string reason, string fields)
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await SaveAsync(scheduler, "s", ("env", "prod"));
        var request = new SweepRequest { Labels = label.Length == 0 ? Labels() : Labels((label.Split('=')[0], label.Split('=')[1])), Reason = reason };
        Assert.Equal(fields, string.Join(' ', (await Assert.ThrowsAsync<InvalidInputException>(() => SweepAsync(scheduler, request))).Errors.Select(e => e.Path)));
        Assert.Empty(await scheduler.Get<EmergencyQueries>().ListAsync(null, 10, default));
    }

    [Fact]
    public async Task SweepAndStopAll_ByAViewer_AreRefused()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await SaveAsync(scheduler, "s", ("env", "prod"));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Get<EmergencyControl>().SweepAsync(Prod, TestScheduler.Vic, default));
        var id = await SweepAsync(scheduler, Prod);
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Get<EmergencyControl>().StopAllAsync(id, TestScheduler.Vic, default));
        Assert.Equal(1, (await scheduler.Get<EmergencyQueries>().GetAsync(id, default))!.Active);
    }

    [Fact]
    public async Task Concurrency_WithoutTheTick_WaitsForTheRunThatGoesOn_AndWithItRunsBeside()
    {
        var gate = new TaskCompletionSource();
        var kind = new ScriptedKind(async (_, ct) => { await gate.Task.WaitAsync(ct); return new JobOutcome.Succeeded("done"); });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("s", "manual", Scripted); // Forbid
        await scheduler.StartAsync();
        var first = await RunAsync(scheduler, new RunRequest());
        await Until.TrueAsync(() => kind.Started.Count == 1, "the first goes on");

        var waiting = await RunAsync(scheduler, Emergency());
        var beside = await RunAsync(scheduler, Emergency(new Overrides(Concurrency: true)));
        await Until.TrueAsync(() => kind.Started.Count == 2, "the second goes on beside it");
        Assert.Equal([first, beside], kind.Started);
        Assert.Equal(RunStatus.Queued, (await scheduler.RunAsync(waiting)).Status); // asked for before the other, with a slot free
        gate.SetResult();
        await scheduler.EndedAsync(waiting);
        Assert.Equal([first, beside, waiting], kind.Started);
    }

    [Fact]
    public async Task Blackout_WithoutTheTick_HoldsTheWholeSweep_AndWithItLetsItStart()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "s", ("env", "prod"));
        await scheduler.Get<BlackoutEditor>().CreateAsync(new BlackoutDraft { Name = "Payments freeze", From = Eight, Until = Eight.AddHours(1) }, TestScheduler.Ana, default);
        await scheduler.StartAsync();
        var held = await SweepAsync(scheduler, Prod with { Overrides = new Overrides(Concurrency: true, RateLimits: true) });
        var overriding = await SweepAsync(scheduler, Prod with { Overrides = new Overrides(Blackouts: true) });

        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs.Single(r => r.EmergencyId == overriding).Status == RunStatus.Succeeded && runs.Single(r => r.EmergencyId == held).Reason.Length > 0);
        var waiting = (await scheduler.RunsOfAsync("s")).Single(r => r.EmergencyId == held);
        Assert.Equal((RunStatus.Queued, "Waits for the end of blackout 'Payments freeze' at 2026-03-02 09:00:00 UTC.", "leak"), (waiting.Status, waiting.Reason, waiting.Occasion));
        Assert.Equal(new StopAllOutcome(1, 0), await StopAsync(scheduler, held));
        Assert.Equal("Cancelled by ana@example.com, with all of emergency 1.", (await scheduler.RunAsync(waiting.Id)).Reason);
    }

    [Fact]
    public async Task RateLimits_OnlyAnOverridingRunsJob_IsTold()
    {
        var told = new System.Collections.Concurrent.ConcurrentDictionary<long, bool>();
        var kind = new ScriptedKind((context, _) => { told[context.RunId] = context.OverridesRateLimits; return Task.FromResult<JobOutcome>(new JobOutcome.Succeeded("done")); });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("s", "manual", Scripted);
        await scheduler.StartAsync();
        var (plain, hasty) = (await RunAsync(scheduler, Emergency(new Overrides(Concurrency: true, Blackouts: true))), await RunAsync(scheduler, Emergency(new Overrides(RateLimits: true))));
        await scheduler.EndedAsync(plain);
        await scheduler.EndedAsync(hasty);
        Assert.Equal((false, true), (told[plain], told[hasty]));
    }

    [Fact]
    public async Task Overrides_OfARunByHand_AreRefusedOneByOne_AndOfAnEmergencyAudited()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "manual");
        var all = new Overrides(Concurrency: true, Blackouts: true, RateLimits: true);
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => RunAsync(scheduler, new RunRequest { Overrides = all }));
        Assert.Equal(["overrideConcurrency", "overrideBlackout", "overrideRateLimits"], refused.Errors.Select(e => e.Path));
        Assert.Empty(await scheduler.RunsOfAsync("s"));

        var id = await RunAsync(scheduler, Emergency(all));
        await using var db = scheduler.Database.Read();
        var row = await db.Audit.SingleAsync(a => a.ObjectKind == "run");
        Assert.Equal(("started in an emergency, over concurrency, blackouts and rate limits", $"{id}", "s: leak"), (row.Action, row.ObjectName, row.Details));
    }

    [Fact]
    public async Task StopAll_CancelsWhatWaits_StopsWhatRuns_AndSaysSoOnce()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        foreach (var i in Enumerable.Range(1, 5)) await SaveAsync(scheduler, $"s{i}", Scripted, ("env", "prod"));
        await SaveAsync(scheduler, "bystander", Scripted);
        await scheduler.StartAsync();
        var id = await SweepAsync(scheduler, Prod);
        await Until.TrueAsync(() => kind.Started.Count == 3, "both slots and the emergency lane are taken");
        var bystander = await RunAsync(scheduler, new RunRequest(), "bystander");

        Assert.Equal(new StopAllOutcome(2, 3), await StopAsync(scheduler, id));
        await Until.TrueAsync(async () => (await scheduler.Get<EmergencyQueries>().GetAsync(id, default))!.Active == 0, "all have ended");
        Assert.All(await scheduler.Runs.ListAsync(new RunFilter { EmergencyId = id }, default), r => Assert.Equal(RunStatus.Cancelled, r.Status));
        Assert.False((await scheduler.RunAsync(bystander)).Status.IsTerminal());
        Assert.Equal("ana@example.com", (await scheduler.Get<EmergencyQueries>().GetAsync(id, default))!.StoppedBy);

        Assert.Equal(new StopAllOutcome(0, 0), await StopAsync(scheduler, id));
        Assert.Null(await StopAsync(scheduler, 99));
        Assert.Equal(["started in an emergency", "stopped"], (await AuditedAsync(scheduler)).Select(a => a.Action));
    }

    [Fact]
    public void Cancel_OfARunThatItsWorkerHasOnlyJustClaimed_IsNotLost()
    {
        var running = new RunningRuns();
        running.Cancel(7, "ana");
        Assert.Equal("ana", running.Add(7).By);
        Assert.Null(running.Add(8).By);
    }

    [Fact]
    public async Task Occasion_OfARunByHandAndOfItsRepeat_OutlivesTheEnd()
    {
        await using var scheduler = await TestScheduler.CreateAsync(kinds: new ScriptedKind(ScriptedKind.Succeed));
        await scheduler.SaveAsync("s", "manual", Scripted);
        await scheduler.StartAsync();
        var run = await scheduler.EndedAsync(await RunAsync(scheduler, new RunRequest { Reason = "after the fix" }));
        Assert.Equal((RunStatus.Succeeded, "done", "after the fix"), (run.Status, run.Reason, run.Occasion));
        var repeat = await scheduler.EndedAsync((await scheduler.Control.RetryAsync(run.Id, TestScheduler.Ana, default))!.Value);
        Assert.Equal(("done", $"Repeats run {run.Id}."), (repeat.Reason, repeat.Occasion));
    }

    [Fact]
    public async Task Preview_SaysWhomItWouldStart_AndWhatEachWaitsFor()
    {
        var clock = new ManualTime(Eight);
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: kind);
        foreach (var name in (string[])["a", "b", "c", "d"]) await SaveAsync(scheduler, name, Scripted, ("env", "prod"));
        await scheduler.Editor.SetLabelAsync("d", "frozen", "yes", TestScheduler.Ana, default);
        await scheduler.Get<BlackoutEditor>().CreateAsync(new BlackoutDraft { Name = "freeze", Labels = Labels(("frozen", "yes")), From = Eight, Until = Eight.AddHours(1) }, TestScheduler.Ana, default);
        await scheduler.StartAsync();
        var first = await RunAsync(scheduler, new RunRequest(), "a");
        await Until.TrueAsync(() => kind.Started.Count == 1, "a goes on");

        var preview = await scheduler.Get<EmergencyQueries>().PreviewAsync(Prod.Labels, default);
        Assert.Equal([("a", first, null), ("b", null, null), ("c", null, null), ("d", null, "freeze")], preview.Targets.Select(t => (t.Schedule, t.BehindRun, t.Cover?.Name)));
        // Two slots and the lane, less the one that goes on.
        Assert.Equal(2, preview.Room["scan"]);
        Assert.Equal([new SweepOutlook("scan", 4, 2, 0, 1, 1)], preview.Outlook(Overrides.None));
        Assert.Equal([new SweepOutlook("scan", 4, 2, 2, 0, 0)], preview.Outlook(new Overrides(Concurrency: true, Blackouts: true)));
        Assert.Equal(0, (await scheduler.Get<EmergencyQueries>().PreviewAsync(Labels(), default)).Count);
    }

    [Fact]
    public async Task EmergencyRun_While10000Wait_StartsWithinTwoSeconds_BeforeAnyOfThem()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("busy", "manual", Scripted, """ "concurrencyPolicy": "Allow", "priority": 100 """);
        await scheduler.SaveAsync("leak", "manual", Scripted);
        await scheduler.StartAsync();
        await scheduler.Writer.WriteAsync(write =>
        {
            var busy = write.Db.Schedules.AsNoTracking().Single(s => s.Name == "busy");
            for (var i = 0; i < 10_000; i++) scheduler.Get<RunQueue>().Enqueue(write, RunControl.ByHand(busy, emergency: false, "", Overrides.None, TestScheduler.Ana));
        }, default);
        await Until.TrueAsync(() => kind.Started.Count == 2, "both slots are taken");

        var watch = Stopwatch.StartNew();
        var id = await RunAsync(scheduler, Emergency(), "leak");
        await Until.TrueAsync(() => kind.Started.Count == 3, "a third starts");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"It took {watch.Elapsed.TotalSeconds:0.00} s.");
        Assert.Equal(id, kind.Started.Last());

        // And what the pages ask, meanwhile. Others use this machine too: the best of some tries says what it takes.
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 10 && best > TimeSpan.FromSeconds(0.5); i++)
        {
            watch.Restart();
            Assert.Equal(50, (await scheduler.Runs.ListAsync(new RunFilter { Statuses = [RunStatus.Queued] }, default)).Count);
            Assert.Equal(id, (await scheduler.Runs.ActiveAsync(20, default)).Single(r => r.TriggerType == TriggerType.Emergency).Id);
            if (watch.Elapsed < best) best = watch.Elapsed;
        }
        Assert.True(best < TimeSpan.FromSeconds(0.5), $"It took {best.TotalSeconds:0.00} s.");
    }

    [Fact]
    public async Task TheEmergencyLanesLook_AtTenThousandThatWait_ReadsNoneOfThem()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        var plan = await scheduler.Writer.WriteAsync(write =>
        {
            using var rows = write.Query($"EXPLAIN QUERY PLAN SELECT id FROM runs WHERE {RunTable.Waiting} AND pool = 'scan' AND not_before <= 0 AND trigger_type = 4 AND start_rank < 0 ORDER BY start_rank, due_at, id LIMIT 1");
            return rows.Read() ? rows.GetString(3) : "";
        }, default);
        Assert.EndsWith("USING INDEX ix_runs_waiting (pool=? AND start_rank<?)", plan, StringComparison.Ordinal);
    }

    private static SweepRequest Prod => new() { Labels = Labels(("env", "prod")), Reason = "leak" };

    private static Dictionary<string, string> Labels(params (string Key, string Value)[] labels) => labels.ToDictionary(l => l.Key, l => l.Value);

    private static RunRequest Emergency(Overrides? overrides = null) => new() { Emergency = true, Reason = "leak", Overrides = overrides ?? Overrides.None };

    private static async Task<long> RunAsync(TestScheduler scheduler, RunRequest request, string name = "s") => (await scheduler.Control.RunNowAsync(name, request, TestScheduler.Ana, default))!.Value;

    private static Task<long> SweepAsync(TestScheduler scheduler, SweepRequest request) => scheduler.Get<EmergencyControl>().SweepAsync(request, TestScheduler.Ana, default);

    private static Task<StopAllOutcome?> StopAsync(TestScheduler scheduler, long id) => scheduler.Get<EmergencyControl>().StopAllAsync(id, TestScheduler.Ana, default);

    private static Task SaveAsync(TestScheduler scheduler, string name, params (string Key, string Value)[] labels) => SaveAsync(scheduler, name, """{ "kind": "noop" }""", labels);

    private static async Task SaveAsync(TestScheduler scheduler, string name, string job, params (string Key, string Value)[] labels)
    {
        await scheduler.SaveAsync(name, "0 3 * * *", job);
        foreach (var (key, value) in labels) await scheduler.Editor.SetLabelAsync(name, key, value, TestScheduler.Ana, default);
    }

    /// <summary>Copies of s0, with its label: s1, s2, …</summary>
    private static Task MultiplyAsync(TestScheduler scheduler, int copies) => scheduler.Writer.WriteAsync(write =>
    {
        var columns = string.Join(", ", write.Db.Model.FindEntityType("Scheduler.Core.Schedules.Schedule")!.GetProperties().Select(p => p.GetColumnName()).Except(["id", "name", "uid"]));
        write.Execute(
            $"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            INSERT INTO schedules (name, uid, {columns}) SELECT 's' || i, lower(hex(randomblob(16))), {columns} FROM n, schedules WHERE name = 's0'
            """, copies);
        write.Execute("INSERT INTO schedule_labels (schedule_id, key, value) SELECT id, 'env', 'prod' FROM schedules WHERE name <> 's0'");
    }, default);

    private sealed record AuditedAct(string Action, string ObjectName, string Details);

    private static async Task<List<AuditedAct>> AuditedAsync(TestScheduler scheduler)
    {
        await using var db = scheduler.Database.Read();
        return await db.Audit.Where(a => a.ObjectKind == "emergency").OrderBy(a => a.Id).Select(a => new AuditedAct(a.Action, a.ObjectName, a.Details)).ToListAsync();
    }
}
