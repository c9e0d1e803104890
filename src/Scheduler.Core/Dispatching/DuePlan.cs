using Scheduler.Core.Blackouts;
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
    /// <param name="blackouts">Those that select this schedule; what falls into one is skipped, or missed and caught up after it.</param>
    public static DueSchedule For(
        Schedule schedule, Timing timing, DateTimeOffset now, Absence absence, int catchUpLimit, IReadOnlySet<DateTimeOffset>? recorded = null, BlackoutBook? blackouts = null)
    {
        recorded ??= NoneRecorded;
        var first = schedule.NextRunAt!.Value;
        // The stored instant counts even if the trigger was changed in the moment it fell due.
        var due = timing.Between(first, now).SkipWhile(at => at <= first).Prepend(first).Where(at => !recorded.Contains(at)).Select(FateOf);
        var plan = new Plan(schedule, now, absence, catchUpLimit);
        // Only the newest are caught up; how many older ones there are need not be known beyond what one batch records.
        if (schedule.MissedRuns == MissedRunsPolicy.All) plan.TooOld = due.Where(f => f.IsMissed).Take(catchUpLimit + MostAtOnce).Count() - catchUpLimit;
        foreach (var fate in due)
        {
            if (plan.IsFull) break;
            plan.Meet(fate);
        }
        plan.CatchUpGathered();
        // Where all that was due is dealt with, a recorded one at its end is too.
        var last = plan.IsFull ? plan.Last : recorded.Where(at => at <= now).Append(plan.Last).Max();
        var next = timing.Next(last);
        while (next is { } ahead && recorded.Contains(ahead)) next = timing.Next(ahead);
        return new DueSchedule(schedule.Id, schedule.Name, schedule.Generation, first, next, last, schedule.ConcurrencyPolicy, schedule.MissedRuns, catchUpLimit, plan.Runs);

        Fate FateOf(DateTimeOffset at)
        {
            var cover = blackouts?.Covering(at);
            return new Fate(at, cover, cover?.Mode == BlackoutMode.RunAfter || (cover is null && at < absence.Until));
        }
    }

    /// <summary>An occurrence, and what keeps it from its start.</summary>
    /// <param name="Cover">The blackout it falls into; null where none covers it.</param>
    /// <param name="IsMissed">It is caught up as missedRuns says; otherwise it starts or, in a blackout, is skipped.</param>
    private readonly record struct Fate(DateTimeOffset At, BlackoutCover? Cover, bool IsMissed);

    private sealed class Plan(Schedule schedule, DateTimeOffset now, Absence absence, int catchUpLimit)
    {
        // Missed ones in a row that one run will stand for: under Latest.
        private (int Count, DateTimeOffset From, Fate Last) _gathered;

        public List<(NewRun, RunStatus)> Runs { get; } = [];

        public DateTimeOffset Last { get; private set; }

        public bool IsFull => Runs.Count >= MostAtOnce;

        /// <summary>So many missed ones are beyond what is caught up.</summary>
        public int TooOld { get; set; }

        public void Meet(Fate fate)
        {
            Last = fate.At;
            if (fate is { IsMissed: true } && schedule.MissedRuns == MissedRunsPolicy.Latest)
            {
                _gathered = (_gathered.Count + 1, _gathered.Count == 0 ? fate.At : _gathered.From, fate);
                return;
            }
            CatchUpGathered();
            switch (fate)
            {
                case { IsMissed: true } when schedule.MissedRuns == MissedRunsPolicy.All:
                    if (TooOld-- > 0) Skip(fate.At, SkipReason.CatchUpLimit(When(fate), catchUpLimit));
                    else CatchUp(fate, 1, fate.At);
                    break;
                case { Cover: { } cover }:
                    Skip(fate.At, SkipReason.Blackout(cover.Name, cover.Until));
                    break;
                case { IsMissed: true }:
                    Skip(fate.At, SkipReason.Missed(When(fate), absence.Over(fate.At).Cause));
                    break;
                default:
                    Add(Run(fate.At, TriggerType.Scheduled, ""), now);
                    break;
            }
        }

        public void CatchUpGathered()
        {
            if (_gathered.Count > 0) CatchUp(_gathered.Last, _gathered.Count, _gathered.From);
            _gathered = default;
        }

        private void CatchUp(Fate last, int count, DateTimeOffset from)
        {
            var run = Run(last.At, TriggerType.CatchUp, "") with { Occasion = CatchUpWords(count, from, last.At, When(last)), StandsFor = count, StandsFrom = count > 1 ? from : null };
            if (absence.Over(last.At).Asks && from < absence.Until && !(last.At + schedule.StartingDeadline < now))
            {
                // From here on its starting deadline counts no more: a person says whether it still runs.
                Runs.Add((run with { NotBefore = Core.Runs.Run.UntilAnswered }, RunStatus.Queued));
                return;
            }
            // While the blackout goes on the run waits for its end, and what follows may be counted into it.
            if (last.Cover is { } cover && cover.Until > now) Add(run with { NotBefore = cover.Until, BlackoutId = cover.BlackoutId, Reason = BlackoutHold.Words(cover) }, cover.Until, SkipReason.Blackout(cover.Name, cover.Until));
            else Add(run, now, absence.Over(last.At).DiskWasFull ? SkipReason.DiskFull(last.At + (schedule.StartingDeadline ?? TimeSpan.Zero)) : null);
        }

        private void Add(NewRun run, DateTimeOffset earliest, SkipReason? why = null)
        {
            var startBy = run.ScheduledFor + schedule.StartingDeadline;
            if (startBy < earliest) why ??= SkipReason.StartingDeadline(startBy.Value);
            else why = null;
            Runs.Add((run with { StartBy = startBy, Reason = why?.Words ?? run.Reason, Cause = why?.Cause }, why is null ? RunStatus.Queued : RunStatus.Skipped));
        }

        private void Skip(DateTimeOffset at, SkipReason reason) =>
            Runs.Add((Run(at, TriggerType.Scheduled, reason.Words) with { Cause = reason.Cause }, RunStatus.Skipped));

        private string When(Fate fate) => fate.Cover is { } cover ? $"in blackout '{cover.Name}'" : absence.Over(fate.At).When;

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
    }

    /// <summary>What a catch-up run says of itself.</summary>
    /// <param name="when">"while the scheduler was down", "in blackout 'Payments freeze'".</param>
    public static string CatchUpWords(int count, DateTimeOffset from, DateTimeOffset to, string when) => count == 1
        ? $"Catches up the occurrence of {SkipReason.Print(to)}, missed {when}."
        : $"Stands for {count} occurrences from {SkipReason.Print(from)} to {SkipReason.Print(to)}, missed {when}.";
}
