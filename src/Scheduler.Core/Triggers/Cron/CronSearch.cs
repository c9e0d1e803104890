using System.Numerics;
using System.Runtime.CompilerServices;

namespace Scheduler.Core.Triggers;

/// <summary>The search on the wall clock, where no clock ever changes: local seconds in, local seconds out.</summary>
public sealed partial class CronExpression
{
    private const int NoTime = -1, NoDay = -1, ShortestMonth = 28;

    private uint[]? _daysOfShapes;

    private int FirstOfHour => BitOperations.TrailingZeroCount(_minutes) * Clock.Minute + BitOperations.TrailingZeroCount(_seconds);

    private int LastTime => BitOperations.Log2(_hours) * Clock.Hour + LastOfHour;

    private int LastOfHour => BitOperations.Log2(_minutes) * Clock.Minute + BitOperations.Log2(_seconds);

    /// <summary>The first matching local second at or after this one, or <see cref="Clock.Never"/>.</summary>
    internal long NextLocal(long from)
    {
        if ((ulong)from > Clock.Last)
        {
            if (from > 0) return Clock.Never;
            from = 0;
        }
        var day = (int)((ulong)from / Clock.Day);
        var time = TimeFrom((int)(from - (long)day * Clock.Day));
        if (time == NoTime)
        {
            day++;
            time = _firstTime;
        }
        var found = DayFrom(day);
        if (found == day) return (long)day * Clock.Day + time;
        return found == NoDay ? Clock.Never : (long)found * Clock.Day + _firstTime;
    }

    /// <summary>The last matching local second at or before this one, or <see cref="Clock.Before"/>.</summary>
    internal long PreviousLocal(long to)
    {
        if (to < 0) return Clock.Before;
        to = Math.Min(to, Clock.Last);
        var day = (int)((ulong)to / Clock.Day);
        var time = TimeTo((int)(to - (long)day * Clock.Day));
        if (time == NoTime)
        {
            day--;
            time = LastTime;
        }
        var found = DayTo(day);
        if (found == NoDay) return Clock.Before;
        return (long)found * Clock.Day + (found == day ? time : LastTime);
    }

    internal bool MatchesLocal(long local) => NextLocal(local) == local;

    /// <summary>Whether the years are restricted (the AWS form), so that the calendar's 400-year cycle doesn't hold.</summary>
    internal bool HasYears => _rules is { HasYears: true };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int TimeFrom(int from)
    {
        var hour = (int)((uint)from / Clock.Hour);
        var rest = from - hour * Clock.Hour;
        if ((_hours >> hour & 1) != 0)
        {
            var minute = (int)((uint)rest / Clock.Minute);
            if ((_minutes >> minute & 1) != 0)
            {
                var seconds = _seconds >> (rest - minute * Clock.Minute);
                if (seconds != 0) return from + BitOperations.TrailingZeroCount(seconds);
            }
            minute++;
            var minutes = _minutes >> minute;
            if (minutes != 0)
                return hour * Clock.Hour + (minute + BitOperations.TrailingZeroCount(minutes)) * Clock.Minute + BitOperations.TrailingZeroCount(_seconds);
        }
        hour++;
        var hours = _hours >> hour;
        return hours == 0 ? NoTime : (hour + BitOperations.TrailingZeroCount(hours)) * Clock.Hour + FirstOfHour;
    }

    private int TimeTo(int to)
    {
        var hour = (int)((uint)to / Clock.Hour);
        var rest = to - hour * Clock.Hour;
        if ((_hours >> hour & 1) != 0)
        {
            var minute = (int)((uint)rest / Clock.Minute);
            if ((_minutes >> minute & 1) != 0)
            {
                var seconds = _seconds & ((2UL << (rest - minute * Clock.Minute)) - 1);
                if (seconds != 0) return hour * Clock.Hour + minute * Clock.Minute + BitOperations.Log2(seconds);
            }
            var minutes = _minutes & ((1UL << minute) - 1);
            if (minutes != 0) return hour * Clock.Hour + BitOperations.Log2(minutes) * Clock.Minute + BitOperations.Log2(_seconds);
        }
        var hours = _hours & ((1u << hour) - 1);
        return hours == 0 ? NoTime : BitOperations.Log2(hours) * Clock.Hour + LastOfHour;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int DayFrom(int day)
    {
        if (_dayKind >= DayKind.MonthDays) return _dayKind == DayKind.MonthDays ? MonthDayFrom(day) : DateFrom(day);
        if (_dayKind == DayKind.Weekdays) day += BitOperations.TrailingZeroCount((_weekdays | (uint)_weekdays << 7) >> Calendar.WeekdayOf(day));
        return day <= Calendar.LastDay ? day : NoDay;
    }

    private int DayTo(int day)
    {
        if (day < 0) return NoDay;
        if (_dayKind >= DayKind.MonthDays) return DateTo(day);
        if (_dayKind == DayKind.Weekdays)
        {
            var weekday = Calendar.WeekdayOf(day) + 7;
            day -= weekday - BitOperations.Log2((_weekdays | (uint)_weekdays << 7) & ((2u << weekday) - 1));
        }
        return day >= 0 ? day : NoDay;
    }

    /// <summary>Days of every month of every year, whatever weekday they are.</summary>
    private int MonthDayFrom(int day)
    {
        if (day > Calendar.LastDay) return NoDay;
        Calendar.ToDate(day, out var year, out var month, out var dayOfMonth);
        var length = Calendar.LengthOf(year, month);
        var days = (_days & DaysUpTo(length)) >> dayOfMonth;
        if (days != 0) return day + BitOperations.TrailingZeroCount(days);
        var firstDay = BitOperations.TrailingZeroCount(_days);
        var first = day - dayOfMonth + 1;
        do
        {
            first += length;
            if (++month > 12) (year, month) = (year + 1, 1);
            length = Calendar.LengthOf(year, month);
        }
        while (firstDay > length);
        return year <= Calendar.LastYear ? first + firstDay - 1 : NoDay;
    }

    private int DateFrom(int day)
    {
        if (day > Calendar.LastDay) return NoDay;
        Calendar.ToDate(day, out var year, out var month, out var dayOfMonth);
        var first = day - dayOfMonth + 1;
        var length = Calendar.LengthOf(year, month);
        if ((_months >> month & 1) != 0 && HasYear(year))
        {
            var days = DaysOf(length, Calendar.WeekdayOf(first)) >> dayOfMonth;
            if (days != 0) return day + BitOperations.TrailingZeroCount(days);
        }
        while (true)
        {
            var later = _months >> (month + 1);
            if ((later & 1) != 0 && HasYear(year))
            {
                month++;
                first += length;
            }
            else
            {
                if (later != 0 && HasYear(year)) month += 1 + BitOperations.TrailingZeroCount(later);
                else
                {
                    month = BitOperations.TrailingZeroCount((uint)_months);
                    year = _rules is null ? year + 1 : _rules.YearFrom(year + 1);
                    if (year > Calendar.LastYear) return NoDay;
                }
                first = Calendar.FirstOf(year, month);
            }
            length = Calendar.LengthOf(year, month);
            var days = DaysOf(length, Calendar.WeekdayOf(first));
            if (days != 0) return first + BitOperations.TrailingZeroCount(days) - 1;
        }
    }

    private bool HasYear(int year) => _rules is null || _rules.HasYear(year);

    private int DateTo(int day)
    {
        Calendar.ToDate(day, out var year, out var month, out var dayOfMonth);
        if ((_months >> month & 1) != 0 && HasYear(year))
        {
            var first = day - dayOfMonth + 1;
            var days = DaysOf(year, month, first) & (uint)((2UL << dayOfMonth) - 1);
            if (days != 0) return first + BitOperations.Log2(days) - 1;
        }
        while (true)
        {
            var earlier = _months & ((1u << month) - 1);
            if (earlier != 0) month = BitOperations.Log2(earlier);
            else
            {
                month = BitOperations.Log2((uint)_months);
                year--;
            }
            if (_rules is not null && !_rules.HasYear(year))
            {
                year = _rules.YearTo(year);
                month = BitOperations.Log2((uint)_months);
            }
            if (year < 1) return NoDay;
            var first = Calendar.FirstOf(year, month);
            var days = DaysOf(year, month, first);
            if (days != 0) return first + BitOperations.Log2(days) - 1;
        }
    }

    /// <summary>Bits 1 to 31: the matching days of a month, built at once from day of month and day of week.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint DaysOf(int year, int month, int firstDay) => DaysOf(Calendar.LengthOf(year, month), Calendar.WeekdayOf(firstDay));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint DaysOf(int length, int firstWeekday) => _rules is null
        ? Either(_days, EveryWeek(firstWeekday), length)
        : (_daysOfShapes ?? DaysOfShapes())[(length - ShortestMonth) * 7 + firstWeekday];

    /// <summary>The days of each shape a month can have, four lengths by seven first weekdays; made on first use, then kept.</summary>
    private uint[] DaysOfShapes()
    {
        var shapes = new uint[4 * 7];
        for (var shape = 0; shape < shapes.Length; shape++) shapes[shape] = DaysByRules(ShortestMonth + shape / 7, shape % 7);
        return _daysOfShapes = shapes;
    }

    private uint DaysByRules(int length, int firstWeekday) => _rules is null
        ? DaysOf(length, firstWeekday)
        : Either(_days | _rules.MonthDays(length, firstWeekday), EveryWeek(firstWeekday) | _rules.WeekdayDays(length, firstWeekday), length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Either(uint byDate, uint byWeekday, int length) => (_either ? byDate | byWeekday : byDate & byWeekday) & DaysUpTo(length);

    /// <summary>The days that fall on the plain weekdays, in a month that begins on the given one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint EveryWeek(int firstWeekday)
    {
        const ulong Weeks = 1UL << 1 | 1UL << 8 | 1UL << 15 | 1UL << 22 | 1UL << 29;
        return (uint)(DayRules.Turn(_weekdays, firstWeekday) * Weeks);
    }

    private static uint DaysUpTo(int length) => (uint)((1UL << (length + 1)) - 2);

    /// <summary>Whether some date matches at all. Decided by the 28 shapes that a month can have, and by the years where those are restricted.</summary>
    internal bool HasDates()
    {
        for (var months = (uint)_months; months != 0; months &= months - 1)
        {
            var month = BitOperations.TrailingZeroCount(months);
            if (HasYears ? HasDatesInYears(month) : HasDatesInAnyYear(month)) return true;
        }
        return false;
    }

    private bool HasDatesInAnyYear(int month)
    {
        const int LeapYear = 2000;
        var length = Calendar.LengthOf(LeapYear, month);
        for (var weekday = 0; weekday < 7; weekday++)
            if (DaysByRules(length, weekday) != 0 || (month == 2 && DaysByRules(ShortestMonth, weekday) != 0)) return true;
        return false;
    }

    private bool HasDatesInYears(int month)
    {
        for (var year = _rules!.YearFrom(DayRules.FirstYear); year <= DayRules.LastYear; year = _rules.YearFrom(year + 1))
            if (DaysByRules(Calendar.LengthOf(year, month), Calendar.WeekdayOf(Calendar.FirstOf(year, month))) != 0) return true;
        return false;
    }
}
