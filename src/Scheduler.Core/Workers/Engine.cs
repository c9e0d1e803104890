using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Analytics;
using Scheduler.Core.Backfills;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Events;
using Scheduler.Core.Retention;
using Scheduler.Core.Schedules;
using Scheduler.Core.SelfChecks;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Workers;

/// <summary>
/// Drives a data folder's schedules while this process owns it: abandoned runs and changed time zones, then the dispatcher and the pools. A process that does not
/// get the folder stands by with its pages read-only and takes over when the owner is gone.
/// </summary>
internal sealed partial class Engine(
    SchedulerOptions options, EngineState state, AbandonedRuns abandoned, ZoneUpdates zones, DueTimeDispatcher dispatcher, WorkerPools pools, PoolSettings poolSettings, StatisticsUpkeep statistics,
    RunRetention retention, EventRetention eventRetention, BackfillFeeder backfills, SelfCheck selfCheck, StorageReserve reserve, TimeProvider clock, ILogger<Engine> log)
    : BackgroundService
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    // What a dead process has left running is asked to leave then, and killed 2 s later: gone within 5 s.
    private static readonly TimeSpan LookForAbandoned = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var ownership = await TakeOwnershipAsync(stoppingToken);
            var keepingRoom = reserve.RunAsync(stoppingToken);
            poolSettings.Load();
            var lastSeenAt = await abandoned.LastSeenAsync(stoppingToken);
            var bootId = await abandoned.BootAsync(isEngine: true, stoppingToken);
            await abandoned.InterruptAsync(bootId, stoppingToken);
            await zones.ApplyAsync(stoppingToken);
            await abandoned.BeginDutyAsync(bootId, stoppingToken);
            state.Set(EngineStatus.Running);
            LogRunning(options.DataFolder);
            await DriveAsync(bootId, lastSeenAt, stoppingToken);
            await abandoned.StopAsync(bootId, CancellationToken.None);
            await keepingRoom;
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop while standing by or starting: nothing runs yet.
        }
        finally
        {
            state.Set(EngineStatus.Stopped, "The engine has stopped.");
        }
    }

    private async Task DriveAsync(long bootId, DateTimeOffset? lastSeenAt, CancellationToken stopping)
    {
        using var shutdown = new CancellationTokenSource();
        var seen = abandoned.StaySeenAsync(bootId, stopping);
        var dispatching = dispatcher.RunAsync(lastSeenAt, stopping);
        // On threads of their own: their reading must not hold up the start.
        var housekeeping = Task.WhenAll(
            Task.Run(() => retention.RunAsync(stopping), CancellationToken.None), Task.Run(() => eventRetention.RunAsync(stopping), CancellationToken.None), Task.Run(() => statistics.RunAsync(stopping), CancellationToken.None));
        var working = pools.RunAsync(bootId, stopping, shutdown.Token);
        var watching = WatchTheCommandLineAsync(bootId, stopping);
        var backfilling = Task.Run(() => backfills.RunAsync(stopping), CancellationToken.None);
        var checking = Task.Run(() => selfCheck.RunAsync(stopping), CancellationToken.None);
        await Task.WhenAll(dispatching, seen, housekeeping, watching, backfilling, checking);
        // No new starts from here on; what runs may end by itself for a while, then it is interrupted.
        if (await Task.WhenAny(working, Task.Delay(options.DrainTime, clock, CancellationToken.None)) != working)
        {
            LogDrainOver(options.DrainTime);
            await shutdown.CancelAsync();
        }
        await working;
    }

    // A run that the command line executes dies with that process, while this one goes on; and while it counts as running, its schedule may wait for it.
    private async Task WatchTheCommandLineAsync(long bootId, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Beat.UntilNext(clock, LookForAbandoned), clock, stopping);
                await abandoned.InterruptAsync(bootId, stopping);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogWatchFailed(e);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<EngineLock> TakeOwnershipAsync(CancellationToken stopping)
    {
        while (true)
        {
            var (ownership, holder) = EngineLock.TryTake(options, clock);
            if (ownership is not null) return ownership;
            if (state.Status != EngineStatus.StandingBy)
            {
                var reason = $"Process {holder!.ProcessId} on {holder.Host} drives this data folder since {holder.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC; these pages are read-only.";
                LogStandingBy(reason);
                state.Set(EngineStatus.StandingBy, reason);
            }
            await Task.Delay(AskAgain, clock, stopping);
        }
    }

    [LoggerMessage(LogLevel.Information, "The engine drives {DataFolder}")]
    private partial void LogRunning(string dataFolder);

    [LoggerMessage(LogLevel.Warning, "{Reason}")]
    private partial void LogStandingBy(string reason);

    [LoggerMessage(LogLevel.Error, "Looking for runs of dead processes failed; trying again in a moment")]
    private partial void LogWatchFailed(Exception e);

    [LoggerMessage(LogLevel.Warning, "Runs still going after {DrainTime} are interrupted")]
    private partial void LogDrainOver(TimeSpan drainTime);
}
