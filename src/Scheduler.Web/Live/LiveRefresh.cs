using Scheduler.Core.Live;

namespace Scheduler.Web.Live;

/// <summary>
/// Keeps a page up to date: waits for changes that the page cares for, lets it read and render once, and then rests, so that a page
/// repaints at most four times a second at any rate of runs. What comes meanwhile is conflated by the feed.
/// </summary>
/// <example><code>
/// protected override void OnInitialized() =>
///     _live = Live.Start(c => c is LiveChange.RunChanged, _ => InvokeAsync(async () => { await LoadAsync(); StateHasChanged(); }));
/// </code>Subscribe first, then load: a change between the two is not missed.</example>
public sealed partial class LivePages(LiveFeed feed, TimeProvider clock, ILogger<LivePages> log)
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);

    /// <summary>Starts to watch; the page disposes what it gets.</summary>
    /// <param name="wants">Which changes the page shows. <see cref="LiveChange.Everything"/> always gets through.</param>
    /// <param name="refresh">Reads anew and renders, on the page's own dispatcher.</param>
    /// <param name="rest">How long it rests after each time; null: a quarter of a second.</param>
    public LiveRefresh Start(Predicate<LiveChange> wants, Func<IReadOnlyCollection<LiveChange>, Task> refresh, TimeSpan? rest = null)
    {
        var stop = new CancellationTokenSource();
        var watch = feed.Watch(wants);
        return new LiveRefresh(stop, watch, LoopAsync(watch, refresh, rest ?? Rest, stop.Token));
    }

    private async Task LoopAsync(LiveWatch watch, Func<IReadOnlyCollection<LiveChange>, Task> refresh, TimeSpan rest, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var changes = await watch.TakeAsync(stopping);
                try
                {
                    await refresh(changes);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // One reading that failed (a page that is just closing, a database that is locked) must not end the watch.
                    LogRefreshFailed(e);
                }
                await Task.Delay(rest, clock, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The page is gone.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Refreshing a page failed")]
    private partial void LogRefreshFailed(Exception e);
}

/// <summary>A page's standing wish to be kept up to date.</summary>
public sealed class LiveRefresh : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly LiveWatch _watch;

    internal LiveRefresh(CancellationTokenSource stop, LiveWatch watch, Task loop)
    {
        (_stop, _watch) = (stop, watch);
        // The source is let go once nobody looks at its token any more.
        _ = loop.ContinueWith(_ => stop.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    public void Dispose()
    {
        _watch.Dispose();
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Disposed twice: the loop has ended already.
        }
    }
}
