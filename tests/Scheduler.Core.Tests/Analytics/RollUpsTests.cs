using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Analytics;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Analytics;

/// <summary>The roll-ups say what the rows say, whatever happened.</summary>
public sealed class RollUpsTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 22, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task AfterARandomHistory_TheyEqualARecountFromTheRows(int seed)
    {
        var (scheduler, _) = await HistoryAsync(seed, 150);
        await using var _1 = scheduler;

        var (stored, recounted) = (Rows(scheduler), Recount(scheduler));

        Assert.True(recounted.Count > 100, $"only {recounted.Count} rows: the history is too thin to show anything");
        Assert.Equal(6, recounted.Select(r => r.Split(' ')[5]).Distinct().Count()); // every way to end occurs
        Assert.Equal(recounted, stored);
        Assert.Equal((stored.Count, 0), Summary(scheduler));
    }

    [Fact]
    public async Task AfterDeletions_TheyAreUnchanged_AndStillHoldAgainstTheRows()
    {
        var (scheduler, _) = await HistoryAsync(4, 100);
        await using var _1 = scheduler;
        var before = Rows(scheduler);

        var some = Ids(scheduler).Where(id => id % 3 == 0).ToList();
        var deleted = await scheduler.Writer.WriteAsync(write => RunQueue.DeleteEnded(write, some), default);

        Assert.NotEmpty(deleted);
        Assert.DoesNotContain(deleted[0], Ids(scheduler));
        Assert.Equal(before, Rows(scheduler));
        Assert.Equal(0, Summary(scheduler).Wrong);
    }

    [Fact]
    public async Task Rebuild_AfterDeletionsAndDamage_GivesTheSameAgain()
    {
        var (scheduler, _) = await HistoryAsync(5, 100);
        await using var _1 = scheduler;
        await scheduler.Writer.WriteAsync(write => RunQueue.DeleteEnded(write, Ids(scheduler).Where(id => id % 2 == 0).ToList()), default);
        var before = Rows(scheduler);
        await scheduler.Writer.WriteAsync(write =>
        {
            write.Execute("DELETE FROM roll_ups WHERE archived = 0 AND span = 0 AND schedule_id = 0");
            write.Execute("UPDATE roll_ups SET count = count + 1 WHERE archived = 0 AND span = 1 AND schedule_id = 1");
            write.Execute("UPDATE roll_ups SET durations = x'FFFFFFFFFFFFFFFFFFFFFF' WHERE archived = 0 AND span = 1 AND schedule_id = 2");
            write.Execute("INSERT INTO roll_ups SELECT archived, span, start, 99, origin, status, count, duration_sum, duration_max, durations, lag_sum, lag_max, lags FROM roll_ups WHERE archived = 0 LIMIT 1");
        }, default);
        var upkeep = scheduler.Get<StatisticsUpkeep>();
        var damaged = upkeep.Check(default);

        await upkeep.RebuildAsync(default);

        Assert.True(damaged.Wrong > 4);
        Assert.Equal(5, damaged.Examples.Count);
        Assert.Equal(before, Rows(scheduler));
        Assert.Equal(0, upkeep.Check(default).Wrong);
    }

    [Fact]
    public async Task AFileOfAVersionWithoutRollUps_GetsThemAtItsStart()
    {
        var (scheduler, _) = await HistoryAsync(6, 60);
        await using var _1 = scheduler;
        var before = Rows(scheduler);
        await scheduler.Writer.WriteAsync(write => { write.Execute("DELETE FROM roll_ups"); }, default);

        await scheduler.Get<StatisticsUpkeep>().BuildIfMissingAsync(default);

        Assert.Equal(before, Rows(scheduler));
    }

    [Fact]
    public async Task AWriteThatIsRolledBack_CountsNothing_AndItsNeighboursDo()
    {
        var clock = new ManualTime(Start);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        var queue = scheduler.Get<RunQueue>();
        var ids = new List<long>();
        for (var i = 0; i < 20; i++) ids.Add(await scheduler.Writer.WriteAsync(write => queue.Enqueue(write, New()), default));

        var writes = ids.Select(id => scheduler.Writer.WriteAsync(write =>
        {
            queue.CancelWaiting(write, id, "x");
            return id % 2 == 0 ? throw new InvalidOperationException("on purpose") : true;
        }, default)).ToList();
        await Task.WhenAll(writes.Where((_, i) => ids[i] % 2 == 1));
        foreach (var bad in writes.Where((_, i) => ids[i] % 2 == 0)) await Assert.ThrowsAsync<InvalidOperationException>(() => bad);

        Assert.Equal(10, scheduler.Get<StatisticsQueries>().Over(null, Start.AddHours(-24), Start).Cancelled);
        Assert.Equal(0, Summary(scheduler).Wrong);
    }

    [Fact]
    public async Task AnInterruptedRunThatIsTriedAgain_CountsOnce_AsItEnds()
    {
        var clock = new ManualTime(Start);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        var queue = scheduler.Get<RunQueue>();
        await scheduler.Writer.WriteAsync(write => queue.Enqueue(write, New()), default);
        var run = (await queue.TryClaimAsync("scan", false, 1, default))!;
        await scheduler.Writer.WriteAsync(write => queue.Interrupt(write, run, clock.GetUtcNow()), default);
        run = (await queue.TryClaimAsync("scan", false, 1, default))!;
        clock.Advance(TimeSpan.FromSeconds(2));
        await queue.CompleteAsync(run, new RunEnding(RunStatus.Succeeded, "done", null, null, []), default);

        var figures = scheduler.Get<StatisticsQueries>().Over(null, Start.AddHours(-24), Start);

        Assert.Equal((1, 1, 0), (figures.Runs, figures.Succeeded, figures.Failed));
    }

    [Fact]
    public async Task OldBuckets_AreLetGo_AndTheCheckDoesNotMissThem()
    {
        var (scheduler, clock) = await HistoryAsync(7, 60);
        await using var _1 = scheduler;
        var days = Rows(scheduler).Count(r => r.StartsWith("Day ", StringComparison.Ordinal));
        clock.Advance(TimeSpan.FromDays(36));

        await scheduler.Get<StatisticsUpkeep>().PruneAsync(default);

        Assert.Equal(days, Rows(scheduler).Count);
        Assert.Equal((days, 0), Summary(scheduler));
        clock.Advance(TimeSpan.FromDays(2 * 366));
        await scheduler.Get<StatisticsUpkeep>().PruneAsync(default);
        // What counters are made of must never fall, neither by time nor by building anew.
        var ever = scheduler.Get<StatisticsQueries>().Ever(clock.GetUtcNow()).Runs;
        Assert.True(ever > 10);
        Assert.All(Rows(scheduler), r => Assert.Matches(@"^Day \d+ 0 ", r));
        await scheduler.Get<StatisticsUpkeep>().RebuildAsync(default);
        Assert.Equal(ever, scheduler.Get<StatisticsQueries>().Ever(clock.GetUtcNow()).Runs);
    }

    [Fact]
    public async Task ManyEndingsInOneCommit_TouchEachRowOnce()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Start));
        var queue = scheduler.Get<RunQueue>();
        await scheduler.Writer.WriteAsync(write =>
        {
            for (var i = 0; i < 500; i++) queue.CancelWaiting(write, queue.Enqueue(write, New()), "x");
        }, default);

        Assert.Equal(["Day 1772409600000 0 Person 500 Cancelled", "Hour 1772488800000 0 Person 500 Cancelled"], Rows(scheduler).Select(r => string.Join(' ', r.Split(' ')[..6])));
    }

    internal static async Task<(TestScheduler, ManualTime)> HistoryAsync(int seed, int steps)
    {
        var clock = new ManualTime(Start);
        var scheduler = await TestScheduler.CreateAsync(clock);
        var history = new RandomHistory(scheduler, clock, seed);
        await history.MakeSchedulesAsync(4);
        for (var i = 0; i < steps; i++) await history.StepAsync();
        return (scheduler, clock);
    }

    private static NewRun New() => new() { ScheduleName = "x", Generation = 0, TriggerType = TriggerType.Manual, Priority = 0, Pool = "scan", JobKind = "noop", MaxAttempts = 2 };

    private static (long Rows, long Wrong) Summary(TestScheduler scheduler)
    {
        var check = scheduler.Get<StatisticsUpkeep>().Check(default);
        return (check.Rows, check.Wrong);
    }

    // What is stored, a line a row.
    private static List<string> Rows(TestScheduler scheduler)
    {
        using var db = scheduler.Database.Read();
        return db.RollUps.Where(r => !r.Archived).ToList()
            .Select(r => Line(r.Span, r.Start, r.ScheduleId, r.Origin, r.Status, r.Count, r.DurationSum, r.DurationMax, Histogram.Unpack(r.Durations), r.LagSum, r.LagMax, Histogram.Unpack(r.Lags)))
            .Order(StringComparer.Ordinal).ToList();
    }

    // The same from the runs, written without the code that keeps them.
    private static List<string> Recount(TestScheduler scheduler)
    {
        using var db = scheduler.Database.Read();
        var ended = db.Runs.ToList().Where(r => r.Status.IsTerminal()).ToList();
        var lines = new List<string>();
        foreach (var span in Enum.GetValues<StatisticsSpan>())
            foreach (var schedule in ended.Select(r => r.ScheduleId ?? -1).Distinct().Append(0).Where(s => s >= 0))
                lines.AddRange(ended.Where(r => schedule == 0 || r.ScheduleId == schedule)
                    .GroupBy(r =>
                    {
                        var at = r.FinishedAt!.Value.UtcDateTime;
                        var origin = r.TriggerType switch { TriggerType.Manual or TriggerType.Emergency => RunOrigin.Person, TriggerType.Backfill => RunOrigin.Backfill, _ => RunOrigin.Trigger };
                        return (Start: new DateTimeOffset(span == StatisticsSpan.Day ? at.Date : at.Date.AddHours(at.Hour), TimeSpan.Zero), Origin: origin, r.Status);
                    })
                    .Select(g =>
                    {
                        var durations = g.Where(r => r.StartedAt is not null).Select(r => (long)(r.FinishedAt!.Value - r.StartedAt!.Value).TotalMilliseconds).ToList();
                        var lags = g.Where(r => r.StartedAt is not null)
                            .Select(r => (long)(r.StartedAt!.Value - (r.TriggerType is TriggerType.CatchUp or TriggerType.Backfill ? r.QueuedAt : r.ScheduledFor ?? r.QueuedAt)).TotalMilliseconds).ToList();
                        return Line(span, g.Key.Start, schedule, g.Key.Origin, g.Key.Status, g.Count(), durations.Sum(), durations.DefaultIfEmpty(0).Max(), Of(durations), lags.Sum(), lags.DefaultIfEmpty(0).Max(), Of(lags));
                    }));
        return lines.Order(StringComparer.Ordinal).ToList();
    }

    private static Histogram Of(IEnumerable<long> lengths)
    {
        var histogram = new Histogram();
        foreach (var length in lengths) histogram.Add(length);
        return histogram;
    }

    private static string Line(
        StatisticsSpan span, DateTimeOffset start, long schedule, RunOrigin origin, RunStatus status, long count, long durationSum, long durationMax, Histogram durations, long lagSum, long lagMax, Histogram lags) =>
        $"{span} {start.ToUnixTimeMilliseconds()} {schedule} {origin} {count} {status} {durationSum} {durationMax} {Convert.ToHexString(durations.Pack())} {lagSum} {lagMax} {Convert.ToHexString(lags.Pack())}";

    private static List<long> Ids(TestScheduler scheduler)
    {
        using var db = scheduler.Database.Read();
        return db.Runs.Select(r => r.Id).ToList();
    }
}
