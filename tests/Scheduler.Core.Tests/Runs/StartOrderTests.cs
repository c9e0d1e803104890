using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Runs;

public sealed class StartOrderTests
{
    [Theory]
    [InlineData(599, false)] // ten hours for two hundred points, three minutes each
    [InlineData(601, true)]
    public async Task LowestPriority_HasItsTurn_AtTheLatestTenHoursAfterTheHighest(int minutes, bool lowFirst)
    {
        var clock = new ManualTime();
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "low", -100);
        await SaveAsync(scheduler, "high", 100);
        var low = await RunAsync(scheduler, "low");
        clock.Advance(TimeSpan.FromMinutes(minutes));
        var high = await RunAsync(scheduler, "high");
        Assert.Equal(lowFirst ? [low, high] : [high, low], await ClaimAllAsync(scheduler));
    }

    [Fact]
    public async Task UnderAConstantStreamOfUrgentRuns_TheOldestIsNotStarved()
    {
        var clock = new ManualTime();
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "low", 0);
        await SaveAsync(scheduler, "high", 20);
        var low = await RunAsync(scheduler, "low");
        var started = new List<long>();
        for (var minute = 0; minute < 90 && !started.Contains(low); minute++)
        {
            // One new urgent run a minute, and one slot that takes one a minute.
            await RunAsync(scheduler, "high");
            clock.Advance(TimeSpan.FromMinutes(1));
            if (await scheduler.Get<RunQueue>().TryClaimAsync("light", false, 1, default) is { } claimed) started.Add(claimed.Id);
        }
        Assert.Contains(low, started);
        Assert.InRange(started.Count, 60, 62);
    }

    [Fact]
    public async Task AtOneInstant_PriorityDecides_ThenTheOrderOfAsking_AndAnEmergencyIsFirstOfAll()
    {
        var clock = new ManualTime();
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await SaveAsync(scheduler, "a", 0);
        await SaveAsync(scheduler, "b", 1);
        var (a1, a2, b) = (await RunAsync(scheduler, "a"), await RunAsync(scheduler, "a"), await RunAsync(scheduler, "b"));
        clock.Advance(TimeSpan.FromDays(30)); // however long others have waited
        var emergency = (await scheduler.Control.RunNowAsync("a", new RunRequest { Emergency = true, Reason = "leak" }, TestScheduler.Ana, default))!.Value;
        Assert.Equal([emergency, b, a1, a2], (await scheduler.Runs.ActiveAsync(10, default)).Select(r => r.Id)); // pages show the order of the start
        Assert.Equal([emergency, b, a1, a2], await ClaimAllAsync(scheduler));
    }

    [Fact]
    public async Task TheClaim_ReadsFromTheIndexInOrder_WithoutSorting()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var plan = await scheduler.Writer.WriteAsync(write =>
        {
            using var rows = write.Query($"EXPLAIN QUERY PLAN SELECT id FROM runs WHERE {RunTable.Waiting} AND pool = 'scan' AND not_before <= 0 ORDER BY start_rank, due_at, id LIMIT 1");
            var lines = new List<string>();
            while (rows.Read()) lines.Add(rows.GetString(3));
            return string.Join("; ", lines);
        }, default);
        Assert.Contains("ix_runs_waiting", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    private static Task SaveAsync(TestScheduler scheduler, string name, int priority) =>
        scheduler.SaveAsync(name, "manual", more: $$""" "priority": {{priority}}, "concurrencyPolicy": "Allow" """);

    private static async Task<long> RunAsync(TestScheduler scheduler, string name) => (await scheduler.Control.RunNowAsync(name, new RunRequest(), TestScheduler.Ana, default))!.Value;

    private static async Task<List<long>> ClaimAllAsync(TestScheduler scheduler)
    {
        var claimed = new List<long>();
        while (await scheduler.Get<RunQueue>().TryClaimAsync("light", false, 1, default) is { } run) claimed.Add(run.Id);
        return claimed;
    }
}
