using Scheduler.Core.Triggers;

namespace Scheduler.Core.Schedules;

/// <summary>When a schedule falls due: its trigger in its zone, between its start and its end.</summary>
/// <param name="Trigger">The trigger.</param>
/// <param name="Zone">In which it is read.</param>
/// <param name="AnchorAt">Where intervals start to count: startAt, or else the creation.</param>
/// <param name="StartAt">Nothing is due before; null: from the beginning.</param>
/// <param name="EndAt">Nothing is due after; an occurrence at this very instant still counts.</param>
public sealed record Timing(Trigger Trigger, TriggerZone Zone, DateTimeOffset AnchorAt, DateTimeOffset? StartAt, DateTimeOffset? EndAt)
{
    private readonly Occurrences _occurrences = new(Trigger, Zone, AnchorAt);

    public static Timing Of(ScheduleSpec spec, DateTimeOffset createdAt) =>
        new(spec.Trigger, TriggerZone.Find(spec.TimeZone), spec.StartAt ?? createdAt, spec.StartAt, spec.EndAt);

    /// <exception cref="TimeZoneNotFoundException">The zone has gone from this machine since the schedule was saved.</exception>
    internal static Timing Of(Schedule schedule) => new(
        TriggerText.Parse(schedule.TriggerText, schedule.Name), TriggerZone.Find(schedule.TimeZone), schedule.AnchorAt, schedule.HasStart ? schedule.AnchorAt : null, schedule.EndAt);

    /// <summary>Whether the trigger has occurrences at all, past or to come: not so for events and manual schedules.</summary>
    public bool FollowsTheClock => Trigger is not (OnEventTrigger or ManualTrigger);

    /// <summary>The first due instant after the given one, in UTC; null where there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var next = StartAt > after ? _occurrences.Next(StartAt.Value, inclusive: true) : _occurrences.Next(after);
        return next <= (EndAt ?? DateTimeOffset.MaxValue) ? next : null;
    }

    /// <summary>The last due instant before the given one, in UTC; null where there is none.</summary>
    public DateTimeOffset? Previous(DateTimeOffset before)
    {
        var previous = EndAt < before ? _occurrences.Previous(EndAt.Value, inclusive: true) : _occurrences.Previous(before);
        return previous < StartAt ? null : previous;
    }

    /// <summary>The next due instants, with notes on clock changes, in the schedule's zone.</summary>
    public IReadOnlyList<Occurrence> Upcoming(DateTimeOffset after, int count) =>
        (StartAt > after ? _occurrences.Upcoming(StartAt.Value, count, inclusive: true) : _occurrences.Upcoming(after, count))
            .TakeWhile(o => o.Utc <= (EndAt ?? DateTimeOffset.MaxValue)).ToList();

    /// <summary>All due instants of a span, both ends inclusive, in order.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        var first = StartAt > from ? StartAt.Value : from;
        var last = EndAt < to ? EndAt.Value : to;
        return first > last ? [] : _occurrences.Between(first, last);
    }
}
