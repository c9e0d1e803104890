using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace Scheduler.Core.Triggers;

/// <summary>A trigger as a few plain choices, for people who don't write cron. Every choice writes a trigger text; many texts can be read back as a choice.</summary>
/// <remarks>Pure and immutable. Values out of bounds still make a text, whose parsing then says what is wrong.</remarks>
public abstract record SimpleTrigger
{
    private protected SimpleTrigger() { }

    /// <summary>The trigger text that the choice stands for.</summary>
    public abstract string Text { get; }

    /// <summary>Every so many minutes.</summary>
    /// <param name="Count">From 1.</param>
    /// <param name="FromStart">Counted by elapsed time from the schedule's start, and not on the clock. A count that does not divide the hour knows no other way.</param>
    public sealed record EveryMinutes(int Count, bool FromStart = false) : SimpleTrigger
    {
        /// <summary>Whether such a count comes at the same minutes of every hour.</summary>
        public bool FitsTheHour => Count is > 0 and < 60 && 60 % Count == 0;

        public override string Text => FromStart || !FitsTheHour ? $"{Number(Count)}m" : Count == 1 ? "* * * * *" : $"*/{Number(Count)} * * * *";
    }

    /// <summary>At one minute of every hour, or of every second, third, … hour from midnight on.</summary>
    /// <param name="Minute">0 to 59.</param>
    /// <param name="Every">1, or another number of hours that divides the day.</param>
    public sealed record Hourly(int Minute, int Every = 1) : SimpleTrigger
    {
        /// <summary>The numbers of hours that divide the day.</summary>
        public static IReadOnlyList<int> Steps { get; } = [1, 2, 3, 4, 6, 8, 12];

        public override string Text => $"{Number(Minute)} {(Every == 1 ? "*" : $"*/{Number(Every)}")} * * *";
    }

    /// <summary>Once a day.</summary>
    public sealed record Daily(TimeOnly At) : SimpleTrigger
    {
        public override string Text => $"{Clock(At)} * * *";
    }

    /// <summary>On some days of the week.</summary>
    /// <param name="Days">At least one; in any order.</param>
    public sealed record Weekly(WeekdaySet Days, TimeOnly At) : SimpleTrigger
    {
        public override string Text => $"{Clock(At)} * * {Days}";
    }

    /// <summary>Once a month.</summary>
    /// <param name="Day">1 to 31; a month that lacks it is left out. Null: the month's last day.</param>
    public sealed record Monthly(int? Day, TimeOnly At) : SimpleTrigger
    {
        public override string Text => $"{Clock(At)} {(Day is { } day ? Number(day) : "L")} * *";
    }

    /// <summary>On the last day of each month that is Monday to Friday.</summary>
    public sealed record LastWorkingDay(TimeOnly At) : SimpleTrigger
    {
        public override string Text => $"{Clock(At)} LW * *";
    }

    /// <summary>One single time, on the clock of the schedule's zone.</summary>
    public sealed record Once(DateTime At) : SimpleTrigger
    {
        public override string Text => $"at({At.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)})";
    }

    /// <summary>Whenever an event of that type arrives.</summary>
    public sealed record OnEvent(string Type) : SimpleTrigger
    {
        public override string Text => $"event({Type})";
    }

    /// <summary>Only when somebody or something starts it.</summary>
    public sealed record ByHand : SimpleTrigger
    {
        public override string Text => "manual";
    }

    /// <summary>The choice that says exactly what a trigger does, clock changes included.</summary>
    /// <param name="whyNot">Where there is none: what of the trigger the choices can't say, as a sentence without a full stop.</param>
    public static bool TryOf(Trigger trigger, [NotNullWhen(true)] out SimpleTrigger? simple, [NotNullWhen(false)] out string? whyNot)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        (simple, whyNot) = trigger switch
        {
            CronTrigger(var expression) => OfCron(expression),
            IntervalTrigger { Every: var every } when every.Ticks % TimeSpan.TicksPerMinute == 0 && every <= TimeSpan.FromDays(1) => (new EveryMinutes((int)every.TotalMinutes, FromStart: true), null),
            IntervalTrigger => (null, "it is an interval that is not of whole minutes, or longer than a day"),
            OnceTrigger { Offset: null, LocalTime: var time } when time.Ticks % TimeSpan.TicksPerSecond == 0 => (new Once(time), null),
            OnceTrigger => ((SimpleTrigger?)null, "its time is exact, with an offset or parts of a second"),
            OnEventTrigger { EventType: var type } => (new OnEvent(type), null),
            _ => (new ByHand(), null),
        };
        return simple is not null;
    }

    private static (SimpleTrigger?, string?) OfCron(CronExpression expression)
    {
        var fields = expression.Fields;
        if (expression.IsHashed) return (null, "H lets the schedule's name pick the time");
        if (fields.Seconds != 1) return (null, "it counts seconds");
        if (fields.Months != CronFields.AllMonths) return (null, "it runs in some months only");
        if (fields.Rules is { HasYears: true }) return (null, "it runs in some years only");
        var (anyDay, anyWeekday) = (fields.Days == CronFields.AllDays, fields.Weekdays == CronFields.AllWeekdays);
        // With neither field open a day may match by either: 1-31 beside MON is every day.
        if (!fields.DaysOpen && !fields.WeekdaysOpen && !(anyDay && anyWeekday)) return (null, "it names days of the month and days of the week");
        if (OfRepeated(expression) is { } repeated) return repeated;
        if (!BitOperations.IsPow2(fields.Minutes) || !BitOperations.IsPow2(fields.Hours)) return (null, "it has more than one time of day");
        if (fields.Repeats) return (null, "its hour or minute is written as a range or step, so it runs in both passes when the clock goes back");
        var at = new TimeOnly(BitOperations.TrailingZeroCount(fields.Hours), BitOperations.TrailingZeroCount(fields.Minutes));
        return fields.Rules switch
        {
            null when anyDay && anyWeekday => (new Daily(at), null),
            null when anyDay => (new Weekly(new WeekdaySet(fields.Weekdays), at), null),
            null when anyWeekday && BitOperations.IsPow2(fields.Days) => (new Monthly(BitOperations.TrailingZeroCount(fields.Days), at), null),
            null when anyWeekday => (null, "it runs on several days of the month"),
            { LastWorkday: true, DaysBeforeLast: 0, NearWorkday: 0 } when fields.Days == 0 && anyWeekday => (new LastWorkingDay(at), null),
            { LastWorkday: false, DaysBeforeLast: 1, NearWorkday: 0 } when fields.Days == 0 && anyWeekday => (new Monthly(null, at), null),
            null => (null, "it names days of the month and days of the week"),
            _ => (null, "it picks its days by a rule of L, W or #"),
        };
    }

    /// <summary>Minutes or hours that come again all day; null where both stand fixed.</summary>
    private static (SimpleTrigger?, string?)? OfRepeated(CronExpression expression)
    {
        var fields = expression.Fields;
        var (minute, hour) = (expression.FieldTexts[1], expression.FieldTexts[2]);
        var everyDay = fields is { Days: CronFields.AllDays, Weekdays: CronFields.AllWeekdays, Rules: null };
        if (Step(minute) is { } minutes && hour == "*")
        {
            if (!everyDay) return (null, "it repeats within the day, but only on some days");
            if (60 % minutes == 0) return (new EveryMinutes(minutes), null);
            var rest = 60 - BitOperations.Log2(fields.Minutes);
            return (null, $"*/{Number(minutes)} starts anew each hour: from minute {Number(60 - rest)} to the next hour are {Number(rest)} min");
        }
        if (!BitOperations.IsPow2(fields.Minutes) || minute.AsSpan().ContainsAny("*-/") || Step(hour) is not { } hours) return null;
        if (!everyDay) return (null, "it repeats within the day, but only on some days");
        return 24 % hours == 0 && hours < 24
            ? (new Hourly(BitOperations.TrailingZeroCount(fields.Minutes), hours), null)
            : (null, $"*/{Number(hours)} starts anew at midnight");
    }

    /// <summary>1 for a star, n for <c>*/n</c> with more than one value.</summary>
    private static int? Step(string field) =>
        field == "*" ? 1 : field.StartsWith("*/", StringComparison.Ordinal) && int.TryParse(field.AsSpan(2), CultureInfo.InvariantCulture, out var step) && step < 60 ? step : null;

    private static string Clock(TimeOnly at) => $"{Number(at.Minute)} {Number(at.Hour)}";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Some days of the week.</summary>
/// <param name="Bits">Bit 0 is Sunday, bit 6 Saturday.</param>
public readonly record struct WeekdaySet(uint Bits)
{
    private static readonly DayOfWeek[] FromMonday =
        [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday];

    public static WeekdaySet Workdays { get; } = new(0b0111110);

    public static WeekdaySet Of(params ReadOnlySpan<DayOfWeek> days)
    {
        var bits = 0u;
        foreach (var day in days) bits |= 1u << (int)day;
        return new(bits);
    }

    public int Count => BitOperations.PopCount(Bits);

    public bool Has(DayOfWeek day) => (Bits >> (int)day & 1) != 0;

    /// <summary>The same without that day, or with it where it was not in.</summary>
    public WeekdaySet Toggle(DayOfWeek day) => new(Bits ^ 1u << (int)day);

    /// <summary>As cron writes it, from Monday on: <c>MON-FRI</c>, <c>MON,WED,SUN</c>, <c>*</c> for all seven.</summary>
    public override string ToString()
    {
        if (Count == 7) return "*";
        var parts = new List<string>();
        for (var first = 0; first < FromMonday.Length; first++)
        {
            if (!Has(FromMonday[first])) continue;
            var last = first;
            while (last + 1 < FromMonday.Length && Has(FromMonday[last + 1])) last++;
            if (last - first >= 2) parts.Add($"{Name(first)}-{Name(last)}");
            else for (var i = first; i <= last; i++) parts.Add(Name(i));
            first = last;
        }
        return string.Join(',', parts);
    }

    private static string Name(int index) => FromMonday[index].ToString()[..3].ToUpperInvariant();
}
