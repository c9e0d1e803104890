using Scheduler.Core.Runs;

namespace Scheduler.Core.Tests.Support;

/// <summary>Time that passes second by second, so that the dispatcher may look in between; what it has not seen by then it sees late, as in life.</summary>
public static class Passing
{
    public static async Task ReachAsync(this TestScheduler scheduler, ManualTime clock, DateTimeOffset at, Func<IReadOnlyList<RunView>, bool> condition, string schedule = "s")
    {
        while (clock.GetUtcNow() < at)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            return condition(await scheduler.RunsOfAsync(schedule));
        }, "the condition");
    }
}
