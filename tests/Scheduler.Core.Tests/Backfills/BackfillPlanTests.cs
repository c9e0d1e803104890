using Scheduler.Core.Backfills;
using Scheduler.Core.Runs;

namespace Scheduler.Core.Tests.Backfills;

/// <summary>What becomes of an occurrence by what is known of it.</summary>
public sealed class BackfillPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    // The status of the run that the ledger has for it, then whether it runs under all, missing, missing-or-failed.
    [Theory]
    [InlineData(RunStatus.Succeeded, true, false, false, "Run 7 succeeded.")]
    [InlineData(RunStatus.Failed, true, false, true, "Run 7 failed.")]
    [InlineData(RunStatus.TimedOut, true, false, true, "Run 7 timed out.")]
    [InlineData(RunStatus.Interrupted, true, false, true, "Run 7 was interrupted.")]
    [InlineData(RunStatus.Cancelled, true, false, true, "Run 7 was cancelled.")]
    [InlineData(RunStatus.Running, false, false, false, "Run 7 of it has not ended yet.")] // never a second one beside it
    [InlineData(RunStatus.Queued, false, false, false, "Run 7 of it has not ended yet.")]
    public void For_AnOccurrenceThatHasARun_GoesByItsEndAndTheMode(RunStatus status, bool all, bool missing, bool failed, string reason)
    {
        var past = Past(rows: Row(7, status));
        Assert.Equal((all, reason), One(BackfillMode.All, past));
        Assert.Equal((missing, reason), One(BackfillMode.Missing, past));
        Assert.Equal((failed, reason), One(BackfillMode.MissingOrFailed, past));
    }

    [Theory]
    [InlineData(SkipCause.SchedulerDown, true, "It did not run: the scheduler was down.")]
    [InlineData(SkipCause.Blackout, true, "It did not run: a blackout was open.")]
    [InlineData(SkipCause.StillRunning, true, "It did not run: an earlier run was going on.")]
    [InlineData(SkipCause.NoFreeSlot, true, "It did not run: it could not start by its deadline.")]
    [InlineData(SkipCause.SkippedByPerson, false, "A person skipped it on purpose.")] // a decision, not a gap
    public void For_ASkippedOccurrence_IsMissing_UnlessAPersonWantedThat(SkipCause cause, bool runs, string reason) =>
        Assert.Equal((runs, reason), One(BackfillMode.Missing, Past(rows: Row(7, RunStatus.Skipped) with { Cause = cause })));

    [Fact]
    public void For_AnOccurrenceWithoutARow_IsMissing_ExceptWhereRowsMayHaveBeenDeleted()
    {
        Assert.Equal((true, "It never ran: nothing is recorded."), One(BackfillMode.Missing, Past()));
        Assert.Equal((false, "Unknown: runs before 2026-03-02 13:00:00 UTC are no longer all kept."), One(BackfillMode.Missing, Past() with { KeptFrom = Noon.AddHours(1) }));
        Assert.True(One(BackfillMode.All, Past() with { KeptFrom = Noon.AddHours(1) }).Runs);
        // Nothing can have been deleted of a time at which there was no schedule.
        Assert.Equal((true, "It never ran: the schedule was made later."), One(BackfillMode.Missing, Past() with { KeptFrom = Noon.AddHours(1), MadeAt = Noon.AddMinutes(1) }));
    }

    [Fact]
    public void For_AnOccurrenceThatIsDueNow_IsLeftToTheDispatcher() =>
        Assert.Equal((false, "It is due at this moment and starts by itself."), One(BackfillMode.All, Past() with { NextDueAt = Noon }));

    [Fact]
    public void For_OccurrencesCountedIntoALaterRun_ShareItsFate()
    {
        var row = new OccurrenceRow(7, Noon, Noon.AddHours(-2), RunStatus.Succeeded, null, true);
        var slots = BackfillPlan.For([Noon.AddHours(-3), Noon.AddHours(-2), Noon.AddHours(-1), Noon], BackfillMode.Missing, Past(rows: row));
        Assert.Equal([true, false, false, false], slots.Select(s => s.Runs));
        Assert.Equal("Counted into run 7, a later occurrence. Run 7 succeeded.", slots[1].Reason);
        Assert.Equal("Run 7 succeeded.", slots[3].Reason);

        // A row that was skipped for all of them runs for none of them.
        var skipped = row with { Status = RunStatus.Skipped, Cause = SkipCause.SchedulerDown };
        Assert.All(BackfillPlan.For([Noon.AddHours(-2), Noon.AddHours(-1), Noon], BackfillMode.Missing, Past(rows: skipped)), s => Assert.True(s.Runs));
    }

    [Theory]
    [InlineData(SlotState.Waiting, false, "Backfill 3 is about to run it.")] // even under "all"
    [InlineData(SlotState.Running, false, "Run 9 of it has not ended yet in backfill 3.")]
    [InlineData(SlotState.Succeeded, true, "Run 9 succeeded in backfill 3.")]
    [InlineData(SlotState.Skipped, true, "It never ran: nothing is recorded.")]
    public void For_AnOccurrenceOfAnotherBackfill_IsNotRunTwiceAtOnce(SlotState state, bool underAll, string reason) =>
        Assert.Equal((underAll, reason), One(BackfillMode.All, Past() with { Slots = [new OtherSlot(3, Noon, state, state is SlotState.Skipped or SlotState.Waiting ? null : 9)] }));

    [Fact]
    public void For_ASuccessOfABackfill_OutweighsTheFailureThatItMended() =>
        Assert.Equal((false, "Run 9 succeeded in backfill 3."), One(BackfillMode.MissingOrFailed, Past(rows: Row(7, RunStatus.Failed)) with { Slots = [new OtherSlot(3, Noon, SlotState.Succeeded, 9)] }));

    private static (bool Runs, string Reason) One(BackfillMode mode, KnownPast past)
    {
        var slot = Assert.Single(BackfillPlan.For([Noon], mode, past));
        return (slot.Runs, slot.Reason);
    }

    private static OccurrenceRow Row(long id, RunStatus status) => new(id, Noon, Noon, status, null, status != RunStatus.Skipped);

    private static KnownPast Past(params OccurrenceRow[] rows) => new(rows, [], Noon.AddYears(-1), Noon.AddYears(1), Noon.AddMonths(-1));
}
