using System.Runtime.CompilerServices;

namespace Scheduler.Core.Triggers;

/// <summary>Reads, in one pass, a cron text that stands there as the canonical text does: capitals, single spaces, nothing around it.</summary>
/// <remarks>
/// That is nearly every text, so this is made for speed: no state but locals. What it can't read, faults included, is left to <see cref="CronParser"/>,
/// which takes every form and finds the words for what is wrong.
/// </remarks>
internal static class CanonicalCron
{
    private static readonly CronField[] FiveFields = [CronField.Minute, CronField.Hour, CronField.DayOfMonth, CronField.Month, CronField.DayOfWeek];

    private static readonly CronField[] SixFields = [CronField.Second, .. FiveFields];

    private static readonly CronField[] AwsFields =
        [CronField.Minute, CronField.Hour, CronField.DayOfMonth, CronField.Month, CronField.AwsDayOfWeek, CronField.Year];

    /// <summary>Bits 0, n, 2n, … for each step n.</summary>
    private static readonly ulong[] EveryNth = StepsOf(60);

    [InlineArray(7)]
    private struct Sets
    {
        private ulong _first;
    }

    /// <summary>The expression; null when the text is not canonical, faulty, or no cron expression at all.</summary>
    internal static CronExpression? Read(string text, string? hashKey)
    {
        if (text.Length is 0 or > TriggerText.MaxLength) return null;
        if (text[0] is '*' or (>= '0' and <= '9') or 'H')
        {
            return text.AsSpan().Count(' ') switch
            {
                4 => Read(text, hashKey, CronForm.FiveFields, FiveFields, 0, text.Length),
                5 => Read(text, hashKey, CronForm.SixFields, SixFields, 0, text.Length),
                _ => null,
            };
        }
        return text[0] == 'c' && text[^1] == ')' && text.StartsWith(AwsCron.Opening, StringComparison.Ordinal)
            ? Read(text, hashKey, CronForm.Aws, AwsFields, AwsCron.Opening.Length, text.Length - 1)
            : null;
    }

    private static CronExpression? Read(string text, string? hashKey, CronForm form, CronField[] fields, int start, int end)
    {
        var rest = text.AsSpan(0, end);
        var at = start;
        // What is found in each field, by its kind: the set, and as bits whether it begins with a star or holds a star, a range or a step.
        var sets = default(Sets);
        sets[(int)FieldKind.Second] = 1;
        int open = 0, ranges = 0, questionMarks = 0;
        var special = default(CronFields);
        foreach (var field in fields)
        {
            if (at >= rest.Length) return null;
            var bit = 1 << (int)field.Kind;
            if (rest[at] == '*') open |= bit;
            var isAlone = at + 1 >= rest.Length || rest[at + 1] == ' ';
            if (isAlone && rest[at] is '*' or '?')
            {
                if (rest[at] == '?')
                {
                    if (!field.IsDay) return null;
                    open |= bit;
                    questionMarks++;
                }
                ranges |= bit;
                sets[(int)field.Kind] = field.All;
                at += 2;
            }
            else if (isAlone && (field.SingleDigits >> (rest[at] - '0') & 1) != 0 && char.IsAsciiDigit(rest[at]))
            {
                sets[(int)field.Kind] = 1UL << (rest[at] - '0');
                at += 2;
            }
            else
            {
                var next = ReadList(field, rest, at, ref sets[(int)field.Kind], ref ranges);
                if (next < 0) next = CronParser.ReadField(text, hashKey, field, at, end, ref special, out sets[(int)field.Kind]);
                if (next < 0) return null;
                at = next + 1;
            }
        }
        if (at != end + 1 || (form == CronForm.Aws && questionMarks != 1)) return null;
        special.Seconds = sets[(int)FieldKind.Second];
        special.Minutes = sets[(int)FieldKind.Minute];
        special.Hours = (uint)sets[(int)FieldKind.Hour];
        special.Days = (uint)sets[(int)FieldKind.DayOfMonth];
        special.Months = (uint)sets[(int)FieldKind.Month];
        special.Weekdays = (uint)sets[(int)FieldKind.DayOfWeek];
        special.Repeats |= (ranges & (1 << (int)FieldKind.Second | 1 << (int)FieldKind.Minute | 1 << (int)FieldKind.Hour)) != 0;
        special.DaysOpen |= (open & 1 << (int)FieldKind.DayOfMonth) != 0;
        special.WeekdaysOpen |= (open & 1 << (int)FieldKind.DayOfWeek) != 0;
        var expression = new CronExpression(text, form, in special);
        return special.SurelyHasDates || expression.HasDates() ? expression : null;
    }

    /// <summary>Numbers, names, rising ranges, steps, and lists of these, up to a space or the end.</summary>
    /// <returns>The position of that space or end; negative when there is anything else, or a fault.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // on its own its variables fit the registers
    private static int ReadList(CronField field, ReadOnlySpan<char> text, int at, ref ulong set, ref int ranges)
    {
        if (field.Kind == FieldKind.Year) return -1;
        var values = 0UL;
        var isRange = false;
        while (true)
        {
            int low, high, step = 1;
            if (at < text.Length && text[at] == '*')
            {
                (low, high, isRange) = (field.Min, field.Last, true);
                at++;
            }
            else
            {
                if (!ReadValue(field, text, ref at, out low)) return -1;
                high = low;
                if (at < text.Length && text[at] is '-' or '/')
                {
                    isRange = true;
                    if (text[at] == '/') high = field.Last;
                    else
                    {
                        at++;
                        if (!ReadValue(field, text, ref at, out high)) return -1;
                    }
                }
            }
            if (at < text.Length && text[at] == '/')
            {
                at++;
                if (!ReadNumber(text, ref at, out step) || step == 0 || step > field.LargestStep) return -1;
            }
            if (field.Kind == FieldKind.DayOfWeek) (low, high) = field.Weekdays(low, high);
            if (high < low) return -1;
            values |= (step == 1 ? ulong.MaxValue : EveryNth[step]) << low & (2UL << high) - 1;
            if (at >= text.Length || text[at] == ' ') break;
            if (text[at] != ',') return -1;
            at++;
        }
        if (field.Kind == FieldKind.DayOfWeek) values = (values | values >> 7) & CronFields.AllWeekdays;
        set = values;
        if (isRange) ranges |= 1 << (int)field.Kind;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ReadValue(CronField field, ReadOnlySpan<char> text, ref int at, out int value)
    {
        if (ReadNumber(text, ref at, out value)) return value >= field.Min && value <= field.Max;
        value = ReadName(field, text, at);
        at += 3;
        return value >= 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadName(CronField field, ReadOnlySpan<char> text, int at)
    {
        const int Small = 0x20;
        return text.Length - at >= 3 && ((text[at] | text[at + 1] | text[at + 2]) & Small) == 0 ? field.ValueOf(text.Slice(at, 3)) : -1;
    }

    /// <summary>One or two digits. What comes next is looked at by the caller, who takes no digit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ReadNumber(ReadOnlySpan<char> text, ref int at, out int number)
    {
        number = at < text.Length ? text[at] - '0' : -1;
        if ((uint)number > 9) return false;
        at++;
        if (at >= text.Length || (uint)(text[at] - '0') > 9) return true;
        number = number * 10 + (text[at++] - '0');
        return true;
    }

    private static ulong[] StepsOf(int count)
    {
        var steps = new ulong[count];
        for (var step = 1; step < count; step++)
            for (var value = 0; value < 64; value += step) steps[step] |= 1UL << value;
        return steps;
    }
}
