using Scheduler.Core.Dispatching;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Dispatching;

public sealed class DuePlanTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void OneDueOccurrence_OnDuty_IsQueuedAsScheduled()
    {
        var plan = Plan(MissedRunsPolicy.Latest, now: Eight.AddMilliseconds(3), onDutySince: Eight.AddHours(-1));
        var (run, status) = Assert.Single(plan.Runs);
        Assert.Equal((TriggerType.Scheduled, RunStatus.Queued, Eight), (run.TriggerType, status, run.ScheduledFor));
        Assert.Equal(Eight.AddMinutes(1), plan.NextRunAt);
        Assert.Equal(Eight, plan.LastScheduledAt);
    }

    [Fact]
    public void ALateLook_OnDuty_StartsEveryOccurrence()
    {
        var plan = Plan(MissedRunsPolicy.Latest, now: Eight.AddMinutes(2), onDutySince: Eight.AddHours(-1));
        Assert.Equal([Eight, Eight.AddMinutes(1), Eight.AddMinutes(2)], plan.Runs.Select(r => r.Run.ScheduledFor!.Value));
        Assert.All(plan.Runs, r => Assert.Equal(TriggerType.Scheduled, r.Run.TriggerType));
        Assert.Equal(Eight.AddMinutes(3), plan.NextRunAt);
    }

    [Fact]
    public void Latest_ManyMissed_IsOneCatchUpThatSaysHowMany()
    {
        var plan = Plan(MissedRunsPolicy.Latest, now: Eight.AddMinutes(10).AddSeconds(1), onDutySince: Eight.AddMinutes(10).AddSeconds(1));
        var (run, status) = Assert.Single(plan.Runs);
        Assert.Equal((TriggerType.CatchUp, RunStatus.Queued, Eight.AddMinutes(10), 11), (run.TriggerType, status, run.ScheduledFor, run.StandsFor));
        Assert.Equal("Stands for 11 occurrences from 2026-03-02 08:00:00 UTC to 2026-03-02 08:10:00 UTC, missed while the scheduler was down.", run.Occasion);
        Assert.Equal(Eight.AddMinutes(11), plan.NextRunAt);
    }

    [Fact]
    public void Latest_MissedAndDue_IsACatchUpAndAnOrdinaryRun()
    {
        var plan = Plan(MissedRunsPolicy.Latest, now: Eight.AddMinutes(3), onDutySince: Eight.AddMinutes(2.5));
        Assert.Equal([(TriggerType.CatchUp, 3), (TriggerType.Scheduled, 1)], plan.Runs.Select(r => (r.Run.TriggerType, r.Run.StandsFor)));
        Assert.Equal([Eight.AddMinutes(2), Eight.AddMinutes(3)], plan.Runs.Select(r => r.Run.ScheduledFor!.Value));
    }

    [Fact]
    public void All_MoreMissedThanTheLimit_SkipsTheOldestWithTheReason()
    {
        var plan = Plan(MissedRunsPolicy.All, now: Eight.AddMinutes(4).AddSeconds(1), onDutySince: Eight.AddMinutes(4).AddSeconds(1), limit: 3);
        Assert.Equal([RunStatus.Skipped, RunStatus.Skipped, RunStatus.Queued, RunStatus.Queued, RunStatus.Queued], plan.Runs.Select(r => r.Status));
        Assert.Equal(5, plan.Runs.Select(r => r.Run.ScheduledFor).Distinct().Count());
        Assert.Contains("more than 3 were missed", plan.Runs[0].Run.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Skip_ManyMissed_RecordsEachAsSkipped()
    {
        var plan = Plan(MissedRunsPolicy.Skip, now: Eight.AddMinutes(2).AddSeconds(1), onDutySince: Eight.AddMinutes(2).AddSeconds(1));
        Assert.Equal(3, plan.Runs.Count);
        Assert.All(plan.Runs, r => Assert.Equal(RunStatus.Skipped, r.Status));
    }

    [Fact]
    public void Skip_MoreThanABatchMissed_LeavesTheRestDue()
    {
        var now = Eight.AddMinutes(5000);
        var plan = Plan(MissedRunsPolicy.Skip, now, onDutySince: now);
        Assert.Equal(DuePlan.MostAtOnce, plan.Runs.Count);
        Assert.Equal(Eight.AddMinutes(DuePlan.MostAtOnce), plan.NextRunAt); // still behind now: the next batch begins there
    }

    [Fact]
    public void All_MoreThanABatchMissed_CoversEveryOccurrenceOverTheBatches()
    {
        var now = Eight.AddMinutes(2500).AddSeconds(1);
        var seen = new List<(DateTimeOffset At, RunStatus Status)>();
        for (DateTimeOffset? next = Eight; next <= now;)
        {
            var plan = Plan(MissedRunsPolicy.All, now, onDutySince: now, limit: 10, from: next.Value);
            seen.AddRange(plan.Runs.Select(r => (r.Run.ScheduledFor!.Value, r.Status)));
            next = plan.NextRunAt;
        }
        Assert.Equal(Enumerable.Range(0, 2501).Select(i => Eight.AddMinutes(i)), seen.Select(s => s.At));
        Assert.Equal(10, seen.Count(s => s.Status == RunStatus.Queued));
        Assert.All(seen.TakeLast(10), s => Assert.Equal(RunStatus.Queued, s.Status));
    }

    [Fact]
    public void StartingDeadlinePassed_IsRecordedAsSkippedWithTheReason()
    {
        var plan = Plan(MissedRunsPolicy.Latest, now: Eight.AddMinutes(5), onDutySince: Eight.AddMinutes(5).AddSeconds(1), deadline: TimeSpan.FromSeconds(30), text: "0 8 * * *");
        var (run, status) = Assert.Single(plan.Runs);
        Assert.Equal(RunStatus.Skipped, status);
        Assert.Contains("Could not start by 2026-03-02 08:00:30 UTC (startingDeadlineSeconds).", run.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void EndAtPassed_EndsTheSchedule()
    {
        var plan = Plan(MissedRunsPolicy.Latest, now: Eight.AddSeconds(1), onDutySince: Eight.AddHours(-1), endAt: Eight.AddSeconds(30));
        Assert.Single(plan.Runs);
        Assert.Null(plan.NextRunAt);
    }

    [Fact]
    public void TriggerChangedWhileDue_TheDueInstantStillCounts()
    {
        // Was due at 08:00:20, which the new trigger would never name.
        var plan = Plan(MissedRunsPolicy.Latest, now: Eight.AddSeconds(25), onDutySince: Eight.AddHours(-1), from: Eight.AddSeconds(20));
        Assert.Equal(Eight.AddSeconds(20), Assert.Single(plan.Runs).Run.ScheduledFor);
        Assert.Equal(Eight.AddMinutes(1), plan.NextRunAt);
    }

    [Theory]
    [InlineData(ConcurrencyPolicy.Forbid, false, typeof(ConcurrencyDecision.Start))]
    [InlineData(ConcurrencyPolicy.Forbid, true, typeof(ConcurrencyDecision.Skip))]
    [InlineData(ConcurrencyPolicy.Allow, true, typeof(ConcurrencyDecision.Start))]
    [InlineData(ConcurrencyPolicy.Queue, true, typeof(ConcurrencyDecision.StartAfter))]
    [InlineData(ConcurrencyPolicy.Replace, true, typeof(ConcurrencyDecision.Replace))]
    [InlineData(ConcurrencyPolicy.Replace, false, typeof(ConcurrencyDecision.Start))]
    public void Concurrency_ByPolicy(ConcurrencyPolicy policy, bool active, Type expected) =>
        Assert.IsType(expected, ConcurrencyDecision.For(policy, active ? new ActiveRun(7, Eight) : null));

    private static DueSchedule Plan(
        MissedRunsPolicy policy, DateTimeOffset now, DateTimeOffset onDutySince, int limit = 100, TimeSpan? deadline = null, DateTimeOffset? endAt = null,
        DateTimeOffset? from = null, string text = "* * * * *")
    {
        var schedule = new Schedule
        {
            Id = 1, Name = "s", Uid = Guid.Empty, Generation = 1, State = ScheduleState.Active, Spec = "{}", TriggerText = text, TimeZone = "UTC", AnchorAt = Eight, HasStart = false,
            EndAt = endAt, Priority = 0, Pool = "scan", JobKind = "noop", ConcurrencyPolicy = ConcurrencyPolicy.Allow, MissedRuns = policy, StartingDeadline = deadline, MaxAttempts = 1,
            NextRunAt = from ?? Eight, CreatedAt = Eight, CreatedBy = "x", ChangedAt = Eight, ChangedBy = "x",
        };
        var timing = new Timing(TriggerText.Parse(text), TriggerZone.Utc, Eight, null, endAt);
        return DuePlan.For(schedule, timing, now, new Absence(onDutySince), limit);
    }
}
