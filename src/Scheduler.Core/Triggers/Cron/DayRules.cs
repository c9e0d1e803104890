using System.Numerics;

namespace Scheduler.Core.Triggers;

/// <summary>The days that no plain set can say: counted from the month's end, nearest to a working day, the nth or last weekday; and years.</summary>
internal sealed class DayRules
{
    internal const int FirstYear = 1970, LastYear = 2199;

    private const int Week = 7;

    private ulong _nth; // seven bits for each week of the month
    private ulong[]? _years;

    /// <summary>Bit k: the day k days before the month's last (L is bit 0).</summary>
    internal uint DaysBeforeLast { get; set; }

    /// <summary>LW: the last day of the month that is Monday to Friday.</summary>
    internal bool LastWorkday { get; set; }

    /// <summary>Bit d (dW): the day Monday to Friday that is nearest to d, in the same month.</summary>
    internal uint NearWorkday { get; set; }

    /// <summary>Bit w (wL): the last such weekday of the month.</summary>
    internal byte LastWeekdays { get; set; }

    /// <summary>Whether the years are restricted; if not, every year matches.</summary>
    internal bool HasYears => _years is not null;

    internal bool HasMonthDays => DaysBeforeLast != 0 || LastWorkday || NearWorkday != 0;

    /// <summary>Whether it is plain that every month has a day which the day-of-month rules name.</summary>
    internal bool NameMonthDayInEveryMonth => LastWorkday || (DaysBeforeLast & (1u << 28) - 1) != 0 || (NearWorkday & (1u << 29) - 1) != 0;

    /// <summary>Whether it is plain that every month has a day which the day-of-week rules name.</summary>
    internal bool NameWeekdayInEveryMonth => LastWeekdays != 0 || (_nth & (1UL << 4 * Week) - 1) != 0;

    internal byte WeekdaysOfNth(int nth) => (byte)(_nth >> Week * (nth - 1) & 0x7F);

    internal void AddNth(int nth, int weekday) => _nth |= 1UL << (Week * (nth - 1) + weekday);

    internal void AddYears(int from, int to, int step)
    {
        var years = _years ??= new ulong[4];
        for (var year = from - FirstYear; year <= to - FirstYear; year += step) years[year >> 6] |= 1UL << year;
    }

    internal bool HasYear(int year) =>
        _years is null || (year is >= FirstYear and <= LastYear && (_years[(year - FirstYear) >> 6] >> ((year - FirstYear) & 63) & 1) != 0);

    /// <summary>The first year from this one on, or 10000.</summary>
    internal int YearFrom(int year)
    {
        if (!HasYears) return year;
        for (year = Math.Max(year, FirstYear); year <= LastYear; year++)
            if (HasYear(year)) return year;
        return Calendar.LastYear + 1;
    }

    /// <summary>The last year up to this one, or 0.</summary>
    internal int YearTo(int year)
    {
        if (!HasYears) return year;
        for (year = Math.Min(year, LastYear); year >= FirstYear; year--)
            if (HasYear(year)) return year;
        return 0;
    }

    /// <summary>Bits 1 to 31: the month's days that the day-of-month rules name.</summary>
    /// <param name="length">Days in the month.</param>
    /// <param name="firstWeekday">The weekday of its first, 0 is Sunday.</param>
    internal uint MonthDays(int length, int firstWeekday)
    {
        var days = 0u;
        for (var rest = DaysBeforeLast; rest != 0; rest &= rest - 1)
        {
            var day = length - BitOperations.TrailingZeroCount(rest);
            if (day >= 1) days |= 1u << day;
        }
        for (var rest = NearWorkday; rest != 0; rest &= rest - 1)
        {
            var day = BitOperations.TrailingZeroCount(rest);
            if (day <= length) days |= 1u << Workday(day, length, firstWeekday);
        }
        if (LastWorkday) days |= 1u << Workday(length, length, firstWeekday);
        return days;
    }

    /// <summary>Bits 1 to 31: the month's days that the day-of-week rules name.</summary>
    internal uint WeekdayDays(int length, int firstWeekday)
    {
        var days = 0u;
        if (_nth != 0)
            for (var nth = 1; nth <= 5; nth++) days |= (uint)((ulong)Turn(WeekdaysOfNth(nth), firstWeekday) << (1 + Week * (nth - 1)));
        if (LastWeekdays != 0) days |= Turn(LastWeekdays, (firstWeekday + length) % 7) << (length - 6);
        return days & (uint)((1UL << (length + 1)) - 2);
    }

    /// <summary>Weekday bits (0 is Sunday) turned so that bit 0 is the given weekday.</summary>
    internal static uint Turn(uint weekdays, int first) => ((weekdays | weekdays << 7) >> first) & 0x7F;

    private static int Workday(int day, int length, int firstWeekday) => ((firstWeekday + day - 1) % 7) switch
    {
        6 => day > 1 ? day - 1 : 3,
        0 => day < length ? day + 1 : day - 2,
        _ => day,
    };
}
