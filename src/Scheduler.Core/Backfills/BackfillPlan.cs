using Scheduler.Core.Runs;

namespace Scheduler.Core.Backfills;

/// <summary>What a backfill would do with one occurrence.</summary>
/// <param name="ScheduledFor">The occurrence.</param>
/// <param name="Runs">Whether it gets a run.</param>
/// <param name="Reason">Why or why not, in a sentence.</param>
/// <param name="RunId">The run that the reason speaks of, where there is one.</param>
public sealed record PlannedSlot(DateTimeOffset ScheduledFor, bool Runs, string Reason, long? RunId);

/// <summary>A row of the ledger for one occurrence, or for several in a row.</summary>
/// <param name="At">The occurrence, the last of those that it stands for.</param>
/// <param name="From">The first of them; <paramref name="At"/> where it stands for one.</param>
/// <param name="HasStarted">Whether an attempt of it began.</param>
internal sealed record OccurrenceRow(long RunId, DateTimeOffset At, DateTimeOffset From, RunStatus Status, SkipCause? Cause, bool HasStarted);

/// <summary>What another backfill did with an occurrence.</summary>
internal sealed record OtherSlot(long BackfillId, DateTimeOffset At, SlotState State, long? RunId);

/// <summary>What is known of a schedule's past.</summary>
/// <param name="Rows">Of the occurrences in question.</param>
/// <param name="Slots">Of earlier backfills.</param>
/// <param name="MadeAt">Before it the schedule did not exist.</param>
/// <param name="NextDueAt">From it on the occurrences are the dispatcher's; null where none is to come.</param>
/// <param name="KeptFrom">Before it runs may have been deleted, so that a missing row proves nothing.</param>
internal sealed record KnownPast(IReadOnlyList<OccurrenceRow> Rows, IReadOnlyList<OtherSlot> Slots, DateTimeOffset MadeAt, DateTimeOffset? NextDueAt, DateTimeOffset KeptFrom);

/// <summary>Decides what becomes of each occurrence of a range. Pure.</summary>
internal static class BackfillPlan
{
    // What is told of an occurrence is the strongest thing that is known of it.
    private enum Strength { Nothing, NotRun, OnPurpose, Cancelled, Failed, Succeeded, GoesOn }

    private readonly record struct Fact(Strength Strength, string Words, long? RunId = null);

    /// <param name="occurrences">Rising.</param>
    public static IReadOnlyList<PlannedSlot> For(IReadOnlyList<DateTimeOffset> occurrences, BackfillMode mode, KnownPast past)
    {
        var rows = past.Rows.ToLookup(r => r.At);
        var others = past.Slots.ToLookup(s => s.At);
        // Those that stand for several don't overlap: each counts on from the one before.
        var spans = past.Rows.Where(r => r.From < r.At).OrderBy(r => r.At).ToList();
        var slots = new List<PlannedSlot>(occurrences.Count);
        var span = 0;
        foreach (var at in occurrences)
        {
            while (span < spans.Count && spans[span].At < at) span++;
            var best = default(Fact);
            foreach (var row in rows[at]) best = Stronger(best, FactOf(row));
            foreach (var other in others[at]) best = Stronger(best, FactOf(other));
            if (span < spans.Count && spans[span].From <= at && spans[span].At > at) best = Stronger(best, CountedIn(spans[span]));
            slots.Add(Decide(at, mode, best.Strength == Strength.Nothing ? Unrecorded(at, past) : best));
        }
        return slots;
    }

    private static PlannedSlot Decide(DateTimeOffset at, BackfillMode mode, Fact fact)
    {
        var runs = fact.Strength switch
        {
            Strength.GoesOn => false,
            Strength.NotRun => true,
            Strength.Failed or Strength.Cancelled => mode != BackfillMode.Missing,
            _ => mode == BackfillMode.All,
        };
        return new PlannedSlot(at, runs, fact.Words, fact.RunId);
    }

    private static Fact Stronger(Fact one, Fact other) => other.Strength > one.Strength ? other : one;

    private static Fact Unrecorded(DateTimeOffset at, KnownPast past) =>
        at >= past.NextDueAt ? new(Strength.GoesOn, "It is due at this moment and starts by itself.")
        : at < past.MadeAt ? new(Strength.NotRun, "It never ran: the schedule was made later.")
        : at < past.KeptFrom ? new(Strength.Nothing, $"Unknown: runs before {SkipReason.Print(past.KeptFrom)} are no longer all kept.")
        : new(Strength.NotRun, "It never ran: nothing is recorded.");

    private static Fact FactOf(OccurrenceRow row) => row.Status switch
    {
        RunStatus.Skipped when row.Cause == SkipCause.SkippedByPerson => new(Strength.OnPurpose, "A person skipped it on purpose.", row.RunId),
        RunStatus.Skipped => new(Strength.NotRun, $"It did not run: {Words(row.Cause)}.", row.RunId),
        RunStatus.Cancelled when !row.HasStarted && row.Cause == SkipCause.Replaced => new(Strength.NotRun, $"It did not run: {Words(row.Cause)}.", row.RunId),
        _ => OfRun(row.RunId, row.Status, ""),
    };

    private static Fact FactOf(OtherSlot other) => other.State switch
    {
        SlotState.Waiting => new(Strength.GoesOn, $"Backfill {other.BackfillId} is about to run it."),
        SlotState.Skipped => default,
        SlotState.Cancelled when other.RunId is null => default,
        var state => OfRun(other.RunId, (RunStatus)state, $" in backfill {other.BackfillId}"),
    };

    private static Fact OfRun(long? runId, RunStatus status, string where) => status switch
    {
        RunStatus.Succeeded => new(Strength.Succeeded, $"Run {runId} succeeded{where}.", runId),
        RunStatus.Failed => new(Strength.Failed, $"Run {runId} failed{where}.", runId),
        RunStatus.TimedOut => new(Strength.Failed, $"Run {runId} timed out{where}.", runId),
        RunStatus.Interrupted => new(Strength.Failed, $"Run {runId} was interrupted{where}.", runId),
        RunStatus.Cancelled => new(Strength.Cancelled, $"Run {runId} was cancelled{where}.", runId),
        RunStatus.Skipped => default,
        _ => new(Strength.GoesOn, $"Run {runId} of it has not ended yet{where}.", runId),
    };

    private static Fact CountedIn(OccurrenceRow row)
    {
        var own = FactOf(row);
        return own.Strength is Strength.NotRun or Strength.OnPurpose ? own : own with { Words = $"Counted into run {row.RunId}, a later occurrence. {own.Words}" };
    }

    private static string Words(SkipCause? cause) => cause switch
    {
        SkipCause.StillRunning => "an earlier run was going on",
        SkipCause.StillWaiting => "an earlier run still waited",
        SkipCause.Replaced => "a later occurrence took its place",
        SkipCause.Paused => "the schedule was paused",
        SkipCause.Blackout => "a blackout was open",
        SkipCause.StartingDeadline or SkipCause.NoFreeSlot => "it could not start by its deadline",
        SkipCause.SchedulerDown => "the scheduler was down",
        SkipCause.ClockSet => "the clock was set over it",
        SkipCause.DiskFull => "the disk was full",
        SkipCause.CatchUpLimit => "more were missed than are caught up",
        SkipCause.Disabled => "the schedule was disabled",
        _ => "it was skipped",
    };
}
