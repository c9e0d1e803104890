using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;
using Xunit.Abstractions;

namespace Scheduler.Core.Tests.Runs;

/// <summary>The queue over the real database, and the real engine where one is needed.</summary>
public sealed class QueueQueriesTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private const string Scripted = """{ "kind": "scripted" }""";

    [Fact]
    public async Task TheList_IsTheOrderOfTheStart_AndSaysWhyEachWaits()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: Small, kinds: new ScriptedKind(ScriptedKind.UntilStopped));
        await SaveAsync(scheduler, "busy", scripted: true);
        await SaveAsync(scheduler, "urgent", 50);
        await scheduler.StartAsync();
        var going = await RunAsync(scheduler, "busy");
        await Until.TrueAsync(async () => (await scheduler.RunAsync(going)).Status == RunStatus.Running, "it runs");
        var (plain, urgent) = (await RunAsync(scheduler, "busy"), await RunAsync(scheduler, "urgent"));

        var queue = await ViewAsync(scheduler);

        Assert.Equal([urgent, plain], queue.Waiting.Select(w => w.Run.Id));
        Assert.Equal(["No free slot: place 1 of 2.", "No free slot: place 2 of 2."], queue.Waiting.Select(w => w.Words));
        Assert.Equal((going, (TimeSpan?)null), (Assert.Single(queue.Running).Run.Id, queue.Running[0].Usual));
        Assert.Equal(new QueuePool("scan", 1, 1, false, 2, Eight), queue.Pools.Single(p => p.Name == "scan"));
        Assert.Equal(EngineStatus.Running, queue.Engine);
        Assert.Null(queue.Waiting[0].ExpectedAt); // nobody knows how long "busy" takes
    }

    [Fact]
    public async Task WhatAwaitsAnAnswer_StandsBehindAllThatStartsByItself()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: Small, kinds: new ScriptedKind(ScriptedKind.UntilStopped));
        await SaveAsync(scheduler, "s");
        await SaveAsync(scheduler, "later");
        var (asked, free) = (await RunAsync(scheduler, "s"), await RunAsync(scheduler, "later"));
        await scheduler.Writer.WriteAsync(write => write.Execute("UPDATE runs SET not_before = ?2 WHERE id = ?1", asked, Run.UntilAnswered), default);
        Assert.Equal([free, asked], (await ViewAsync(scheduler)).Waiting.Select(w => w.Run.Id));
    }

    [Fact]
    public async Task WithAHistory_TheStartIsExpectedAfterTheUsualTime()
    {
        var clock = new ManualTime(Eight);
        using var gate = new SemaphoreSlim(0);
        var kind = new ScriptedKind(async (_, ct) => { await gate.WaitAsync(ct); return new JobOutcome.Succeeded("ok"); });
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: Small, kinds: kind);
        await SaveAsync(scheduler, "s", scripted: true);
        await scheduler.StartAsync();
        var before = await RunAsync(scheduler, "s");
        await Until.TrueAsync(() => kind.Started.Count == 1, "it runs");
        clock.Advance(TimeSpan.FromMinutes(10));
        gate.Release();
        await scheduler.EndedAsync(before);
        await RunAsync(scheduler, "s");
        await Until.TrueAsync(() => kind.Started.Count == 2, "the next runs");
        var waiting = await RunAsync(scheduler, "s");

        var queue = await ViewAsync(scheduler);

        var expected = Assert.Single(queue.Waiting, w => w.Run.Id == waiting).ExpectedAt!.Value - clock.GetUtcNow();
        Assert.InRange(expected, TimeSpan.FromMinutes(9.5), TimeSpan.FromMinutes(10.5)); // a median of the roll-ups is within 4.5 %
        Assert.InRange(queue.Running[0].Usual!.Value, TimeSpan.FromMinutes(9.5), TimeSpan.FromMinutes(10.5));
        gate.Release(2);
    }

    [Fact]
    public async Task Retry_Blackout_ExclusiveAndStoppedEngine_EachHasItsWords()
    {
        var clock = new ManualTime(Eight);
        var calls = 0;
        var kind = new ScriptedKind((context, ct) => Interlocked.Increment(ref calls) == 1 ? Task.FromResult<JobOutcome>(new JobOutcome.Failed("no")) : ScriptedKind.UntilStopped(context, ct));
        await using var scheduler = await TestScheduler.CreateAsync(clock, kinds: kind);
        await scheduler.SaveAsync("again", "manual", Scripted, """ "retry": { "attempts": 2, "delay": "20m" } """);
        await scheduler.SaveAsync("alone", "manual", Scripted);
        await scheduler.SaveAsync("frozen", "manual", Scripted);
        await scheduler.Editor.SetLabelAsync("frozen", "env", "prod", TestScheduler.Ana, default);
        await scheduler.Get<BlackoutEditor>().CreateAsync(
            new BlackoutDraft { Name = "Freeze", From = Eight, Until = Eight.AddHours(2), Labels = new Dictionary<string, string> { ["env"] = "prod" } }, TestScheduler.Ana, default);
        Assert.Equal(EngineStatus.Starting, (await ViewAsync(scheduler)).Engine);
        var frozen = await RunAsync(scheduler, "frozen");
        Assert.Equal("The engine is not running.", (await WordsAsync(scheduler))[frozen]);

        await scheduler.StartAsync();
        var again = await RunAsync(scheduler, "again");
        await Until.TrueAsync(async () => (await scheduler.RunAsync(again)).Status == RunStatus.Retrying, "it waits for its retry");
        var first = await RunAsync(scheduler, "alone");
        await Until.TrueAsync(async () => (await scheduler.RunAsync(first)).Status == RunStatus.Running, "it runs");
        var second = await RunAsync(scheduler, "alone");
        await Until.TrueAsync(async () => (await scheduler.RunAsync(frozen)).NotBefore > clock.GetUtcNow(), "it is held");

        var words = await WordsAsync(scheduler);
        Assert.Equal("Blackout 'Freeze' until 2026-03-02 10:00:00 UTC.", words[frozen]);
        Assert.StartsWith("Waits for attempt 2 of 2 at 2026-03-02 08:", words[again], StringComparison.Ordinal); // the delay has some jitter
        Assert.Equal($"Run {first} of this schedule still goes on.", words[second]);
        Assert.Equal([frozen], (await ViewAsync(scheduler, new QueueFilter { Cause = WaitCause.Blackout })).Waiting.Select(w => w.Run.Id));
        Assert.Null((await ViewAsync(scheduler)).Pools.Single(p => p.Name == "scan").OldestQueuedAt); // none of them may start
    }

    [Fact]
    public async Task ClockSetBack_TooLittleToNotice_ARunThatWasQueuedAheadSaysUntilWhen()
    {
        var clock = new ManualTime(Eight);
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: Small, kinds: kind);
        await SaveAsync(scheduler, "s", scripted: true);
        await scheduler.StartAsync();
        await RunAsync(scheduler, "s");
        await Until.TrueAsync(() => kind.Started.Count == 1, "it runs");
        var waiting = await RunAsync(scheduler, "s");
        clock.SetWall(Eight.AddSeconds(-4));
        await Until.TrueAsync(async () => (await WordsAsync(scheduler))[waiting].StartsWith("The clock was set back; it starts at 2026-03-02 08:00:", StringComparison.Ordinal), "it says so");
    }

    [Fact]
    public async Task StandingBy_ReadsSlotsAndWhatRunsFromTheFile_AndNamesWhoDrives()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await SaveAsync(scheduler, "s", scripted: true);
        await scheduler.StartAsync();
        await scheduler.Get<PoolSettings>().ChangeAsync("scan", 1, TestScheduler.Ana, default);
        await RunAsync(scheduler, "s");
        await Until.TrueAsync(() => kind.Started.Count == 1, "it runs");
        await RunAsync(scheduler, "s");
        await using var other = await TestScheduler.CreateAsync(folder: scheduler.Options.DataFolder, kinds: new ScriptedKind(ScriptedKind.UntilStopped));
        await other.StartAsync();

        var queue = await ViewAsync(other);

        Assert.Equal(EngineStatus.StandingBy, queue.Engine);
        Assert.Contains($"Process {Environment.ProcessId} on {Environment.MachineName} drives this data folder", queue.EngineReason, StringComparison.Ordinal);
        Assert.Equal((1, 1, 1), queue.Pools.Where(p => p.Name == "scan").Select(p => (p.Slots, p.Busy, p.Waiting)).Single());
        Assert.Equal(WaitCause.NoFreeSlot, Assert.Single(queue.Waiting).Wait.Cause);
    }

    [Fact]
    public async Task Pages_FollowOnEachOther_WithoutALossOrADouble()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await SaveAsync(scheduler, "s", pool: "light");
        await SaveAsync(scheduler, "t");
        var all = new List<long>();
        for (var i = 0; i < 7; i++) all.Add(await RunAsync(scheduler, i % 2 == 0 ? "s" : "t"));
        var seen = new List<long>();
        string? after = null;
        do
        {
            var page = await ViewAsync(scheduler, new QueueFilter { Limit = 3, After = after });
            Assert.Equal(7, page.Matching);
            seen.AddRange(page.Waiting.Select(w => w.Run.Id));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(all, seen);
        Assert.Equal(3, (await ViewAsync(scheduler, new QueueFilter { Pool = "scan" })).Matching);
        await Assert.ThrowsAsync<FormatException>(() => ViewAsync(scheduler, new QueueFilter { After = "1_2" }));
        Assert.Equal([true, false, false], new[] { "-1_2_3", "1_2_x", "" }.Select(QueueQueries.IsCursor));
    }

    [Fact]
    public async Task MoveToFront_GoesBeforeAllButEmergencies_IsAudited_AndTheOthersKeepTheirOrder()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "urgent", 100);
        await SaveAsync(scheduler, "plain");
        var (a, b) = (await RunAsync(scheduler, "urgent"), await RunAsync(scheduler, "urgent"));
        clock.Advance(TimeSpan.FromMinutes(7));
        var (c, d) = (await RunAsync(scheduler, "plain"), await RunAsync(scheduler, "plain"));
        var emergency = (await scheduler.Control.RunNowAsync("plain", new RunRequest { Emergency = true, Reason = "leak" }, TestScheduler.Ana, default))!.Value;

        Assert.Equal(MoveOutcome.Moved, await MoveAsync(scheduler, d));

        Assert.Equal([emergency, d, a, b, c], (await ViewAsync(scheduler)).Waiting.Select(w => w.Run.Id));
        Assert.Equal(MoveOutcome.AlreadyFirst, await MoveAsync(scheduler, d));
        Assert.Equal(MoveOutcome.AlreadyFirst, await MoveAsync(scheduler, emergency));
        Assert.Equal(MoveOutcome.Moved, await MoveAsync(scheduler, c));
        var claimed = new List<long>();
        while (await scheduler.Get<RunQueue>().TryClaimAsync("scan", false, 1, default) is { } run) claimed.Add(run.Id);
        Assert.Equal([emergency, c, d, a, b], claimed);
        Assert.Equal(MoveOutcome.NotWaiting, await MoveAsync(scheduler, d));
        Assert.Equal(MoveOutcome.NotFound, await MoveAsync(scheduler, 999));
        await using var db = scheduler.Database.Read();
        Assert.Equal([$"{d}: plain: customer waits (priority 0 -> 103)", $"{c}: plain: customer waits (priority 0 -> 104)"],
            await db.Audit.Where(r => r.Action == "moved to the front").OrderBy(r => r.Id).Select(r => r.ObjectName + ": " + r.Details).ToListAsync());
    }

    [Fact]
    public async Task MoveToFront_WithoutAReason_OrByAViewer_DoesNothing()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await SaveAsync(scheduler, "s");
        var (first, second) = (await RunAsync(scheduler, "s"), await RunAsync(scheduler, "s"));
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Control.MoveToFrontAsync(second, "why", TestScheduler.Vic, default));
        Assert.Equal("reason", (await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Control.MoveToFrontAsync(second, " ", TestScheduler.Ana, default))).Errors[0].Path);
        Assert.Equal("reason", (await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Control.MoveToFrontAsync(second, new string('x', 501), TestScheduler.Ana, default))).Errors[0].Path);
        Assert.Equal([first, second], (await ViewAsync(scheduler)).Waiting.Select(w => w.Run.Id));
    }

    [Fact]
    public async Task MovedRun_IsNotOvertakenByWhatComesNew()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "s");
        var (first, moved) = (await RunAsync(scheduler, "s"), await RunAsync(scheduler, "s"));
        await MoveAsync(scheduler, moved);
        clock.Advance(TimeSpan.FromMinutes(1));
        var late = await RunAsync(scheduler, "s");
        Assert.Equal([moved, first, late], (await ViewAsync(scheduler)).Waiting.Select(w => w.Run.Id));
    }

    [Fact]
    public async Task TenThousandWaiting_AreReadFromTheIndexInOrder()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await SaveAsync(scheduler, "s");
        await RunAsync(scheduler, "s");
        await scheduler.Writer.WriteAsync(write =>
        {
            write.Execute(
                """
                INSERT INTO runs (schedule_id, schedule_name, generation, trigger_type, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before, exclusive,
                    overrides_blackout, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10400)
                SELECT schedule_id, schedule_name, generation, 5, 1, 0, '', i % 7, pool, job_kind, 0, 1, due_at + i, queued_at + i, not_before, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}' FROM runs, n
                """);
        }, default);
        var queue = await ViewAsync(scheduler);
        for (var i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            queue = await ViewAsync(scheduler);
            output.WriteLine($"10,000 waiting: {watch.ElapsedMilliseconds} ms");
        }
        Assert.Equal((10_401, QueueQueries.MostWaiting, 50), (queue.Pools.Single(p => p.Name == "scan").Waiting, queue.Matching, queue.Waiting.Count));
        Assert.Equal(queue.Waiting.Select(w => w.Run.Id), (await scheduler.Runs.ActiveAsync(50, default)).Select(r => r.Id));

        using var connection = scheduler.Database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + QueueQueries.Line;
        command.Parameters.AddWithValue("@pool", "scan");
        command.Parameters.AddWithValue("@most", 10_000);
        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read()) plan.Add(reader.GetString(3));
        Assert.EndsWith("runs USING INDEX ix_runs_waiting (pool=?)", Assert.Single(plan), StringComparison.Ordinal); // and no sorting
    }

    private static void Small(SchedulerOptions options) => options.Pools["scan"] = 1;

    private static Task SaveAsync(TestScheduler scheduler, string name, int priority = 0, bool scripted = false, string pool = "scan") =>
        scheduler.SaveAsync(name, "manual", scripted ? Scripted : """{ "kind": "noop" }""", $$""" "pool": "{{pool}}", "priority": {{priority}}, "concurrencyPolicy": "Allow" """);

    private static async Task<long> RunAsync(TestScheduler scheduler, string name) => (await scheduler.Control.RunNowAsync(name, new RunRequest(), TestScheduler.Ana, default))!.Value;

    private static Task<MoveOutcome> MoveAsync(TestScheduler scheduler, long run) => scheduler.Control.MoveToFrontAsync(run, "customer waits", TestScheduler.Ana, default);

    private static Task<QueueView> ViewAsync(TestScheduler scheduler, QueueFilter? filter = null) => scheduler.Get<QueueQueries>().ViewAsync(filter ?? new QueueFilter(), default);

    private static async Task<Dictionary<long, string>> WordsAsync(TestScheduler scheduler) => (await ViewAsync(scheduler)).Waiting.ToDictionary(w => w.Run.Id, w => w.Words);
}
