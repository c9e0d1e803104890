using System.Globalization;
using System.Numerics;

namespace Scheduler.Core.Triggers;

/// <summary>English for sets of numbers, weekdays and months.</summary>
internal static class Words
{
    private static readonly string[] Weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    private static readonly string[] Nths = ["first", "second", "third", "fourth", "fifth"];

    /// <summary>"a", "a and b", "a, b and c".</summary>
    internal static string And(IReadOnlyList<string> items, string last = "and") => items.Count switch
    {
        0 => "",
        1 => items[0],
        _ => $"{string.Join(", ", items.Take(items.Count - 1))} {last} {items[^1]}",
    };

    /// <summary>2nd, 3rd, 4th, 11th, 21st.</summary>
    internal static string Ordinal(int number) => (number % 100) is >= 11 and <= 13 ? $"{number}th" : (number % 10) switch
    {
        1 => $"{number}st",
        2 => $"{number}nd",
        3 => $"{number}rd",
        _ => $"{number}th",
    };

    internal static string Nth(int number) => Nths[number - 1];

    internal static string Weekday(int weekday) => Weekdays[weekday];

    internal static string Month(int month) => CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(month);

    internal static int[] Bits(ulong set)
    {
        var bits = new int[BitOperations.PopCount(set)];
        for (var i = 0; set != 0; set &= set - 1) bits[i++] = BitOperations.TrailingZeroCount(set);
        return bits;
    }

    /// <summary>"1, 5 and 8 to 12": three in a row or more become a range.</summary>
    internal static string Numbers(IReadOnlyList<int> numbers, Func<int, string>? print = null)
    {
        print ??= number => number.ToString(CultureInfo.InvariantCulture);
        var items = new List<string>();
        for (int i = 0, run; i < numbers.Count; i += run)
        {
            run = 1;
            while (i + run < numbers.Count && numbers[i + run] == numbers[i] + run) run++;
            if (run >= 3) items.Add($"{print(numbers[i])} to {print(numbers[i + run - 1])}");
            else
            {
                run = 1;
                items.Add(print(numbers[i]));
            }
        }
        return And(items);
    }

    /// <summary>"Monday to Friday" for one run of three or more, which may pass over the week's end; else "Monday, Wednesday and Friday".</summary>
    internal static string WeekdaySet(uint weekdays, string last = "and")
    {
        var count = BitOperations.PopCount(weekdays);
        for (var first = 0; first < 7 && count is >= 3 and < 7 && last == "and"; first++)
            if (DayRules.Turn(weekdays, first) == (1u << count) - 1) return $"{Weekdays[first]} to {Weekdays[(first + count - 1) % 7]}";
        return And([.. Enumerable.Range(1, 7).Select(day => day % 7).Where(day => (weekdays >> day & 1) != 0).Select(day => Weekdays[day])], last);
    }
}
