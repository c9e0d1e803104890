using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;

namespace Scheduler.Core.Tests.Support;

/// <summary>Time that passes second by second, in which the dispatcher looks in between.</summary>
public static class Passing
{
    /// <summary>An engine that can't record is not waited for: what it has not seen by then it sees late, as in life.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task ReachAsync(this TestScheduler scheduler, ManualTime clock, DateTimeOffset at, Func<IReadOnlyList<RunView>, bool> condition, string schedule = "s")
    {
        while (clock.GetUtcNow() < at)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await scheduler.RecordDueAsync(clock);
        }
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            return condition(await scheduler.RunsOfAsync(schedule));
        }, "the condition");
    }

    // On a busy machine the clock would otherwise run minutes ahead of the dispatcher, and a test of a window would see its end before its inside.
    private static async Task RecordDueAsync(this TestScheduler scheduler, ManualTime clock)
    {
        await using var db = scheduler.Database.Read();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < Patience)
        {
            var now = clock.GetUtcNow();
            if (!await db.Schedules.AnyAsync(s => s.State == ScheduleState.Active && s.NextRunAt <= now)) return;
            // A timer set on an older reading of the clock is due a moment later.
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Delay(1);
        }
    }
}
