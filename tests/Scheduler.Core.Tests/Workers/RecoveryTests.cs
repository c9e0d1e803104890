using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests.Workers;

/// <summary>What processes that are no more leave behind.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task EngineLock_WhoHoldsItCannotBeWritten_IsTakenAndGivenBackAllTheSame()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        // Fails as it does when the disk is full.
        File.CreateSymbolicLink(Path.Combine(scheduler.Options.DataFolder, "engine.json"), Path.Combine(scheduler.Options.DataFolder, "no", "such", "folder"));
        for (var i = 0; i < 2; i++)
        {
            var (taken, _) = EngineLock.TryTake(scheduler.Options, TimeProvider.System);
            Assert.NotNull(taken);
            Assert.Null(EngineLock.TryTake(scheduler.Options, TimeProvider.System).Lock);
            taken.Dispose();
        }
    }

    [Fact]
    public async Task RunOfTheCommandLine_WhoseProcessDies_IsInterruptedWhileTheEngineGoesOn()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        await scheduler.StartAsync();
        // What kill -9 leaves of `once s`: a process start that is no engine, and of which no process is left.
        var dead = await scheduler.Get<AbandonedRuns>().BootAsync(isEngine: false, default);
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE boots SET process_started_at = 0 WHERE id = ?1", dead); }, default);
        var run = (await scheduler.Control.StartHereAsync("s", dead, TestScheduler.Ana, default))!;

        var ended = await scheduler.EndedAsync(run.Id);

        Assert.Equal((RunStatus.Interrupted, "The process that ran it ended before the run did."), (ended.Status, ended.Reason));
    }
}
