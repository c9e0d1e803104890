using System.Runtime.CompilerServices;

namespace Scheduler.Core.Triggers;

/// <summary>Reads the fields of one cron expression out of a stretch of text. ASCII only; letters in either case.</summary>
internal ref partial struct CronParser
{
    private const int MostFields = 8;

    private readonly string _text;
    private readonly string? _hashKey;
    private readonly int _start, _end;
    private FieldBounds _bounds;
    private int _count;
    private bool _isCanonical;
    private CronFields _fields;
    private CronFault? _fault;

    [InlineArray(2 * MostFields)]
    private struct FieldBounds
    {
        private int _first;
    }

    private CronParser(string text, int start, int end, string? hashKey)
    {
        _text = text;
        (_start, _end) = (start, end);
        _hashKey = hashKey;
        _isCanonical = true;
    }

    /// <summary>Five or six fields between <paramref name="start"/> and <paramref name="end"/>.</summary>
    /// <param name="text">The whole text; faults count their position in it.</param>
    /// <param name="fieldCount">How many fields there are; unlike 5 and 6 the text may well be no cron expression at all.</param>
    internal static CronExpression? Parse(string text, int start, int end, string? hashKey, out int fieldCount, out CronFault? fault)
    {
        var parser = new CronParser(text, start, end, hashKey);
        fieldCount = parser.Split();
        var expression = parser.ParseStandard();
        fault = parser._fault;
        if (fault is not null && fieldCount == 6 && ParseAws(text, start, end, hashKey, out _) is not null)
            fault = fault with { Whole = $"cron({text[start..end]})" };
        return expression;
    }

    /// <summary>The six fields inside <c>cron(…)</c>.</summary>
    internal static CronExpression? ParseAws(string text, int start, int end, string? hashKey, out CronFault? fault)
    {
        var parser = new CronParser(text, start, end, hashKey);
        parser.Split();
        var expression = parser.ParseAws();
        fault = parser._fault;
        return expression;
    }

    private CronExpression? ParseStandard()
    {
        if (_count is not (5 or 6)) return Fail(null, _start, _end - _start,
            $"a cron expression has five fields (minute, hour, day, month, weekday) or six with the second first, found {_count}", QuartzAsAws());
        var first = _count - 5;
        _fields.Seconds = 1;
        if (first == 1 && !Field(CronField.Second, 0, out _fields.Seconds)) return null;
        if (!Field(CronField.Minute, first, out _fields.Minutes)
            || !Field(CronField.Hour, first + 1, out var hours)
            || !Field(CronField.DayOfMonth, first + 2, out var days)
            || !Field(CronField.Month, first + 3, out var months)
            || !Field(CronField.DayOfWeek, first + 4, out var weekdays)) return null;
        return Finish(first == 1 ? CronForm.SixFields : CronForm.FiveFields, hours, days, months, weekdays, first + 2);
    }

    private CronExpression? ParseAws()
    {
        if (_count != 6) return Fail(null, _start, _end - _start,
            $"cron(…) has six fields (minute, hour, day, month, weekday, year), found {_count}", _count == 5 ? $"{_text[_start.._end]} *" : null);
        _fields.Seconds = 1;
        if (!Field(CronField.Minute, 0, out _fields.Minutes)
            || !Field(CronField.Hour, 1, out var hours)
            || !Field(CronField.DayOfMonth, 2, out var days)
            || !Field(CronField.Month, 3, out var months)
            || !Field(CronField.AwsDayOfWeek, 4, out var weekdays)
            || !Field(CronField.Year, 5, out _)) return null;
        bool dayAsked = Text(2) is "?", weekdayAsked = Text(4) is "?";
        if (dayAsked == weekdayAsked)
        {
            var replaced = Text(4) is "*" || dayAsked ? 4 : 2;
            return Fail(replaced == 4 ? "day of week" : "day of month", StartOf(replaced), EndOf(replaced) - StartOf(replaced),
                "cron(…) wants exactly one ? in day of month or day of week",
                dayAsked ? "*" : Text(replaced) is "*" ? "?" : null);
        }
        return Finish(CronForm.Aws, hours, days, months, weekdays, 2);
    }

    private CronExpression? Finish(CronForm form, ulong hours, ulong days, ulong months, ulong weekdays, int dayField)
    {
        _fields.Hours = (uint)hours;
        _fields.Days = (uint)days;
        _fields.Months = (uint)months;
        _fields.Weekdays = (uint)weekdays;
        const uint InEveryMonth = (1u << 29) - 2;
        var expression = new CronExpression(Canonical(form), form, in _fields);
        if (_fields.Rules is null && (_fields.Days & InEveryMonth) != 0 && _fields.Weekdays != 0) return expression;
        return expression.HasDates() ? expression : Fail("day of month", StartOf(dayField), EndOf(dayField) - StartOf(dayField),
            "the expression can never fire: no month that it names has such a day", "L");
    }

    /// <summary>One field's set of values, lowest bit for value 0. Years go to the rules instead.</summary>
    private bool Field(CronField field, int index, out ulong values)
    {
        values = 0;
        int start = StartOf(index), end = EndOf(index);
        var c = _text[start];
        if (end - start == 1)
        {
            if (c == '*')
            {
                values = All(field);
                return true;
            }
            if (char.IsAsciiDigit(c) && c - '0' >= field.Min && c - '0' <= field.Max && field.Kind != FieldKind.DayOfWeek)
            {
                values = 1UL << (c - '0');
                return true;
            }
        }
        if (field.Kind == FieldKind.DayOfMonth) _fields.DaysOpen = c is '*' or '?';
        else if (field.Kind == FieldKind.DayOfWeek) _fields.WeekdaysOpen = c is '*' or '?';
        if (c == '?' && end - start == 1 && field.Kind is FieldKind.DayOfMonth or FieldKind.DayOfWeek)
        {
            values = All(field);
            return true;
        }
        var position = start;
        while (true)
        {
            if (!Item(field, ref position, end, ref values)) return false;
            if (position == end) return true;
            if (_text[position] != ',') return Unexpected(field, position, end);
            position++;
        }
    }

    private ulong All(CronField field)
    {
        switch (field.Kind)
        {
            case FieldKind.DayOfMonth: _fields.DaysOpen = true; return CronFields.AllDays;
            case FieldKind.Month: return CronFields.AllMonths;
            case FieldKind.DayOfWeek: _fields.WeekdaysOpen = true; return CronFields.AllWeekdays;
            case FieldKind.Year: return 0;
            case FieldKind.Hour: _fields.Repeats = true; return CronFields.AllHours;
            default: _fields.Repeats = true; return CronFields.AllSixty;
        }
    }

    /// <summary>One item of a list: a star, a value, a range, each perhaps with a step; or one of the letters' forms.</summary>
    private bool Item(CronField field, ref int position, int end, ref ulong values)
    {
        var start = position;
        var c = position < end ? _text[position] : ',';
        switch (char.ToUpperInvariant(c))
        {
            case ',':
                return Missing(field, position);
            case '*':
                position++;
                return StepAndAdd(field, start, ref position, end, field.Min, LastOf(field), isRange: true, ref values);
            case 'H' when field.Kind != FieldKind.Year:
                return Hash(field, ref position, end, ref values);
            case 'L' when field.Kind == FieldKind.DayOfMonth:
                return LastDay(field, ref position, end);
            case 'L' when field == CronField.AwsDayOfWeek && IsEndOfItem(position + 1, end):
                position++;
                values |= 1UL << 6;
                return true;
        }
        if (!Value(field, ref position, end, out var low)) return false;
        if (position < end)
        {
            switch (char.ToUpperInvariant(_text[position]))
            {
                case '-':
                    position++;
                    if (!Value(field, ref position, end, out var high)) return false;
                    if (high < low && field.Kind == FieldKind.Year)
                        return False("year", start, position - start, $"a range of years must rise, found {low}-{high}", $"{high}-{low}");
                    return StepAndAdd(field, start, ref position, end, low, high, isRange: true, ref values);
                case 'W' when field.Kind == FieldKind.DayOfMonth:
                    position++;
                    Rules.NearWorkday |= 1u << low;
                    return true;
                case 'L' when field.Kind == FieldKind.DayOfWeek:
                    position++;
                    Rules.LastWeekdays |= (byte)(1 << Weekday(field, low));
                    return true;
                case '#' when field.Kind == FieldKind.DayOfWeek:
                    position++;
                    if (!Number(field, ref position, end, 1, 5, "the week after # must be 1-5", out var nth)) return false;
                    Rules.AddNth(nth, Weekday(field, low));
                    return true;
                case '/':
                    return StepAndAdd(field, start, ref position, end, low, LastOf(field), isRange: true, ref values);
            }
        }
        return StepAndAdd(field, start, ref position, end, low, low, isRange: false, ref values);
    }

    /// <summary>Reads a step if there is one and adds the range; past the largest value a range goes on from the smallest.</summary>
    private bool StepAndAdd(CronField field, int start, ref int position, int end, int low, int high, bool isRange, ref ulong values)
    {
        var step = 1;
        if (position < end && _text[position] == '/' && !Step(field, start, ref position, end, out step)) return false;
        if (isRange && field.IsTime) _fields.Repeats = true;
        if (field.Kind == FieldKind.DayOfWeek) (low, high) = (Weekday(field, low), Weekday(field, high) + (field.Max == 7 && field.Min == 0 && high == 7 && low != 7 ? 7 : 0));
        var min = field.Kind == FieldKind.DayOfWeek ? 0 : field.Min;
        var distance = high >= low ? high - low : high + field.Size - low;
        if (field.Kind == FieldKind.Year)
        {
            for (var year = low; year <= high; year += step) Rules.AddYear(year);
        }
        else if (distance == 0) values |= 1UL << low;
        else
        {
            for (var k = 0; k <= distance; k += step)
            {
                var value = low + k;
                values |= 1UL << (value >= min + field.Size ? value - field.Size : value);
            }
        }
        return true;
    }

    private bool Step(CronField field, int start, ref int position, int end, out int step)
    {
        position++;
        var largest = field.Kind == FieldKind.Year ? field.Size - 1 : field.Max;
        if (Number(field, ref position, end, 1, largest, $"the step of {field.Name} must be 1-{largest}", out step)) return true;
        // */60 in the minutes is meant as "once an hour".
        if (step > largest && field.IsTime && _text[start] == '*')
            _fault = _fault! with { Position = start, Length = position - start, Mend = "0" };
        return false;
    }

    private bool Hash(CronField field, ref int position, int end, ref ulong values)
    {
        var start = position++;
        int low = field.Min, high = field.HashMax;
        if (position < end && _text[position] == '(')
        {
            position++;
            if (!Value(field, ref position, end, out low)) return false;
            if (!Sign('-', ref position, end, "H(a-b) wants a range")) return false;
            if (!Value(field, ref position, end, out high)) return false;
            if (!Sign(')', ref position, end, "H( wants a closing bracket")) return false;
            if (high < low) return False(field.Name, start, position - start, $"the range of H must rise, found {low}-{high}", $"H({high}-{low})");
        }
        _fields.Hashed = true;
        var step = 1;
        if (position >= end || _text[position] != '/') low = high = low + CronHash.Pick(_hashKey, field.Kind, high - low + 1);
        else
        {
            if (!Step(field, start, ref position, end, out step)) return false;
            low += CronHash.Pick(_hashKey, field.Kind, Math.Min(step, high - low + 1));
            if (field.IsTime) _fields.Repeats = true;
        }
        for (var value = low; value <= high; value += step)
            values |= 1UL << (field.Kind == FieldKind.DayOfWeek ? Weekday(field, value) : value);
        return true;
    }

    /// <summary>L, LW or L-3.</summary>
    private bool LastDay(CronField field, ref int position, int end)
    {
        position++;
        if (position < end && (_text[position] | 0x20) == 'w')
        {
            position++;
            Rules.LastWorkday = true;
            return true;
        }
        var before = 0;
        if (position < end && _text[position] == '-')
        {
            position++;
            if (!Number(field, ref position, end, 1, 30, "the days before the last must be 1-30", out before)) return false;
        }
        Rules.DaysBeforeLast |= 1u << before;
        return true;
    }

    /// <summary>A number or a name, as written: 7 stays 7.</summary>
    private bool Value(CronField field, ref int position, int end, out int value)
    {
        var start = position;
        if (position < end && char.IsAsciiDigit(_text[position]))
        {
            value = 0;
            while (position < end && char.IsAsciiDigit(_text[position]) && value < 100_000) value = value * 10 + (_text[position++] - '0');
            if (value >= field.Min && value <= field.Max && (position == end || !char.IsAsciiDigit(_text[position]))) return true;
            while (position < end && char.IsAsciiDigit(_text[position])) position++;
            return OutOfRange(field, start, position);
        }
        value = -1;
        if (field.Names.Length > 0 && end - position >= 3)
        {
            value = field.ValueOf(_text.AsSpan(position, 3));
            var next = position + 3;
            var isWhole = next == end || !char.IsAsciiLetter(_text[next])
                || (field.Kind == FieldKind.DayOfWeek && (_text[next] | 0x20) == 'l' && IsEndOfItem(next + 1, end));
            if (value >= 0 && isWhole)
            {
                position = next;
                return true;
            }
        }
        return NoValue(field, start, end, isName: value >= 0);
    }

    private bool Number(CronField field, ref int position, int end, int min, int max, string rule, out int number)
    {
        var start = position;
        number = 0;
        while (position < end && char.IsAsciiDigit(_text[position]))
        {
            if (number < 100_000) number = number * 10 + (_text[position] - '0');
            position++;
        }
        if (position > start && number >= min && number <= max) return true;
        var stop = position > start ? position : TokenEnd(start, end);
        var found = stop > start ? $"found {_text[start..stop]}" : "found nothing";
        return False(field.Name, start, stop - start, $"{rule}, {found}", position > start ? $"{Math.Clamp(number, min, max)}" : null);
    }

    private bool Sign(char sign, ref int position, int end, string rule)
    {
        if (position < end && _text[position] == sign)
        {
            position++;
            return true;
        }
        return False(null, position, 0, $"{rule}, '{sign}' is missing", null);
    }

    private readonly bool IsEndOfItem(int position, int end) => position >= end || _text[position] == ',';

    private static int LastOf(CronField field) => field.Kind == FieldKind.DayOfWeek ? field.Min + 6 : field.Max;

    /// <summary>0 is Sunday.</summary>
    private static int Weekday(CronField field, int value) => field.Min == 1 ? value - 1 : value % 7;

    private DayRules Rules => _fields.Rules ??= new();
}
