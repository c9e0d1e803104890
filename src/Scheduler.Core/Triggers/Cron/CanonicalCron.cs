using System.Runtime.CompilerServices;

namespace Scheduler.Core.Triggers;

/// <summary>Reads, in one pass, a cron text that stands there as the canonical text does: capitals, single spaces, nothing around it.</summary>
/// <remarks>
/// <para>That is nearly every text, so this is made for speed. What it can't read is left to <see cref="CronParser"/>, which takes every form and finds
/// the words for what is wrong: H, whose value hangs on a name, and all faults.</para>
/// <para>A reader returns the position after the space behind what it read, or <see cref="Nowhere"/>. Beyond the end everything reads as a space,
/// and from there nothing can be read: so a fault in one field makes all later ones fail, and only the end must be looked at.</para>
/// <para>All that takes a kind, a smallest and a largest value is inlined where these are constants, so that each kind of field gets code of its own.</para>
/// <para>The two must agree; CanonicalCronTests compares them.</para>
/// </remarks>
internal static class CanonicalCron
{
    private const int Nowhere = int.MaxValue / 2;

    private static readonly ulong[] EveryNth = StepsOf(60);

    /// <summary>The expression; null when the text is not canonical, faulty, or no cron expression at all.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // inlined into its callers it would use up what the compiler inlines at most, and its own parts become calls
    internal static CronExpression? Read(string text)
    {
        if (text.Length is 0 or > TriggerText.MaxLength) return null;
        var fields = default(CronFields);
        fields.Seconds = 1;
        if (text[0] == 'c') return ReadAws(text, ref fields);
        var form = text.AsSpan().Count(' ') == 5 ? CronForm.SixFields : CronForm.FiveFields;
        var at = 0;
        if (form == CronForm.SixFields) at = Field(FieldKind.Second, 0, text, at, ref fields);
        at = Field(FieldKind.Minute, 0, text, at, ref fields);
        at = Field(FieldKind.Hour, 0, text, at, ref fields);
        at = Field(FieldKind.DayOfMonth, 1, text, at, ref fields);
        at = Field(FieldKind.Month, 1, text, at, ref fields);
        at = Field(FieldKind.DayOfWeek, 0, text, at, ref fields);
        return at == text.Length + 1 ? CronExpression.IfItFires(text, form, in fields) : null;
    }

    private static CronExpression? ReadAws(string text, ref CronFields fields)
    {
        if (text[^1] != ')' || !text.StartsWith(AwsCron.Opening, StringComparison.Ordinal)) return null;
        var inside = text.AsSpan(0, text.Length - 1);
        var at = AwsCron.Opening.Length;
        at = Field(FieldKind.Minute, 0, inside, at, ref fields);
        at = Field(FieldKind.Hour, 0, inside, at, ref fields);
        at = Field(FieldKind.DayOfMonth, 1, inside, at, ref fields);
        at = Field(FieldKind.Month, 1, inside, at, ref fields);
        at = Field(FieldKind.DayOfWeek, 1, inside, at, ref fields);
        at = Field(FieldKind.Year, DayRules.FirstYear, inside, at, ref fields);
        return at == inside.Length + 1 && fields.QuestionMarks == 1 ? CronExpression.IfItFires(text, CronForm.Aws, in fields) : null;
    }

    /// <param name="min">The smallest value, which also tells the weekdays of AWS (from 1) from the others (from 0).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Field(FieldKind kind, int min, ReadOnlySpan<char> text, int at, ref CronFields fields) =>
        OneCharacter(kind, min, text, at, ref fields) ? at + 2 : kind switch
        {
            FieldKind.Second => Seconds(text, at, ref fields),
            FieldKind.Minute => Minutes(text, at, ref fields),
            FieldKind.Hour => Hours(text, at, ref fields),
            FieldKind.DayOfMonth => Days(text, at, ref fields),
            FieldKind.Month => Months(text, at, ref fields),
            FieldKind.DayOfWeek => min == 0 ? Weekdays(text, at, ref fields) : AwsWeekdays(text, at, ref fields),
            _ => Years(text, at, ref fields),
        };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Seconds(ReadOnlySpan<char> text, int at, ref CronFields fields) => List(FieldKind.Second, 0, 59, text, at, ref fields);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Minutes(ReadOnlySpan<char> text, int at, ref CronFields fields) => List(FieldKind.Minute, 0, 59, text, at, ref fields);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Hours(ReadOnlySpan<char> text, int at, ref CronFields fields) => List(FieldKind.Hour, 0, 23, text, at, ref fields);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Days(ReadOnlySpan<char> text, int at, ref CronFields fields) => List(FieldKind.DayOfMonth, 1, 31, text, at, ref fields);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Months(ReadOnlySpan<char> text, int at, ref CronFields fields) => List(FieldKind.Month, 1, 12, text, at, ref fields);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Weekdays(ReadOnlySpan<char> text, int at, ref CronFields fields) => List(FieldKind.DayOfWeek, 0, 7, text, at, ref fields);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int AwsWeekdays(ReadOnlySpan<char> text, int at, ref CronFields fields) => List(FieldKind.DayOfWeek, 1, 7, text, at, ref fields);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Years(ReadOnlySpan<char> text, int at, ref CronFields fields) =>
        List(FieldKind.Year, DayRules.FirstYear, DayRules.LastYear, text, at, ref fields);

    /// <summary>The commonest fields by far: a star, a question mark or a digit alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool OneCharacter(FieldKind kind, int min, ReadOnlySpan<char> text, int at, ref CronFields fields)
    {
        if (CharAt(text, at + 1) != ' ') return false;
        var c = CharAt(text, at);
        if (c == '*' || (c == '?' && IsDay(kind)))
        {
            MarkStar(kind, ref fields);
            if (c == '?') fields.QuestionMarks++;
            Keep(kind, AllOf(kind), ref fields);
            return true;
        }
        var digit = c - '0';
        var largest = kind switch { FieldKind.DayOfWeek => min + 6, FieldKind.Year => -1, _ => 9 };
        if (digit < min || digit > largest) return false;
        Keep(kind, 1UL << (kind == FieldKind.DayOfWeek ? digit - min : digit), ref fields);
        return true;
    }

    /// <summary>Items, separated by commas, up to a space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int List(FieldKind kind, int min, int max, ReadOnlySpan<char> text, int at, ref CronFields fields)
    {
        if (CharAt(text, at) == '*') MarkStar(kind, ref fields);
        var values = 0UL;
        while (Item(kind, min, max, text, ref at, ref values, ref fields))
        {
            var c = CharAt(text, at++);
            if (c == ',') continue;
            if (c != ' ') break;
            Keep(kind, values, ref fields);
            return at;
        }
        return Nowhere;
    }

    /// <summary>A star, a value, a range, each perhaps with a step; or what counts from the month's end, or by weeks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Item(FieldKind kind, int min, int max, ReadOnlySpan<char> text, ref int at, ref ulong values, ref CronFields fields)
    {
        var last = kind == FieldKind.DayOfWeek ? min + 6 : max; // 7 may be written for the first day of a week, but ends nothing
        int low, high, step = 1;
        var c = CharAt(text, at);
        if (c == '*') (low, high, at) = (min, last, at + 1);
        else if (c == 'L') return Last(kind, min, text, ref at, ref values, ref fields);
        else
        {
            if (!Value(kind, min, max, text, ref at, out low)) return false;
            c = CharAt(text, at);
            if (c == '-')
            {
                at++;
                if (!Value(kind, min, max, text, ref at, out high)) return false;
            }
            else if (c == '/') high = last;
            else if (IsDay(kind) && c is 'W' or 'L' or '#') return DayRule(kind, min, low, text, ref at, ref fields);
            else high = low;
        }
        if (IsTime(kind) && c is '*' or '-' or '/') fields.Repeats = true;
        if (CharAt(text, at) == '/')
        {
            at++;
            if (!Number(text, ref at, 1, kind == FieldKind.Year ? max - min : max, out step)) return false;
        }
        if (kind != FieldKind.Year) values |= Range(kind, min, max, low, high, step);
        else if (high < low) return false;
        else (fields.Rules ??= new()).AddYears(low, high, step);
        return true;
    }

    /// <summary>The values from one to the other; past the largest a range goes on from the smallest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Range(FieldKind kind, int min, int max, int low, int high, int step)
    {
        if (kind == FieldKind.DayOfWeek)
        {
            // Sunday is 7 too. As the end of a range it is the day after Saturday: 5-7, and 0-7 is the whole week.
            (low, high) = (Weekday(min, low), min == 0 && high == 7 && low != 7 ? 7 : Weekday(min, high));
            if (high < low) high += 7;
            var days = EveryNth[step] << low & (2UL << high) - 1;
            return (days | days >> 7) & CronFields.AllWeekdays;
        }
        if (high >= low) return EveryNth[step] << low & (2UL << high) - 1;
        var again = low + ((max - low) / step + 1) * step - (max - min + 1);
        return EveryNth[step] << low & (2UL << max) - 1 | (again <= high ? EveryNth[step] << again & (2UL << high) - 1 : 0);
    }

    /// <summary>L, LW or L-3 among the days; L alone among the weekdays of AWS, where it is Saturday.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Last(FieldKind kind, int min, ReadOnlySpan<char> text, ref int at, ref ulong values, ref CronFields fields)
    {
        at++;
        if (kind == FieldKind.DayOfWeek && min == 1)
        {
            values |= 1UL << (int)System.DayOfWeek.Saturday;
            return true;
        }
        if (kind != FieldKind.DayOfMonth) return false;
        var rules = fields.Rules ??= new();
        var (c, before) = (CharAt(text, at), 0);
        if (c is 'W' or '-') at++;
        if (c == 'W') rules.LastWorkday = true;
        else if (c == '-' && !Number(text, ref at, 1, 30, out before)) return false;
        else rules.DaysBeforeLast |= 1u << before;
        return true;
    }

    /// <summary>What follows a day: 15W; or a weekday: 5L, MON#2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool DayRule(FieldKind kind, int min, int value, ReadOnlySpan<char> text, ref int at, ref CronFields fields)
    {
        var letter = CharAt(text, at++);
        if (letter == 'W' != (kind == FieldKind.DayOfMonth)) return false;
        var rules = fields.Rules ??= new();
        if (letter == 'W') rules.NearWorkday |= 1u << value;
        else if (letter == 'L') rules.LastWeekdays |= (byte)(1 << Weekday(min, value));
        else if (Number(text, ref at, 1, 5, out var nth)) rules.AddNth(nth, Weekday(min, value));
        else return false;
        return true;
    }

    /// <summary>0 is Sunday, which the standard form also writes as 7; the form of AWS counts from 1.</summary>
    private static int Weekday(int min, int value) => min == 1 ? value - 1 : value == 7 ? 0 : value;

    /// <summary>A number or a name, as written: 7 stays 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Value(FieldKind kind, int min, int max, ReadOnlySpan<char> text, ref int at, out int value)
    {
        if (CharAt(text, at) <= '9' || kind is not (FieldKind.Month or FieldKind.DayOfWeek)) return Number(text, ref at, min, max, out value);
        value = -1;
        if (at + 3 > text.Length) return false;
        value = kind == FieldKind.Month ? MonthOf(text.Slice(at, 3)) : WeekdayOf(text.Slice(at, 3)) + min;
        at += 3;
        return value >= min;
    }

    /// <summary>Digits, as many as there are, leading zeros too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Number(ReadOnlySpan<char> text, ref int at, int min, int max, out int number)
    {
        number = CharAt(text, at) - '0';
        if ((uint)number > 9) return false;
        for (int digit; (uint)(digit = CharAt(text, ++at) - '0') <= 9;)
        {
            number = number * 10 + digit;
            if (number > max) return false;
        }
        return number >= min && number <= max;
    }

    private static int MonthOf(ReadOnlySpan<char> name) => name switch
    {
        "JAN" => 1, "FEB" => 2, "MAR" => 3, "APR" => 4, "MAY" => 5, "JUN" => 6,
        "JUL" => 7, "AUG" => 8, "SEP" => 9, "OCT" => 10, "NOV" => 11, "DEC" => 12,
        _ => -1,
    };

    private static int WeekdayOf(ReadOnlySpan<char> name) => name switch
    {
        "SUN" => 0, "MON" => 1, "TUE" => 2, "WED" => 3, "THU" => 4, "FRI" => 5, "SAT" => 6,
        _ => -2,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static char CharAt(ReadOnlySpan<char> text, int at) => (uint)at < (uint)text.Length ? text[at] : ' ';

    private static bool IsTime(FieldKind kind) => kind is FieldKind.Second or FieldKind.Minute or FieldKind.Hour;

    private static bool IsDay(FieldKind kind) => kind is FieldKind.DayOfMonth or FieldKind.DayOfWeek;

    /// <summary>What a star alone means; nothing for years, which need no restriction then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AllOf(FieldKind kind) => kind switch
    {
        FieldKind.Hour => CronFields.AllHours,
        FieldKind.DayOfMonth => CronFields.AllDays,
        FieldKind.Month => CronFields.AllMonths,
        FieldKind.DayOfWeek => CronFields.AllWeekdays,
        FieldKind.Year => 0,
        _ => CronFields.AllSixty,
    };

    /// <summary>Notes that the field begins with a star or is a question mark.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MarkStar(FieldKind kind, ref CronFields fields)
    {
        if (kind == FieldKind.DayOfMonth) fields.DaysOpen = true;
        else if (kind == FieldKind.DayOfWeek) fields.WeekdaysOpen = true;
        else if (IsTime(kind)) fields.Repeats = true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(FieldKind kind, ulong values, ref CronFields fields)
    {
        switch (kind)
        {
            case FieldKind.Second: fields.Seconds = values; break;
            case FieldKind.Minute: fields.Minutes = values; break;
            case FieldKind.Hour: fields.Hours = (uint)values; break;
            case FieldKind.DayOfMonth: fields.Days = (uint)values; break;
            case FieldKind.Month: fields.Months = (uint)values; break;
            case FieldKind.DayOfWeek: fields.Weekdays = (uint)values; break;
        }
    }

    /// <summary>For each step n the bits 0, n, 2n, …</summary>
    private static ulong[] StepsOf(int count)
    {
        var steps = new ulong[count];
        for (var step = 1; step < count; step++)
            for (var value = 0; value < 64; value += step) steps[step] |= 1UL << value;
        return steps;
    }
}
