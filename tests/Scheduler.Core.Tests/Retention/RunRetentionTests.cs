using Scheduler.Core.Analytics;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Retention;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Retention;

public sealed class RunRetentionTests
{
    private readonly ManualTime _clock = new();

    [Fact]
    public async Task HistoryLimits_KeepTheNewestOfEachKind_WithTheirLogs()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock);
        await scheduler.SaveAsync("s", "manual", more: """ "successfulRunsHistoryLimit": 3, "failedRunsHistoryLimit": 2 """);
        await scheduler.SaveAsync("other", "manual");
        var succeeded = await EndAsync(scheduler, "s", RunStatus.Succeeded, 6);
        var failed = await EndAsync(scheduler, "s", RunStatus.Failed, 2);
        var timedOut = await EndAsync(scheduler, "s", RunStatus.TimedOut, 1);
        var others = await EndAsync(scheduler, "other", RunStatus.Succeeded, 30);
        foreach (var id in (long[])[succeeded[0], succeeded[5]])
            using (var file = scheduler.Get<RunLog>().Write(id)) file.Append(new JobEvent.LogLine(_clock.GetUtcNow(), LogStream.Info, "hello"));

        Assert.Equal(4, await PassAsync(scheduler));

        Assert.Equal([.. succeeded[3..], failed[1], .. timedOut, .. others], await IdsAsync(scheduler));
        Assert.Empty(scheduler.Get<RunLog>().Kept(succeeded[0]));
        Assert.NotEmpty(scheduler.Get<RunLog>().Kept(succeeded[5]));
        await using var db = scheduler.Database.Read();
        Assert.Equal(await IdsAsync(scheduler), db.Attempts.Select(a => a.RunId).ToList().Order());
        Assert.Equal(0, await PassAsync(scheduler));
    }

    [Fact]
    public async Task Limits_CountTriggersAndPeopleApart_AndLeaveBackfillsSkippedAndCancelledAlone()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock);
        await scheduler.SaveAsync("s", "manual", more: """ "successfulRunsHistoryLimit": 1, "failedRunsHistoryLimit": 0 """);
        var scheduled = await EndAsync(scheduler, "s", RunStatus.Succeeded, 3, TriggerType.Scheduled);
        var byHand = await EndAsync(scheduler, "s", RunStatus.Succeeded, 2, TriggerType.Manual);
        var kept = new List<long>();
        kept.AddRange(await EndAsync(scheduler, "s", RunStatus.Succeeded, 3, TriggerType.Backfill));
        kept.AddRange(await EndAsync(scheduler, "s", RunStatus.Failed, 3, TriggerType.Backfill));
        kept.AddRange(await EndAsync(scheduler, "s", RunStatus.Cancelled, 2));
        await EndAsync(scheduler, "s", RunStatus.Failed, 1);
        await EndAsync(scheduler, "s", RunStatus.Interrupted, 1);

        Assert.Equal(5, await PassAsync(scheduler));

        Assert.Equal([scheduled[2], byHand[1], .. kept], await IdsAsync(scheduler));
    }

    [Fact]
    public async Task Age_OfASkipAheadOfTime_BeginsAtItsOccurrence_OrThatWouldRunAfterAll()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock, configure: o => o.RunAge = TimeSpan.FromDays(10));
        await scheduler.SaveAsync("yearly", "0 2 1 1 *");
        var skipped = Assert.IsType<SkipOutcome.Skipped>(await scheduler.Editor.SkipNextAsync("yearly", null, TestScheduler.Ana, default));
        _clock.Advance(TimeSpan.FromDays(20));

        Assert.Equal(0, await PassAsync(scheduler));

        Assert.Equal([skipped.RunId], await IdsAsync(scheduler));
        await scheduler.SaveAsync("yearly", "0 2 1 1 *", more: """ "priority": 5 """);
        Assert.Equal(skipped.At.AddYears(1), (await scheduler.Schedules.GetAsync("yearly", default))!.Summary.NextRunAt);
        _clock.Advance(skipped.At.AddDays(11) - _clock.GetUtcNow());
        Assert.Equal(1, await PassAsync(scheduler));
    }

    [Fact]
    public async Task Age_TakesWhateverHasEnded_AlsoWithoutASchedule_ButNothingThatGoesOn()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock, configure: o => o.RunAge = TimeSpan.FromDays(10));
        await scheduler.SaveAsync("s", "manual");
        await EndAsync(scheduler, "s", RunStatus.Succeeded, 120); // more than one batch
        await EndAsync(scheduler, "s", RunStatus.Cancelled, 2);
        await EndAsync(scheduler, "gone", RunStatus.Failed, 3);
        var running = await StartAsync(scheduler, "s");
        var retrying = await EndAsync(scheduler, "s", RunStatus.Retrying, 1);
        var queued = await EnqueueAsync(scheduler, "s");
        _clock.Advance(TimeSpan.FromDays(9));
        var young = await EndAsync(scheduler, "s", RunStatus.Succeeded, 1, pool: "young");
        _clock.Advance(TimeSpan.FromDays(1.5));
        var figures = scheduler.Get<StatisticsQueries>().Over(null, _clock.GetUtcNow().AddDays(-20), _clock.GetUtcNow()).Runs;

        Assert.Equal(125, await PassAsync(scheduler));

        Assert.Equal([running.Id, .. retrying, queued, .. young], await IdsAsync(scheduler));
        Assert.Equal(figures, scheduler.Get<StatisticsQueries>().Over(null, _clock.GetUtcNow().AddDays(-20), _clock.GetUtcNow()).Runs);
        Assert.Equal(0, scheduler.Get<StatisticsUpkeep>().Check(default).Wrong);
    }

    [Fact]
    public async Task Evidence_OfWhatIsOpenOrGone_Stays_AndTheRestOfItsScheduleGoes()
    {
        var present = new[] { "a", "b" };
        var kind = new ScriptedKind(async (job, ct) =>
        {
            foreach (var location in present) await job.FoundAsync(new Finding { Rule = "r", Severity = Severity.High, Title = "t", Asset = "x", Location = location }, ct);
            await job.CoveredAsync("x", ct);
            return new JobOutcome.Succeeded("ok");
        });
        await using var scheduler = await TestScheduler.CreateAsync(_clock, kinds: kind, configure: o => o.RunAge = TimeSpan.FromDays(10));
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        async Task<long> RunAsync() => (await scheduler.EndedAsync((await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value)).Id;
        var first = await RunAsync();      // sees a and b first
        await RunAsync();                  // proves nothing that others do not
        present = ["a"];
        var gone = await RunAsync();       // proves b gone
        await RunAsync();
        var last = await RunAsync();       // a's latest sight
        await scheduler.StopAsync();
        _clock.Advance(TimeSpan.FromDays(11));

        Assert.True(await PassAsync(scheduler) > 0);

        Assert.Equal([first, gone, last], (await IdsAsync(scheduler)).Except([first + 1]));
        Assert.Equal(2, (await scheduler.Runs.FindingsAsync(gone, 10, default)).Count);
        await using var db = scheduler.Database.Read();
        Assert.Equal(await IdsAsync(scheduler), db.RunFindings.Select(f => f.RunId).Distinct().ToList().Order());
    }

    [Fact]
    public async Task Engine_DeletesWhatHasGrownOld()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock, configure: o => o.RunAge = TimeSpan.FromDays(1));
        await scheduler.SaveAsync("s", "manual");
        await EndAsync(scheduler, "s", RunStatus.Succeeded, 3);
        _clock.Advance(TimeSpan.FromDays(2));

        await scheduler.StartAsync();

        await Until.TrueAsync(async () => (await IdsAsync(scheduler)).Count == 0, "the engine deletes what has grown old");
    }

    [Fact]
    public async Task Loop_LooksEachHour_AndTakesWhatHasBecomeTooMuchSince()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock);
        await scheduler.SaveAsync("s", "manual", more: "\"successfulRunsHistoryLimit\": 2");
        await EndAsync(scheduler, "s", RunStatus.Succeeded, 3);
        using var stop = new CancellationTokenSource();
        var loop = scheduler.Get<RunRetention>().RunAsync(stop.Token);
        await Until.TrueAsync(async () => (await IdsAsync(scheduler)).Count == 2, "the first look");
        await RestsAsync();

        _clock.Advance(TimeSpan.FromMinutes(30));
        await EndAsync(scheduler, "s", RunStatus.Succeeded, 3);
        _clock.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(5, (await IdsAsync(scheduler)).Count);
        _clock.Advance(TimeSpan.FromMinutes(1));

        await Until.TrueAsync(async () => (await IdsAsync(scheduler)).Count == 2, "the second look");
        await RestsAsync();
        await scheduler.SaveAsync("s", "manual", more: "\"successfulRunsHistoryLimit\": 1");
        _clock.Advance(TimeSpan.FromHours(1));
        await Until.TrueAsync(async () => (await IdsAsync(scheduler)).Count == 1, "a tighter limit");
        await stop.CancelAsync();
        await loop.WaitAsync(TimeSpan.FromSeconds(10));

        // Its deletions are seen before it has gone to rest.
        Task RestsAsync() => Until.TrueAsync(() => _clock.IsAwaitedIn(TimeSpan.FromHours(1)), "the loop rests");
    }

    [Fact]
    public async Task AClockThatIsSetYearsAhead_CostsNoHistory()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock);
        await scheduler.SaveAsync("s", "manual");
        await EndAsync(scheduler, "s", RunStatus.Succeeded, 3);
        await scheduler.Get<StatisticsUpkeep>().PruneAsync(default);
        Assert.Equal(0, await PassAsync(scheduler));

        _clock.SetWall(_clock.GetUtcNow().AddYears(10));

        await scheduler.Get<StatisticsUpkeep>().PruneAsync(default);
        Assert.Equal(0, await PassAsync(scheduler));
        Assert.Equal(3, (await IdsAsync(scheduler)).Count);
        Assert.Equal((4, 0), scheduler.Get<StatisticsUpkeep>().Check(default) is var check ? (check.Rows, check.Wrong) : default); // hour and day, of the schedule and of all
    }

    [Fact]
    public async Task DeleteEnded_OfARunThatGoesOn_DeletesNothing()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock);
        await scheduler.SaveAsync("s", "manual");
        var queued = await EnqueueAsync(scheduler, "s");

        Assert.Empty(await scheduler.Writer.WriteAsync(write => RunQueue.DeleteEnded(write, [queued, 999]), default));
        Assert.Empty(await scheduler.Writer.WriteAsync(write => RunQueue.DeleteEnded(write, []), default));
        Assert.Equal([queued], await IdsAsync(scheduler));
    }

    private static Task<int> PassAsync(TestScheduler scheduler) => scheduler.Get<RunRetention>().PassAsync(default).WaitAsync(TimeSpan.FromSeconds(30));

    private static async Task<List<long>> IdsAsync(TestScheduler scheduler) => (await scheduler.Runs.ListAsync(new RunFilter { Limit = 500 }, default)).Select(r => r.Id).Order().ToList();

    private async Task<List<long>> EndAsync(TestScheduler scheduler, string schedule, RunStatus status, int count, TriggerType type = TriggerType.Scheduled, string pool = "scan")
    {
        var ids = new List<long>();
        for (var i = 0; i < count; i++)
        {
            var run = await StartAsync(scheduler, schedule, type, pool);
            await scheduler.Get<RunQueue>().CompleteAsync(run, new RunEnding(status, "x", null, status == RunStatus.Retrying ? _clock.GetUtcNow().AddDays(100) : null, []), default);
            ids.Add(run.Id);
        }
        return ids;
    }

    private static async Task<ClaimedRun> StartAsync(TestScheduler scheduler, string schedule, TriggerType type = TriggerType.Scheduled, string pool = "scan")
    {
        await EnqueueAsync(scheduler, schedule, type, pool);
        return (await scheduler.Get<RunQueue>().TryClaimAsync(pool, false, 1, default))!;
    }

    private static async Task<long> EnqueueAsync(TestScheduler scheduler, string schedule, TriggerType type = TriggerType.Scheduled, string pool = "scan")
    {
        await using var db = scheduler.Database.Read();
        var id = db.Schedules.Where(s => s.Name == schedule).Select(s => (long?)s.Id).FirstOrDefault();
        return await scheduler.Writer.WriteAsync(write => scheduler.Get<RunQueue>().Enqueue(write, new NewRun
        {
            ScheduleId = id, ScheduleName = schedule, Generation = 1, TriggerType = type, Priority = 0, Pool = pool, JobKind = "noop", MaxAttempts = 2,
        }), default);
    }
}
