using Scheduler.Core.Analytics;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Analytics;

public sealed class StatisticsQueriesTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Series_ByHour_HasEveryHour_AndWhatEndedInIt()
    {
        await using var past = await Past.CreateAsync();
        await past.EndedAsync("shop", Midnight.AddMinutes(30), RunStatus.Succeeded, seconds: 10, lagMs: 20);
        await past.EndedAsync("shop", Midnight.AddMinutes(40), RunStatus.Failed, seconds: 20, lagMs: 20);
        await past.EndedAsync("mail", Midnight.AddHours(2), RunStatus.TimedOut, seconds: 30, lagMs: 500);
        await past.EndedAsync("mail", Midnight.AddHours(2), RunStatus.Skipped);

        var series = past.Series(Midnight, Midnight.AddHours(3), StatisticsSpan.Hour);

        Assert.Equal([(0, 2, 1, 1, 0), (1, 0, 0, 0, 0), (2, 1, 0, 1, 1)], series.Buckets.Select(b => (b.Start.Hour, b.Runs, b.Succeeded, b.Failed, b.Skipped)));
        Assert.Equal([0.5, null, 0.0], series.Buckets.Select(b => b.SuccessRate));
        Assert.Equal((3, 1, 2), (series.Total.Runs, series.Total.Succeeded, series.Total.Failed));
        Assert.Equal(3, series.Total.Duration.Count);
        Assert.Equal(TimeSpan.FromSeconds(20), series.Total.Duration.Average);
        Assert.Equal(TimeSpan.FromSeconds(30), series.Total.Duration.Max);
        Assert.InRange(series.Total.Duration.Median!.Value.TotalSeconds, 19.1, 20.9);
        Assert.Equal(TimeSpan.FromMilliseconds(20), series.Total.StartLag.Median);
        Assert.InRange(series.Total.StartLag.P95!.Value.TotalMilliseconds, 477.5, 500);
        Assert.Null(series.Buckets[1].Duration.Median);
    }

    [Fact]
    public async Task Series_ByDay_IsTheSumOfItsHours()
    {
        await using var past = await Past.CreateAsync();
        for (var hour = 0; hour < 48; hour += 5) await past.EndedAsync("shop", Midnight.AddHours(hour), hour % 2 == 0 ? RunStatus.Succeeded : RunStatus.Failed, seconds: hour + 1);

        var (days, hours) = (past.Series(Midnight, Midnight.AddDays(2), StatisticsSpan.Day), past.Series(Midnight, Midnight.AddDays(2), StatisticsSpan.Hour));

        Assert.Equal([5L, 5L], days.Buckets.Select(b => b.Runs));
        Assert.Equal(days.Buckets.Select(b => (b.Runs, b.Duration)), hours.InDaysOf(TimeZoneInfo.Utc).Buckets.Select(b => (b.Runs, b.Duration)));
        Assert.Equal(days.Total.Duration, hours.Total.Duration);
    }

    [Fact]
    public async Task HoursAsDaysOfAZone_BeginAtItsMidnight_AlsoWhereTheClockChanges()
    {
        await using var past = await Past.CreateAsync();
        var change = new DateTimeOffset(2026, 3, 28, 23, 0, 0, TimeSpan.Zero); // the midnight before Berlin's 23-hour day
        await past.EndedAsync("shop", change, RunStatus.Succeeded, seconds: 1);
        await past.EndedAsync("shop", change.AddHours(22), RunStatus.Succeeded, seconds: 1);
        await past.EndedAsync("shop", change.AddHours(23), RunStatus.Failed, seconds: 1); // the next day's

        var days = past.Series(change, change.AddHours(47), StatisticsSpan.Hour).InDaysOf(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));

        Assert.Equal([(change, 2L), (change.AddHours(23), 1L)], days.Buckets.Select(b => (b.Start, b.Runs)));
        Assert.Equal(change.AddHours(47), days.Buckets[^1].End);
    }

    [Fact]
    public async Task SuccessRate_IsOfWhatTheTriggerStarted_NeitherOfPeopleNorOfBackfills()
    {
        await using var past = await Past.CreateAsync();
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded, type: TriggerType.Scheduled);
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded, type: TriggerType.CatchUp);
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded, type: TriggerType.Event);
        await past.EndedAsync("shop", Midnight, RunStatus.Failed, type: TriggerType.Scheduled);
        foreach (var type in (TriggerType[])[TriggerType.Manual, TriggerType.Emergency, TriggerType.Backfill]) await past.EndedAsync("shop", Midnight, RunStatus.Failed, type: type);

        var total = past.Series(Midnight, Midnight.AddHours(1), StatisticsSpan.Hour).Total;

        Assert.Equal(0.75, total.SuccessRate);
        Assert.Equal((7, 4), (total.Runs, total.Failed));
        Assert.Equal((4, 2, 1), (total.Of(RunOrigin.Trigger), total.Of(RunOrigin.Person), total.Of(RunOrigin.Backfill)));
    }

    [Fact]
    public async Task SuccessRate_OfAScheduleThatOnlyPeopleStart_IsTheirs()
    {
        await using var past = await Past.CreateAsync();
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded, type: TriggerType.Manual);
        await past.EndedAsync("shop", Midnight, RunStatus.Failed, type: TriggerType.Manual);
        await past.EndedAsync("shop", Midnight, RunStatus.Failed, type: TriggerType.Backfill);

        var total = past.Series(Midnight, Midnight.AddHours(1), StatisticsSpan.Hour).Total;

        Assert.Equal((0.5, RunOrigin.Person), (total.SuccessRate, total.Judged));
    }

    [Fact]
    public async Task StartLag_OfWhatWasDueInThePast_CountsFromTheQueue()
    {
        await using var past = await Past.CreateAsync();
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded, type: TriggerType.Backfill, lagMs: 5, dueEarlier: TimeSpan.FromDays(30));
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded, type: TriggerType.CatchUp, lagMs: 5, dueEarlier: TimeSpan.FromHours(5));
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded, type: TriggerType.Scheduled, lagMs: 5, dueEarlier: TimeSpan.FromMilliseconds(10));

        var lag = past.Series(Midnight, Midnight.AddHours(1), StatisticsSpan.Hour).Total.StartLag;

        Assert.Equal((5, 15), (lag.Median!.Value.TotalMilliseconds, lag.Max!.Value.TotalMilliseconds));
    }

    [Fact]
    public async Task Filter_ByScheduleAndLabels_ChoosesTheirRuns()
    {
        await using var past = await Past.CreateAsync();
        await past.Scheduler.Editor.SaveAsync(System.Text.Json.JsonElement.Parse(
            """{ "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "red", "labels": { "team": "web", "environment": "prod" } }, "spec": { "schedule": "manual", "job": { "kind": "noop" } } }"""),
            new Core.Schedules.SaveRules(), TestScheduler.Ana, default);
        await past.EndedAsync("red", Midnight, RunStatus.Succeeded);
        await past.EndedAsync("shop", Midnight, RunStatus.Succeeded);
        await past.EndedAsync("adhoc", Midnight, RunStatus.Succeeded);

        long? Runs(string? schedule, params (string Key, string Value)[] labels) => past.Scheduler.Get<StatisticsQueries>().Series(new StatisticsFilter
        {
            Schedule = schedule, Labels = labels.ToDictionary(l => l.Key, l => l.Value), From = Midnight, To = Midnight.AddHours(1), Span = StatisticsSpan.Hour,
        })?.Total.Runs;

        Assert.Equal(3, Runs(null));
        Assert.Equal(1, Runs("RED")); // names do not tell case apart
        Assert.Equal(1, Runs(null, ("team", "web")));
        Assert.Equal(1, Runs(null, ("team", "web"), ("environment", "prod")));
        Assert.Equal(0, Runs(null, ("team", "web"), ("environment", "test")));
        Assert.Equal(0, Runs("shop", ("team", "web")));
        Assert.Null(Runs("nobody"));
    }

    [Fact]
    public async Task Over_TwoSpansOneAfterTheOther_CountNoHourTwice()
    {
        await using var past = await Past.CreateAsync();
        for (var minute = 0; minute < 48 * 60; minute += 30) await past.EndedAsync("shop", Midnight.AddMinutes(minute), RunStatus.Succeeded);
        var now = Midnight.AddHours(48).AddMinutes(-10);
        var queries = past.Scheduler.Get<StatisticsQueries>();

        Assert.Equal((48, 48), (queries.Over(null, now.AddHours(-24), now).Runs, queries.Over("shop", now.AddHours(-48), now.AddHours(-24)).Runs));
        Assert.Equal(0, queries.Over("nobody", now.AddHours(-24), now).Runs);
    }

    /// <summary>Runs of the past, made through the queue with the clock set to their time.</summary>
    private sealed class Past(TestScheduler scheduler, ManualTime clock) : IAsyncDisposable
    {
        public TestScheduler Scheduler => scheduler;

        public static async Task<Past> CreateAsync()
        {
            var clock = new ManualTime(Midnight.AddHours(-1));
            var scheduler = await TestScheduler.CreateAsync(clock);
            await scheduler.SaveAsync("shop", "manual");
            await scheduler.SaveAsync("mail", "manual");
            return new Past(scheduler, clock);
        }

        public StatisticsSeries Series(DateTimeOffset from, DateTimeOffset to, StatisticsSpan span) =>
            scheduler.Get<StatisticsQueries>().Series(new StatisticsFilter { From = from, To = to, Span = span })!;

        public async Task EndedAsync(
            string schedule, DateTimeOffset at, RunStatus status, double seconds = 1, int lagMs = 0, TriggerType type = TriggerType.Scheduled, TimeSpan dueEarlier = default)
        {
            var queue = scheduler.Get<RunQueue>();
            await using var db = scheduler.Database.Read();
            var id = db.Schedules.Where(s => s.Name == schedule).Select(s => (long?)s.Id).FirstOrDefault();
            var started = at.AddSeconds(-seconds);
            clock.SetWall(started.AddMilliseconds(-lagMs));
            // Each its own occurrence; where the test says nothing of it, it is due as it is queued.
            var due = dueEarlier > TimeSpan.Zero ? clock.GetUtcNow() - dueEarlier : (DateTimeOffset?)null;
            var run = await scheduler.Writer.WriteAsync(write => queue.Enqueue(write, new NewRun
            {
                ScheduleId = id, ScheduleName = schedule, Generation = 1, TriggerType = type, ScheduledFor = due, Priority = 0, Pool = "scan", JobKind = "noop", MaxAttempts = 1,
                StartBy = status == RunStatus.Skipped ? started.AddDays(-1) : null,
            }), default);
            clock.SetWall(status == RunStatus.Skipped ? at : started);
            var claimed = await queue.TryClaimAsync("scan", false, 1, default);
            clock.SetWall(at);
            if (claimed is not null) await queue.CompleteAsync(claimed, new RunEnding(status, "x", null, null, []), default);
            Assert.Equal(status, (await scheduler.RunAsync(run)).Status);
        }

        public ValueTask DisposeAsync() => scheduler.DisposeAsync();
    }
}
