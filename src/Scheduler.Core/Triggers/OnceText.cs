using System.Globalization;

namespace Scheduler.Core.Triggers;

/// <summary>The inside of <c>at(…)</c>: an ISO 8601 date and time, local, or with Z or an offset.</summary>
internal static class OnceText
{
    internal static string Print(OnceTrigger trigger)
    {
        var time = trigger.LocalTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);
        return trigger.Offset switch
        {
            null => $"at({time})",
            { Ticks: 0 } => $"at({time}Z)",
            { } offset => $"at({time}{(offset < TimeSpan.Zero ? '-' : '+')}{offset:hh\\:mm})",
        };
    }

    /// <param name="at">Where in <paramref name="text"/> the fault is; meaningful only with a fault.</param>
    internal static bool TryParse(ReadOnlySpan<char> text, out OnceTrigger? trigger, out int at, out string? fault)
    {
        trigger = null;
        at = 0;
        fault = "a time is written 2026-12-24T18:00:00, with Z or an offset like +01:00 when it is exact";
        var rest = text;
        if (!Number(ref rest, 4, out var year) || !Sign(ref rest, '-') || !Number(ref rest, 2, out var month) || !Sign(ref rest, '-') || !Number(ref rest, 2, out var day)
            || !Sign(ref rest, 'T') || !Number(ref rest, 2, out var hour) || !Sign(ref rest, ':') || !Number(ref rest, 2, out var minute)) return Here(rest, text, out at);
        var second = 0;
        long fraction = 0;
        if (rest is [':', ..])
        {
            if (!Sign(ref rest, ':') || !Number(ref rest, 2, out second)) return Here(rest, text, out at);
            if (rest is ['.', ..])
            {
                var digits = 1;
                while (digits < rest.Length && char.IsAsciiDigit(rest[digits])) digits++;
                if (digits is 1 or > 8) return Here(rest, text, out at);
                for (var i = 1; i < 8; i++) fraction = fraction * 10 + (i < digits ? rest[i] - '0' : 0);
                rest = rest[digits..];
            }
        }
        TimeSpan? offset = null;
        if (rest is "Z")
        {
            offset = TimeSpan.Zero;
            rest = [];
        }
        else if (rest is ['+' or '-', ..])
        {
            var negative = rest[0] == '-';
            rest = rest[1..];
            if (!Number(ref rest, 2, out var hours) || !Sign(ref rest, ':') || !Number(ref rest, 2, out var minutes)) return Here(rest, text, out at);
            offset = new TimeSpan(hours, minutes, 0);
            if (minutes > 59 || offset > TimeSpan.FromHours(14)) return Fault("an offset runs from -14:00 to +14:00", text.Length - 5, out at, out fault);
            if (negative) offset = -offset;
        }
        if (!rest.IsEmpty) return Here(rest, text, out at);
        if (year < 1) return Fault($"year must be 1-9999, found {year}", 0, out at, out fault);
        if (month is < 1 or > 12) return Fault($"month must be 1-12, found {month}", 5, out at, out fault);
        var last = DateTime.DaysInMonth(year, month);
        if (day < 1 || day > last) return Fault($"day must be 1-{last} in that month, found {day}", 8, out at, out fault);
        if (hour > 23) return Fault($"hour must be 0-23, found {hour}", 11, out at, out fault);
        if (minute > 59) return Fault($"minute must be 0-59, found {minute}", 14, out at, out fault);
        if (second > 59) return Fault($"second must be 0-59, found {second}", 17, out at, out fault);
        var local = new DateTime(year, month, day, hour, minute, second).AddTicks(fraction);
        if (offset is { } shift && (local.Ticks < shift.Ticks || local.Ticks - shift.Ticks > DateTime.MaxValue.Ticks))
            return Fault("the instant lies outside years 1-9999", 0, out at, out fault);
        trigger = new OnceTrigger(local, offset);
        fault = null;
        return true;

        static bool Here(ReadOnlySpan<char> rest, ReadOnlySpan<char> text, out int at)
        {
            at = text.Length - rest.Length;
            return false;
        }
    }

    private static bool Number(ref ReadOnlySpan<char> rest, int digits, out int number)
    {
        number = 0;
        if (rest.Length < digits) return false;
        foreach (var c in rest[..digits])
        {
            if (!char.IsAsciiDigit(c)) return false;
            number = number * 10 + (c - '0');
        }
        rest = rest[digits..];
        return true;
    }

    private static bool Sign(ref ReadOnlySpan<char> rest, char sign)
    {
        if (rest.IsEmpty || rest[0] != sign) return false;
        rest = rest[1..];
        return true;
    }

    private static bool Fault(string message, int position, out int at, out string? fault)
    {
        (at, fault) = (position, message);
        return false;
    }
}
