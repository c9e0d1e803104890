using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Runs;

/// <summary>Taking runs for all the slots that are free, and for a slot that gets free, is one transaction each.</summary>
public sealed class ClaimTests
{
    [Fact]
    public async Task Claim_TakesAsManyAsThereIsRoomFor_InStartOrder_InOneCommit()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var ids = await QueuedAsync(scheduler, 5);
        var writer = scheduler.Get<DatabaseWriter>();
        var before = writer.Commits;

        var claimed = await scheduler.Get<RunQueue>().ClaimAsync("light", new PoolRoom(3, true), 1, default);

        Assert.Equal(ids.Take(3), claimed.Select(r => r.Id));
        Assert.Equal(before + 1, writer.Commits);
        Assert.All(claimed, r => Assert.False(r.InEmergencyLane)); // the lane is for emergencies alone, however many wait
        Assert.Equal(2, (await scheduler.RunsOfAsync("s")).Count(r => r.Status == RunStatus.Queued));
    }

    [Fact]
    public async Task Claim_EmergencyFirst_AndTheLaneOnlyWhenTheSlotsAreFull()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await QueuedAsync(scheduler, 2);
        var emergencies = new List<long>();
        for (var i = 0; i < 3; i++) emergencies.Add((await scheduler.Control.RunNowAsync("s", new RunRequest { Emergency = true, Reason = "now" }, TestScheduler.Ana, default))!.Value);
        var queue = scheduler.Get<RunQueue>();

        var both = await queue.ClaimAsync("light", new PoolRoom(1, true), 1, default);
        var full = await queue.ClaimAsync("light", new PoolRoom(0, false), 1, default);
        var lane = await queue.ClaimAsync("light", new PoolRoom(0, true), 1, default);
        var none = await queue.ClaimAsync("light", new PoolRoom(0, true), 1, default);

        Assert.Equal([(emergencies[0], false), (emergencies[1], true)], both.Select(r => (r.Id, r.InEmergencyLane)));
        Assert.Empty(full);
        Assert.Equal([(emergencies[2], true)], lane.Select(r => (r.Id, r.InEmergencyLane)));
        Assert.Empty(none);
    }

    [Fact]
    public async Task Ending_GivesTheSlotItsNextRun_InTheSameCommit_UnlessItMayNotGoOn()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var ids = await QueuedAsync(scheduler, 3);
        var (queue, writer) = (scheduler.Get<RunQueue>(), scheduler.Get<DatabaseWriter>());
        var first = (await queue.ClaimAsync("light", new PoolRoom(1, false), 1, default))[0];
        var before = writer.Commits;

        var second = await queue.CompleteAsync(first, new RunEnding(RunStatus.Succeeded, "done", null, null, []), () => true, 1, default);
        Assert.Equal((ids[1], before + 1), (second!.Id, writer.Commits));
        Assert.Equal((RunStatus.Succeeded, RunStatus.Running), ((await scheduler.RunAsync(ids[0])).Status, (await scheduler.RunAsync(ids[1])).Status));

        Assert.Null(await queue.CompleteAsync(second, new RunEnding(RunStatus.Succeeded, "done", null, null, []), () => false, 1, default));
        Assert.Equal(RunStatus.Queued, (await scheduler.RunAsync(ids[2])).Status);
    }

    [Fact]
    public async Task Ending_UnderForbid_LetsTheWaitingRunOfTheSameScheduleStart()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("one", "manual");
        var ids = new List<long>();
        for (var i = 0; i < 2; i++) ids.Add((await scheduler.Control.RunNowAsync("one", new RunRequest(), TestScheduler.Ana, default))!.Value);
        var queue = scheduler.Get<RunQueue>();

        var first = Assert.Single(await queue.ClaimAsync("light", new PoolRoom(2, false), 1, default)); // the other one waits for it, though a slot is free
        var second = await queue.CompleteAsync(first, new RunEnding(RunStatus.Failed, "done", "e", null, []), () => true, 1, default);

        Assert.Equal((ids[0], ids[1]), (first.Id, second!.Id));
    }

    private static async Task<List<long>> QueuedAsync(TestScheduler scheduler, int count)
    {
        await scheduler.SaveAsync("s", "manual", more: """ "concurrencyPolicy": "Allow" """);
        var ids = new List<long>();
        for (var i = 0; i < count; i++) ids.Add((await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value);
        return ids;
    }
}
