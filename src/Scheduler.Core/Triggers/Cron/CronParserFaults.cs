namespace Scheduler.Core.Triggers;

/// <summary>The parser's bookkeeping: where the fields lie, the canonical text, and the words for what is wrong.</summary>
internal ref partial struct CronParser
{
    private readonly int StartOf(int field) => _bounds[2 * field];

    private readonly int EndOf(int field) => _bounds[2 * field + 1];

    private readonly ReadOnlySpan<char> Text(int field) => _text.AsSpan(StartOf(field), EndOf(field) - StartOf(field));

    /// <summary>Finds the fields between spaces and tabs; counts more than <see cref="MostFields"/> but keeps no bounds of them.</summary>
    private int Split()
    {
        var position = _start;
        while (true)
        {
            var gap = position;
            while (position < _end && _text[position] is ' ' or '\t') position++;
            if (position - gap > 1 || (position > gap && (_count == 0 || _text[gap] == '\t'))) _isCanonical = false;
            if (position >= _end)
            {
                if (position > gap) _isCanonical = false;
                return _count;
            }
            var start = position;
            for (; position < _end; position++)
            {
                var c = _text[position];
                if (c is ' ' or '\t') break;
                if (c is >= 'a' and <= 'z') _isCanonical = false;
            }
            if (_count < MostFields) (_bounds[2 * _count], _bounds[2 * _count + 1]) = (start, position);
            _count++;
        }
    }

    private readonly string Canonical(CronForm form)
    {
        if (_isCanonical && _start == (form == CronForm.Aws ? AwsCron.Opening.Length : 0) && _end == _text.Length - (form == CronForm.Aws ? 1 : 0)) return _text;
        var fields = new string[_count];
        for (var i = 0; i < _count; i++) fields[i] = Text(i).ToString().ToUpperInvariant();
        var inner = string.Join(' ', fields);
        return form == CronForm.Aws ? $"{AwsCron.Opening}{inner})" : inner;
    }

    /// <summary>Quartz writes second, …, weekday, year: without its second that is the AWS form.</summary>
    private readonly string? QuartzAsAws() => _count == 7 && Text(0) is "0" ? $"cron({_text[StartOf(1)..EndOf(6)]})" : null;

    private bool OutOfRange(CronField field, int start, int stop)
    {
        var number = int.TryParse(_text.AsSpan(start, stop - start), System.Globalization.NumberStyles.None, null, out var value) ? value : int.MaxValue;
        // 24 o'clock and minute 60 are meant as 0.
        var mend = field.IsTime && number == field.Max + 1 ? 0 : Math.Clamp(number, field.Min, field.Max);
        return False(field.Name, start, stop - start, $"{field.Name} must be {field.Allowed}, found {_text[start..stop]}", $"{mend}");
    }

    private bool NoValue(CronField field, int start, int end, bool isName)
    {
        if (start >= end) return Missing(field, start);
        if (_text[start] == '-' && start > 0 && _text[start - 1] == '-')
            return False(field.Name, start, 1, $"{field.Name} must be {field.Allowed}, found -", "");
        var stop = Math.Max(TokenEnd(start, end), start + 1);
        var found = _text[start..stop];
        if (field.Kind == FieldKind.DayOfWeek && found is "L" or "l")
            return False(field.Name, start, 1, "L needs a weekday before it, as in 5L or FRIL", null);
        if (found is "?") return False(field.Name, start, 1, field.Kind is FieldKind.DayOfMonth or FieldKind.DayOfWeek
            ? $"? stands alone in {field.Name}" : $"{field.Name} must be {field.Allowed}, found ?", start == end - 1 ? "*" : null);
        var mend = isName ? _text[start..(start + 3)] : NearestName(field, found);
        return False(field.Name, start, stop - start, $"{field.Name} must be {field.Allowed}, found {found}", mend);
    }

    private bool Missing(CronField field, int position)
    {
        var atEnd = position >= _end || _text[position] != ',';
        var comma = atEnd ? position - 1 : position;
        var removable = comma >= _start && _text[comma] is ',' or '-' or '/';
        return False(field.Name, removable ? comma : position, removable ? 1 : 0, $"a value is missing in {field.Name}", removable ? "" : null);
    }

    private bool Unexpected(CronField field, int position, int end)
    {
        var rest = _text[position..end];
        return False(field.Name, position, rest.Length, $"{field.Name} cannot go on with {rest}", null);
    }

    private static string? NearestName(CronField field, string found)
    {
        if (field.Names.Length == 0 || found.Length < 2) return null;
        var names = new List<string>();
        for (var i = 0; i < field.Names.Length; i += 3) names.Add(field.Names[i..(i + 3)]);
        return Spelling.Nearest(found, names, atMost: 1);
    }

    private readonly int TokenEnd(int start, int end)
    {
        while (start < end && _text[start] is not (',' or '-' or '/' or '#' or '(' or ')')) start++;
        return start;
    }

    private bool False(string? field, int position, int length, string message, string? mend)
    {
        _fault = new(field, position, length, message, mend);
        return false;
    }

    private CronExpression? Fail(string? field, int position, int length, string message, string? mend)
    {
        False(field, position, length, message, mend);
        return null;
    }
}
