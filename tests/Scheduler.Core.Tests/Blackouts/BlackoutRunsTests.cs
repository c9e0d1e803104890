using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Blackouts;

/// <summary>What becomes of runs in a blackout, over the real engine and database.</summary>
public sealed class BlackoutRunsTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Skip_EachOccurrenceInside_IsRecordedWithTheBlackoutsName()
    {
        var (clock, scheduler) = await StartAsync(BlackoutMode.Skip, """ "concurrencyPolicy": "Allow" """);
        await using var _ = scheduler;
        await scheduler.ReachAsync(clock, Eight.AddMinutes(6), runs => runs.Count(r => r.Status == RunStatus.Succeeded) >= 3);
        var inside = (await scheduler.RunsOfAsync("s")).Where(r => r.ScheduledFor >= Eight.AddMinutes(2) && r.ScheduledFor < Eight.AddMinutes(5)).ToList();
        Assert.Equal(3, inside.Count);
        Assert.All(inside, r => Assert.Equal((RunStatus.Skipped, SkipCause.Blackout, "Blackout 'Payments freeze' until 2026-03-02 08:05:00 UTC."), (r.Status, r.Cause!.Value, r.Reason)));
        Assert.Equal(SkipCause.Blackout, (await scheduler.Get<WhyNot>().AnswerAsync("s", Eight.AddMinutes(3), default))!.Cause);
    }

    [Fact]
    public async Task RunAfter_Latest_IsOneCatchUpAtTheEnd_ThatCountsThemAll()
    {
        var (clock, scheduler) = await StartAsync(BlackoutMode.RunAfter);
        await using var _ = scheduler;
        await scheduler.ReachAsync(clock, Eight.AddMinutes(4.5), runs => runs.Any(r => r.StandsFor == 3));
        var held = (await scheduler.RunsOfAsync("s")).Single(r => r.TriggerType == TriggerType.CatchUp);
        Assert.Equal((RunStatus.Queued, Eight.AddMinutes(5), Eight.AddMinutes(4)), (held.Status, held.NotBefore, held.ScheduledFor));
        Assert.Equal("Stands for 3 occurrences from 2026-03-02 08:02:00 UTC to 2026-03-02 08:04:00 UTC, missed in blackout 'Payments freeze'.", held.Occasion);
        Assert.Equal("Waits for the end of blackout 'Payments freeze' at 2026-03-02 08:05:00 UTC.", held.Reason);
        Assert.Equal((WhyNotKind.CountedIn, held.Id), await WhyAsync(scheduler, Eight.AddMinutes(2)));

        await scheduler.ReachAsync(clock, Eight.AddMinutes(5.5), runs => runs.Single(r => r.Id == held.Id).Status == RunStatus.Succeeded);
        Assert.True((await scheduler.RunAsync(held.Id)).StartedAt >= Eight.AddMinutes(5));
        Assert.Single(await scheduler.RunsOfAsync("s"), r => r.TriggerType == TriggerType.CatchUp);
    }

    [Fact]
    public async Task RunAfter_All_IsACatchUpEach_OneAfterTheOther_UpToTheLimit()
    {
        var (clock, scheduler) = await StartAsync(BlackoutMode.RunAfter, """ "missedRuns": "All" """, options => options.CatchUpLimit = 2);
        await using var _ = scheduler;
        await scheduler.ReachAsync(clock, Eight.AddMinutes(5.5), runs => runs.Count(r => r is { TriggerType: TriggerType.CatchUp, Status: RunStatus.Succeeded }) == 2);
        var caughtUp = (await scheduler.RunsOfAsync("s")).Where(r => r.ScheduledFor >= Eight.AddMinutes(2) && r.ScheduledFor < Eight.AddMinutes(5)).OrderBy(r => r.ScheduledFor).ToList();
        Assert.Equal([(Eight.AddMinutes(2), RunStatus.Skipped, SkipCause.CatchUpLimit), (Eight.AddMinutes(3), RunStatus.Succeeded, null), (Eight.AddMinutes(4), RunStatus.Succeeded, (SkipCause?)null)],
            caughtUp.Select(r => (r.ScheduledFor!.Value, r.Status, r.Cause)));
    }

    [Fact]
    public async Task RunAfter_OfAScheduleThatSkipsWhatItMissed_Skips()
    {
        var (clock, scheduler) = await StartAsync(BlackoutMode.RunAfter, """ "missedRuns": "Skip" """);
        await using var _ = scheduler;
        await scheduler.ReachAsync(clock, Eight.AddMinutes(3.5), runs => runs.Count(r => r.Cause == SkipCause.Blackout) == 2);
    }

    [Fact]
    public async Task RunAfter_StartingDeadlineShorterThanTheWindow_IsSkippedForTheBlackout()
    {
        var (clock, scheduler) = await StartAsync(BlackoutMode.RunAfter, """ "startingDeadlineSeconds": 60 """);
        await using var _ = scheduler;
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2.5), runs => runs.Any(r => r is { Status: RunStatus.Skipped, Cause: SkipCause.Blackout }));
    }

    [Fact]
    public async Task Restart_InsideTheWindow_StillWaitsForItsEnd_AndCountsOn()
    {
        var (clock, first) = await StartAsync(BlackoutMode.RunAfter);
        await using var _ = first;
        await first.ReachAsync(clock, Eight.AddMinutes(3.2), runs => runs.Any(r => r.StandsFor == 2));
        await first.StopAsync();
        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        await second.StartAsync();
        await second.ReachAsync(clock, Eight.AddMinutes(4.5), runs => runs.Any(r => r.StandsFor == 3));
        Assert.Equal(RunStatus.Queued, (await second.RunsOfAsync("s")).Single(r => r.StandsFor == 3).Status);
        await second.ReachAsync(clock, Eight.AddMinutes(5.5), runs => runs.Any(r => r is { StandsFor: 3, Status: RunStatus.Succeeded }));
    }

    [Fact]
    public async Task DownThroughTheWholeWindow_SkipIsSkipped_AndTheRestIsCaughtUp()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await BlackOutAsync(scheduler, BlackoutMode.Skip);
        clock.Advance(TimeSpan.FromMinutes(6.5)); // nobody looks
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(6.6), runs => runs.Count >= 5);
        var runs = (await scheduler.RunsOfAsync("s")).OrderBy(r => r.ScheduledFor).ToList();
        Assert.Equal([(1, TriggerType.CatchUp), (2, TriggerType.Scheduled), (3, TriggerType.Scheduled), (4, TriggerType.Scheduled), (6, TriggerType.CatchUp)],
            runs.Select(r => ((int)(r.ScheduledFor!.Value - Eight).TotalMinutes, r.TriggerType)));
        Assert.Equal([1, 1, 1, 1, 2], runs.Select(r => r.StandsFor));
        Assert.Equal(3, runs.Count(r => r.Cause == SkipCause.Blackout));
    }

    [Fact]
    public async Task DeletedWhileOpen_WhatItHeldStartsAtOnce()
    {
        var (clock, scheduler) = await StartAsync(BlackoutMode.RunAfter);
        await using var _ = scheduler;
        await scheduler.ReachAsync(clock, Eight.AddMinutes(3.2), runs => runs.Any(r => r.StandsFor == 2));
        Assert.Equal(BlackoutAct.Done, await Editor(scheduler).DeleteAsync("payments FREEZE", TestScheduler.Ana, default));
        await scheduler.ReachAsync(clock, Eight.AddMinutes(3.5), runs => runs.Any(r => r is { StandsFor: 2, Status: RunStatus.Succeeded }));
    }

    [Fact]
    public async Task LengthenedWhileOpen_WhatItHoldsWaitsLonger()
    {
        var (clock, scheduler) = await StartAsync(BlackoutMode.RunAfter);
        await using var _ = scheduler;
        await scheduler.ReachAsync(clock, Eight.AddMinutes(3.2), runs => runs.Any(r => r.StandsFor == 2));
        await Editor(scheduler).ChangeAsync("Payments freeze", Draft(BlackoutMode.RunAfter) with { Until = Eight.AddMinutes(8) }, TestScheduler.Ana, default);
        await scheduler.ReachAsync(clock, Eight.AddMinutes(7.5), runs => runs.Any(r => r.StandsFor == 6));
        var held = (await scheduler.RunsOfAsync("s")).Single(r => r.TriggerType == TriggerType.CatchUp);
        Assert.Equal((RunStatus.Queued, Eight.AddMinutes(8)), (held.Status, held.NotBefore));
    }

    [Fact]
    public async Task LabelsTakenAwayWhileHeld_TheRunStartsAtOnce()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.Editor.SetLabelAsync("s", "env", "prod", TestScheduler.Ana, default);
        await Editor(scheduler).CreateAsync(Draft(BlackoutMode.RunAfter) with { Labels = new Dictionary<string, string> { ["env"] = "prod" } }, TestScheduler.Ana, default);
        await scheduler.StartAsync();
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2.2), runs => runs.Any(r => r.TriggerType == TriggerType.CatchUp));
        await scheduler.Editor.SetLabelAsync("s", "env", null, TestScheduler.Ana, default);
        await scheduler.ReachAsync(clock, Eight.AddMinutes(2.5), runs => runs.Any(r => r is { TriggerType: TriggerType.CatchUp, Status: RunStatus.Succeeded }));
    }

    [Fact]
    public async Task ManualAndEmergencyRuns_WaitForTheEnd_UnlessThePersonTickedTheOverride()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "manual", more: """ "concurrencyPolicy": "Allow" """);
        await Editor(scheduler).CreateAsync(Draft(BlackoutMode.Skip) with { From = Eight }, TestScheduler.Ana, default);
        await scheduler.StartAsync();
        var manual = await RunAsync(new RunRequest());
        var emergency = await RunAsync(new RunRequest { Emergency = true, Reason = "leak" });
        var overriding = await RunAsync(new RunRequest { Emergency = true, Reason = "leak", Overrides = new Overrides(Blackouts: true) });

        await scheduler.ReachAsync(clock, Eight.AddMinutes(1), runs => runs.Single(r => r.Id == overriding).Status == RunStatus.Succeeded && runs.Count(r => r.NotBefore > clock.GetUtcNow()) == 2);
        Assert.Equal((RunStatus.Queued, "Waits for the end of blackout 'Payments freeze' at 2026-03-02 08:05:00 UTC."), ((await scheduler.RunAsync(manual)).Status, (await scheduler.RunAsync(manual)).Reason));
        await scheduler.ReachAsync(clock, Eight.AddMinutes(5.2), runs => runs.All(r => r.Status == RunStatus.Succeeded));

        Assert.Equal("overrideBlackout", (await Assert.ThrowsAsync<InvalidInputException>(() => RunAsync(new RunRequest { Overrides = new Overrides(Blackouts: true) }))).Errors[0].Path);
        await using var db = scheduler.Database.Read();
        Assert.Contains($"{overriding}", await db.Audit.Where(a => a.Action == "started in an emergency, over blackouts").Select(a => a.ObjectName).ToListAsync());

        async Task<long> RunAsync(RunRequest request) => (await scheduler.Control.RunNowAsync("s", request, TestScheduler.Ana, default))!.Value;
    }

    [Fact]
    public async Task EveryAct_IsAudited_AndNamesAreTakenOnce()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        Assert.Equal(BlackoutAct.Done, await Editor(scheduler).CreateAsync(Draft(BlackoutMode.Skip), TestScheduler.Ana, default));
        Assert.Equal(BlackoutAct.NameTaken, await Editor(scheduler).CreateAsync(Draft(BlackoutMode.Skip) with { Name = "PAYMENTS freeze" }, TestScheduler.Ana, default));
        Assert.Equal(BlackoutAct.Done, await Editor(scheduler).ChangeAsync("Payments freeze", Draft(BlackoutMode.RunAfter), TestScheduler.Ana, default));
        Assert.Equal(BlackoutAct.NotFound, await Editor(scheduler).ChangeAsync("nothing", Draft(BlackoutMode.Skip), TestScheduler.Ana, default));
        Assert.Equal(BlackoutAct.Done, await Editor(scheduler).DeleteAsync("Payments freeze", TestScheduler.Ana, default));
        await using var db = scheduler.Database.Read();
        Assert.Equal(["created", "changed", "deleted"], await db.Audit.Where(a => a.ObjectKind == "blackout").OrderBy(a => a.Id).Select(a => a.Action).ToListAsync());
    }

    [Fact]
    public async Task Viewer_MayChangeNone_AndAWrongDraftWritesNothing()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Editor(scheduler).CreateAsync(Draft(BlackoutMode.Skip), TestScheduler.Vic, default));
        await Assert.ThrowsAsync<AccessDeniedException>(() => Editor(scheduler).DeleteAsync("x", TestScheduler.Vic, default));
        await Assert.ThrowsAsync<InvalidInputException>(() => Editor(scheduler).CreateAsync(new BlackoutDraft { Name = "x" }, TestScheduler.Ana, default));
        Assert.Empty(await scheduler.Get<BlackoutQueries>().ListAsync(default));
    }

    [Fact]
    public async Task Preview_ShowsTheNextWindows_AndWhomTheyHit()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("hourly", "0 * * * *");
        await scheduler.SaveAsync("noon", "0 12 * * *");
        await scheduler.SaveAsync("paused", "0 * * * *", more: """ "suspend": true """);
        var preview = await scheduler.Get<BlackoutQueries>().PreviewAsync(new BlackoutDraft { Name = "nights", Opens = "0 22 * * *", Length = TimeSpan.FromHours(4) }, TimeSpan.FromDays(2), default);
        Assert.Equal([new(Eight.AddHours(14), Eight.AddHours(18)), new(Eight.AddHours(38), Eight.AddHours(42))], preview.Windows);
        Assert.Equal((2, new BlackoutHit("hourly", 8, Eight.AddHours(14), "UTC")), (preview.Selected, Assert.Single(preview.Hits)));
    }

    [Fact]
    public async Task WhyNot_AnInstantAheadInAWindow_SaysWhatWillBecomeOfIt()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "* * * * *");
        await BlackOutAsync(scheduler, BlackoutMode.RunAfter);
        Assert.Equal(
            "It lies ahead, in blackout 'Payments freeze', which lasts until 2026-03-02 08:05:00 UTC: it will be caught up after it.",
            (await scheduler.Get<WhyNot>().AnswerAsync("s", Eight.AddMinutes(4), default))!.Sentence);
    }

    private static BlackoutEditor Editor(TestScheduler scheduler) => scheduler.Get<BlackoutEditor>();

    /// <summary>From 08:02 to 08:05.</summary>
    private static BlackoutDraft Draft(BlackoutMode mode) => new() { Name = "Payments freeze", From = Eight.AddMinutes(2), Until = Eight.AddMinutes(5), Mode = mode };

    private static Task BlackOutAsync(TestScheduler scheduler, BlackoutMode mode) => Editor(scheduler).CreateAsync(Draft(mode), TestScheduler.Ana, default);

    private static async Task<(WhyNotKind, long?)> WhyAsync(TestScheduler scheduler, DateTimeOffset at)
    {
        var answer = (await scheduler.Get<WhyNot>().AnswerAsync("s", at, default))!;
        return (answer.Kind, answer.RunId);
    }

    private static async Task<(ManualTime, TestScheduler)> StartAsync(BlackoutMode mode, string more = "", Action<SchedulerOptions>? configure = null)
    {
        var clock = new ManualTime(Eight);
        var scheduler = await TestScheduler.CreateAsync(clock, configure: configure);
        await scheduler.SaveAsync("s", "* * * * *", more: more);
        await BlackOutAsync(scheduler, mode);
        await scheduler.StartAsync();
        return (clock, scheduler);
    }
}
