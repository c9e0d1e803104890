using System.Globalization;

namespace Scheduler.Web.Time;

/// <summary>Lengths of time, in at most two units.</summary>
public static class DurationText
{
    /// <summary><c>0 ms</c>, <c>840 ms</c>, <c>4.2 s</c>, <c>42 s</c>, <c>3 min 12 s</c>, <c>1 h 5 min</c>, <c>2 d 3 h</c>. js/clock.js says the same from a second on.</summary>
    public static string Of(TimeSpan length)
    {
        if (length < TimeSpan.Zero) length = TimeSpan.Zero;
        if (length.TotalSeconds < 1) return $"{(int)length.TotalMilliseconds} ms";
        if (length.TotalSeconds < 10) return $"{(Math.Floor(length.TotalSeconds * 10) / 10).ToString("0.#", CultureInfo.InvariantCulture)} s";
        if (length.TotalMinutes < 1) return $"{(int)length.TotalSeconds} s";
        if (length.TotalHours < 1) return Two((int)length.TotalMinutes, "min", length.Seconds, "s");
        if (length.TotalDays < 1) return Two((int)length.TotalHours, "h", length.Minutes, "min");
        return Two((int)length.TotalDays, "d", length.Hours, "h");
    }

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";
}
