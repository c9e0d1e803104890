using Scheduler.Core.Live;

namespace Scheduler.Core.Tests.Live;

public sealed class LiveFeedTests
{
    [Fact]
    public async Task SameChangeManyTimes_IsTakenOnce()
    {
        var feed = new LiveFeed();
        using var watch = feed.Watch();
        for (var i = 0; i < 100; i++) feed.Publish(new LiveChange.RunChanged(1, "s"));
        feed.Publish(new LiveChange.RunChanged(2, "s"));
        Assert.Equal([1L, 2L], (await watch.TakeAsync(default)).Cast<LiveChange.RunChanged>().Select(c => c.RunId).Order());
    }

    [Fact]
    public async Task SlowWatcher_PastTheBound_IsToldToReadEverythingAgain()
    {
        var feed = new LiveFeed();
        using var slow = feed.Watch();
        for (var i = 0; i < 5000; i++) feed.Publish(new LiveChange.RunChanged(i, "s"));
        Assert.IsType<LiveChange.Everything>(Assert.Single(await slow.TakeAsync(default)));
        feed.Publish(new LiveChange.RunChanged(7, "s"));
        Assert.Equal(new LiveChange.RunChanged(7, "s"), Assert.Single(await slow.TakeAsync(default)));
    }

    [Fact]
    public async Task WatchWithAWish_GetsOnlyWhatItWants_AndNothingOnceDisposed()
    {
        var feed = new LiveFeed();
        var watch = feed.Watch(c => c is LiveChange.LogGrew { RunId: 5 });
        feed.Publish(new LiveChange.LogGrew(4));
        feed.Publish(new LiveChange.LogGrew(5));
        Assert.Equal(new LiveChange.LogGrew(5), Assert.Single(await watch.TakeAsync(default)));
        watch.Dispose();
        Assert.Equal(0, feed.Watchers);
    }
}
