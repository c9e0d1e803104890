namespace Scheduler.Core.Triggers;

/// <summary>A cron expression in plain English: the time, then the days, then the months and years.</summary>
internal static class CronDescription
{
    /// <summary>More times of day than this are told as minutes and hours, not one by one.</summary>
    private const int MostTimes = 6;

    private static readonly string[] FieldNames = ["second", "minute", "hour", "day of month", "month", "day of week", "year"];

    internal static string Describe(CronExpression expression)
    {
        var time = Time(expression);
        var days = Days(expression);
        var months = Months(expression);
        var parts = new List<string> { time };
        if (days.Length > 0) parts.Add(days);
        // "every day" is only worth saying of a time of day; "every 5 minutes" says it already.
        else if (time.StartsWith("At ", StringComparison.Ordinal) && !time.Contains("every", StringComparison.Ordinal))
        {
            parts.Add(months.Length > 0 ? $"every day {months}" : "every day");
            months = "";
        }
        if (months.Length > 0) parts.Add(months);
        if (Years(expression) is { Length: > 0 } years) parts.Add(years);
        return string.Join(", ", parts);
    }

    /// <summary>Each field with its place in the text and its meaning; a macro is one part.</summary>
    internal static List<TriggerPart> Parts(CronExpression expression)
    {
        if (expression.Text[0] == '@') return [new("macro", 0, expression.Text.Length, Describe(expression))];
        var parts = new List<TriggerPart>();
        var texts = expression.FieldTexts;
        var position = expression.Form == CronForm.Aws ? AwsCron.Opening.Length : 0;
        for (var i = expression.Form == CronForm.SixFields ? 0 : 1; i < texts.Length; i++)
        {
            parts.Add(new(FieldNames[i], position, texts[i].Length, Meaning(expression, i)));
            position += texts[i].Length + 1;
        }
        return parts;
    }

    private static string Meaning(CronExpression expression, int field)
    {
        var fields = expression.Fields;
        var words = field switch
        {
            0 => Among(fields.Seconds, 60, "second"),
            1 => Among(fields.Minutes, 60, "minute"),
            2 => Among(fields.Hours, 24, "hour"),
            3 => ByDate(expression, withMonth: false),
            4 => fields.Months == CronFields.AllMonths ? "" : $"in {Words.Numbers(Words.Bits(fields.Months), Words.Month)}",
            5 => ByWeekday(fields),
            _ => Years(expression),
        };
        return words.Length > 0 ? words : field switch { 3 => "any day of the month", 5 => "any day of the week", _ => $"every {FieldNames[field]}" };
    }

    private static string Among(ulong values, int size, string unit)
    {
        var bits = Words.Bits(values);
        return bits.Length == size ? "" : $"{unit}{(bits.Length == 1 ? "" : "s")} {Words.Numbers(bits)}";
    }

    private static string Time(CronExpression expression)
    {
        var fields = expression.Fields;
        int[] seconds = Words.Bits(fields.Seconds), minutes = Words.Bits(fields.Minutes), hours = Words.Bits(fields.Hours);
        var texts = expression.FieldTexts;
        if (!Repeats(texts[0], seconds) && !Repeats(texts[1], minutes) && !Repeats(texts[2], hours) && seconds.Length * minutes.Length * hours.Length <= MostTimes)
            return $"At {Words.And(TimesOfDay(hours, minutes, seconds))}";
        return seconds is [0] ? Minutes(texts[1], minutes, texts[2], hours) : SecondsAndMinutes(texts, seconds, minutes) + InHours(hours);
    }

    private static string SecondsAndMinutes(string[] texts, int[] seconds, int[] minutes)
    {
        var phrase = Seconds(texts[0], seconds);
        return phrase + InMinutes(texts[1], minutes, isEvery: phrase.StartsWith("Every", StringComparison.Ordinal));
    }

    private static List<string> TimesOfDay(int[] hours, int[] minutes, int[] seconds)
    {
        var times = new List<string>();
        foreach (var hour in hours)
            foreach (var minute in minutes)
                foreach (var second in seconds) times.Add(seconds is [0] ? $"{hour:00}:{minute:00}" : $"{hour:00}:{minute:00}:{second:00}");
        return times;
    }

    private static string Minutes(string text, int[] minutes, string hourText, int[] hours)
    {
        if (minutes.Length == 1) return HoursAtMinute(minutes[0], hourText, hours);
        var phrase = text == "*" ? "Every minute"
            : StepOf(text, minutes, 60) is { } every ? $"Every {Count(every, "minute")}{From(minutes, every, 60, "minute")}"
            : $"At minutes {Words.Numbers(minutes)}{(hours.Length == 24 ? " of every hour" : "")}";
        if (hours.Length == 24) return phrase;
        if (IsRun(hours) && !phrase.StartsWith("At", StringComparison.Ordinal)) return $"{phrase} from {hours[0]:00}:{minutes[0]:00} to {hours[^1]:00}:{minutes[^1]:00}";
        return phrase + InHours(hours);
    }

    private static string HoursAtMinute(int minute, string hourText, int[] hours)
    {
        var at = minute == 0 ? "" : $" at minute {minute}";
        if (hours.Length == 24) return $"Every hour{at}";
        if (IsRun(hours)) return $"Every hour from {hours[0]:00}:{minute:00} to {hours[^1]:00}:{minute:00}";
        if (StepOf(hourText, hours, 24) is { } every && hours.Length > MostTimes) return $"Every {Count(every, "hour")}{(hours[0] == 0 ? at : $" from {hours[0]:00}:{minute:00}")}{(24 % every == 0 ? "" : ", counted from midnight")}";
        return $"At {Words.And(TimesOfDay(hours, [minute], [0]))}";
    }

    private static string Seconds(string text, int[] seconds) =>
        text == "*" ? "Every second"
        : StepOf(text, seconds, 60) is { } every && seconds.Length > 1 ? $"Every {Count(every, "second")}{From(seconds, every, 60, "second")}"
        : $"At {(seconds.Length == 1 ? "second" : "seconds")} {Words.Numbers(seconds)}";

    private static string InMinutes(string text, int[] minutes, bool isEvery) =>
        text == "*" ? isEvery ? "" : " of every minute"
        : StepOf(text, minutes, 60) is { } every && minutes.Length > 3 ? $" of every {Words.Ordinal(every)} minute{From(minutes, every, 60, "minute")}"
        : minutes.Length == 1 ? $" of minute {minutes[0]}" : $" of minutes {Words.Numbers(minutes)}";

    private static string InHours(int[] hours) =>
        hours.Length == 24 ? ""
        : hours.Length == 1 ? $" from {hours[0]:00}:00 to {hours[0]:00}:59"
        : IsRun(hours) ? $" from {hours[0]:00}:00 to {hours[^1]:00}:59"
        : $", in the hours {Words.Numbers(hours)}";

    private static string Days(CronExpression expression)
    {
        var fields = expression.Fields;
        var byDate = ByDate(expression);
        var byWeekday = ByWeekday(fields);
        if (byDate.Length == 0) return byWeekday;
        if (byWeekday.Length == 0) return byDate;
        return fields.DaysOpen || fields.WeekdaysOpen
            ? $"{byDate}, only when that is {Words.And([.. fields.Weekdays == 0 ? [] : (string[])[Words.WeekdaySet(fields.Weekdays, "or")], .. CountedWeekdays(fields)], "or")}"
            : $"{byDate} or {byWeekday}";
    }

    private static string ByDate(CronExpression expression, bool withMonth = true)
    {
        var fields = expression.Fields;
        var isEvery = fields.Days == CronFields.AllDays;
        if (isEvery) return "";
        var phrases = new List<string>();
        var days = Words.Bits(fields.Days);
        if (days.Length > 3 && StepOf(expression.FieldTexts[3], days, 31) is { } every and > 1)
            phrases.Add($"on every {Words.Ordinal(every)} day of the month{(days[0] == 1 ? "" : $" from day {days[0]}")}");
        else if (days.Length > 0)
            phrases.Add(withMonth && MonthOfDate(expression) is { Length: > 0 } month ? $"on {Words.Numbers(days)}{month}" : $"on {(days.Length == 1 ? "day" : "days")} {Words.Numbers(days)}");
        if (fields.Rules is { } rules)
        {
            foreach (var before in Words.Bits(rules.DaysBeforeLast))
                phrases.Add(before switch { 0 => "on the last day of the month", 1 => "on the day before the last of the month", _ => $"{before} days before the last of the month" });
            foreach (var day in Words.Bits(rules.NearWorkday)) phrases.Add($"on the working day nearest to day {day}");
            if (rules.LastWorkday) phrases.Add("on the last working day of the month");
        }
        return Words.And(phrases);
    }

    private static string ByWeekday(in CronFields fields)
    {
        if (fields.Weekdays == CronFields.AllWeekdays) return "";
        var phrases = new List<string>();
        if (fields.Weekdays != 0)
        {
            var set = Words.WeekdaySet(fields.Weekdays);
            phrases.Add(set.Contains(" to ", StringComparison.Ordinal) ? set : $"on {set}");
        }
        phrases.AddRange(CountedWeekdays(fields).Select(weekday => $"on {weekday}"));
        return Words.And(phrases);
    }

    /// <summary>"the second Monday of the month", "the last Friday of the month".</summary>
    private static List<string> CountedWeekdays(in CronFields fields)
    {
        var phrases = new List<string>();
        if (fields.Rules is not { } rules) return phrases;
        for (var nth = 1; nth <= 5; nth++)
            foreach (var weekday in Words.Bits(rules.WeekdaysOfNth(nth))) phrases.Add($"the {Words.Nth(nth)} {Words.Weekday(weekday)} of the month");
        foreach (var weekday in Words.Bits(rules.LastWeekdays)) phrases.Add($"the last {Words.Weekday(weekday)} of the month");
        return phrases;
    }

    /// <summary>" January" when plain days stand beside one month and nothing else, so that a date reads as one: "on 1 January".</summary>
    private static string MonthOfDate(CronExpression expression)
    {
        var fields = expression.Fields;
        var isDate = fields.Days != CronFields.AllDays && fields.Days != 0 && fields.Rules is not { HasMonthDays: true } && ByWeekday(fields).Length == 0 && Words.Bits(fields.Days).Length <= 3;
        return isDate && Words.Bits(fields.Months) is [var month] ? $" {Words.Month(month)}" : "";
    }

    private static string Months(CronExpression expression)
    {
        var fields = expression.Fields;
        var isSaidAlready = fields.Months == CronFields.AllMonths || MonthOfDate(expression).Length > 0;
        return isSaidAlready ? "" : $"in {Words.Numbers(Words.Bits(fields.Months), Words.Month)}";
    }

    private static string Years(CronExpression expression)
    {
        if (expression.Fields.Rules is not { HasYears: true } rules) return "";
        var years = new List<int>();
        for (var year = rules.YearFrom(DayRules.FirstYear); year <= DayRules.LastYear; year = rules.YearFrom(year + 1)) years.Add(year);
        if (years.Count > 2 && years[^1] - years[0] == years.Count - 1) return $"from {years[0]} to {years[^1]}";
        return years.Count <= 8 ? $"in {Words.Numbers(years)}" : $"in {years.Count} of the years {years[0]} to {years[^1]}";
    }

    /// <summary>Whether the values are better told as a row than one by one.</summary>
    private static bool Repeats(string text, int[] values) => values.Length > 1 && text.AsSpan().ContainsAny("*-/");

    private static bool IsRun(int[] values) => values.Length >= 3 && values[^1] - values[0] == values.Length - 1;

    /// <summary>The step when the text is one step over all the rest of the field: */5, 10/20, H/15.</summary>
    private static int? StepOf(string text, int[] values, int size)
    {
        if (!text.Contains('/', StringComparison.Ordinal) || text.Contains(',', StringComparison.Ordinal) || values.Length < 2) return null;
        var step = values[1] - values[0];
        return values[^1] + step >= size + (size == 31 ? 1 : 0) && values[^1] - values[0] == step * (values.Length - 1) ? step : null;
    }

    private static string Count(int number, string unit) => number == 1 ? unit : $"{number} {unit}s";

    /// <summary>" from minute 10" for a step that doesn't begin at 0; and where the row starts anew, if it doesn't go round evenly.</summary>
    private static string From(int[] values, int step, int size, string unit) =>
        (values[0] == 0 ? "" : $" from {unit} {values[0]}") + (size % step == 0 ? "" : $", counted anew each {(unit == "minute" ? "hour" : "minute")}");
}
