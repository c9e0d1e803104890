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

    private readonly int[] _codes = CodesOf(Names);

    /// <summary>The values allowed, in words.</summary>
    internal string Allowed => Kind switch
    {
        FieldKind.Month => "1-12 or JAN-DEC",
        FieldKind.DayOfWeek => $"{Min}-{Max} or SUN-SAT",
        _ => $"{Min}-{Max}",
    };

    internal bool IsTime => Kind <= FieldKind.Hour;

    internal bool IsDay => Kind is FieldKind.DayOfMonth or FieldKind.DayOfWeek;

    /// <summary>Where <c>*</c> and <c>a/n</c> end: a week has seven days, though 7 may be written for the first.</summary>
    internal int Last => Kind == FieldKind.DayOfWeek ? Min + 6 : Max;

    internal int LargestStep => Kind == FieldKind.Year ? Size - 1 : Max;

    /// <summary>The weekday of a value as written; 0 is Sunday.</summary>
    internal int Weekday(int value) => Min == 1 ? value - 1 : value % 7;

    /// <summary>The value of the three letters at the start, or -1.</summary>
    internal int ValueOf(ReadOnlySpan<char> name)
    {
        var index = Array.IndexOf(_codes, Code(name));
        return index < 0 ? -1 : Min + index;
    }

    /// <summary>Three letters as one number, capitals or not; 0 for what isn't three ASCII letters.</summary>
    private static int Code(ReadOnlySpan<char> name) =>
        char.IsAsciiLetter(name[0]) && char.IsAsciiLetter(name[1]) && char.IsAsciiLetter(name[2])
            ? (name[0] | 0x20) << 16 | (name[1] | 0x20) << 8 | (name[2] | 0x20)
            : 0;

    private static int[] CodesOf(string names)
    {
        var codes = new int[names.Length / 3];
        for (var i = 0; i < codes.Length; i++) codes[i] = Code(names.AsSpan(3 * i, 3));
        return codes;
    }
}

internal enum FieldKind { Second, Minute, Hour, DayOfMonth, Month, DayOfWeek, Year }
