using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class TriggerErrorTests
{
    [Theory]
    // one field out of range: its name, place, what was found, what is allowed, and the text mended
    [InlineData("0 25 * * *", "hour", 2, 2, "hour must be 0-23, found 25", "0 23 * * *")]
    [InlineData("0 24 * * *", "hour", 2, 2, "hour must be 0-23, found 24", "0 0 * * *")] // midnight
    [InlineData("60 * * * *", "minute", 0, 2, "minute must be 0-59, found 60", "0 * * * *")]
    [InlineData("99 99 * * *", "minute", 0, 2, "minute must be 0-59, found 99", "59 23 * * *")] // both faults mended
    [InlineData("0 0 0 * *", "day of month", 4, 1, "day of month must be 1-31, found 0", "0 0 1 * *")]
    [InlineData("0 0 32 * *", "day of month", 4, 2, "day of month must be 1-31, found 32", "0 0 31 * *")]
    [InlineData("0 0 * 13 *", "month", 6, 2, "month must be 1-12 or JAN-DEC, found 13", "0 0 * 12 *")]
    [InlineData("0 0 * * 8", "day of week", 8, 1, "day of week must be 0-7 or SUN-SAT, found 8", "0 0 * * 7")]
    [InlineData("0 0 * * MONDAY", "day of week", 8, 6, "day of week must be 0-7 or SUN-SAT, found MONDAY", "0 0 * * MON")]
    [InlineData("0 0 * * MOM", "day of week", 8, 3, "day of week must be 0-7 or SUN-SAT, found MOM", "0 0 * * MON")]
    [InlineData("0 0 * * L", "day of week", 8, 1, "L needs a weekday before it, as in 5L or FRIL", null)]
    [InlineData("0 0 * * MON#6", "day of week", 12, 1, "the week after # must be 1-5, found 6", "0 0 * * MON#5")]
    [InlineData("0 0 * * MON#", "day of week", 12, 0, "the week after # must be 1-5, found nothing", null)]
    [InlineData("0 0 L-31 * *", "day of month", 6, 2, "the days before the last must be 1-30, found 31", "0 0 L-30 * *")]
    [InlineData("99999999999999999999 * * * *", "minute", 0, 20, "minute must be 0-59, found 99999999999999999999", "59 * * * *")]
    [InlineData("0 ? * * *", "hour", 2, 1, "hour must be 0-23, found ?", "0 * * * *")]
    // steps, lists and ranges
    [InlineData("*/0 * * * *", "minute", 2, 1, "the step of minute must be 1-59, found 0", "*/1 * * * *")]
    [InlineData("*/60 * * * *", "minute", 0, 4, "the step of minute must be 1-59, found 60", "0 * * * *")]
    [InlineData("*/x * * * *", "minute", 2, 1, "the step of minute must be 1-59, found x", null)]
    [InlineData("0 5--6 * * *", "hour", 4, 1, "hour must be 0-23, found -", "0 5-6 * * *")]
    [InlineData("0 1,,2 * * *", "hour", 4, 1, "a value is missing in hour", "0 1,2 * * *")]
    [InlineData("0 1, * * *", "hour", 3, 1, "a value is missing in hour", "0 1 * * *")]
    [InlineData("0 5- * * *", "hour", 3, 1, "a value is missing in hour", "0 5 * * *")]
    [InlineData("0 0 5--6 * *", "day of month", 6, 1, "day of month must be 1-31, found -", "0 0 5-6 * *")]
    [InlineData("0 0 * * 5--6", "day of week", 10, 1, "day of week must be 0-7 or SUN-SAT, found -", "0 0 * * 5-6")]
    [InlineData("0 5W * * *", "hour", 3, 1, "hour cannot go on with W", null)]
    [InlineData("H(9-0) * * * *", "minute", 0, 6, "the range of H must rise, found 9-0", "H(0-9) * * * *")]
    // digits are ASCII
    [InlineData("٥ * * * *", "minute", 0, 1, "minute must be 0-59, found ٥", null)]
    [InlineData("* １ * * *", "hour", 2, 1, "hour must be 0-23, found １", null)] // full width
    [InlineData("*/٥ * * * *", "minute", 2, 1, "the step of minute must be 1-59, found ٥", null)]
    [InlineData("0 0 * * MON#٢", "day of week", 12, 1, "the week after # must be 1-5, found ٢", null)]
    [InlineData("0 0 * * FRı", "day of week", 8, 3, "day of week must be 0-7 or SUN-SAT, found FRı", "0 0 * * FRI")] // a dotless i is no I
    [InlineData("rate(٥ minutes)", "rate", 5, 9, "rate(…) is a whole number and minutes, hours or days, as in rate(5 minutes)", null)]
    [InlineData("at(٢٠٢٦-12-24T18:00:00)", "at", 3, 19, "a time is written 2026-12-24T18:00:00, with Z or an offset like +01:00 when it is exact", null)]
    // can never fire: known at once
    [InlineData("0 0 30 2 *", "day of month", 4, 2, "the expression can never fire: no month that it names has such a day", "0 0 L 2 *")]
    [InlineData("0 0 31 2 *,MON#1", "day of month", 4, 2, "the expression can never fire: no month that it names has such a day", "0 0 L 2 *,MON#1")] // the star leaves the weekday open, so both must hold
    [InlineData("0 0 30,31 2 *", "day of month", 4, 5, "the expression can never fire: no month that it names has such a day", "0 0 L 2 *")]
    [InlineData("0 0 L-29 2 *", "day of month", 4, 4, "the expression can never fire: no month that it names has such a day", "0 0 L 2 *")]
    [InlineData("0 0 30 2 ?", "day of month", 4, 2, "the expression can never fire: no month that it names has such a day", "0 0 L 2 ?")]
    [InlineData("0 0 31 4,6,9,11 *", "day of month", 4, 2, "the expression can never fire: no month that it names has such a day", "0 0 L 4,6,9,11 *")]
    [InlineData("0 0 31W 6 *", "day of month", 4, 3, "the expression can never fire: no month that it names has such a day", "0 0 L 6 *")]
    [InlineData("cron(0 0 29 2 ? 2025-2027)", "day of month", 9, 2, "the expression can never fire: no month that it names has such a day", "cron(0 0 L 2 ? 2025-2027)")]
    // the AWS form
    [InlineData("cron(0 12 * * * *)", "day of week", 14, 1, "cron(…) wants exactly one ? in day of month or day of week", "cron(0 12 * * ? *)")]
    [InlineData("cron(0 12 ? * ? *)", "day of week", 14, 1, "cron(…) wants exactly one ? in day of month or day of week", "cron(0 12 ? * * *)")]
    [InlineData("cron(0 12 * * MON *)", "day of month", 10, 1, "cron(…) wants exactly one ? in day of month or day of week", "cron(0 12 ? * MON *)")]
    [InlineData("cron(0 12 ? * 0 *)", "day of week", 14, 1, "day of week must be 1-7 or SUN-SAT, found 0", "cron(0 12 ? * 1 *)")]
    [InlineData("cron(0 12 * * ? 1969)", "year", 16, 4, "year must be 1970-2199, found 1969", "cron(0 12 * * ? 1970)")]
    [InlineData("cron(0 12 * * ? 2030-2028)", "year", 16, 9, "a range of years must rise, found 2030-2028", "cron(0 12 * * ? 2028-2030)")]
    [InlineData("cron(0 12 * * ?)", null, 5, 10, "cron(…) has six fields (minute, hour, day, month, weekday, year), found 5", "cron(0 12 * * ? *)")]
    [InlineData("cron(0 12 * * ? *", null, 17, 0, "the closing bracket of cron( is missing", "cron(0 12 * * ? *)")]
    [InlineData("0 10 ? * 6L 2027-2028", "hour", 5, 1, "hour must be 0-23, found ?", "cron(0 10 ? * 6L 2027-2028)")]
    [InlineData("0 0 12 * * ? 2027", null, 0, 17, "a cron expression has five fields (minute, hour, day, month, weekday) or six with the second first, found 7", "cron(0 12 * * ? 2027)")]
    // intervals
    [InlineData("0s", "interval", 0, 2, "an interval must be from 1s to 36500d, found 0s", "1s")]
    [InlineData("0.5s", "interval", 0, 4, "an interval must be from 1s to 36500d, found 0.5s", "1s")]
    [InlineData("40000d", "interval", 0, 6, "an interval must be from 1s to 36500d, found 40000d", "36500d")]
    [InlineData("999999999999999999d", "interval", 0, 19, "the length of time is too long", null)]
    [InlineData("every 999999999999999999 hours", "interval", 6, 24, "the length of time is too long", null)]
    [InlineData("5", "interval", 0, 1, "a unit is missing: s, m, h or d", "5m")]
    [InlineData("1e3s", "interval", 0, 4, "a length of time is numbers with units, as in 90s, 15m or 1h30m; found 'e3s'", null)]
    [InlineData("rate(0 minutes)", "rate", 5, 9, "an interval must be from 1s to 36500d, found 0s", "rate(1 minute)")]
    [InlineData("rate(5 seconds)", "rate", 5, 9, "rate(…) is a whole number and minutes, hours or days, as in rate(5 minutes)", "5s")]
    [InlineData("rate(99999999999 days)", "rate", 5, 16, "an interval must be at most 36500d, found 99999999999 days", null)]
    [InlineData("rate(5 minutes", null, 14, 0, "the closing bracket of rate( is missing", "rate(5 minutes)")]
    // one-time and event
    [InlineData("at(2026-02-30T10:00:00)", "at", 11, 11, "day must be 1-28 in that month, found 30", null)]
    [InlineData("at(2026-02-20T24:00:00)", "at", 14, 8, "hour must be 0-23, found 24", null)]
    [InlineData("at(tomorrow)", "at", 3, 8, "a time is written 2026-12-24T18:00:00, with Z or an offset like +01:00 when it is exact", null)]
    [InlineData("event()", "event", 6, 0, "an event type has 1 to 128 letters, digits or . _ - : /, found ''", null)]
    // words
    [InlineData("@dialy", null, 0, 6, "the macros are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually; found @dialy", "@daily")]
    public void TryParse_BadText_SaysWhereWhatAndHowToMendIt(string text, string? field, int position, int length, string message, string? suggestion)
    {
        Assert.False(TriggerText.TryParse(text, null, out var trigger, out var error));
        Assert.Null(trigger);
        Assert.Equal(new TriggerError(text, field, position, length, message, suggestion), error);
    }

    [Theory]
    [InlineData("daily", "@daily")]
    [InlineData("manul", "manual")]
    [InlineData("MANUAL", "manual")]
    [InlineData("CRON(0 12 * * ? *)", "cron(0 12 * * ? *)")]
    [InlineData("RATE(5 MINUTES)", "5m")]
    [InlineData("rate(1.5 hours)", "1h30m")]
    [InlineData("Every 15m", "every 15m")]
    [InlineData("every 0s", "every 1s")]
    [InlineData("infs", null)]
    [InlineData("nans", null)]
    [InlineData("invalid", null)]
    [InlineData("* * * *", null)]
    [InlineData("@reboot", null)]
    [InlineData("", null)]
    [InlineData("   ", null)]
    [InlineData("0 0 * * *\n", null)]
    [InlineData("0\u00A00 * * *", null)]
    [InlineData("5-", null)]
    [InlineData("cron()", null)]
    [InlineData("cron(", null)]
    [InlineData(")", null)]
    [InlineData("at()", null)]
    [InlineData("event(a b)", null)]
    public void TryParse_NoTrigger_IsRefused(string text, string? suggestion)
    {
        Assert.False(TriggerText.TryParse(text, null, out _, out var error));
        Assert.Equal(suggestion, error.Suggestion);
        Assert.InRange(error.Position, 0, text.Length);
        Assert.InRange(error.Length, 0, text.Length - error.Position);
    }

    [Fact]
    public void TryParse_NullOrTooLong_IsRefused()
    {
        Assert.False(TriggerText.TryParse(null, null, out _, out var missing));
        Assert.Equal("the text is empty", missing.Message);
        Assert.False(TriggerText.TryParse("0 0 * * " + string.Join(',', Enumerable.Repeat("1", 200)), null, out _, out var tooLong));
        Assert.Equal("a trigger has at most 256 characters, found 407", tooLong.Message);
    }

    [Fact]
    public void Parse_BadText_ThrowsWithTheSameErrorInOneSentence()
    {
        var exception = Assert.Throws<TriggerFormatException>(() => TriggerText.Parse("0 25 * * *"));
        Assert.Equal("'0 25 * * *' is not a trigger: hour must be 0-23, found 25 (at character 3); did you mean '0 23 * * *'?", exception.Message);
        Assert.Equal("hour", exception.Error.Field);
    }

    [Fact]
    public void Parse_CronExpression_RefusesOtherTriggers()
    {
        Assert.Equal("0 2 * * *", CronExpression.Parse("0 2 * * *").Text);
        Assert.Throws<TriggerFormatException>(() => CronExpression.Parse("15m"));
    }
}
