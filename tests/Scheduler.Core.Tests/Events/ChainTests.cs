using System.Text.Json;
using Scheduler.Core.Backfills;
using Scheduler.Core.Events;
using Scheduler.Core.Findings;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Events;

/// <summary>A schedule follows another, and circles stop.</summary>
public sealed class ChainTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Succeeded_AFollowerStartsInTheVeryTransactionThatEndsTheRun()
    {
        await using var scheduler = await WithAsync(("after", "event(run.succeeded)", Follows("nightly")));
        await scheduler.SaveAsync("nightly", "manual");
        var run = await StartAsync(scheduler, "nightly");
        await scheduler.RunNextAsync();

        var follower = Assert.Single(await scheduler.RunsOfAsync("after"));
        Assert.Equal((TriggerType.Event, "Event run.succeeded from scheduler"), (follower.TriggerType, follower.Occasion));
        var raised = Assert.Single(await scheduler.EventsAsync());
        Assert.Equal(("run.succeeded", "scheduler", run), (raised.Type, raised.By, raised.RunId!.Value));
        Assert.Equal(["nightly"], raised.Chain);
        var data = JsonElement.Parse((await scheduler.EventAsync(raised.Id)).Data);
        Assert.Equal(("nightly", run, "Succeeded", "Manual", 0), (data.GetProperty("schedule").GetString(), data.GetProperty("runId").GetInt64(), data.GetProperty("status").GetString(),
            data.GetProperty("triggerType").GetString(), data.GetProperty("findings").GetProperty("new").GetInt32()));
    }

    [Theory]
    [InlineData(RunStatus.Succeeded, "run.finished,run.succeeded")]
    [InlineData(RunStatus.Failed, "run.failed,run.finished")]
    [InlineData(RunStatus.TimedOut, "run.failed,run.finished")]
    [InlineData(RunStatus.Interrupted, "run.failed,run.finished")]
    [InlineData(RunStatus.Cancelled, "run.finished")]
    public async Task Endings_RaiseTheirTypes_AndThoseThatNobodyFollowsAreNotRecorded(RunStatus status, string types)
    {
        await using var scheduler = await WithAsync([.. RunEvents.Types.Select((type, i) => ($"f{i}", $"event({type})", Follows("nobody")))]);
        await scheduler.SaveAsync("nightly", "manual");
        await StartAsync(scheduler, "nightly");
        await scheduler.RunNextAsync(status);
        Assert.Equal(types, string.Join(',', (await scheduler.EventsAsync()).Select(e => e.Type).Order(StringComparer.Ordinal)));

        await scheduler.Editor.DeleteAsync("f0", TestScheduler.Ana, default); // the one that follows run.finished
        var before = (await scheduler.EventsAsync("run.finished")).Count;
        await StartAsync(scheduler, "nightly");
        await scheduler.RunNextAsync(status);
        Assert.Equal(before, (await scheduler.EventsAsync("run.finished")).Count);
    }

    [Fact]
    public async Task AnAttemptThatIsTriedAgain_RaisesNothing_UntilTheRunHasEnded()
    {
        await using var scheduler = await WithAsync(("f", "event(run.finished)", Follows("nobody")));
        await scheduler.SaveAsync("nightly", "manual");
        var run = await StartAsync(scheduler, "nightly");
        var queue = scheduler.Get<RunQueue>();
        var first = (await queue.TryClaimAsync("light", false, 1, default))!;
        await queue.CompleteAsync(first, new RunEnding(RunStatus.Retrying, "again", "bad", Eight, []) { AttemptStatus = RunStatus.Failed }, default);
        Assert.Empty(await scheduler.EventsAsync());
        await scheduler.RunNextAsync(RunStatus.Failed);
        Assert.Equal(run, Assert.Single(await scheduler.EventsAsync()).RunId);
    }

    [Fact]
    public async Task Recovered_IsTheFirstSuccessAfterAFailure()
    {
        await using var scheduler = await WithAsync(("cheer", "event(run.recovered)", """ "pool": "scan" """));
        await scheduler.SaveAsync("nightly", "manual");
        var recovered = new List<int>();
        foreach (var status in (RunStatus[])[RunStatus.Succeeded, RunStatus.Failed, RunStatus.Cancelled, RunStatus.Succeeded, RunStatus.Succeeded])
        {
            await StartAsync(scheduler, "nightly");
            await scheduler.RunNextAsync(status);
            recovered.Add((await scheduler.EventsAsync("run.recovered")).Count);
        }
        Assert.Equal([0, 0, 0, 1, 1], recovered);
    }

    [Fact]
    public async Task NewFindings_AreToldWithTheirCounts()
    {
        await using var scheduler = await WithAsync(("triage", "event(findings.new)", """ "eventFilter": [{ "path": "data.findings.critical", "op": "gt", "value": 0 }], "pool": "scan" """));
        await scheduler.SaveAsync("nightly", "manual");
        foreach (var severity in (Severity[])[Severity.Low, Severity.Critical, Severity.Critical])
        {
            await StartAsync(scheduler, "nightly");
            var queue = scheduler.Get<RunQueue>();
            var run = (await queue.TryClaimAsync("light", false, 1, default))!;
            var finding = new Finding { Rule = "rule", Severity = severity, Title = "A title", Asset = "asset", Location = $"{severity}" };
            await queue.CompleteAsync(run, new RunEnding(RunStatus.Succeeded, "", null, null, []) { Before = write => FindingLedger.Record(write, run.Id, "nightly", [finding]) }, default);
        }
        // The third has found nothing that was not known.
        Assert.Equal([EventOutcome.Fired, EventOutcome.Filtered], (await scheduler.EventsAsync("findings.new")).Select(e => e.Verdicts[0].Outcome));
    }

    [Fact]
    public async Task Backfill_FiresItsFollowerOnce_AndNotForEachOfItsRuns()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("hourly", "0 * * * *");
        await scheduler.SaveAsync("each", "event(run.finished)");
        await scheduler.SaveAsync("once", "event(backfill.finished)", more: Follows("hourly"));
        var id = (await scheduler.Get<BackfillControl>().LaunchAsync(new BackfillRequest { Schedule = "hourly", From = "2026-03-01", To = "2026-03-01", Mode = BackfillMode.All, Parallel = 8 }, TestScheduler.Ana, default))!.Value;
        await scheduler.StartAsync();
        await Until.TrueAsync(async () => { clock.Advance(TimeSpan.FromMilliseconds(50)); return (await scheduler.RunsOfAsync("once")).Count > 0; }, "the follower starts");
        Assert.DoesNotContain(await scheduler.EventsAsync("run.finished"), e => e.Data.Contains("\"Backfill\"", StringComparison.Ordinal));
        var told = JsonElement.Parse((await scheduler.EventAsync(Assert.Single(await scheduler.EventsAsync("backfill.finished")).Id)).Data);
        Assert.Equal((id, "Completed", 24, 24), (told.GetProperty("backfillId").GetInt64(), told.GetProperty("state").GetString(), told.GetProperty("total").GetInt32(), told.GetProperty("succeeded").GetInt32()));
    }

    [Fact]
    public async Task ACircleOfTwo_IsStoppedWithTheWayRound()
    {
        await using var scheduler = await WithAsync(("a", "event(run.succeeded)", Follows("b")), ("b", "event(run.succeeded)", Follows("a")));
        await StartAsync(scheduler, "a");
        await scheduler.RunNextAsync();
        await scheduler.RunNextAsync();
        var verdict = await scheduler.VerdictAsync("run.succeeded", "a");
        Assert.Equal((EventOutcome.Circle, "It would go round in a circle: a → b → a."), (verdict.Outcome, verdict.Words));
        await Assert.ThrowsAsync<InvalidOperationException>(() => scheduler.RunNextAsync());
    }

    [Fact]
    public async Task ACircleOfThree_BehindABeginningThatIsNoneOfIt()
    {
        await using var scheduler = await WithAsync(
            ("start", "manual", ""), ("a", "event(run.succeeded)", """ "eventFilter": [{ "path": "data.schedule", "op": "in", "value": ["start", "c"] }] """),
            ("b", "event(run.succeeded)", Follows("a")), ("c", "event(run.succeeded)", Follows("b")));
        await StartAsync(scheduler, "start");
        for (var i = 0; i < 4; i++) await scheduler.RunNextAsync();
        var last = (await scheduler.EventsAsync())[0];
        Assert.Equal(["start", "a", "b", "c"], last.Chain);
        Assert.Equal((EventOutcome.Circle, "It would go round in a circle: a → b → c → a."), last.Verdicts.Single(v => v.Schedule == "a") is var verdict ? (verdict.Outcome, verdict.Words) : default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => scheduler.RunNextAsync());
    }

    [Fact]
    public async Task AScheduleThatFollowsItself_RunsOnce()
    {
        await using var scheduler = await WithAsync(("self", "event(run.finished)", ""));
        await StartAsync(scheduler, "self");
        await scheduler.RunNextAsync();
        Assert.Equal("It would go round in a circle: self → self.", (await scheduler.VerdictAsync("run.finished", "self")).Words);
        Assert.Single(await scheduler.RunsOfAsync("self"));
    }

    [Fact]
    public async Task AChain_HasSixteenSchedulesAtMost()
    {
        await using var scheduler = await WithAsync([.. Enumerable.Range(1, 18).Select(i => ($"s{i}", "event(run.succeeded)", Follows($"s{i - 1}")))]);
        await StartAsync(scheduler, "s1");
        for (var i = 1; i <= 16; i++) await scheduler.RunNextAsync();
        var verdict = await scheduler.VerdictAsync("run.succeeded", "s17");
        Assert.Equal(EventOutcome.Circle, verdict.Outcome);
        Assert.StartsWith("The chain has 16 schedules already: s1 → s2 → ", verdict.Words, StringComparison.Ordinal);
        Assert.Empty(await scheduler.RunsOfAsync("s17"));
    }

    [Fact]
    public async Task WhateverGoesWrongWithAFollower_TheRunHasEnded()
    {
        await using var scheduler = await WithAsync(("after", "event(run.succeeded)", Follows("nightly")));
        await scheduler.SaveAsync("nightly", "manual");
        var run = await StartAsync(scheduler, "nightly");
        await scheduler.Writer.WriteAsync(write => { write.Execute("CREATE TRIGGER broken BEFORE INSERT ON event_verdicts BEGIN SELECT raise(ABORT, 'broken'); END"); }, default);
        await scheduler.RunNextAsync();
        Assert.Equal(RunStatus.Succeeded, (await scheduler.RunAsync(run)).Status);
        Assert.Empty(await scheduler.RunsOfAsync("after"));
        Assert.Empty(await scheduler.EventsAsync());
    }

    [Fact]
    public async Task TheEngineItself_RunsAChainToItsEnd()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("b", "event(run.succeeded)", more: Follows("a"));
        await scheduler.SaveAsync("c", "event(run.succeeded)", more: Follows("b"));
        await scheduler.SaveAsync("a", "event(push)");
        await scheduler.StartAsync();
        await scheduler.SendAsync("push");
        await Until.TrueAsync(async () => (await scheduler.RunsOfAsync("c")) is [{ Status: RunStatus.Succeeded }], "the last of the chain ends");
        foreach (var name in (string[])["a", "b", "c"]) Assert.Single(await scheduler.RunsOfAsync(name));
    }

    private static string Follows(string schedule) => $$""" "eventFilter": [{ "path": "data.schedule", "op": "equals", "value": "{{schedule}}" }] """;

    private static async Task<TestScheduler> WithAsync(params (string Name, string Schedule, string More)[] schedules)
    {
        var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        foreach (var (name, schedule, more) in schedules) await scheduler.SaveAsync(name, schedule, more: more);
        return scheduler;
    }

    private static async Task<long> StartAsync(TestScheduler scheduler, string name) => (await scheduler.Control.RunNowAsync(name, new RunRequest(), TestScheduler.Ana, default))!.Value;
}
