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

    /// <summary>How many day fields are <c>?</c>.</summary>
    internal byte QuestionMarks;

    internal DayRules? Rules;

    /// <summary>Whether either day field may match, as cron(8) has it, and not only both.</summary>
    internal readonly bool Either => !DaysOpen && !WeekdaysOpen;

    /// <summary>Whether it is plain, without looking at single months and years, that some date matches.</summary>
    internal readonly bool SurelyHasDates
    {
        get
        {
            // In the end any date falls on any weekday: it only has to be in the longest of the months.
            if (Rules is null) return (Days & DaysOfEveryMonth) != 0 || Either || (Days & DaysOfLongestMonth) != 0;
            var byDate = (Days & DaysOfEveryMonth) != 0 || Rules.NameMonthDayInEveryMonth;
            var byWeekday = Weekdays != 0 || Rules.NameWeekdayInEveryMonth;
            return Either ? byDate || byWeekday : (byDate && Weekdays == AllWeekdays) || (byWeekday && Days == AllDays);
        }
    }

    private readonly uint DaysOfLongestMonth => (Months & LongMonths) != 0 ? AllDays : Months == February ? UpTo29 : UpTo30;

    private const uint DaysOfEveryMonth = (1u << 29) - 2, UpTo29 = (1u << 30) - 2, UpTo30 = (1u << 31) - 2;
    private const uint February = 1u << 2, LongMonths = 1u << 1 | 1u << 3 | 1u << 5 | 1u << 7 | 1u << 8 | 1u << 10 | 1u << 12;

    internal const ulong AllSixty = (1UL << 60) - 1;
    internal const uint AllHours = (1u << 24) - 1, AllDays = 0xFFFF_FFFE, AllMonths = 0x1FFE, AllWeekdays = 0x7F;
}
