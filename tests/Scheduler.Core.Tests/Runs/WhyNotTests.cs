using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Runs;

/// <summary>"Why didn't it run?" for every sort of instant, over the real database.</summary>
public sealed class WhyNotTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task AnInstantThatRan_NamesTheRun()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs is [{ Status: RunStatus.Succeeded }]);
        var answer = await AskAsync(scheduler, Eight.AddMinutes(1));
        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal((WhyNotKind.Ran, run.Id, null), (answer.Kind, answer.RunId, answer.Cause));
        Assert.StartsWith($"It ran: run {run.Id} started at 2026-03-02 08:01:0", answer.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnInstantBetweenOccurrences_IsNotDue_AndNamesItsNeighbours()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "0 * * * *", more: """ "timezone": "Europe/Berlin" """);
        clock.Advance(TimeSpan.FromHours(3.5));
        var answer = await AskAsync(scheduler, Eight.AddHours(1.5));
        Assert.Equal((WhyNotKind.NotDue, Eight.AddHours(1), Eight.AddHours(2)), (answer.Kind, answer.PreviousDueAt, answer.NextDueAt));
        Assert.Equal("Not due then. The occurrences next to it are 2026-03-02 10:00:00 Europe/Berlin and 2026-03-02 11:00:00 Europe/Berlin.", answer.Sentence);
    }

    [Fact]
    public async Task Paused_IsToldLongAfterTheResume_WithWhoAndWhy()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.StartAsync();
        clock.Advance(TimeSpan.FromSeconds(30));
        await scheduler.Editor.PauseAsync("s", null, "db move", TestScheduler.Ana, default);
        clock.Advance(TimeSpan.FromMinutes(5));
        await scheduler.Editor.ResumeAsync("s", TestScheduler.Ana, default);
        await scheduler.ReachAsync(clock, Eight.AddMinutes(7), runs => runs.Count >= 1);

        var during = await AskAsync(scheduler, Eight.AddMinutes(3));
        Assert.Equal(WhyNotKind.Paused, during.Kind);
        Assert.Equal("Not due: paused by ana@example.com 'db move' since 2026-03-02 08:00:30 UTC.", during.Sentence);
        Assert.Equal(WhyNotKind.Ran, (await AskAsync(scheduler, Eight.AddMinutes(6))).Kind);
    }

    [Fact]
    public async Task PausedUntil_CountsUntilThenAndNoLonger()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.Editor.PauseAsync("s", Eight.AddMinutes(10), "db move", TestScheduler.Ana, default);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(11), runs => runs.Count >= 1);
        Assert.Equal("Not due: paused by ana@example.com 'db move' since 2026-03-02 08:00:00 UTC, until 2026-03-02 08:10:00 UTC.", (await AskAsync(scheduler, Eight.AddMinutes(9))).Sentence);
        Assert.NotEqual(WhyNotKind.Paused, (await AskAsync(scheduler, Eight.AddMinutes(11))).Kind);
    }

    [Fact]
    public async Task BornPaused_IsToldToo()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *", more: """ "suspend": true """);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(WhyNotKind.Paused, (await AskAsync(scheduler, Eight.AddMinutes(2))).Kind);
    }

    [Fact]
    public async Task DownTime_IsCountedIntoTheCatchUpRun()
    {
        var clock = new ManualTime(Eight);
        await using var first = await TestScheduler.CreateAsync(clock);
        await first.SaveAsync("s", "* * * * *");
        clock.Advance(TimeSpan.FromMinutes(10.5));
        Assert.Equal((WhyNotKind.SchedulerDown, "Missed: the scheduler has never run on this data folder."), await KindAsync(first, Eight.AddMinutes(4)));

        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        await second.StartAsync();
        await Until.TrueAsync(async () => (await second.RunsOfAsync("s")).Count == 1, "it catches up");
        var answer = await AskAsync(second, Eight.AddMinutes(4));
        Assert.Equal((WhyNotKind.CountedIn, (await second.RunsOfAsync("s"))[0].Id), (answer.Kind, answer.RunId));
        // The first of them, and none before: the schedule was made at eight.
        Assert.Equal(WhyNotKind.CountedIn, (await AskAsync(second, Eight.AddMinutes(1))).Kind);
        Assert.Equal(WhyNotKind.NotMadeYet, (await AskAsync(second, Eight.AddMinutes(-4))).Kind);
    }

    [Fact]
    public async Task OtherGenerationsTiming_CountsForTheInstantsOfItsTime()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "0 * * * *");
        clock.Advance(TimeSpan.FromMinutes(90));
        await scheduler.SaveAsync("s", "*/10 * * * *");
        clock.Advance(TimeSpan.FromMinutes(60));
        var answer = await AskAsync(scheduler, Eight.AddMinutes(70));
        Assert.Equal((WhyNotKind.NotDue, 1), (answer.Kind, answer.Generation));
        Assert.Contains("by the timing of generation 1, which was in force", answer.Sentence, StringComparison.Ordinal);
        Assert.NotEqual(WhyNotKind.NotDue, (await AskAsync(scheduler, Eight.AddMinutes(100))).Kind);
    }

    [Fact]
    public async Task Skipped_GivesTheCauseAndTheWords()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        clock.Advance(TimeSpan.FromMinutes(3));
        await scheduler.Editor.PauseAsync("s", null, "db move", TestScheduler.Ana, default);
        var last = await AskAsync(scheduler, Eight.AddMinutes(3));
        Assert.Equal((WhyNotKind.Skipped, SkipCause.Paused), (last.Kind, last.Cause));
        var counted = await AskAsync(scheduler, Eight.AddMinutes(2));
        Assert.Equal((WhyNotKind.CountedIn, SkipCause.Paused), (counted.Kind, counted.Cause));
        Assert.StartsWith("Skipped, together with 2 more. Paused by ana@example.com 'db move' before it could start.", counted.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ahead_TellsADueInstantFromAPausedOne()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "0 * * * *");
        Assert.Equal((WhyNotKind.Ahead, "It lies ahead and will fall due then."), await KindAsync(scheduler, Eight.AddHours(5)));
        await scheduler.Editor.PauseAsync("s", Eight.AddHours(6), "db move", TestScheduler.Ana, default);
        Assert.Equal("It lies ahead and will not run: paused by ana@example.com 'db move' until 2026-03-02 14:00:00 UTC.", (await AskAsync(scheduler, Eight.AddHours(5))).Sentence);
        Assert.Equal((WhyNotKind.Ahead, "It lies ahead and will fall due then."), await KindAsync(scheduler, Eight.AddHours(7)));
    }

    [Fact]
    public async Task AWholeSecond_MeansAnyInstantInIt()
    {
        var clock = new ManualTime(Eight.AddMilliseconds(123));
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "1m");
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(1.1), runs => runs.Count >= 1);
        Assert.Contains((await AskAsync(scheduler, Eight.AddMinutes(1))).Kind, (WhyNotKind[])[WhyNotKind.Ran, WhyNotKind.Waiting]);
    }

    [Fact]
    public async Task Manual_NeverFallsDue_AndNoScheduleIsNull()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "manual");
        Assert.Equal((WhyNotKind.NotDue, "Not due then. Its trigger does not follow the clock."), await KindAsync(scheduler, Eight.AddHours(1)));
        Assert.Null(await scheduler.Get<WhyNot>().AnswerAsync("nobody", Eight, default));
    }

    [Theory]
    [InlineData("", null, "")]
    [InlineData("db move, later", null, "db move, later")]
    [InlineData("until 2026-03-02T08:10:00Z", "2026-03-02T08:10:00Z", "")]
    [InlineData("until 2026-03-02T08:10:00Z, db move, later", "2026-03-02T08:10:00Z", "db move, later")]
    [InlineData("until Friday", null, "until Friday")] // a person's reason that looks like an end
    public void ReadPause_TakesTheAuditRowApart(string details, string? until, string reason) =>
        Assert.Equal((until is null ? null : DateTimeOffset.Parse(until, System.Globalization.CultureInfo.InvariantCulture), reason), WhyNot.ReadPause(details));

    private static async Task<WhyNotAnswer> AskAsync(TestScheduler scheduler, DateTimeOffset at) => (await scheduler.Get<WhyNot>().AnswerAsync("s", at, default))!;

    private static async Task<(WhyNotKind, string)> KindAsync(TestScheduler scheduler, DateTimeOffset at)
    {
        var answer = await AskAsync(scheduler, at);
        return (answer.Kind, answer.Sentence);
    }
}
