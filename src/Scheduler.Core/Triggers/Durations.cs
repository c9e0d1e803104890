using System.Globalization;
using System.Text;

namespace Scheduler.Core.Triggers;

/// <summary>Lengths of time as people write them: 90s, 15m, 1h30m, 1.5h, 30 minutes.</summary>
internal static class Durations
{
    /// <summary>Reads numbers with units in falling order (d, h, m, s), each at most once. ASCII only, no sign, no exponent.</summary>
    /// <param name="fault">What is wrong; null when the text was read.</param>
    internal static bool TryParse(ReadOnlySpan<char> text, out TimeSpan value, out string? fault)
    {
        value = default;
        long total = 0, smallest = long.MaxValue;
        var position = 0;
        text = text.Trim(' ');
        if (text.IsEmpty) return Fail("a length of time is missing", out fault);
        while (position < text.Length)
        {
            if (!TryReadNumber(text, ref position, out var number)) return Fail(Found(text, position), out fault);
            SkipSpaces(text, ref position);
            if (!TryReadUnit(text, ref position, out var unit))
                return Fail(position < text.Length ? Found(text, position) : "a unit is missing: s, m, h or d", out fault);
            if (unit >= smallest) return Fail("units go from large to small, each once, as in 1d2h30m", out fault);
            smallest = unit;
            if (number > (decimal)(TimeSpan.MaxValue.Ticks - total) / unit) return Fail("the length of time is too long", out fault);
            var ticks = number * unit;
            if (ticks != decimal.Truncate(ticks)) return Fail("a length of time is no finer than 100 ns", out fault);
            total += (long)ticks;
            SkipSpaces(text, ref position);
        }
        value = TimeSpan.FromTicks(total);
        fault = null;
        return true;
    }

    /// <summary>The shortest exact text: 1d2h, 1h30m, 1m30s, 0s; a fraction of a second as 1.5s.</summary>
    internal static string Print(TimeSpan value)
    {
        if (value == TimeSpan.Zero) return "0s";
        var text = new StringBuilder(value < TimeSpan.Zero ? "-" : "");
        var ticks = (ulong)(value.Ticks < 0 ? -(Int128)value.Ticks : value.Ticks);
        Append(TimeSpan.TicksPerDay, 'd');
        Append(TimeSpan.TicksPerHour, 'h');
        Append(TimeSpan.TicksPerMinute, 'm');
        if (ticks > 0) text.Append(((decimal)ticks / TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture)).Append('s');
        return text.ToString();

        void Append(long unit, char letter)
        {
            if (ticks < (ulong)unit) return;
            text.Append(ticks / (ulong)unit).Append(letter);
            ticks %= (ulong)unit;
        }
    }

    /// <summary>Digits, perhaps grouped by single underscores, perhaps with decimals; at most 18 digits in all.</summary>
    private static bool TryReadNumber(ReadOnlySpan<char> text, ref int position, out decimal number)
    {
        number = 0;
        int digits = 0, start = position;
        var scale = 1m;
        var inFraction = false;
        for (; position < text.Length && digits <= 18; position++)
        {
            var c = text[position];
            if (char.IsAsciiDigit(c))
            {
                digits++;
                number = number * 10 + (c - '0');
                if (inFraction) scale *= 10;
            }
            else if (c == '.' && !inFraction && IsDigitAt(text, position - 1) && IsDigitAt(text, position + 1)) inFraction = true;
            else if (c == '_' && IsDigitAt(text, position - 1) && IsDigitAt(text, position + 1)) continue;
            else break;
        }
        number /= scale;
        return position > start && digits is > 0 and <= 18;
    }

    private static bool TryReadUnit(ReadOnlySpan<char> text, ref int position, out long unit)
    {
        var start = position;
        while (position < text.Length && char.IsAsciiLetter(text[position])) position++;
        Span<char> word = stackalloc char[8];
        unit = 0;
        if (position - start > word.Length) return Back(ref position);
        var length = text[start..position].ToLowerInvariant(word);
        unit = word[..length] switch
        {
            "d" or "day" or "days" => TimeSpan.TicksPerDay,
            "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
            "m" or "min" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
            "s" or "sec" or "second" or "seconds" => TimeSpan.TicksPerSecond,
            _ => 0,
        };
        return unit > 0 || Back(ref position);

        bool Back(ref int place)
        {
            place = start;
            return false;
        }
    }

    private static bool IsDigitAt(ReadOnlySpan<char> text, int index) => (uint)index < (uint)text.Length && char.IsAsciiDigit(text[index]);

    private static void SkipSpaces(ReadOnlySpan<char> text, ref int position)
    {
        while (position < text.Length && text[position] == ' ') position++;
    }

    private static string Found(ReadOnlySpan<char> text, int position) =>
        position < text.Length ? $"a length of time is numbers with units, as in 90s, 15m or 1h30m; found '{text[position..]}'" : "a number is missing";

    private static bool Fail(string message, out string? fault)
    {
        fault = message;
        return false;
    }
}
