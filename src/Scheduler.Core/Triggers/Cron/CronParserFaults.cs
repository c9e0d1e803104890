using System.Globalization;

namespace Scheduler.Core.Triggers;

/// <summary>The parser's bookkeeping: where the fields lie, the canonical text, and the words for what is wrong.</summary>
internal ref partial struct CronParser
{
    private readonly int StartOf(int field) => _bounds[field].Start;

    private readonly int EndOf(int field) => _bounds[field].End;

    private readonly ReadOnlySpan<char> FieldText(int field) => _text.AsSpan(StartOf(field), EndOf(field) - StartOf(field));

    /// <summary>Finds the fields between spaces and tabs; counts more than <see cref="MostFields"/> but keeps no bounds of them.</summary>
    private int Split()
    {
        var span = _text.AsSpan(_start, _end - _start);
        int count = 0, start = 0;
        var isCanonical = true;
        for (var i = 0; i <= span.Length; i++)
        {
            var c = i < span.Length ? span[i] : ' ';
            if (c > ' ')
            {
                if (c is >= 'a' and <= 'z') isCanonical = false;
                continue;
            }
            if (c is not (' ' or '\t')) continue; // other control characters belong to a field, which will refuse them
            if (c == '\t' || i == start) isCanonical = false;
            if (i > start)
            {
                if (count < MostFields) _bounds[count] = (_start + start, _start + i);
                count++;
            }
            start = i + 1;
        }
        _isCanonical = isCanonical;
        return _count = count;
    }

    /// <summary>The text itself where it is canonical, so that parsing it copies nothing.</summary>
    private readonly string Canonical(CronForm form)
    {
        var (opening, closing) = form == CronForm.Aws ? (AwsCron.Opening, ")") : ("", "");
        if (_isCanonical && _start == opening.Length && _end == _text.Length - closing.Length) return _text;
        var fields = new string[_count];
        for (var i = 0; i < _count; i++) fields[i] = FieldText(i).ToString().ToUpperInvariant();
        return opening + string.Join(' ', fields) + closing;
    }

    /// <summary>Quartz writes second, …, weekday, year: without its second that is the AWS form.</summary>
    private readonly string? QuartzAsAws() => _count == 7 && FieldText(0) is "0" ? $"{AwsCron.Opening}{_text[StartOf(1)..EndOf(6)]})" : null;

    private bool OutOfRange(int start)
    {
        var number = int.TryParse(_text.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : int.MaxValue;
        // 24 o'clock and minute 60 are meant as 0.
        var mend = _field.IsTime && number == _field.Max + 1 ? 0 : Math.Clamp(number, _field.Min, _field.Max);
        return Refuse(start, _position, $"{mend}");
    }

    private bool NoValue(bool isName)
    {
        var start = _position;
        switch (Upper(start))
        {
            case '\0' when start >= _fieldEnd:
                return Missing(start);
            case '-' when start > _start && _text[start - 1] == '-':
                return Refuse(start, start + 1, "");
            case 'L' when _field.Kind == FieldKind.DayOfWeek && IsEndOfItem(start + 1):
                return False(_field.Name, start, 1, "L needs a weekday before it, as in 5L or FRIL", null);
            case '?' when _field.IsDay:
                return False(_field.Name, start, 1, $"? stands alone in {_field.Name}", null);
            case '?':
                return Refuse(start, start + 1, "*");
        }
        var stop = Math.Max(TokenEnd(start), start + 1);
        return Refuse(start, stop, isName ? _text[start..(start + 3)] : NearestName(_text[start..stop]));
    }

    private bool Missing(int position)
    {
        var before = position < _fieldEnd ? position : position - 1;
        var canGo = before >= StartOfField && _text[before] is ',' or '-' or '/';
        return False(_field.Name, canGo ? before : position, canGo ? 1 : 0, $"a value is missing in {_field.Name}", canGo ? "" : null);
    }

    private bool Unexpected()
    {
        var rest = _text[_position.._fieldEnd];
        return False(_field.Name, _position, rest.Length, $"{_field.Name} cannot go on with {rest}", null);
    }

    private readonly int StartOfField
    {
        get
        {
            var start = _position;
            while (start > _start && _text[start - 1] is not (' ' or '\t')) start--;
            return start;
        }
    }

    private readonly string? NearestName(string found)
    {
        if (_field.Names.Length == 0 || found.Length < 2) return null;
        var names = _field.Names;
        return Spelling.Nearest(found, Enumerable.Range(0, names.Length / 3).Select(i => names.Substring(3 * i, 3)), atMost: 1);
    }

    private readonly int TokenEnd(int start)
    {
        while (start < _fieldEnd && _text[start] is not (',' or '-' or '/' or '#' or '(' or ')')) start++;
        return start;
    }

    private bool Refuse(int start, int stop, string? mend) =>
        False(_field.Name, start, stop - start, $"{_field.Name} must be {_field.Allowed}, found {_text[start..stop]}", mend);

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
