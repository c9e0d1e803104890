using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests.Workers;

public sealed class PoolSettingsTests
{
    [Fact]
    public async Task MoreSlots_StartMoreAtOnce_AndFewerLetGoOnWhatRuns()
    {
        var kind = new ScriptedKind(ScriptedKind.UntilStopped);
        await using var scheduler = await TestScheduler.CreateAsync(kinds: kind);
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""", """ "concurrencyPolicy": "Allow" """);
        await scheduler.StartAsync();
        var runs = new List<long>();
        for (var i = 0; i < 6; i++) runs.Add((await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value);
        await Until.TrueAsync(() => kind.Started.Count == 2, "two start: the pool scan has two slots");

        Assert.True(await Settings(scheduler).ChangeAsync("scan", 4, TestScheduler.Ana, default));
        await Until.TrueAsync(() => kind.Started.Count == 4, "two more start, without a restart");

        Assert.True(await Settings(scheduler).ChangeAsync("scan", 1, TestScheduler.Ana, default));
        Assert.Equal((1, 4), await PoolAsync(scheduler));
        foreach (var id in kind.Started.Take(3).ToList())
        {
            await scheduler.Control.CancelAsync(id, TestScheduler.Ana, default);
            await scheduler.EndedAsync(id);
        }
        await Until.TrueAsync(async () => await PoolAsync(scheduler) == (1, 1), "three have ended");
        Assert.Equal(4, kind.Started.Count); // and none has taken their place
        await scheduler.Control.CancelAsync(kind.Started.Last(), TestScheduler.Ana, default);
        await Until.TrueAsync(() => kind.Started.Count == 5, "the next starts when there is room");
        Assert.Equal(4, kind.MostAtOnce);
    }

    [Fact]
    public async Task Change_SurvivesARestart_AndIsAudited()
    {
        await using var first = await TestScheduler.CreateAsync();
        Assert.True(await Settings(first).ChangeAsync("scan", 7, TestScheduler.Ana, default));
        Assert.False(await Settings(first).ChangeAsync("scan", 7, TestScheduler.Ana, default));
        await using var second = await TestScheduler.CreateAsync(folder: first.Options.DataFolder);
        await second.StartAsync();
        Assert.Equal((7, 0), await PoolAsync(second));
        Assert.Equal(7, second.Options.Pools["scan"]); // what forecasts and the editor count with
        await using var db = second.Database.Read();
        Assert.Equal("scan: 2 -> 7 slots", await db.Audit.Where(a => a.ObjectKind == "pool").Select(a => a.ObjectName + ": " + a.Details).SingleAsync());
    }

    [Theory]
    [InlineData("scan", 0, "slots")]
    [InlineData("scan", 257, "slots")]
    [InlineData("nothing", 3, "pool")]
    public async Task WhatMakesNoSense_IsRefusedByField(string pool, int slots, string field)
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        Assert.Equal(field, (await Assert.ThrowsAsync<InvalidInputException>(() => Settings(scheduler).ChangeAsync(pool, slots, TestScheduler.Ana, default))).Errors[0].Path);
        await Assert.ThrowsAsync<AccessDeniedException>(() => Settings(scheduler).ChangeAsync("scan", 3, TestScheduler.Ana with { Role = Role.Operator }, default));
    }

    private static PoolSettings Settings(TestScheduler scheduler) => scheduler.Get<PoolSettings>();

    private static async Task<(int Slots, int Active)> PoolAsync(TestScheduler scheduler)
    {
        var pool = (await scheduler.Get<EngineReport>().PoolsAsync(default)).Single(p => p.Name == "scan");
        return (pool.Slots, pool.Active);
    }
}
