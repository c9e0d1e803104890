using System.Runtime.CompilerServices;

namespace Scheduler.Core.Triggers;

/// <summary>What clock changes do to a cron expression: the search in UTC seconds, over the zone's stretches of one offset each.</summary>
/// <remarks>
/// An expression that runs once occurs at the first instant at which the wall clock has reached or passed the matching time. That one sentence holds
/// for gaps (the instant after) and for times that come twice (the first). One that repeats occurs whenever the wall clock shows the time,
/// and after a gap that held a match.
/// </remarks>
internal static class LocalTimeRules
{
    /// <summary>The first occurrence at or after this UTC second; above <see cref="Clock.Last"/> when there is none.</summary>
    internal static long Next(CronExpression expression, ZoneTable zone, long from)
    {
        if (zone.IsUtc) return expression.NextLocal(from);
        if (from >= zone.End) return NextBeyondTable(expression, zone, from);
        var index = zone.IndexAt(from);
        ref readonly var period = ref zone[index];
        var local = expression.NextLocal(SearchFrom(expression, in period, from));
        var found = Math.Max(local - period.Offset, period.Start);
        if (found < zone[index + 1].Start) return WithinYears(found, period.Offset);
        return NextInLaterPeriod(expression, zone, index, from, local);
    }

    /// <summary>The last occurrence at or before this UTC second; below 0 when there is none.</summary>
    internal static long Previous(CronExpression expression, ZoneTable zone, long to)
    {
        if (to < 0) return Clock.Before;
        var shift = zone.Shift(to);
        if (shift > 0 && expression.HasYears) (to, shift) = (zone.End - 1, 0);
        to -= shift;
        while (true)
        {
            ref readonly var period = ref zone[zone.IndexAt(to)];
            var local = expression.PreviousLocal(Math.Min(to + period.Offset, Clock.Last - shift));
            var earliest = expression.RepeatsInOverlap ? period.GapLocal : period.EarliestLocal;
            if (local >= earliest && local >= 0) return Math.Max(local - period.Offset, period.Start) + shift;
            var before = period.Start - 1;
            // Far from the stretch's start no overlap can bring back times after the one found: go straight to a little after that.
            if (to - period.Start >= ZoneTable.WidestSwing) before = Math.Min(before, local - period.Offset + ZoneTable.WidestSwing);
            if (before < 0) return Clock.Before;
            to = before;
        }
    }

    /// <summary>The first instant at which the wall clock has reached or passed this local time. UTC ticks; may lie outside years 1-9999.</summary>
    internal static long FirstInstantOf(long localTicks, ZoneTable zone)
    {
        var local = localTicks / TimeSpan.TicksPerSecond;
        var fraction = localTicks % TimeSpan.TicksPerSecond;
        var shift = zone.Shift(local);
        local -= shift;
        for (var index = zone.IndexAt(local - ZoneTable.WidestSwing); ; index++)
        {
            ref readonly var period = ref zone[index];
            var found = local - period.Offset;
            if (found < period.Start) return (period.Start + shift) * TimeSpan.TicksPerSecond;
            if (found < zone[index + 1].Start) return (found + shift) * TimeSpan.TicksPerSecond + fraction;
        }
    }

    /// <summary>Whether the wall clock shows the local time of this instant again later.</summary>
    internal static bool ComesAgain(long instant, ZoneTable zone)
    {
        instant -= zone.Shift(instant);
        var index = zone.IndexAt(instant);
        ref readonly var later = ref zone[index + 1];
        return later.Start < Clock.Never && instant + zone[index].Offset >= later.Start + later.Offset;
    }

    /// <summary>Whether this instant is the first after a clock gap.</summary>
    internal static bool EndsGap(long instant, ZoneTable zone)
    {
        instant -= zone.Shift(instant);
        ref readonly var period = ref zone[zone.IndexAt(instant)];
        return period.Start == instant && period.GapLocal < instant + period.Offset;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long SearchFrom(CronExpression expression, in OffsetPeriod period, long from)
    {
        if (from == period.Start) return expression.RepeatsInOverlap ? period.GapLocal : period.EarliestLocal;
        var local = from + period.Offset;
        return expression.RepeatsInOverlap ? local : Math.Max(local, period.EarliestLocal);
    }

    private static long NextInLaterPeriod(CronExpression expression, ZoneTable zone, int index, long from, long local)
    {
        while (true)
        {
            var end = zone[index + 1].Start;
            if (end >= Clock.Last) return Clock.Never;
            // Far from the stretch's end no overlap can bring back times before those searched: go straight to the stretch of the time found.
            if (end - from >= ZoneTable.WidestSwing)
            {
                if (local >= Clock.Never) return Clock.Never;
                var guess = local - zone[index].Offset;
                var later = zone.IndexAt(guess);
                var found = local - zone[later].Offset;
                if (found - zone[later].Start >= ZoneTable.WidestSwing && found < zone[later + 1].Start) return WithinYears(found, zone[later].Offset);
                // Close to a change the rules must be asked; begin safely before it.
                if (guess - 2 * ZoneTable.WidestSwing > end)
                {
                    from = guess - 2 * ZoneTable.WidestSwing;
                    index = zone.IndexAt(from);
                    found = local - zone[index].Offset;
                    if (found < zone[index + 1].Start) return WithinYears(found, zone[index].Offset);
                    end = zone[index + 1].Start;
                }
            }
            index++;
            from = end;
            local = expression.NextLocal(SearchFrom(expression, in zone[index], from));
            var next = Math.Max(local - zone[index].Offset, from);
            if (next < zone[index + 1].Start) return WithinYears(next, zone[index].Offset);
        }
    }

    private static long NextBeyondTable(CronExpression expression, ZoneTable zone, long from)
    {
        if (expression.HasYears || from > Clock.Last) return Clock.Never;
        var shift = zone.Shift(from);
        var found = Next(expression, zone, from - shift) + shift;
        return found <= Clock.Last && found + zone.OffsetAt(found) <= Clock.Last ? found : Clock.Never;
    }

    /// <summary>Never for what lies past year 9999 on either clock.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long WithinYears(long found, int offset) => Math.Max(found, found + offset) <= Clock.Last ? found : Clock.Never;
}
