using FsCheck;
using FsCheck.Fluent;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>Random expressions, zones and instants; instants lie near a clock change more often than not.</summary>
internal static class CronGenerator
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    internal static Gen<string> Expression => Gen.Frequency(
        (5, Fields(Minutes, Hours, Days, MonthOfYear, WeekdayFrom(0))),
        (2, Fields(SecondOfMinute, Minutes, Hours, Days, MonthOfYear, WeekdayFrom(0))),
        (1, Aws(Days.Where(days => days != "?"), Gen.Constant("?"))),
        (1, Aws(Gen.Constant("?"), WeekdayFrom(1).Where(days => days != "?"))));

    internal static Gen<string> Zone => Gen.Frequency(
        (2, Gen.Elements(TriggerZone.Ids.ToArray())),
        (1, Gen.Elements("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Kathmandu")));

    /// <summary>A UTC minute in the years 2000 to 2040.</summary>
    internal static Gen<DateTimeOffset> InstantFor(string zone)
    {
        var changes = TriggerZone.Find(zone).Table.Periods.ToArray()
            .Where(period => period.Start > Seconds(2000) && period.Start < Seconds(2040)).Select(period => period.Start).ToArray();
        var anywhere = from day in Gen.Choose(0, 40 * 365) from minute in Gen.Choose(0, 1439) select Clock.ToInstant(Seconds(2000)).AddDays(day).AddMinutes(minute);
        if (changes.Length == 0) return anywhere;
        var near = from change in Gen.Elements(changes) from minutes in Gen.Choose(-2 * 1440, 120) select Clock.ToInstant(change / 60 * 60).AddMinutes(minutes);
        return Gen.Frequency((3, near), (1, anywhere));
    }

    internal static long Seconds(int year) => new DateTime(year, 1, 1).Ticks / TimeSpan.TicksPerSecond;

    /// <summary>Where, which character, and whether to insert (0), remove (1) or replace it (2).</summary>
    internal static Gen<(int Place, char Character, int Kind)> Edits =>
        from place in Gen.Choose(0, 40)
        from character in Gen.Elements("*/-,?LWH#() 0123456789aZ@٥\t\0é".ToCharArray())
        from kind in Gen.Choose(0, 2)
        select (place, character, kind);

    internal static string Edited(string text, (int Place, char Character, int Kind) edit)
    {
        if (edit.Kind == 0 || text.Length == 0) return text.Insert(Math.Min(edit.Place, text.Length), edit.Character.ToString());
        var place = Math.Min(edit.Place, text.Length - 1);
        var without = text.Remove(place, 1);
        return edit.Kind == 1 ? without : without.Insert(place, edit.Character.ToString());
    }

    /// <summary>Five to seven fields of what fields are made of, as it falls; mostly faulty.</summary>
    internal static Gen<string> Soup =>
        from fields in Gen.ListOf(
            from tokens in Gen.ListOf(Gen.Frequency(
                (3, from number in Gen.Choose(0, 66) select $"{number}"),
                (3, Gen.Elements("*", ",", "-", "/")),
                (1, Gen.Elements("?", "L", "W", "LW", "#", "L-", "0", "007", "2030", "MON", "SUN", "JAN", "MAR", "H"))), 4)
            from length in Gen.Choose(1, 4)
            select string.Concat(tokens.Take(length)), 7)
        from count in Gen.Choose(5, 7)
        from aws in Gen.Elements(true, false)
        let inner = string.Join(' ', fields.Take(count))
        select aws ? $"cron({inner})" : inner;

    private static Gen<string> SecondOfMinute => Gen.Frequency((3, Gen.Constant("0")), (2, TimeField(59)), (1, Gen.Constant("*/20")));

    private static Gen<string> Minutes => Gen.Frequency((2, Gen.Constant("0")), (1, Gen.Constant("*")), (1, Gen.Elements("*/15", "30", "0,30", "*/7")), (3, TimeField(59)));

    private static Gen<string> Hours => Gen.Frequency((2, Gen.Constant("*")), (3, Gen.Elements("0", "1", "2", "3", "23")), (3, TimeField(23)));

    private static Gen<string> Days => Gen.Frequency(
        (6, Gen.Constant("*")), (1, Gen.Constant("?")), (4, RangeField(1, 31)),
        (1, Gen.Elements("L", "LW", "1,L", "15W", "1W", "31W", "L-3", "L-30", "1-5,LW")),
        (1, from day in Gen.Choose(1, 31) select $"{day}W"));

    private static Gen<string> MonthOfYear => Gen.Frequency((6, Gen.Constant("*")), (1, RangeField(1, 12)), (1, Gen.Elements(Months)), (1, Gen.Elements("NOV-FEB", "2", "MAR,OCT", "*/3")));

    private static Gen<string> WeekdayFrom(int first)
    {
        var number = from value in Gen.Choose(first, 7) select $"{value}";
        var day = Gen.OneOf(number, Gen.Elements(Weekdays));
        return Gen.Frequency(
            (6, Gen.Constant("*")), (1, Gen.Constant("?")), (2, day),
            (2, from low in day from high in day select $"{low}-{high}"),
            (1, from low in day from high in day from step in Gen.Choose(1, 7) select $"{low}-{high}/{step}"),
            (1, from low in number from step in Gen.Choose(1, 7) select $"{low}/{step}"),
            (1, from step in Gen.Choose(1, 7) select $"*/{step}"),
            (1, from one in day select $"{one}L"),
            (1, from one in day from week in Gen.Choose(1, 5) select $"{one}#{week}"),
            (1, from one in day from other in day from week in Gen.Choose(1, 5) select $"{one},{other}#{week}"));
    }

    private static Gen<string> TimeField(int max) => RangeField(0, max);

    private static Gen<string> RangeField(int min, int max)
    {
        var value = Gen.Choose(min, max);
        var item = Gen.OneOf(
            from low in value select $"{low}",
            from low in value from high in value select $"{low}-{high}",
            from low in value from high in value from step in Gen.Choose(1, max) select $"{low}-{high}/{step}",
            from low in value from step in Gen.Choose(1, max) select $"{low}/{step}",
            from step in Gen.Choose(1, max) select $"*/{step}");
        return Gen.Frequency((4, item), (1, from one in item from other in item select $"{one},{other}"), (1, from one in value from other in value from third in value select $"{one},{other},{third}"));
    }

    private static Gen<string> Aws(Gen<string> days, Gen<string> weekdays) =>
        from inner in Fields(Minutes, Hours, days, MonthOfYear, weekdays)
        from year in Gen.Frequency((4, Gen.Constant("*")), (1, from low in Gen.Choose(2000, 2040) from more in Gen.Choose(0, 10) select $"{low}-{low + more}"), (1, Gen.Constant("2000/3")))
        select $"cron({inner} {year})";

    private static Gen<string> Fields(params Gen<string>[] fields)
    {
        var all = Gen.Constant("");
        foreach (var field in fields)
            all = from before in all from text in field select before.Length == 0 ? text : $"{before} {text}";
        return all;
    }
}
