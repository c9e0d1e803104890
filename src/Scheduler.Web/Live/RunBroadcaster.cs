using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Web.Api;

namespace Scheduler.Web.Live;

/// <summary>Watches the live feed once for all who listen at the hub: what changed within a quarter of a second is read in one query and told once.</summary>
internal sealed partial class RunBroadcaster(LiveFeed feed, RunQueries runs, RunWatchers watchers, TimeProvider clock, ILogger<RunBroadcaster> log) : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watch = feed.Watch(change => change is LiveChange.RunChanged or LiveChange.Everything);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var changes = await watch.TakeAsync(stoppingToken);
                if (watchers.IsAnybodyWatching) watchers.Offer(await ReadAsync(changes, stoppingToken));
                await Task.Delay(Rest, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(e);
                await Task.WhenAny(Task.Delay(Rest, clock, stoppingToken));
            }
        }
    }

    private async Task<IReadOnlyList<RunJson>> ReadAsync(IReadOnlyCollection<LiveChange> changes, CancellationToken ct)
    {
        var ids = changes.OfType<LiveChange.RunChanged>().Select(c => c.RunId).ToHashSet();
        if (changes.Any(c => c is LiveChange.Everything))
            // The feed has dropped which ones. What has just changed is among the runs that go on and the newest.
            ids.UnionWith((await runs.ActiveAsync(500, ct)).Concat(await runs.ListAsync(new RunFilter { Limit = 500 }, ct)).Select(r => r.Id));
        return (await runs.ManyAsync(ids, ct)).Select(RunJson.Of).ToList();
    }

    [LoggerMessage(LogLevel.Error, "Telling the hub's clients of changed runs failed")]
    private partial void LogFailed(Exception e);
}
