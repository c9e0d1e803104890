namespace Scheduler.Core.Triggers;

/// <summary>Reads the fields of one cron expression, in every form, out of a stretch of text. ASCII only; letters in either case.</summary>
/// <remarks>
/// <see cref="CanonicalCron"/> has read what was flawless and canonical, so this is made for telling what is wrong, not for speed.
/// A method that reads something returns whether it could, with <c>_fault</c> set if not, and leaves <c>_position</c> behind what it read.
/// <c>_field</c>, <c>_fieldEnd</c> and <c>_values</c> belong to the field being read.
/// </remarks>
internal ref partial struct CronParser
{
    private const int MostFields = 8;

    private readonly string _text;
    private readonly string? _hashKey;
    private readonly int _start, _end;
    private readonly (int Start, int End)[] _bounds = new (int, int)[MostFields];
    private int _count;
    private bool _isCanonical = true;

    private CronField _field = CronField.Minute;
    private int _position, _fieldEnd;
    private ulong _values;

    private CronFields _fields;
    private CronFault? _fault;

    private CronParser(string text, int start, int end, string? hashKey)
    {
        _text = text;
        (_start, _end) = (start, end);
        _hashKey = hashKey;
    }

    private DayRules Rules => _fields.Rules ??= new();

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
            fault = fault with { Whole = $"{AwsCron.Opening}{text[start..end]})" };
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
        return Field(CronField.Minute, first, out _fields.Minutes)
            && Field(CronField.Hour, first + 1, out var hours)
            && Field(CronField.DayOfMonth, first + 2, out var days)
            && Field(CronField.Month, first + 3, out var months)
            && Field(CronField.DayOfWeek, first + 4, out var weekdays)
            ? Finish(first == 1 ? CronForm.SixFields : CronForm.FiveFields, hours, days, months, weekdays, first + 2)
            : null;
    }

    private CronExpression? ParseAws()
    {
        if (_count != 6) return Fail(null, _start, _end - _start,
            $"cron(…) has six fields (minute, hour, day, month, weekday, year), found {_count}", _count == 5 ? $"{_text[_start.._end]} *" : null);
        _fields.Seconds = 1;
        return Field(CronField.Minute, 0, out _fields.Minutes)
            && Field(CronField.Hour, 1, out var hours)
            && Field(CronField.DayOfMonth, 2, out var days)
            && Field(CronField.Month, 3, out var months)
            && Field(CronField.AwsDayOfWeek, 4, out var weekdays)
            && Field(CronField.Year, 5, out _)
            && HasOneQuestionMark()
            ? Finish(CronForm.Aws, hours, days, months, weekdays, 2)
            : null;
    }

    private bool HasOneQuestionMark()
    {
        const int Day = 2, Weekday = 4;
        bool inDay = FieldText(Day) is "?", inWeekday = FieldText(Weekday) is "?";
        if (inDay != inWeekday) return true;
        var at = inDay || FieldText(Weekday) is "*" ? Weekday : Day;
        return False(at == Weekday ? "day of week" : "day of month", StartOf(at), EndOf(at) - StartOf(at),
            "cron(…) wants exactly one ? in day of month or day of week", inDay ? "*" : FieldText(at) is "*" ? "?" : null);
    }

    private CronExpression? Finish(CronForm form, ulong hours, ulong days, ulong months, ulong weekdays, int dayField)
    {
        _fields.Hours = (uint)hours;
        _fields.Days = (uint)days;
        _fields.Months = (uint)months;
        _fields.Weekdays = (uint)weekdays;
        return CronExpression.IfItFires(Canonical(form), form, in _fields) ?? Fail("day of month", StartOf(dayField), EndOf(dayField) - StartOf(dayField),
            "the expression can never fire: no month that it names has such a day", "L");
    }

    /// <summary>One field's set of values, lowest bit for value 0. Years go to the rules instead.</summary>
    private bool Field(CronField field, int index, out ulong values)
    {
        int start = StartOf(index), end = EndOf(index);
        (_field, _position, _fieldEnd, _values) = (field, start, end, 0);
        var isOpen = end == start + 1 && (_text[start] == '*' || (field.IsDay && _text[start] == '?'));
        var isRead = isOpen ? Open() : List();
        values = _values;
        return isRead;
    }

    /// <summary>A star, or a question mark for a day: nothing is restricted.</summary>
    private bool Open()
    {
        _values = _field.All;
        _fields.DaysOpen |= _field.Kind == FieldKind.DayOfMonth;
        _fields.WeekdaysOpen |= _field.Kind == FieldKind.DayOfWeek;
        _fields.Repeats |= _field.IsTime;
        return true;
    }

    private bool List()
    {
        if (_text[_position] == '*')
        {
            _fields.DaysOpen |= _field.Kind == FieldKind.DayOfMonth;
            _fields.WeekdaysOpen |= _field.Kind == FieldKind.DayOfWeek;
        }
        while (true)
        {
            if (!Item()) return false;
            if (_position == _fieldEnd) return true;
            if (_text[_position] != ',') return Unexpected();
            _position++;
        }
    }

    /// <summary>One item of a list: a star, a value, a range, each perhaps with a step; or one of the forms with letters.</summary>
    private bool Item()
    {
        var start = _position;
        switch (Upper(start))
        {
            case ',' or '\0':
                return Missing(start);
            case '*':
                _position++;
                return Range(start, _field.Min, _field.Last, isRange: true);
            case 'H' when _field.Kind != FieldKind.Year:
                return Hash();
            case 'L' when _field.Kind == FieldKind.DayOfMonth:
                return LastDay();
            case 'L' when _field is { Kind: FieldKind.DayOfWeek, Min: 1 } && IsEndOfItem(start + 1):
                _position++;
                _values |= 1UL << (int)DayOfWeek.Saturday;
                return true;
        }
        if (!Value(out var low)) return false;
        switch (Upper(_position))
        {
            case '-':
                _position++;
                if (!Value(out var high)) return false;
                if (high < low && _field.Kind == FieldKind.Year) return FallingYears(start, low, high);
                return Range(start, low, high, isRange: true);
            case '/':
                return Range(start, low, _field.Last, isRange: true);
            case 'W' when _field.Kind == FieldKind.DayOfMonth:
                _position++;
                Rules.NearWorkday |= 1u << low;
                return true;
            case 'L' when _field.Kind == FieldKind.DayOfWeek:
                _position++;
                Rules.LastWeekdays |= (byte)(1 << _field.Weekday(low));
                return true;
            case '#' when _field.Kind == FieldKind.DayOfWeek:
                _position++;
                if (!Number(1, 5, "the week after # must be 1-5", out var nth)) return false;
                Rules.AddNth(nth, _field.Weekday(low));
                return true;
            default:
                return Range(start, low, low, isRange: false);
        }
    }

    /// <summary>Reads a step if there is one and adds the range; past the largest value a range goes on from the smallest.</summary>
    private bool Range(int start, int low, int high, bool isRange)
    {
        var step = 1;
        if (Upper(_position) == '/' && !Step(start, out step)) return false;
        _fields.Repeats |= isRange && _field.IsTime;
        switch (_field.Kind)
        {
            case FieldKind.Year:
                Rules.AddYears(low, high, step);
                break;
            case FieldKind.DayOfWeek:
                var (first, last) = _field.Weekdays(low, high);
                Add(first, last, step, 0);
                break;
            default:
                Add(low, high, step, _field.Min);
                break;
        }
        return true;
    }

    private void Add(int low, int high, int step, int min)
    {
        var afterLast = min + _field.Size;
        if (step == 1 && high >= low && high < afterLast)
        {
            _values |= (2UL << high) - (1UL << low);
            return;
        }
        for (var value = low; value <= (high >= low ? high : high + _field.Size); value += step)
            _values |= 1UL << (value >= afterLast ? value - _field.Size : value);
    }

    private bool Step(int start, out int step)
    {
        var at = ++_position;
        return TryNumber(1, _field.LargestStep, out step) || WrongStep(start, at, out step);
    }

    private bool WrongStep(int start, int at, out int step)
    {
        _position = at;
        Number(1, _field.LargestStep, $"the step of {_field.Name} must be 1-{_field.LargestStep}", out step);
        // */60 in the minutes is meant as "once an hour".
        if (step > _field.LargestStep && _field.IsTime && _text[start] == '*')
            _fault = _fault! with { Position = start, Length = _position - start, Mend = "0" };
        return false;
    }

    private bool FallingYears(int start, int low, int high) =>
        False("year", start, _position - start, $"a range of years must rise, found {low}-{high}", $"{high}-{low}");

    /// <summary>H, H/15, H(0-29), H(0-29)/10.</summary>
    private bool Hash()
    {
        var start = _position++;
        int low = _field.Min, high = _field.HashMax;
        if (Upper(_position) == '(')
        {
            _position++;
            if (!Value(out low) || !Sign('-') || !Value(out high) || !Sign(')')) return false;
            if (high < low) return False(_field.Name, start, _position - start, $"the range of H must rise, found {low}-{high}", $"H({high}-{low})");
        }
        _fields.Hashed = true;
        var (count, step) = (high - low + 1, 1);
        if (Upper(_position) != '/') low = high = low + CronHash.Pick(_hashKey, _field.Kind, count);
        else
        {
            if (!Step(start, out step)) return false;
            low += CronHash.Pick(_hashKey, _field.Kind, Math.Min(step, count));
            _fields.Repeats |= _field.IsTime;
        }
        for (var value = low; value <= high; value += step) _values |= 1UL << (_field.Kind == FieldKind.DayOfWeek ? _field.Weekday(value) : value);
        return true;
    }

    /// <summary>L, LW or L-3.</summary>
    private bool LastDay()
    {
        _position++;
        var before = 0;
        switch (Upper(_position))
        {
            case 'W':
                _position++;
                Rules.LastWorkday = true;
                return true;
            case '-':
                _position++;
                if (!Number(1, 30, "the days before the last must be 1-30", out before)) return false;
                break;
        }
        Rules.DaysBeforeLast |= 1u << before;
        return true;
    }

    /// <summary>A number or a name, as written: 7 stays 7.</summary>
    private bool Value(out int value)
    {
        var start = _position;
        if (char.IsAsciiDigit(Upper(start)))
            return TryNumber(_field.Min, _field.Max, out value) || OutOfRange(start);
        value = -1;
        if (_field.Names.Length > 0 && _fieldEnd - start >= 3)
        {
            value = _field.ValueOf(_text.AsSpan(start, 3));
            var isWhole = !char.IsAsciiLetter(Upper(start + 3))
                || (_field.Kind == FieldKind.DayOfWeek && Upper(start + 3) == 'L' && IsEndOfItem(start + 4));
            if (value >= 0 && isWhole)
            {
                _position += 3;
                return true;
            }
        }
        return NoValue(isName: value >= 0);
    }

    private bool Number(int min, int max, string rule, out int number)
    {
        var start = _position;
        return TryNumber(min, max, out number) || WrongNumber(start, number, min, max, rule);
    }

    private bool WrongNumber(int start, int number, int min, int max, string rule)
    {
        var stop = _position > start ? _position : TokenEnd(start);
        var found = stop > start ? $"found {_text[start..stop]}" : "found nothing";
        return False(_field.Name, start, stop - start, $"{rule}, {found}", _position > start ? $"{Math.Clamp(number, min, max)}" : null);
    }

    private bool TryNumber(int min, int max, out int number)
    {
        var start = _position;
        number = 0;
        for (; _position < _fieldEnd && char.IsAsciiDigit(_text[_position]); _position++)
            if (number < 100_000) number = number * 10 + (_text[_position] - '0');
        return _position > start && number >= min && number <= max;
    }

    private bool Sign(char sign)
    {
        if (Upper(_position) != sign) return False(_field.Name, _position, 0, $"H takes a range as in H(0-29), '{sign}' is missing", null);
        _position++;
        return true;
    }

    private readonly bool IsEndOfItem(int position) => Upper(position) is ',' or '\0';

    /// <summary>The character there as a capital; NUL, which no text may hold, at the field's end.</summary>
    private readonly char Upper(int position)
    {
        if (position >= _fieldEnd) return '\0';
        var c = _text[position];
        return c is >= 'a' and <= 'z' ? (char)(c - 0x20) : c;
    }
}
