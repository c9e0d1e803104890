using Scheduler.Core.Blackouts;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Blackouts;

/// <summary>Whatever blackouts come, go, overlap and change, and however often the process is started anew: every due time stands in the ledger once, and none starts inside.</summary>
public sealed class LedgerPropertyTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, "Latest", "Forbid")]
    [InlineData(2, "All", "Forbid")]
    [InlineData(3, "Skip", "Allow")]
    [InlineData(4, "Latest", "Queue")]
    [InlineData(5, "All", "Allow")]
    [InlineData(6, "Latest", "Replace")]
    public async Task EveryDueTime_EndsOnce_AndNothingStartsInsideAWindow(int seed, string missedRuns, string policy)
    {
        var (random, clock, oracle) = (new Random(seed), new ManualTime(Eight), new Oracle());
        var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.CatchUpLimit = 5);
        var folder = scheduler.Options.DataFolder;
        await scheduler.SaveAsync("s", "* * * * *", more: $$""" "missedRuns": "{{missedRuns}}", "concurrencyPolicy": "{{policy}}", "successfulRunsHistoryLimit": 1000 """); // the hour ends with a look of the retention
        await scheduler.StartAsync();
        for (var step = 0; step < 90; step++)
        {
            clock.Advance(TimeSpan.FromSeconds(random.Next(1, 50)));
            await LookedAsync(scheduler, clock);
            switch (random.Next(12))
            {
                case 0 or 1:
                    await oracle.AddAsync(scheduler, clock, random);
                    break;
                case 2:
                    await oracle.EndOneAsync(scheduler, clock, random);
                    break;
                case 3:
                    scheduler.OwnsFolder = false;
                    await scheduler.DisposeAsync();
                    clock.Advance(TimeSpan.FromSeconds(random.Next(1, 300)));
                    scheduler = await TestScheduler.CreateAsync(clock, folder, o => o.CatchUpLimit = 5);
                    await scheduler.StartAsync();
                    break;
            }
        }
        while (await oracle.EndOneAsync(scheduler, clock, random)) { }
        await LookedAsync(scheduler, clock);
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(10));
            return (await scheduler.RunsOfAsync("s")).All(r => r.Status.IsTerminal());
        }, "nothing is held any more");
        await LookedAsync(scheduler, clock); // a minute may have begun meanwhile

        var rows = await RowsAsync(scheduler);
        var due = Enumerable.Range(1, (int)(clock.GetUtcNow() - Eight).TotalMinutes).Select(m => Eight.AddMinutes(m)).ToList();
        Assert.Equal(due.Count, rows.Sum(r => r.StandsFor)); // none twice
        foreach (var at in due) Assert.True(rows.Any(r => r.ScheduledFor == at) || rows.Any(r => r.StandsFrom <= at && at < r.ScheduledFor), $"{at} is lost"); // none lost
        foreach (var run in rows.Where(r => r.StartedAt is not null)) Assert.False(oracle.IsOpen(run.StartedAt!.Value), $"run {run.Id} started inside, at {run.StartedAt}");
        foreach (var run in rows.Where(r => r is { Cause: SkipCause.Blackout, StandsFor: 1 })) Assert.True(oracle.WasEverOpen(run.ScheduledFor!.Value), $"{run.ScheduledFor} is in no window");
        scheduler.OwnsFolder = true;
        await scheduler.DisposeAsync();
    }

    private static async Task LookedAsync(TestScheduler scheduler, ManualTime clock) => await Until.TrueAsync(async () =>
    {
        clock.Advance(TimeSpan.FromMilliseconds(1));
        return (await scheduler.Schedules.GetAsync("s", default))!.Summary.NextRunAt > clock.GetUtcNow();
    }, "the dispatcher has looked");

    private static async Task<List<Run>> RowsAsync(TestScheduler scheduler)
    {
        await using var db = scheduler.Database.Read();
        return db.Runs.Where(r => r.ScheduledFor != null).ToList();
    }

    /// <summary>Knows each window as two instants, and from when to when it was in force.</summary>
    private sealed class Oracle
    {
        private readonly List<(string Name, DateTimeOffset Made, DateTimeOffset Gone, Func<DateTimeOffset, bool> IsOpen)> _known = [];
        private int _names;

        public bool IsOpen(DateTimeOffset at) => _known.Any(b => b.Made < at && at < b.Gone && b.IsOpen(at));

        public bool WasEverOpen(DateTimeOffset at) => _known.Any(b => b.IsOpen(at));

        public async Task AddAsync(TestScheduler scheduler, ManualTime clock, Random random)
        {
            var (name, now, mode) = ($"b{++_names}", clock.GetUtcNow(), random.Next(3) == 0 ? BlackoutMode.Skip : BlackoutMode.RunAfter);
            if (random.Next(2) == 0)
            {
                var from = now.AddSeconds(random.Next(-100, 200));
                var until = now.AddSeconds(random.Next(201, 700));
                await MakeAsync(new BlackoutDraft { Name = name, From = from, Until = until, Mode = mode }, at => at >= from && at < until);
            }
            else
            {
                var (minute, length) = (random.Next(20), random.Next(1, 9));
                await MakeAsync(
                    new BlackoutDraft { Name = name, Opens = $"{minute}/20 * * * *", Length = TimeSpan.FromMinutes(length), Mode = mode },
                    at => (at - Eight.AddDays(-1).AddMinutes(minute)).TotalMinutes % 60 is var inHour && InTwenties(inHour, minute, length));
            }

            async Task MakeAsync(BlackoutDraft draft, Func<DateTimeOffset, bool> isOpen)
            {
                Assert.Equal(BlackoutAct.Done, await scheduler.Get<BlackoutEditor>().CreateAsync(draft, TestScheduler.Ana, default));
                _known.Add((name, clock.GetUtcNow(), DateTimeOffset.MaxValue, isOpen));
            }
        }

        // "m/20" opens at m, m+20, m+40 of each hour, as far as those are below 60.
        private static bool InTwenties(double sinceFirst, int minute, int length) =>
            Enumerable.Range(0, 3).Any(k => minute + 20 * k < 60 && sinceFirst >= 20 * k && sinceFirst < 20 * k + length);

        public async Task<bool> EndOneAsync(TestScheduler scheduler, ManualTime clock, Random random)
        {
            var alive = _known.Where(b => b.Gone == DateTimeOffset.MaxValue).ToList();
            if (alive.Count == 0) return false;
            var one = alive[random.Next(alive.Count)];
            var gone = clock.GetUtcNow();
            await scheduler.Get<BlackoutEditor>().DeleteAsync(one.Name, TestScheduler.Ana, default);
            _known[_known.IndexOf(one)] = one with { Gone = gone };
            return true;
        }
    }
}
