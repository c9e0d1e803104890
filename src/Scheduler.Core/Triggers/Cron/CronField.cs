using System.Text;

namespace Scheduler.Core.Triggers;

/// <summary>What one field of a cron expression may hold.</summary>
/// <param name="Name">As operators call it.</param>
/// <param name="Max">The largest value as written; 7 for the standard weekday, where it is Sunday again.</param>
/// <param name="Size">How many values there are, after which ranges wrap.</param>
/// <param name="Names">Three letters a value, from <paramref name="Min"/> on; empty when values have no names.</param>
/// <param name="HashMax">The largest value that H picks; 28 for the day of month, so that it comes every month.</param>
internal sealed record CronField(FieldKind Kind, string Name, int Min, int Max, int Size, string Names, int HashMax)
{
    private const string MonthNames = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", WeekdayNames = "SUNMONTUEWEDTHUFRISAT";

    internal static readonly CronField Second = new(FieldKind.Second, "second", 0, 59, 60, "", 59);
    internal static readonly CronField Minute = new(FieldKind.Minute, "minute", 0, 59, 60, "", 59);
    internal static readonly CronField Hour = new(FieldKind.Hour, "hour", 0, 23, 24, "", 23);
    internal static readonly CronField DayOfMonth = new(FieldKind.DayOfMonth, "day of month", 1, 31, 31, "", 28);
    internal static readonly CronField Month = new(FieldKind.Month, "month", 1, 12, 12, MonthNames, 12);
    internal static readonly CronField DayOfWeek = new(FieldKind.DayOfWeek, "day of week", 0, 7, 7, WeekdayNames, 6);
    internal static readonly CronField AwsDayOfWeek = new(FieldKind.DayOfWeek, "day of week", 1, 7, 7, WeekdayNames, 7);
    internal static readonly CronField Year = new(FieldKind.Year, "year", DayRules.FirstYear, DayRules.LastYear, 230, "", DayRules.LastYear);

    /// <summary>The values allowed, in words.</summary>
    internal string Allowed => Kind switch
    {
        FieldKind.Month => "1-12 or JAN-DEC",
        FieldKind.DayOfWeek => $"{Min}-{Max} or SUN-SAT",
        _ => $"{Min}-{Max}",
    };

    internal bool IsTime => Kind <= FieldKind.Hour;

    internal bool IsDay => Kind is FieldKind.DayOfMonth or FieldKind.DayOfWeek;

    /// <summary>What a star means, as bits; nothing for years, which need no restriction then.</summary>
    internal ulong All { get; } = Kind switch
    {
        FieldKind.Hour => CronFields.AllHours,
        FieldKind.DayOfMonth => CronFields.AllDays,
        FieldKind.Month => CronFields.AllMonths,
        FieldKind.DayOfWeek => CronFields.AllWeekdays,
        FieldKind.Year => 0,
        _ => CronFields.AllSixty,
    };

    /// <summary>Where <c>*</c> and <c>a/n</c> end: a week has seven days, though 7 may be written for the first.</summary>
    internal int Last { get; } = Kind == FieldKind.DayOfWeek ? Min + 6 : Max;

    internal int LargestStep { get; } = Kind == FieldKind.Year ? Size - 1 : Max;

    /// <summary>The weekday of a value as written; 0 is Sunday.</summary>
    internal int Weekday(int value) => Min == 1 ? value - 1 : value == 7 ? 0 : value;

    /// <summary>The weekdays at either end of a range as written. As an end, Sunday is the day after Saturday: 5-7, and 0-7 is the whole week.</summary>
    internal (int Low, int High) Weekdays(int low, int high) =>
        (Weekday(low), Weekday(high) + (high == 7 && low != 7 && Min == 0 ? 7 : 0));

    /// <summary>The value of three letters in either case, or -1.</summary>
    internal int ValueOf(ReadOnlySpan<char> name)
    {
        for (var i = 0; i < Names.Length / 3; i++)
            if (Ascii.EqualsIgnoreCase(name, Names.AsSpan(3 * i, 3))) return Min + i;
        return -1;
    }
}

/// <summary>Which field. The numbers weigh in what H picks: another order would move every schedule that uses H.</summary>
internal enum FieldKind { Second, Minute, Hour, DayOfMonth, Month, DayOfWeek, Year }
