namespace Scheduler.Core.Triggers;

/// <summary>How a cron expression was written.</summary>
public enum CronForm
{
    /// <summary>minute, hour, day of month, month, day of week; or a macro such as @daily.</summary>
    FiveFields,

    /// <summary>second, then the five.</summary>
    SixFields,

    /// <summary><c>cron(…)</c>: minute, hour, day of month, month, day of week (Sunday is 1), year.</summary>
    Aws,
}

/// <summary>The sets that a parser gathers and an expression keeps.</summary>
internal struct CronFields
{
    internal ulong Seconds, Minutes;
    internal uint Hours;

    /// <summary>Bits 1 to 31.</summary>
    internal uint Days;

    /// <summary>Bits 1 to 12.</summary>
    internal uint Months;

    /// <summary>Bits 0 (Sunday) to 6.</summary>
    internal uint Weekdays;

    /// <summary>The field begins with <c>*</c> or is <c>?</c>: cron(8) then wants both day fields to match, not either.</summary>
    internal bool DaysOpen, WeekdaysOpen;

    /// <summary>The second, minute or hour field holds a star, a range or a step.</summary>
    internal bool Repeats;

    /// <summary>Some field holds H.</summary>
    internal bool Hashed;

    internal DayRules? Rules;

    /// <summary>Whether it is plain, without looking at months and years, that some date matches.</summary>
    internal readonly bool SurelyHasDates => Rules is null
        ? (Days & DaysOfEveryMonth) != 0 && Weekdays != 0
        : (Weekdays == AllWeekdays && Rules.NameMonthDayInEveryMonth) || (Days == AllDays && Rules.NameWeekdayInEveryMonth);

    private const uint DaysOfEveryMonth = (1u << 29) - 2;

    internal const ulong AllSixty = (1UL << 60) - 1;
    internal const uint AllHours = (1u << 24) - 1, AllDays = 0xFFFF_FFFE, AllMonths = 0x1FFE, AllWeekdays = 0x7F;
}
