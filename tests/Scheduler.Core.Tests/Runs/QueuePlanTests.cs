using Scheduler.Core.Runs;

namespace Scheduler.Core.Tests.Runs;

/// <summary>Why each waiting run waits, and when it may be expected: by hand, without a database.</summary>
public sealed class QueuePlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void AllSlotsTaken_EachWaitsInItsPlace_AndIsExpectedWhenASlotHasRunItsUsualTime()
    {
        // Two slots: schedule 1 takes ten minutes and has run for four, schedule 2 takes twenty and has just begun. Those that wait take five.
        var plan = Plan(2, [Waits(11, 3), Waits(12, 4), Waits(13, 5)], [Goes(1, 1, minutesAgo: 4), Goes(2, 2)], (1, 10), (2, 20), (3, 5), (4, 5), (5, 5));
        Assert.Equal([new Wait(WaitCause.NoFreeSlot, 1, 3), new Wait(WaitCause.NoFreeSlot, 2, 3), new Wait(WaitCause.NoFreeSlot, 3, 3)], plan.Waits);
        Assert.Equal([6, 11, 16], Minutes(plan));
        Assert.Equal((2, false), (plan.Busy, plan.LaneBusy));
    }

    [Fact]
    public void ARunningRunOfUnknownLength_GivesNoSlotBack_AndWithoutAnotherNothingIsExpected()
    {
        Assert.Equal([10, 15], Minutes(Plan(2, [Waits(11, 3), Waits(12, 3)], [Goes(1, 1), Goes(2, 9)], (1, 10), (3, 5))));
        Assert.Equal([null], Minutes(Plan(1, [Waits(11, 3)], [Goes(2, 9)], (3, 5))));
        // A waiting one of unknown length has its start, and nobody after it on that slot.
        Assert.Equal([10, null], Minutes(Plan(1, [Waits(11, 9), Waits(12, 3)], [Goes(1, 1)], (1, 10), (3, 5))));
    }

    [Fact]
    public void ARunThatGoesOnForLongerThanUsual_IsExpectedToEndAtAnyMoment() =>
        Assert.Equal([0], Minutes(Plan(1, [Waits(11, 3)], [Goes(1, 1, minutesAgo: 60)], (1, 10))));

    [Fact]
    public void FreeSlots_StartAsManyAsThereIsRoomFor()
    {
        var plan = Plan(2, [Waits(11, 3), Waits(12, 4), Waits(13, 5)], [], (3, 5), (4, 2), (5, 1));
        Assert.Equal([WaitCause.Starting, WaitCause.Starting, WaitCause.NoFreeSlot], plan.Waits.Select(w => w.Cause));
        Assert.Equal([0, 0, 2], Minutes(plan));
    }

    [Fact]
    public void WhatMayNotStartYet_SaysWhy_TakesNoPlace_AndIsPassedBy()
    {
        var retry = Waits(11, 3) with { IsRetry = true, NotBefore = Now.AddMinutes(7) };
        var held = Waits(12, 4) with { Held = true, NotBefore = Now.AddMinutes(30) };
        var early = Waits(13, 5) with { NotBefore = Now.AddMinutes(3) };
        var plan = Plan(1, [retry, held, early, Waits(14, 6)], [], (3, 1), (4, 1), (5, 1), (6, 4));
        Assert.Equal(
            [new Wait(WaitCause.Retry, Until: retry.NotBefore), new Wait(WaitCause.Blackout, Until: held.NotBefore), new Wait(WaitCause.ClockSetBack, Until: early.NotBefore), new Wait(WaitCause.Starting, 1, 1)],
            plan.Waits);
        Assert.Equal([7, 30, 4, 0], Minutes(plan)); // the one of 08:03 waits until 08:04 for the slot
    }

    [Fact]
    public void Exclusive_WaitsForTheRunThatGoesOn_AndForTheOneBeforeItInTheLine()
    {
        var (first, second) = (Waits(11, 1) with { Exclusive = true }, Waits(12, 1) with { Exclusive = true });
        var plan = Plan(5, [first, second, Waits(13, 3)], [Goes(7, 1)], (1, 10), (3, 5));
        Assert.Equal([new Wait(WaitCause.PreviousRun, BehindRun: 7), new Wait(WaitCause.PreviousRun, BehindRun: 7), new Wait(WaitCause.Starting, 1, 1)], plan.Waits);
        Assert.Equal([10, 20, 0], Minutes(plan));
        Assert.Equal([null, 0], Minutes(Plan(5, [Waits(11, 9) with { Exclusive = true }, Waits(13, 3)], [Goes(7, 9)], (3, 5)))); // nobody knows how long 9 takes
    }

    [Fact]
    public void Exclusive_AlsoWaitsForARunInAnotherPool()
    {
        var plan = Plan(1, [Waits(11, 1) with { Exclusive = true }], [Goes(7, 1) with { Pool = RunQueue.ConsolePool }], (1, 10));
        Assert.Equal((new Wait(WaitCause.PreviousRun, BehindRun: 7), 0), (plan.Waits[0], plan.Busy));
    }

    [Fact]
    public void Emergency_HasTheLaneWhenNoSlotIsFree_AndTheNextOneWaits()
    {
        var (one, two) = (Waits(11, 3) with { IsEmergency = true }, Waits(12, 4) with { IsEmergency = true });
        var plan = Plan(1, [one, two, Waits(13, 5)], [Goes(1, 1)], (1, 10), (3, 2), (4, 2), (5, 2));
        Assert.Equal([WaitCause.Starting, WaitCause.NoFreeSlot, WaitCause.NoFreeSlot], plan.Waits.Select(w => w.Cause));
        Assert.Equal([0, 10, 12], Minutes(plan));
        var full = Plan(1, [one], [Goes(1, 1), Goes(2, 2) with { IsEmergency = true }], (1, 10), (2, 3));
        Assert.Equal((WaitCause.NoFreeSlot, 1, true), (full.Waits[0].Cause, full.Busy, full.LaneBusy));
    }

    [Fact]
    public void SlotsTakenAway_TheFirstRunsThatEndGiveNoneBack() =>
        Assert.Equal([20], Minutes(Plan(1, [Waits(11, 3)], [Goes(1, 1), Goes(2, 2)], (1, 10), (2, 20))));

    [Fact]
    public void NoEngine_NoWorkers_OrAnAnswerThatIsAwaited_AreSaidFirst_AndNothingIsExpected()
    {
        var asked = Waits(11, 3) with { NotBefore = Run.UntilAnswered };
        var plan = Plan(1, [asked, Waits(12, 3)], [], (3, 5));
        Assert.Equal([new Wait(WaitCause.Answer), new Wait(WaitCause.Starting, 1, 1)], plan.Waits);
        Assert.Equal([null, 0], Minutes(plan));
        Assert.Equal((WaitCause.NoWorkers, null), (Plan(0, [Waits(12, 3)], [], (3, 5)).Waits[0].Cause, Minutes(Plan(0, [Waits(12, 3)], [], (3, 5)))[0]));
        var down = QueuePlan.Of("scan", 1, [asked, Waits(12, 3)], [], engineRuns: false, Now, _ => TimeSpan.FromMinutes(1));
        Assert.All(down.Waits, w => Assert.Equal(WaitCause.EngineNotRunning, w.Cause));
        Assert.Equal([null, null], Minutes(down));
    }

    [Fact]
    public void BehindTheFirstFiveHundred_NothingIsExpected()
    {
        var plan = Plan(1, Enumerable.Range(0, 600).Select(i => Waits(100 + i, 3)).ToList(), [], (3, 1));
        Assert.Equal((499, null), (Minutes(plan)[499], Minutes(plan)[500]));
    }

    [Fact]
    public void FiveHundredOfOneSchedule_OneAfterTheOther_EndInOrder()
    {
        var plan = Plan(8, Enumerable.Range(0, 500).Select(i => Waits(100 + i, 3) with { Exclusive = true }).ToList(), [], (3, 1));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (int?)i), Minutes(plan));
    }

    private static WaitingRun Waits(long id, long schedule) => new(id, schedule, false, false, Now.AddHours(-1), false, false);

    private static GoingRun Goes(long id, long schedule, int minutesAgo = 0) => new(id, "scan", schedule, false, Now.AddMinutes(-minutesAgo));

    /// <param name="slots">Of pool "scan".</param>
    /// <param name="usual">Schedule and minutes.</param>
    private static QueuePlan Plan(int slots, IReadOnlyList<WaitingRun> waiting, IReadOnlyList<GoingRun> going, params (long Schedule, int Minutes)[] usual) =>
        QueuePlan.Of("scan", slots, waiting, going, engineRuns: true, Now, id => usual.Where(u => u.Schedule == id).Select(u => (TimeSpan?)TimeSpan.FromMinutes(u.Minutes)).FirstOrDefault());

    private static List<int?> Minutes(QueuePlan plan) => plan.Expected.Select(at => at is { } start ? (int?)(start - Now).TotalMinutes : null).ToList();
}
