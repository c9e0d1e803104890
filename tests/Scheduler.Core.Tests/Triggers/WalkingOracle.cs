using System.Collections.Concurrent;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>
/// The slow truth: walks through time minute by minute, asks <see cref="TimeZoneInfo"/> for every wall-clock time,
/// and reads the fields anew, by lists and not by bits. Shares no code with the engine.
/// </summary>
internal sealed class WalkingOracle
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly ConcurrentDictionary<string, TimeZoneInfo> Zones = new();

    private readonly string[] _fields;
    private readonly bool _isAws, _repeats;
    private readonly bool[] _seconds, _minutes, _hours, _months;

    internal WalkingOracle(string cron)
    {
        _isAws = cron.StartsWith("cron(", StringComparison.Ordinal);
        var parts = (_isAws ? cron[5..^1] : cron).Split(' ');
        var hasSeconds = !_isAws && parts.Length == 6;
        _fields = hasSeconds ? parts : ["0", .. parts];
        _repeats = (hasSeconds && Repeats(_fields[0])) || Repeats(_fields[1]) || Repeats(_fields[2]);
        _seconds = Set(_fields[0], 0, 59, []);
        _minutes = Set(_fields[1], 0, 59, []);
        _hours = Set(_fields[2], 0, 23, []);
        _months = Set(_fields[4], 1, 12, Months);
    }

    /// <summary>What a zone's wall clock shows at each UTC minute of a stretch of time.</summary>
    internal sealed record Walk(DateTime From, DateTime[] Locals)
    {
        internal static Walk Through(string zone, DateTimeOffset from, DateTimeOffset to)
        {
            var info = Zones.GetOrAdd(zone, TimeZoneInfo.FindSystemTimeZoneById);
            var locals = new DateTime[(int)(to - from).TotalMinutes + 1];
            for (var minute = 0; minute < locals.Length; minute++)
            {
                var utc = from.UtcDateTime.AddMinutes(minute);
                locals[minute] = DateTime.SpecifyKind(utc + info.GetUtcOffset(utc), DateTimeKind.Unspecified);
            }
            return new(from.UtcDateTime, locals);
        }
    }

    /// <summary>All occurrences in a walk, but for its first two days: those only tell which times the clock has shown before.</summary>
    internal List<DateTimeOffset> Between(Walk walk)
    {
        var found = new List<DateTimeOffset>();
        var shown = walk.Locals[0];
        for (var minute = 1; minute < walk.Locals.Length; minute++)
        {
            var local = walk.Locals[minute];
            var reached = _repeats ? walk.Locals[minute - 1] : shown;
            if (local > shown) shown = local;
            var utc = new DateTimeOffset(walk.From.AddMinutes(minute));
            var counts = minute >= 2 * 24 * 60;
            if (!counts || (!_repeats && local <= reached)) continue;
            if (HasMatch(reached.AddMinutes(1), local)) found.Add(utc);
            if (!MatchesMinute(local)) continue;
            for (var second = 0; second < 60; second++)
                if (_seconds[second] && (second > 0 || found.Count == 0 || found[^1] < utc)) found.Add(utc.AddSeconds(second));
        }
        return found;
    }

    /// <summary>Whether any date of these years matches, tried one by one.</summary>
    internal bool HasDate(int firstYear, int lastYear)
    {
        for (var day = new DateTime(firstYear, 1, 1); day.Year <= lastYear; day = day.AddDays(1))
            if (_months[day.Month] && MatchesDay(day) && (!_isAws || MatchesYear(day.Year))) return true;
        return false;
    }

    /// <summary>What the clock did to an occurrence, seen by what it shows there and in the day after.</summary>
    internal OccurrenceNote NoteOf(Walk walk, DateTimeOffset at)
    {
        var minute = (int)(at.UtcDateTime - walk.From).TotalMinutes;
        var local = walk.Locals[minute];
        if (!MatchesMinute(local) || !_seconds[at.Second]) return OccurrenceNote.Shifted;
        return walk.Locals.AsSpan(minute + 1, 24 * 60).Contains(local) ? OccurrenceNote.FirstOfTwo : OccurrenceNote.None;
    }

    /// <summary>Whether a minute matches in a gap of the wall clock, its end not included.</summary>
    private bool HasMatch(DateTime from, DateTime to)
    {
        for (var local = from; local < to; local = local.AddMinutes(1))
            if (MatchesMinute(local)) return true;
        return false;
    }

    private bool MatchesMinute(DateTime local) =>
        _minutes[local.Minute] && _hours[local.Hour] && _months[local.Month] && MatchesDay(local) && (!_isAws || MatchesYear(local.Year));

    private bool MatchesDay(DateTime local)
    {
        string days = _fields[3], weekdays = _fields[5];
        bool byDate = MatchesDate(days, local), byWeekday = MatchesWeekday(weekdays, local);
        var bothRestricted = days[0] is not ('*' or '?') && weekdays[0] is not ('*' or '?');
        return bothRestricted ? byDate || byWeekday : byDate && byWeekday;
    }

    private static bool MatchesDate(string field, DateTime local)
    {
        var last = DateTime.DaysInMonth(local.Year, local.Month);
        foreach (var item in field.Split(','))
        {
            if (item == "L") { if (local.Day == last) return true; }
            else if (item == "LW") { if (local.Day == NearWorkday(local, last)) return true; }
            else if (item.StartsWith("L-", StringComparison.Ordinal)) { if (local.Day == last - Number(item[2..], [], 0)) return true; }
            else if (item.EndsWith('W'))
            {
                var day = Number(item[..^1], [], 0);
                if (day <= last && local.Day == NearWorkday(local, day)) return true;
            }
            else if (Set(item, 1, 31, [])[local.Day]) return true;
        }
        return false;
    }

    private static int NearWorkday(DateTime month, int day)
    {
        var last = DateTime.DaysInMonth(month.Year, month.Month);
        return Enumerable.Range(1, last)
            .Where(candidate => new DateTime(month.Year, month.Month, candidate).DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
            .MinBy(candidate => Math.Abs(candidate - day));
    }

    private bool MatchesWeekday(string field, DateTime local)
    {
        var first = _isAws ? 1 : 0;
        var weekday = (int)local.DayOfWeek + first;
        var isLastOfMonth = local.Day + 7 > DateTime.DaysInMonth(local.Year, local.Month);
        foreach (var item in field.Split(','))
        {
            var hash = item.IndexOf('#', StringComparison.Ordinal);
            if (item == "L") { if (weekday == 7) return true; }
            else if (hash > 0)
            {
                if (Same(Number(item[..hash], Weekdays, first)) && (local.Day - 1) / 7 + 1 == Number(item[(hash + 1)..], [], 0)) return true;
            }
            else if (item.EndsWith('L')) { if (isLastOfMonth && Same(Number(item[..^1], Weekdays, first))) return true; }
            else if (WeekdaySet(item, first).Any(Same)) return true;
        }
        return false;

        bool Same(int number) => number == weekday || (!_isAws && number % 7 == weekday);
    }

    private static IEnumerable<int> WeekdaySet(string item, int first)
    {
        var (low, high, step) = Range(item, first, first + 6, Weekdays);
        if (first == 0 && low == 7) (low, high) = (0, high == 7 ? 0 : high); // Sunday as 7
        for (var value = low; value <= (high >= low ? high : high + 7); value += step) yield return value > first + 6 ? value - 7 : value;
    }

    private bool MatchesYear(int year) =>
        _fields[6].Split(',').Any(item =>
        {
            var (low, high, step) = Range(item, 1970, 2199, []);
            return year >= low && year <= high && (year - low) % step == 0;
        });

    private static bool[] Set(string field, int min, int max, string[] names)
    {
        var set = new bool[max + 1];
        foreach (var item in field.Split(','))
        {
            var (low, high, step) = Range(item, min, max, names);
            for (var value = low; value <= (high >= low ? high : high + max - min + 1); value += step) set[value > max ? value - (max - min + 1) : value] = true;
        }
        return set;
    }

    private static (int Low, int High, int Step) Range(string item, int min, int max, string[] names)
    {
        var parts = item.Split('/');
        var step = parts.Length > 1 ? Number(parts[1], [], 0) : 1;
        if (parts[0] is "*" or "?") return (min, max, step);
        var bounds = parts[0].Split('-');
        var low = Number(bounds[0], names, min);
        return (low, bounds.Length > 1 ? Number(bounds[1], names, min) : parts.Length > 1 ? max : low, step);
    }

    private static int Number(string text, string[] names, int first)
    {
        var index = Array.IndexOf(names, text);
        return index >= 0 ? index + first : int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static bool Repeats(string field) => field.AsSpan().ContainsAny("*-/");
}
