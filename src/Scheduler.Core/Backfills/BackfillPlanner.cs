using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Backfills;

/// <summary>A request that is in order, with what it would do.</summary>
/// <param name="Slots">Rising; what a person ticked off does not run.</param>
/// <param name="MostParallel">The slots of the schedule's pool.</param>
internal sealed record PlannedBackfill(
    Schedule Schedule, TriggerZone Zone, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<PlannedSlot> Slots, int Parallel, int MostParallel, int Priority);

/// <summary>Turns a request into a plan by what the database knows, or into all that is wrong with it. Never writes.</summary>
internal sealed class BackfillPlanner(SchedulerOptions options, ManifestReader manifests, JobCatalog catalog, ScopeStore scopes)
{
    public const int LeastPriority = -200, MostPriority = 100, MostNote = 500;

    private const int UsualParallel = 3;

    // So that scheduled runs of an hour go first, and yet it never starves: three minutes of waiting are worth a point.
    private const int BelowTheSchedule = 20;

    // Beyond it nobody needs the exact number, and counting would hold others up.
    private const int MostCounted = 1_000_000;

    private const int MostRowsAfter = 5000;

    /// <param name="db">For reading; inside a write its own.</param>
    /// <returns>Null where there is no such schedule.</returns>
    /// <exception cref="InvalidInputException">The request can't be done, by field.</exception>
    public PlannedBackfill? Plan(SchedulerDb db, BackfillRequest request, DateTimeOffset now)
    {
        if (db.Schedules.AsNoTracking().FirstOrDefault(s => s.Name == request.Schedule) is not { } schedule) return null;
        var timing = TimingOf(schedule);
        var errors = new List<FieldError>();
        var from = RangeEnd.Read("from", request.From, timing.Zone, isEnd: false, now, errors);
        var to = RangeEnd.Read("to", request.To, timing.Zone, isEnd: true, now, errors);
        if (from > to) errors.Add(new FieldError("to", "must not be before from"));
        var mostParallel = options.Pools.GetValueOrDefault(schedule.Pool, 1);
        if (request.Parallel is { } parallel && (parallel < 1 || parallel > mostParallel))
            errors.Add(new FieldError("maxParallel", $"must be from 1 to {mostParallel}, the slots of pool {schedule.Pool}; found {parallel}"));
        if (request.Priority is < LeastPriority or > MostPriority) errors.Add(new FieldError("priority", $"must be from {LeastPriority} to {MostPriority}, found {request.Priority}"));
        if (request.Note?.Trim().Length > MostNote) errors.Add(new FieldError("note", $"must be at most {MostNote} characters, found {request.Note.Trim().Length}"));
        if (errors.Count > 0) throw new InvalidInputException(errors);

        var occurrences = OccurrencesOf(timing, from!.Value, to!.Value);
        var slots = BackfillPlan.For(occurrences, request.Mode, PastOf(db, schedule, from.Value, to.Value, now));
        return new PlannedBackfill(schedule, timing.Zone, from.Value, to.Value, TickOff(slots, request.Excluded),
            request.Parallel ?? Math.Min(UsualParallel, mostParallel), mostParallel, request.Priority ?? schedule.Priority - BelowTheSchedule);
    }

    /// <summary>What its kind, or the scope as it stands now, has against the schedule's job: then none of its runs could start.</summary>
    public IReadOnlyList<FieldError> Complaints(Schedule schedule)
    {
        var job = ManifestReader.Resolve(manifests.ReadStored(schedule.Spec).Spec.Job);
        var errors = new List<FieldError>();
        if (catalog.Find(job.Kind) is { } kind) kind.Check(job, scopes.Current, "spec.job", errors);
        else errors.Add(new FieldError("spec.job.kind", $"this version has no job kind \"{job.Kind}\""));
        return errors;
    }

    private static Timing TimingOf(Schedule schedule)
    {
        try
        {
            var timing = Timing.Of(schedule);
            return timing.Trigger switch
            {
                OnEventTrigger on => throw Refused($"{schedule.Name} runs when the event {on.EventType} comes, not by the clock: it has no past occurrences to backfill"),
                ManualTrigger => throw Refused($"{schedule.Name} runs only when somebody starts it: it has no past occurrences to backfill"),
                _ => timing,
            };
        }
        catch (TimeZoneNotFoundException e)
        {
            throw Refused(e.Message);
        }

        static InvalidInputException Refused(string message) => new("schedule", message);
    }

    private static List<DateTimeOffset> OccurrencesOf(Timing timing, DateTimeOffset from, DateTimeOffset to)
    {
        var occurrences = timing.Between(from, to).Take(BackfillRequest.MostSlots + 1).ToList();
        if (occurrences.Count <= BackfillRequest.MostSlots) return occurrences;
        var count = timing.Between(from, to).Take(MostCounted + 1).Count();
        var number = count > MostCounted ? $"more than {Number(MostCounted)}" : Number(count);
        throw new InvalidInputException("to", $"the range holds {number} occurrences; a backfill takes at most {Number(BackfillRequest.MostSlots)}: choose a shorter range");
    }

    private static IReadOnlyList<PlannedSlot> TickOff(IReadOnlyList<PlannedSlot> slots, IReadOnlyCollection<DateTimeOffset> excluded)
    {
        if (excluded.Count == 0) return slots;
        var known = slots.Select(s => s.ScheduledFor).ToHashSet();
        if (excluded.FirstOrDefault(at => !known.Contains(at)) is var stranger && excluded.Any(at => !known.Contains(at)))
            throw new InvalidInputException("exclude", $"{Instants.Print(stranger)} is no occurrence of this range");
        var off = excluded.ToHashSet();
        return slots.Select(s => s.Runs && off.Contains(s.ScheduledFor) ? s with { Runs = false, Reason = "Ticked off." } : s).ToList();
    }

    private KnownPast PastOf(SchedulerDb db, Schedule schedule, DateTimeOffset from, DateTimeOffset to, DateTimeOffset now)
    {
        SqliteParameter[] asked = [new("@schedule", schedule.Id), new("@from", from.ToUnixTimeMilliseconds()), new("@to", to.ToUnixTimeMilliseconds())];
        const string Columns = "id AS Id, scheduled_for AS At, coalesce(stands_from, scheduled_for) AS Since, status AS Status, cause AS Cause, started_at IS NOT NULL AS HasStarted";
        // One that stands for the end of the range may lie behind it.
        var rows = db.Database.SqlQueryRaw<Row>(
            $"""
            SELECT {Columns} FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = @schedule AND scheduled_for BETWEEN @from AND @to
            UNION ALL
            SELECT * FROM (
                SELECT {Columns} FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = @schedule AND scheduled_for > @to ORDER BY scheduled_for LIMIT {MostRowsAfter})
            WHERE Since <= @to
            """, asked).ToList();
        // As the runs stand now: a feeder notes it a moment later.
        var slots = db.Database.SqlQueryRaw<SlotRow>(
            """
            SELECT s.backfill_id AS BackfillId, s.scheduled_for AS At, CASE WHEN s.state = 9 THEN 9 ELSE coalesce(r.status, s.state) END AS State, s.run_id AS RunId
            FROM backfill_slots s LEFT JOIN runs r ON r.id = s.run_id WHERE s.schedule_id = @schedule AND s.scheduled_for BETWEEN @from AND @to
            """, asked.Select(p => new SqliteParameter(p.ParameterName, p.Value)).ToArray<object>()).ToList();
        return new KnownPast(
            rows.ConvertAll(r => new OccurrenceRow(r.Id, At(r.At), At(r.Since), (RunStatus)r.Status, (SkipCause?)r.Cause, r.HasStarted != 0)),
            slots.ConvertAll(s => new OtherSlot(s.BackfillId, At(s.At), (SlotState)s.State, s.RunId)),
            schedule.CreatedAt, schedule.State == ScheduleState.Active ? schedule.NextRunAt : null, KeptFrom(db, schedule, now));
    }

    // Retention deletes by age, and per schedule what is beyond its history limits: where as many as the limit are left, older ones may be gone.
    private DateTimeOffset KeptFrom(SchedulerDb db, Schedule schedule, DateTimeOffset now)
    {
        var spec = manifests.ReadStored(schedule.Spec).Spec;
        var from = now - options.RunAge;
        Within((int)RunStatus.Succeeded, (int)RunStatus.Succeeded, spec.SuccessfulRunsHistoryLimit);
        Within((int)RunStatus.Failed, (int)RunStatus.Interrupted, spec.FailedRunsHistoryLimit);
        return from;

        // Failed, TimedOut, Cancelled, Interrupted are neighbours by number; cancelled ones go by age alone.
        void Within(int first, int last, int limit)
        {
            if (limit == 0)
            {
                from = now;
                return;
            }
            var oldest = db.Database.SqlQueryRaw<long>(
                """
                SELECT due_at AS Value FROM runs WHERE schedule_id = @schedule AND trigger_type IN (0, 1, 2) AND status BETWEEN @first AND @last AND status <> 6
                ORDER BY id DESC LIMIT 1 OFFSET @before
                """,
                new SqliteParameter("@schedule", schedule.Id), new SqliteParameter("@first", first), new SqliteParameter("@last", last), new SqliteParameter("@before", limit - 1)).ToList();
            if (oldest is [var at] && At(at) > from) from = At(at);
        }
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    private sealed record Row(long Id, long At, long Since, int Status, int? Cause, int HasStarted);

    private sealed record SlotRow(long BackfillId, long At, int State, long? RunId);
}
