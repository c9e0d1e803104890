using System.Text.Json;
using Scheduler.Core.Backfills;
using Scheduler.Core.Events;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Events;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests.Jobs.Monitoring;

/// <summary>What runs remember and raise, in the transactions of the real queue and by the real engine.</summary>
public sealed class MonitorRunsTests
{
    [Fact]
    public async Task AChange_StartsAFollowerOnce_WhereItsFilterOverTheDataHolds()
    {
        using var folder = new TempFolder();
        await using var scheduler = await WatchAsync(folder);
        await scheduler.SaveAsync("react", "event(file.changed)",
            more: """ "eventFilter": [{ "path": "data.schedule", "op": "equals", "value": "watch" }, { "path": "data.changes.removed", "op": "gt", "value": 0 }, { "path": "data.items[0].path", "op": "contains", "value": "a.txt" }] """);
        await scheduler.StartAsync();

        File.WriteAllText(folder.At("a.txt"), "one");
        Assert.Equal("1 file is remembered; the next run compares", (await RunAsync(scheduler)).Reason);
        Assert.Empty(await scheduler.EventsAsync());
        File.WriteAllText(folder.At("a.txt"), "two");
        await RunAsync(scheduler);
        Assert.Equal(EventOutcome.Filtered, (await scheduler.VerdictAsync("file.changed", "react")).Outcome);
        File.Delete(folder.At("a.txt"));
        var gone = await RunAsync(scheduler);
        await RunAsync(scheduler); // sees no change

        var raised = await scheduler.EventsAsync("file.changed");
        Assert.Equal([EventOutcome.Fired, EventOutcome.Filtered], raised.Select(e => e.Verdicts[0].Outcome));
        Assert.Equal((gone.Id, "scheduler"), (raised[0].RunId!.Value, raised[0].By));
        Assert.Equal(["watch"], raised[0].Chain);
        await Until.TrueAsync(async () => (await scheduler.RunsOfAsync("react")) is [{ Status: RunStatus.Succeeded }], "the follower ends");
        var data = JsonElement.Parse((await scheduler.EventAsync(raised[0].Id)).Data);
        Assert.Equal(("watch", gone.Id, "Manual"), (data.GetProperty("schedule").GetString(), data.GetProperty("runId").GetInt64(), data.GetProperty("triggerType").GetString()));
        Assert.Equal("removed", data.GetProperty("items")[0].GetProperty("change").GetString());
    }

    [Fact]
    public async Task AUrlThatChanges_RaisesItsEvent()
    {
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/", "one");
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("watch", "manual", $$"""{ "kind": "url-monitor", "targets": { "urls": ["{{server.Root}}"] } }""");
        await scheduler.SaveAsync("react", "event(url.changed)");
        await scheduler.StartAsync();
        await RunAsync(scheduler);
        server.OnPage("/", "two");
        Assert.Equal("1 URL: 1 changed", (await RunAsync(scheduler)).Reason);
        Assert.Equal(EventOutcome.Fired, (await scheduler.VerdictAsync("url.changed", "react")).Outcome);
    }

    [Fact]
    public async Task AFinding_IsOpenUntilTheNextLook()
    {
        using var folder = new TempFolder();
        await using var scheduler = await WatchAsync(folder);
        await scheduler.StartAsync();
        File.WriteAllText(folder.At("a.txt"), "one");
        await RunAsync(scheduler);
        File.WriteAllText(folder.At("a.txt"), "two");
        var changed = await RunAsync(scheduler);
        Assert.Equal((1, 1, 0), (changed.Findings.Total, changed.Findings.New, changed.Findings.Fixed));
        var quiet = await RunAsync(scheduler);
        Assert.Equal((0, 1), (quiet.Findings.Total, quiet.Findings.Fixed));
        // What changes back is a change again, and new again.
        File.WriteAllText(folder.At("a.txt"), "one");
        await RunAsync(scheduler);
        File.WriteAllText(folder.At("a.txt"), "two");
        Assert.Equal((1, 1, 1), (await RunAsync(scheduler)).Findings is var counts ? (counts.Total, counts.New, counts.Fixed) : default);
    }

    [Fact]
    public async Task AnEndingThatIsNotWritten_RemembersNothing_AndTheNextRunTellsTheChange()
    {
        using var folder = new TempFolder();
        await using var scheduler = await WatchAsync(folder);
        await scheduler.SaveAsync("react", "event(file.changed)");
        File.WriteAllText(folder.At("a.txt"), "one");
        await ExecuteAsync(scheduler);
        File.WriteAllText(folder.At("a.txt"), "two");
        var before = await NotesAsync(scheduler);
        await scheduler.Writer.WriteAsync(write => { write.Execute("CREATE TRIGGER broken BEFORE INSERT ON attempts BEGIN SELECT raise(ABORT, 'broken'); END"); }, default);

        var broken = await ExecuteAsync(scheduler);

        Assert.Equal(RunStatus.Running, (await scheduler.RunAsync(broken.Id)).Status);
        Assert.Equal(before, await NotesAsync(scheduler));
        Assert.Empty(await scheduler.EventsAsync());
        await scheduler.Writer.WriteAsync(write =>
        {
            write.Execute("DROP TRIGGER broken");
            scheduler.Get<RunQueue>().Interrupt(write, broken, null);
        }, default);
        Assert.Equal(before, await NotesAsync(scheduler));

        var next = await ExecuteAsync(scheduler);

        Assert.Equal("1 file: 1 changed", (await scheduler.RunAsync(next.Id)).Reason);
        Assert.Equal(next.Id, Assert.Single(await scheduler.EventsAsync("file.changed")).RunId);
        Assert.NotEqual(before, await NotesAsync(scheduler));
        await ExecuteAsync(scheduler);
        Assert.Single(await scheduler.EventsAsync("file.changed"));
    }

    [Theory]
    [InlineData("ends well", "written")]
    [InlineData("fails", "")]
    [InlineData("fails and is tried again", "")]
    [InlineData("throws", "")]
    [InlineData("is cancelled", "")]
    public async Task OnlyARunThatEndsWell_LeavesAndRaises(string how, string left)
    {
        var begun = new TaskCompletionSource();
        var kind = new ScriptedKind(async (context, stopping) =>
        {
            context.Memory.Remember("key", "written", null);
            await context.HappenedAsync("file.changed", "{}", stopping);
            begun.TrySetResult();
            return how switch
            {
                "ends well" => new JobOutcome.Succeeded("done"),
                "throws" => throw new InvalidOperationException("broken"),
                "is cancelled" => await ScriptedKind.UntilStopped(context, stopping),
                _ => new JobOutcome.Failed("bad", Retryable: how.Contains("again", StringComparison.Ordinal)),
            };
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("watch", "manual", """{ "kind": "scripted" }""", """ "retry": { "attempts": 2, "delay": "1h" } """);
        await scheduler.SaveAsync("react", "event(file.changed)");
        await scheduler.StartAsync();
        var id = (await scheduler.Control.RunNowAsync("watch", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await begun.Task;
        if (how == "is cancelled") await scheduler.Control.CancelAsync(id, TestScheduler.Ana, default);
        await Until.TrueAsync(async () => (await scheduler.RunAsync(id)).Status is not (RunStatus.Queued or RunStatus.Running), "the attempt is over");
        Assert.Equal(left, string.Join(' ', (await NotesAsync(scheduler)).Select(n => n.Note)));
        Assert.Equal(left.Length > 0 ? 1 : 0, (await scheduler.EventsAsync("file.changed")).Count);
    }

    [Fact]
    public async Task ABackfill_LeavesNothing_AndRaisesNone()
    {
        using var folder = new TempFolder();
        await using var scheduler = await WatchAsync(folder, "0 12 * * *", """ "suspend": true """);
        await scheduler.SaveAsync("react", "event(file.changed)");
        await scheduler.StartAsync();
        File.WriteAllText(folder.At("a.txt"), "one");
        await RunAsync(scheduler);
        var before = await NotesAsync(scheduler);
        File.WriteAllText(folder.At("a.txt"), "two");

        var id = (await scheduler.Get<BackfillControl>().LaunchAsync(new BackfillRequest { Schedule = "watch", From = "2026-03-01", To = "2026-03-01", Mode = BackfillMode.All }, TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(async () => (await scheduler.Get<BackfillQueries>().GetAsync(id, default))!.FinishedAt is not null, "the backfill is over");

        var past = (await scheduler.RunsOfAsync("watch")).Single(r => r.TriggerType == TriggerType.Backfill);
        Assert.StartsWith("1 file: 1 changed; a backfill sees what is there today", past.Reason, StringComparison.Ordinal);
        Assert.Equal(before, await NotesAsync(scheduler));
        Assert.Empty(await scheduler.EventsAsync());
        Assert.Equal((1, 1), (await RunAsync(scheduler)).Findings is var counts ? (counts.Total, counts.New) : default);
        Assert.Single(await scheduler.EventsAsync("file.changed"));
    }

    [Fact]
    public async Task AScheduleThatIsDeleted_TakesItsMemoryAlong_AlsoWhileItsRunGoesOn()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var kind = new ScriptedKind(async (context, _) =>
        {
            context.Memory.Remember($"key {context.RunId}", "written", null);
            begun.TrySetResult();
            await go.Task;
            return new JobOutcome.Succeeded("done");
        });
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("watch", "manual", """{ "kind": "scripted" }""");
        await scheduler.SaveAsync("other", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        var other = (await scheduler.Control.RunNowAsync("other", new RunRequest(), TestScheduler.Ana, default))!.Value;
        var id = (await scheduler.Control.RunNowAsync("watch", new RunRequest(), TestScheduler.Ana, default))!.Value;
        await Until.TrueAsync(() => kind.Started.Count == 2, "both go on");
        await scheduler.Editor.DeleteAsync("watch", TestScheduler.Ana, default);
        go.SetResult();
        Assert.Equal(RunStatus.Succeeded, (await scheduler.EndedAsync(id)).Status);
        Assert.Equal(RunStatus.Succeeded, (await scheduler.EndedAsync(other)).Status);
        Assert.Equal([$"key {other}"], (await NotesAsync(scheduler)).Select(n => n.Key));
        await scheduler.Editor.DeleteAsync("other", TestScheduler.Ana, default);
        Assert.Empty(await NotesAsync(scheduler));
    }

    [Fact]
    public async Task FromTheCommandLine_ASchedulesRunIsALook_AndAJobWithoutAScheduleComparesWithNothing()
    {
        using var folder = new TempFolder();
        await using var scheduler = await WatchAsync(folder);
        var single = scheduler.Get<SingleRun>();
        File.WriteAllText(folder.At("a.txt"), "one");
        Assert.Equal("1 file is remembered; the next run compares", (await single.ExecuteAsync("watch", TestScheduler.Ana, null, default))!.Reason);
        File.WriteAllText(folder.At("a.txt"), "two");
        Assert.Equal("1 file: 1 changed", (await single.ExecuteAsync("watch", TestScheduler.Ana, null, default))!.Reason);
        var job = $$"""{ "kind": "file-monitor", "targets": { "paths": [{{JsonSerializer.Serialize(folder.Path)}}] } }""";
        for (var i = 0; i < 2; i++)
            Assert.Equal("1 file looked at; nothing was compared, for there is no schedule that remembers",
                (await single.ExecuteAsync(TestScheduler.Manifest("adhoc", "manual", job), TestScheduler.Ana, null, default)).Reason);
    }

    [Fact]
    public async Task WhatAScheduleOfAnotherKindLeft_IsForgotten()
    {
        using var folder = new TempFolder();
        await using var server = (await FaultyWebServer.StartAsync()).OnPage("/", "one");
        await using var scheduler = await WatchAsync(folder);
        await scheduler.StartAsync();
        File.WriteAllText(folder.At("a.txt"), "one");
        await RunAsync(scheduler);
        await scheduler.SaveAsync("watch", "manual", $$"""{ "kind": "url-monitor", "targets": { "urls": ["{{server.Root}}"] } }""");
        Assert.Equal("1 URL is remembered; the next run compares", (await RunAsync(scheduler)).Reason);
        Assert.Equal([$"url:{server.Root}"], (await NotesAsync(scheduler)).Select(n => n.Key));
    }

    private static async Task<TestScheduler> WatchAsync(TempFolder folder, string schedule = "manual", string more = "")
    {
        var path = ScopedFile.TryResolve(folder.Path, out var real) ? real : folder.Path;
        var scheduler = await TestScheduler.CreateAsync();
        await scheduler.Get<ScopeStore>().AddAsync("folder", path, "", TestScheduler.Ana, default);
        await scheduler.SaveAsync("watch", schedule, $$"""{ "kind": "file-monitor", "targets": { "paths": [{{JsonSerializer.Serialize(path)}}] } }""", more);
        return scheduler;
    }

    private static async Task<RunView> RunAsync(TestScheduler scheduler)
    {
        var run = await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("watch", new RunRequest(), TestScheduler.Ana, default))!.Value);
        Assert.Equal((RunStatus.Succeeded, "monitor"), (run.Status, run.Pool));
        return run;
    }

    /// <summary>One attempt, without an engine.</summary>
    private static async Task<ClaimedRun> ExecuteAsync(TestScheduler scheduler)
    {
        await scheduler.Control.RunNowAsync("watch", new RunRequest(), TestScheduler.Ana, default);
        var run = (await scheduler.Get<RunQueue>().TryClaimAsync("monitor", false, 1, default))!;
        await scheduler.Get<RunExecution>().ExecuteAsync(run, () => false, 1, default);
        return run;
    }

    private static async Task<IReadOnlyList<(string Key, string Note)>> NotesAsync(TestScheduler scheduler)
    {
        await using var db = scheduler.Database.Read();
        return [.. db.JobMemories.OrderBy(m => m.Key).AsEnumerable().Select(m => (m.Key, m.Note))];
    }
}
