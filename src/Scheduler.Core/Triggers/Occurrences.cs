namespace Scheduler.Core.Triggers;

/// <summary>A trigger bound to a zone and, for intervals, to the instant that they are counted from.</summary>
/// <remarks>
/// Immutable and thread-safe; asking for an instant allocates nothing. An event or manual trigger never occurs.
/// An interval occurs at its anchor and every so often after it, by elapsed time; never before the anchor.
/// </remarks>
public sealed class Occurrences
{
    private enum Kind { Never, Cron, Interval, Once }

    private readonly Kind _kind;
    private readonly CronExpression? _cron;
    private readonly ZoneTable? _table;
    private readonly long _anchor, _every;
    private readonly bool _isLocal;

    /// <param name="anchor">The first occurrence of an interval; other triggers don't look at it.</param>
    public Occurrences(Trigger trigger, TriggerZone zone, DateTimeOffset anchor)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        ArgumentNullException.ThrowIfNull(zone);
        Trigger = trigger;
        Zone = zone;
        switch (trigger)
        {
            case CronTrigger(var expression):
                (_kind, _cron, _table, _isLocal) = (Kind.Cron, expression, zone.Table, true);
                break;
            case IntervalTrigger interval:
                (_kind, _anchor, _every) = (Kind.Interval, anchor.UtcTicks, interval.Every.Ticks);
                break;
            case OnceTrigger { Instant: { } instant }:
                (_kind, _anchor) = (Kind.Once, instant.UtcTicks);
                break;
            case OnceTrigger once:
                var ticks = LocalTimeRules.FirstInstantOf(once.LocalTime.Ticks, zone.Table);
                if (ticks is < 0 or > MaxTicks) break;
                (_kind, _anchor, _isLocal) = (Kind.Once, ticks, true);
                break;
        }
    }

    /// <summary>The trigger.</summary>
    public Trigger Trigger { get; }

    /// <summary>The zone whose wall clock cron expressions and local times mean.</summary>
    public TriggerZone Zone { get; }

    private const long MaxTicks = 3_155_378_975_999_999_999; // DateTime.MaxValue

    /// <summary>The first occurrence after an instant (or at it, when inclusive), in UTC; null when there is none before year 10000.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, bool inclusive = false)
    {
        if (_cron is not null)
        {
            var next = LocalTimeRules.Next(_cron, _table!, Clock.SecondsFrom(after, inclusive));
            return next <= Clock.Last ? Clock.ToInstant(next) : null;
        }
        switch (_kind)
        {
            case Kind.Interval:
                return NextInterval(after.UtcTicks + (inclusive ? 0 : 1));
            case Kind.Once:
                return after.UtcTicks < _anchor || (inclusive && after.UtcTicks == _anchor) ? new(_anchor, TimeSpan.Zero) : null;
            default:
                return null;
        }
    }

    /// <summary>The last occurrence before an instant (or at it, when inclusive), in UTC; null when there is none from year 1, or from the anchor, on.</summary>
    public DateTimeOffset? Previous(DateTimeOffset before, bool inclusive = false)
    {
        switch (_kind)
        {
            case Kind.Cron:
                var previous = LocalTimeRules.Previous(_cron!, _table!, Clock.SecondsTo(before, inclusive));
                return previous >= 0 ? Clock.ToInstant(previous) : null;
            case Kind.Interval:
                var elapsed = before.UtcTicks - (inclusive ? 0 : 1) - _anchor;
                return elapsed < 0 ? null : new(_anchor + elapsed / _every * _every, TimeSpan.Zero);
            case Kind.Once:
                return before.UtcTicks > _anchor || (inclusive && before.UtcTicks == _anchor) ? new(_anchor, TimeSpan.Zero) : null;
            default:
                return null;
        }
    }

    /// <summary>Whether the trigger occurs at exactly this instant, to the tick.</summary>
    public bool Matches(DateTimeOffset instant) => Next(instant, inclusive: true) == instant;

    /// <summary>The occurrences from one instant to another, both included, rising, in UTC. Computed while being read.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var at = Next(from, inclusive: true); at <= to; at = Next(at.Value)) yield return at.Value;
    }

    /// <summary>As <see cref="Next"/>, on the zone's wall clock and with what a clock change did to it.</summary>
    public Occurrence? NextOccurrence(DateTimeOffset after, bool inclusive = false) =>
        Next(after, inclusive) is { } at ? Noted(at) : null;

    /// <summary>As <see cref="Previous"/>, on the zone's wall clock and with what a clock change did to it.</summary>
    public Occurrence? PreviousOccurrence(DateTimeOffset before, bool inclusive = false) =>
        Previous(before, inclusive) is { } at ? Noted(at) : null;

    /// <summary>The next <paramref name="count"/> occurrences, rising; fewer when the trigger ends.</summary>
    public IReadOnlyList<Occurrence> Upcoming(DateTimeOffset after, int count, bool inclusive = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var upcoming = new List<Occurrence>(Math.Min(count, 1_000));
        while (upcoming.Count < count && Next(after, inclusive) is { } at)
        {
            upcoming.Add(Noted(at));
            (after, inclusive) = (at, false);
        }
        return upcoming;
    }

    private DateTimeOffset? NextInterval(long from)
    {
        if (from <= _anchor) return new(_anchor, TimeSpan.Zero);
        var steps = (from - _anchor - 1) / _every + 1;
        return steps > (MaxTicks - _anchor) / _every ? null : new(_anchor + steps * _every, TimeSpan.Zero);
    }

    private Occurrence Noted(DateTimeOffset at)
    {
        var local = Zone.ToLocal(at);
        if (!_isLocal) return new(local, OccurrenceNote.None);
        var table = Zone.Table;
        var instant = Clock.FloorSeconds(at);
        var isMoved = LocalTimeRules.EndsGap(instant, table)
            && !(_cron?.MatchesLocal(local.Ticks / TimeSpan.TicksPerSecond) ?? ((OnceTrigger)Trigger).LocalTime == local.DateTime);
        return new(local, isMoved ? OccurrenceNote.Shifted
            : LocalTimeRules.ComesAgain(instant, table) ? OccurrenceNote.FirstOfTwo
            : OccurrenceNote.None);
    }
}
