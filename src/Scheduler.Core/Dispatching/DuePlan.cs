using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;

namespace Scheduler.Core.Dispatching;

/// <summary>Decides what becomes of the occurrences of one schedule that have fallen due. Pure: instants come in, runs to be recorded go out.</summary>
internal static class DuePlan
{
    /// <summary>The most occurrences that one batch records; the rest stays due and comes with the next batch.</summary>
    public const int MostAtOnce = 1000;

    private static readonly HashSet<DateTimeOffset> NoneRecorded = [];

    /// <param name="schedule">As read from the database, with <see cref="Schedule.NextRunAt"/> at or before <paramref name="now"/>.</param>
    /// <param name="timing">Its timing.</param>
    /// <param name="now">The instant of the look.</param>
    /// <param name="absence">Occurrences before its end were missed: nobody was there to start them.</param>
    /// <param name="catchUpLimit">The most catch-up runs under the policy All.</param>
    /// <param name="recorded">Occurrences that are in the ledger already, because somebody skipped them ahead of time: they neither run nor count as missed.</param>
    public static DueSchedule For(
        Schedule schedule, Timing timing, DateTimeOffset now, Absence absence, int catchUpLimit, IReadOnlySet<DateTimeOffset>? recorded = null)
    {
        recorded ??= NoneRecorded;
        var first = schedule.NextRunAt!.Value;
        // The stored instant counts even if the trigger was changed in the moment it fell due.
        var due = timing.Between(first, now).SkipWhile(at => at <= first).Prepend(first).Where(at => !recorded.Contains(at));
        var plan = new Plan(schedule, now, absence);
        var missed = due.TakeWhile(at => at < absence.Until);
        switch (schedule.MissedRuns)
        {
            case MissedRunsPolicy.Latest:
                plan.CatchUpLatest(missed);
                break;
            case MissedRunsPolicy.All:
                plan.CatchUpAll(missed, catchUpLimit);
                break;
            default:
                plan.SkipMissed(missed);
                break;
        }
        if (!plan.IsFull)
            foreach (var at in due.SkipWhile(at => at < absence.Until))
                if (!plan.Start(at)) break;
        // Where all that was due is dealt with, a recorded one at its end is too.
        var last = plan.IsFull ? plan.Last : recorded.Where(at => at <= now).Append(plan.Last).Max();
        var next = timing.Next(last);
        while (next is { } ahead && recorded.Contains(ahead)) next = timing.Next(ahead);
        return new DueSchedule(schedule.Id, schedule.Name, schedule.Generation, first, next, last, schedule.ConcurrencyPolicy, plan.Runs);
    }

    private sealed class Plan(Schedule schedule, DateTimeOffset now, Absence absence)
    {
        public List<(NewRun, RunStatus)> Runs { get; } = [];

        public DateTimeOffset Last { get; private set; }

        public bool IsFull => Runs.Count >= MostAtOnce;

        public bool Start(DateTimeOffset at)
        {
            if (IsFull) return false;
            Add(at, TriggerType.Scheduled, 1, "");
            return true;
        }

        public void CatchUpLatest(IEnumerable<DateTimeOffset> missed)
        {
            var (count, from, to) = (0, default(DateTimeOffset), default(DateTimeOffset));
            foreach (var at in missed)
            {
                if (count++ == 0) from = at;
                to = at;
            }
            if (count == 0) return;
            var reason = count == 1
                ? $"Catches up the occurrence of {Words(to)}, missed {absence.When}."
                : $"Stands for {count} occurrences from {Words(from)} to {Words(to)}, missed {absence.When}.";
            Add(to, TriggerType.CatchUp, count, reason, count > 1 ? from : null);
        }

        public void CatchUpAll(IEnumerable<DateTimeOffset> missed, int limit)
        {
            var window = new Queue<DateTimeOffset>(limit + 1);
            foreach (var at in missed)
            {
                window.Enqueue(at);
                if (window.Count <= limit) continue;
                Skip(window.Dequeue(), SkipReason.CatchUpLimit(absence.When, limit));
                if (IsFull) return; // what is still in the window comes with the next batch
            }
            foreach (var at in window) Add(at, TriggerType.CatchUp, 1, $"Catches up the occurrence of {Words(at)}, missed {absence.When}.");
        }

        public void SkipMissed(IEnumerable<DateTimeOffset> missed)
        {
            foreach (var at in missed)
            {
                if (IsFull) return;
                Skip(at, SkipReason.Missed(absence.When, absence.ClockWasSet));
            }
        }

        private void Add(DateTimeOffset at, TriggerType type, int standsFor, string reason, DateTimeOffset? standsFrom = null)
        {
            var startBy = at + schedule.StartingDeadline;
            var late = startBy < now;
            var why = late ? SkipReason.StartingDeadline(startBy!.Value) : null;
            var run = Run(at, type, $"{reason} {why?.Words}".Trim()) with { StandsFor = standsFor, StandsFrom = standsFrom, StartBy = startBy, Cause = why?.Cause };
            Runs.Add((run, late ? RunStatus.Skipped : RunStatus.Queued));
            Last = at;
        }

        private void Skip(DateTimeOffset at, SkipReason reason)
        {
            Runs.Add((Run(at, TriggerType.Scheduled, reason.Words) with { Cause = reason.Cause }, RunStatus.Skipped));
            Last = at;
        }

        private NewRun Run(DateTimeOffset at, TriggerType type, string reason) => new()
        {
            ScheduleId = schedule.Id,
            ScheduleName = schedule.Name,
            Generation = schedule.Generation,
            TriggerType = type,
            ScheduledFor = at,
            Reason = reason,
            Priority = schedule.Priority,
            Pool = schedule.Pool,
            JobKind = schedule.JobKind,
            MaxAttempts = schedule.MaxAttempts,
        };

        private static string Words(DateTimeOffset at) => SkipReason.Print(at);
    }
}
