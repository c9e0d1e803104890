using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Downtimes;

/// <summary>After more than a day, a person says whether what was missed still runs.</summary>
public sealed class CatchUpAskTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(25, 24, true)]
    [InlineData(23, 24, false)]
    [InlineData(24, 24, false)] // longer than that, not as long
    [InlineData(1000, 0, false)] // never
    public void Asks_AfterLongerThanTheLimit(int hours, int limit, bool asks) =>
        Assert.Equal(asks, new Absence(Eight.AddHours(hours), Eight) { AskAfter = TimeSpan.FromHours(limit) }.Asks);

    [Fact]
    public void AnAbsenceSinceNobodyKnowsWhen_AsksNobody() => Assert.False(new Absence(Eight) { AskAfter = TimeSpan.FromHours(1) }.Asks);

    [Theory]
    [InlineData("Latest", 1)]
    [InlineData("All", 31)]
    public async Task Down31Hours_CatchUpsWait_AndRunOnceAPersonSaysSo(string policy, int runs)
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("s", "30 * * * *", more: $$""" "missedRuns": "{{policy}}" """);
        await using var second = await DownAsync(first, clock, TimeSpan.FromHours(31));
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Count == runs, "they are recorded");

        var down = (await Queries(second).ToShowAsync(default))!;
        Assert.Equal((31, 31, 0, 0), (down.Missed, down.Asked, down.CaughtUp, down.Skipped));
        Assert.Equal((31, 0), (await Queries(second).MissedAsync(down.Id, null, 10, default))!.Select(s => (s.Asked, s.Runs)).Single());
        var queued = await second.Get<QueueQueries>().ViewAsync(new QueueFilter(), default);
        Assert.Equal(runs, queued.Waiting.Count);
        Assert.All(queued.Waiting, w => Assert.Equal((WaitCause.Answer, "Waits for an answer: missed for 31 h.", down.Id, true), (w.Wait.Cause, w.Words, w.DowntimeId, w.Run.AwaitsAnswer)));
        // However long nobody answers.
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.All(await second.RunsOfAsync("s"), r => Assert.Equal(RunStatus.Queued, r.Status));
        Assert.Equal(DowntimeAct.Unanswered, await Control(second).DismissAsync(down.Id, TestScheduler.Ana, default));

        Assert.Equal(DowntimeAct.Done, await Control(second).AnswerAsync(down.Id, run: true, null, TestScheduler.Ana, default));

        await SucceededAsync(second, clock, runs);
        Assert.Equal((0, 31), ((await Queries(second).GetAsync(down.Id, default))!.Asked, (await Queries(second).GetAsync(down.Id, default))!.CaughtUp));
        Assert.Equal(DowntimeAct.NothingWaits, await Control(second).AnswerAsync(down.Id, run: true, null, TestScheduler.Ana, default));
        Assert.Equal(DowntimeAct.Done, await Control(second).DismissAsync(down.Id, TestScheduler.Ana, default));
        await using var db = second.Database.Read();
        Assert.EndsWith($": {runs} {(runs == 1 ? "run" : "runs")}", (await db.Audit.SingleAsync(a => a.Action == "ran what was missed in")).Details, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhileNobodyAnswers_TheSchedulesNextOccurrenceRunsAsEver()
    {
        foreach (var policy in new[] { "Forbid", "Replace", "Queue" })
        {
            var clock = new ManualTime(Eight);
            await using var first = await StartAsync(clock);
            await first.SaveAsync("s", "* * * * *", more: $$""" "concurrencyPolicy": "{{policy}}" """);
            await using var second = await DownAsync(first, clock, TimeSpan.FromHours(30));
            await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Count == 1, "it is recorded");
            var held = (await second.RunsOfAsync("s"))[0];
            Assert.Equal((1800, true), (held.StandsFor, held.AwaitsAnswer));

            await second.ReachAsync(clock, clock.GetUtcNow().AddMinutes(1), runs => runs.Any(r => r is { TriggerType: TriggerType.Scheduled, Status: RunStatus.Succeeded }));

            Assert.Equal(RunStatus.Queued, (await second.RunAsync(held.Id)).Status);
            Assert.DoesNotContain(await second.RunsOfAsync("s"), r => r.Status is RunStatus.Skipped or RunStatus.Cancelled);
        }
    }

    [Fact]
    public async Task Skip_EndsThemWithWhoSaidSo_AndOneScheduleCanBeAnsweredForAlone()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("a", "0 * * * *");
        await first.SaveAsync("b", "0 * * * *");
        await using var second = await DownAsync(first, clock, TimeSpan.FromHours(30));
        await Until.TrueAsync(async () => (await second.Runs.ListAsync(new RunFilter(), default)).Count == 2, "they are recorded");
        var down = (await Queries(second).ToShowAsync(default))!;

        await Assert.ThrowsAsync<AccessDeniedException>(() => Control(second).AnswerAsync(down.Id, run: false, null, TestScheduler.Vic, default));
        Assert.Equal(DowntimeAct.NotFound, await Control(second).AnswerAsync(99, run: false, null, TestScheduler.Ana, default));
        Assert.Equal(DowntimeAct.Done, await Control(second).AnswerAsync(down.Id, run: false, "a", TestScheduler.Ana, default));

        var run = Assert.Single(await second.RunsOfAsync("a"));
        Assert.Equal((RunStatus.Skipped, SkipCause.SkippedByPerson, 30), (run.Status, run.Cause, run.StandsFor));
        Assert.EndsWith(" Skipped by ana@example.com: missed for so long that a person was asked.", run.Reason, StringComparison.Ordinal);
        Assert.True(Assert.Single(await second.RunsOfAsync("b")).AwaitsAnswer);
        var sheet = (await Queries(second).MissedAsync(down.Id, null, 10, default))!;
        Assert.Equal([("a", 30, 0), ("b", 0, 30)], sheet.Select(s => (s.Schedule, s.Skipped, s.Asked)));
        Assert.Equal(30, await NotRunAsync(second, "a"));
    }

    [Fact]
    public async Task StartingDeadlineThatHasPassed_IsSkippedWithoutAsking_OneThatHasNotIsAskedFor_AndCountsNoMore()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("late", "0 9 * * *", more: """ "startingDeadlineSeconds": 600 """);
        await first.SaveAsync("patient", "0 9 * * *", more: """ "startingDeadlineSeconds": 18060 """);
        await using var second = await DownAsync(first, clock, TimeSpan.FromHours(30));
        await Until.TrueAsync(async () => (await second.Runs.ListAsync(new RunFilter(), default)).Count == 2, "they are recorded");
        Assert.Equal((RunStatus.Skipped, SkipCause.StartingDeadline), (await second.RunsOfAsync("late")).Select(r => (r.Status, r.Cause!.Value)).Single());
        Assert.True((await second.RunsOfAsync("patient")).Single().AwaitsAnswer);

        clock.Advance(TimeSpan.FromMinutes(2)); // its five hours are over
        var down = (await Queries(second).ToShowAsync(default))!;
        await Control(second).AnswerAsync(down.Id, run: true, null, TestScheduler.Ana, default);
        await Until.TrueAsync(async () => (await second.RunsOfAsync("patient")).Any(r => r is { TriggerType: TriggerType.CatchUp, Status: RunStatus.Succeeded }), "it runs");
    }

    [Fact]
    public async Task ClockSetForwardByDays_AsksLikewise_AndZeroNeverAsks()
    {
        var clock = new ManualTime(Eight);
        await using var asking = await StartAsync(clock);
        await asking.SaveAsync("s", "0 * * * *");
        await asking.SaveAsync("tick", "at(2026-03-02T08:00:05Z)");
        await asking.ReachAsync(clock, Eight.AddSeconds(6), runs => runs.Count == 1, "tick"); // it has looked at the clock
        clock.SetWall(Eight.AddDays(3));
        await asking.ReachAsync(clock, Eight.AddDays(3).AddSeconds(2), runs => runs.Any(r => r is { AwaitsAnswer: true, StandsFor: > 70 }));
        Assert.Equal(DowntimeKind.ClockSet, (await Queries(asking).ToShowAsync(default))!.Kind);

        clock = new ManualTime(Eight);
        await using var never = await TestScheduler.CreateAsync(clock, configure: o => o.CatchUpAsk = TimeSpan.Zero);
        await never.StartAsync();
        await never.SaveAsync("s", "0 * * * *");
        await never.StopAsync();
        clock.Advance(TimeSpan.FromDays(3));
        await using var again = await TestScheduler.CreateAsync(clock, never.Options.DataFolder, o => o.CatchUpAsk = TimeSpan.Zero);
        await again.StartAsync();
        await Until.TrueAsync(async () => (await again.RunsOfAsync("s")).Any(r => r.Status == RunStatus.Succeeded), "it is caught up without a question");
    }

    [Fact]
    public async Task Restart_BeforeTheAnswer_StillAsks_AndEachDueTimeStandsInOneRow()
    {
        var clock = new ManualTime(Eight);
        await using var first = await StartAsync(clock);
        await first.SaveAsync("s", "0 * * * *");
        await using var second = await DownAsync(first, clock, TimeSpan.FromHours(30));
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Count == 1, "it is recorded");
        var down = (await Queries(second).ToShowAsync(default))!;
        clock.Advance(TimeSpan.FromMinutes(1));
        await using var third = await DownAsync(second, clock, TimeSpan.FromHours(3));
        await Until.TrueAsync(async () => (await third.RunsOfAsync("s")).Any(r => r.Status == RunStatus.Succeeded), "the short gap is caught up");

        var runs = await third.RunsOfAsync("s");
        Assert.Equal([(3, false), (30, true)], runs.Select(r => (r.StandsFor, r.AwaitsAnswer)));
        Assert.Equal(down.Id, (await Queries(third).ToShowAsync(default))!.Id); // the one that asks goes before the newer one
    }

    private static DowntimeQueries Queries(TestScheduler scheduler) => scheduler.Get<DowntimeQueries>();

    private static DowntimeControl Control(TestScheduler scheduler) => scheduler.Get<DowntimeControl>();

    private static async Task<TestScheduler> StartAsync(ManualTime clock, TestScheduler? before = null) => await (await TestScheduler.CreateAsync(clock, before?.Options.DataFolder)).StartAsync();

    private static async Task<TestScheduler> DownAsync(TestScheduler scheduler, ManualTime clock, TimeSpan length)
    {
        await scheduler.StopAsync();
        clock.Advance(length);
        return await StartAsync(clock, scheduler);
    }

    private static Task SucceededAsync(TestScheduler scheduler, ManualTime clock, int count) => Until.TrueAsync(async () =>
    {
        clock.Advance(TimeSpan.FromMilliseconds(10));
        return (await scheduler.RunsOfAsync("s")).Count(r => r is { TriggerType: TriggerType.CatchUp, Status: RunStatus.Succeeded }) == count;
    }, "they run");

    private static async Task<int> NotRunAsync(TestScheduler scheduler, string name)
    {
        await using var db = scheduler.Database.Read();
        return await db.Schedules.Where(s => s.Name == name).Select(s => s.NotRun).SingleAsync();
    }
}
