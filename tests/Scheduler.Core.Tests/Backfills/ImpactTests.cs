using Scheduler.Core.Backfills;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Impact;
using Scheduler.Core.Jobs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Backfills;

/// <summary>What a backfill would do to everything else.</summary>
public sealed class ImpactTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Ten = TimeSpan.FromMinutes(10);

    [Fact]
    public void StartDelays_ABatchThatLeavesASlotFree_DelaysNobody() =>
        Assert.Equal([Eight.AddMinutes(5), Eight.AddMinutes(20)], StartDelays.Of([Run("a", 5), Run("b", 20)], 2, Eight, 100, 1, Ten));

    [Fact]
    public void StartDelays_WhatIsDue_TakesTheNextSlotThatTheBatchLeaves() =>
        // The batch began at 0 and 0; both slots get free at 10, and a, which waits, goes before the batch's third.
        Assert.Equal([Eight.AddMinutes(10), Eight.AddMinutes(20)], StartDelays.Of([Run("a", 5), Run("b", 20)], 2, Eight, 100, 2, Ten));

    [Fact]
    public void StartDelays_AfterTheBatchEverythingIsAsBefore() =>
        Assert.Equal([Eight.AddMinutes(10), Eight.AddMinutes(30)], StartDelays.Of([Run("a", 5), Run("b", 30)], 1, Eight, 1, 1, Ten));

    [Fact]
    public void StartDelays_APoolWithoutSlots_StartsNothing() => Assert.Equal([null], StartDelays.Of([Run("a", 5)], 0, Eight, 1, 1, Ten));

    [Fact]
    public async Task OfAsync_TellsRunsTargetsTimeLateStartsAndBlackouts()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.Pools["light"] = 1);
        await scheduler.SaveAsync("s", "0 * * * *", """{ "kind": "http", "targets": { "urls": ["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"] } }""");
        await scheduler.SaveAsync("tonight", "12 8 * * *"); // the same pool
        await scheduler.SaveAsync("elsewhere", "12 8 * * *", more: """ "pool": "monitor" """);
        await scheduler.Get<BlackoutEditor>().CreateAsync(new BlackoutDraft { Name = "Payments freeze", From = Eight.AddMinutes(15), Until = Eight.AddHours(1), Mode = BlackoutMode.Skip }, TestScheduler.Ana, default);
        await scheduler.Get<BlackoutEditor>().CreateAsync(new BlackoutDraft { Name = "Next week", From = Eight.AddDays(7), Until = Eight.AddDays(8), Mode = BlackoutMode.Skip }, TestScheduler.Ana, default);

        var impact = await OfAsync(scheduler, new BackfillRequest { Schedule = "s", From = "2026-03-02T00:00", To = "2026-03-02T05:00" });

        // Nothing is known of its runs, so five minutes each: 6 of them are half an hour, and at 08:12 one has just begun that ends at 08:15.
        Assert.Equal((6, 2, TimeSpan.FromMinutes(5), false, TimeSpan.FromMinutes(30), null), (impact.Runs, impact.Targets, impact.EachRun, impact.IsMeasured, impact.Lasts, impact.Requests));
        Assert.Equal(new LateStart("tonight", Eight.AddMinutes(12), TimeSpan.FromMinutes(3)), Assert.Single(impact.Late));
        Assert.Equal("Payments freeze", Assert.Single(impact.Blackouts).Name);
        Assert.Empty(impact.Refused);
    }

    [Fact]
    public async Task OfAsync_RunsByHandTellTheDurationAndTheRequests_WhereTheTriggerHasMadeNone()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 * * * *");
        await scheduler.Writer.WriteAsync(write =>
        {
            foreach (var (seconds, urls) in ((int, int)[])[(10, 4), (30, 6), (50, 8)])
                write.Execute(
                    """
                    INSERT INTO runs (schedule_id, schedule_name, generation, trigger_type, stands_for, status, reason, priority, pool, job_kind, attempt, max_attempts, due_at, queued_at, not_before, exclusive,
                        overrides_blackout, started_at, finished_at, duration_ms, assets_scanned, findings_total, critical, high, medium, low, info, new_findings, fixed_findings, metrics)
                    VALUES (1, 's', 1, 3, 1, 3, '', 0, 'light', 'noop', 1, 1, 0, 0, 0, 0, 0, 0, ?1, ?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?2)
                    """, seconds * 1000L, $$"""{ "urls": {{urls}}, "redirects": 1 }""");
        }, default);
        var impact = await OfAsync(scheduler, new BackfillRequest { Schedule = "s", From = "2026-03-01T00:00", To = "2026-03-01T09:00", Parallel = 5 });
        Assert.Equal((TimeSpan.FromSeconds(30), true, TimeSpan.FromMinutes(1), 70.0), (impact.EachRun, impact.IsMeasured, impact.Lasts, impact.Requests));
    }

    [Fact]
    public async Task OfAsync_Hours_StretchItOverDays()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight), configure: o => o.Pools["light"] = 1);
        await scheduler.SaveAsync("s", "0 * * * *");
        Assert.True(HoursWindow.TryParse("22:00-23:00", out var hours));
        // 24 runs of five minutes are two hours: an hour tonight, an hour tomorrow, and it begins in 14 hours.
        var impact = await OfAsync(scheduler, new BackfillRequest { Schedule = "s", From = "2026-03-01T00:00", To = "2026-03-01T23:00", Hours = hours });
        Assert.Equal((24, TimeSpan.FromHours(14 + 48)), (impact.Runs, impact.Lasts));
    }

    [Fact]
    public async Task OfAsync_CountsTargetsThatHaveLeftTheScope()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.Get<ScopeStore>().AddAsync("network", "192.0.2.0/24", "", TestScheduler.Ana, default);
        await scheduler.SaveAsync("s", "0 * * * *", """{ "kind": "http", "targets": { "urls": ["http://127.0.0.1/", "http://192.0.2.7/"] } }""");
        await scheduler.Get<ScopeStore>().RemoveAsync("network", "192.0.2.0/24", TestScheduler.Ana, default);
        var impact = await OfAsync(scheduler, new BackfillRequest { Schedule = "s", From = "2026-03-01", To = "2026-03-01" });
        Assert.Equal((2, 1), (impact.Targets, impact.OutOfScope));
        Assert.StartsWith("192.0.2.7 is outside the scope", Assert.Single(impact.Refused), StringComparison.Ordinal);
    }

    private static async Task<BlastRadius> OfAsync(TestScheduler scheduler, BackfillRequest request) =>
        (await scheduler.Get<ImpactForecasts>().OfAsync((await scheduler.Get<BackfillQueries>().PreviewAsync(request, default))!, request.Hours, default))!;

    private static ComingRun Run(string name, int minute) => new(name, Eight.AddMinutes(minute), Ten);
}
