using System.Collections.Concurrent;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>
/// The slow truth: walks minute by minute, asks <see cref="TimeZoneInfo"/> for every wall-clock time,
/// and reads the fields anew, by lists and not by bits. Shares no code with the engine.
/// </summary>
internal sealed class WalkingOracle
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    private static readonly ConcurrentDictionary<string, TimeZoneInfo> Zones = new();

    private readonly string[] _fields;
    private readonly bool _isAws, _hasSeconds, _repeats;
    private readonly TimeZoneInfo _zone;
    private readonly bool[] _seconds, _minutes, _hours, _months;

    internal WalkingOracle(string cron, string zone)
    {
        _isAws = cron.StartsWith("cron(", StringComparison.Ordinal);
        var parts = (_isAws ? cron[5..^1] : cron).Split(' ');
        _hasSeconds = !_isAws && parts.Length == 6;
        _fields = _hasSeconds ? parts : ["0", .. parts];
        _repeats = (_hasSeconds && Repeats(_fields[0])) || Repeats(_fields[1]) || Repeats(_fields[2]);
        _zone = Zones.GetOrAdd(zone, TimeZoneInfo.FindSystemTimeZoneById);
        _seconds = Set(_fields[0], 0, 59, []);
        _minutes = Set(_fields[1], 0, 59, []);
        _hours = Set(_fields[2], 0, 23, []);
        _months = Set(_fields[4], 1, 12, Months);
    }

    /// <summary>All occurrences from one UTC minute to another, both included.</summary>
    internal List<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        var found = new List<DateTimeOffset>();
        // The walk begins two days early, so that it knows which wall-clock times were seen before.
        var before = Local(from.UtcDateTime.AddDays(-2));
        var furthest = before;
        for (var utc = from.UtcDateTime.AddDays(-2).AddMinutes(1); utc <= to.UtcDateTime; utc = utc.AddMinutes(1))
        {
            var local = Local(utc);
            if (_repeats)
            {
                if (HasMatch(before.AddMinutes(1), local)) Add(utc);
                AddSeconds(utc, local);
            }
            else if (local > furthest)
            {
                if (HasMatch(furthest.AddMinutes(1), local)) Add(utc);
                AddSeconds(utc, local);
            }
            before = local;
            if (local > furthest) furthest = local;
        }
        return found;

        void AddSeconds(DateTime utc, DateTime local)
        {
            if (!MatchesMinute(local)) return;
            for (var second = 0; second < 60; second++)
                if (_seconds[second]) Add(utc.AddSeconds(second));
        }

        void Add(DateTime utc)
        {
            var at = new DateTimeOffset(utc);
            if (at >= from && at <= to && (found.Count == 0 || found[^1] < at)) found.Add(at);
        }
    }

    private DateTime Local(DateTime utc) => DateTime.SpecifyKind(utc + _zone.GetUtcOffset(utc), DateTimeKind.Unspecified);

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
        if (first == 0 && low == 7) low = 0;
        if (item.Contains('-', StringComparison.Ordinal) && Number(item.Split('/')[0].Split('-')[0], Weekdays, first) == 7 && high == 7) high = 0;
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
