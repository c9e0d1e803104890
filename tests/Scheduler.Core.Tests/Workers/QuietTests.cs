using Microsoft.Data.Sqlite;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Workers;

/// <summary>An engine with nothing to do hardly looks; what nobody tells it of it finds all the same.</summary>
public class QuietTests
{
    [Fact]
    public async Task RunThatAnotherProcessAsksFor_IsFoundThoughNobodySignals()
    {
        await using var scheduler = await TestScheduler.CreateAsync(kinds: new ScriptedKind(ScriptedKind.Succeed));
        await scheduler.SaveAsync("s", "manual", """{ "kind": "scripted" }""");
        await scheduler.StartAsync();
        await using var other = await TestScheduler.CreateAsync(folder: scheduler.Options.DataFolder, kinds: new ScriptedKind(ScriptedKind.Succeed));
        var id = (await other.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default))!.Value;
        Assert.Equal(RunStatus.Succeeded, (await scheduler.EndedAsync(id)).Status);
    }

    [Fact]
    public async Task PoolsWithWork_NamesThoseInWhichSomethingMayStartBeforeThen()
    {
        var clock = new ManualTime();
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "manual", more: """ "pool": "scan" """);
        await scheduler.Control.RunNowAsync("s", new RunRequest(), TestScheduler.Ana, default);
        var lookout = scheduler.Get<Lookout>();
        Assert.Equal(["scan"], RunQueue.PoolsWithWork(lookout, """["light", "scan"]""", clock.GetUtcNow().AddSeconds(1)));
        Assert.Empty(RunQueue.PoolsWithWork(lookout, """["light", "scan"]""", clock.GetUtcNow())); // not before its time
        Assert.Empty(RunQueue.PoolsWithWork(lookout, """["light"]""", clock.GetUtcNow().AddSeconds(1)));
    }

    [Fact]
    public async Task Lookout_AfterAFailure_AnswersTheNextQuestion()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var lookout = scheduler.Get<Lookout>();
        Assert.Throws<SqliteException>(() => lookout.Any("SELECT 1 FROM nowhere"));
        Assert.True(lookout.Any("SELECT 1"));
        Assert.Equal(7, lookout.Number("SELECT ?1", 7));
        Assert.Null(lookout.Number("SELECT NULL"));
    }

    [Fact]
    public void Beat_IsTheNextFullMultiple_AndNeverNothing()
    {
        var clock = new ManualTime();
        Assert.Equal(TimeSpan.FromSeconds(1), Beat.UntilNext(clock, TimeSpan.FromSeconds(1)));
        clock.Advance(TimeSpan.FromSeconds(3.3));
        Assert.Equal(TimeSpan.FromMilliseconds(700), Beat.UntilNext(clock, TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMilliseconds(1700), Beat.UntilNext(clock, TimeSpan.FromSeconds(5)));
        clock.Advance(TimeSpan.FromMilliseconds(699.6)); // a timer of less than a millisecond would fire at once
        Assert.Equal(TimeSpan.FromMilliseconds(1), Beat.UntilNext(clock, TimeSpan.FromSeconds(1)));
    }
}
