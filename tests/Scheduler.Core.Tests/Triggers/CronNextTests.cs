using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class CronNextTests
{
    [Theory]
    [InlineData("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z")]
    [InlineData("*/5 * * * *", "2026-01-01T00:03:10Z", "2026-01-01T00:05:00Z")]
    [InlineData("0 2 * * *", "2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z")]
    [InlineData("30 9 * * MON-FRI", "2026-01-02T10:00:00Z", "2026-01-05T09:30:00Z")]
    [InlineData("0 0 1 JAN,JUL *", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")] // 7 is Sunday
    [InlineData("0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("0 0 * * FRI-MON", "2026-01-05T00:00:00Z", "2026-01-09T00:00:00Z")] // wraps over Sunday
    [InlineData("0 0 * * 5-7", "2026-01-05T00:00:00Z", "2026-01-09T00:00:00Z")]
    [InlineData("0 22-2/2 * * *", "2026-01-01T22:00:00Z", "2026-01-02T00:00:00Z")] // wraps over midnight
    [InlineData("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")] // 2100 is no leap year
    [InlineData("10/20 * * * *", "2026-01-01T00:11:00Z", "2026-01-01T00:30:00Z")]
    [InlineData("0 12 13 * FRI", "2026-01-01T00:00:00Z", "2026-01-02T12:00:00Z")] // either day field
    [InlineData("0 12 13 * FRI", "2026-01-09T12:00:00Z", "2026-01-13T12:00:00Z")]
    [InlineData("0 12 */2 * MON", "2026-01-01T00:00:00Z", "2026-01-05T12:00:00Z")] // a star's step restricts as cron(8) has it: both
    [InlineData("0 12 ? * MON", "2026-01-01T00:00:00Z", "2026-01-05T12:00:00Z")]
    [InlineData("*/10 * * * * *", "2026-01-01T00:00:05Z", "2026-01-01T00:00:10Z")]
    [InlineData("15 30 8 * * *", "2026-01-01T08:30:15Z", "2026-01-02T08:30:15Z")]
    [InlineData("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")]
    [InlineData("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z")]
    [InlineData("@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    public void Next_InUtc_IsTheFirstMatchAfter(string cron, string after, string expected) =>
        Assert.Equal(Instants.At(expected), Instants.Of(cron).Next(Instants.At(after)));

    [Theory]
    [InlineData("0 0 L * *", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 L-3 * *", "2026-02-01T00:00:00Z", "2026-02-25T00:00:00Z")]
    [InlineData("0 0 L-30 * *", "2026-01-02T00:00:00Z", "2026-03-01T00:00:00Z")] // only long months have such a day
    [InlineData("0 0 LW * *", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z")] // the 31st is a Saturday
    [InlineData("0 0 LW * *", "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z")] // the 31st is a Sunday
    [InlineData("0 0 15W * *", "2026-08-01T00:00:00Z", "2026-08-14T00:00:00Z")] // the 15th is a Saturday
    [InlineData("0 0 15W * *", "2026-02-01T00:00:00Z", "2026-02-16T00:00:00Z")] // the 15th is a Sunday
    [InlineData("0 0 1W * *", "2026-08-01T00:00:00Z", "2026-08-03T00:00:00Z")] // Saturday the 1st stays in its month
    [InlineData("0 0 31W * *", "2026-05-01T00:00:00Z", "2026-05-29T00:00:00Z")] // Sunday the 31st likewise
    [InlineData("0 0 31W * *", "2026-04-01T00:00:00Z", "2026-05-29T00:00:00Z")] // April has no 31st
    [InlineData("0 0 * * 5L", "2026-01-01T00:00:00Z", "2026-01-30T00:00:00Z")]
    [InlineData("0 0 * * FRIL", "2026-02-01T00:00:00Z", "2026-02-27T00:00:00Z")]
    [InlineData("0 0 * * 7L", "2026-01-01T00:00:00Z", "2026-01-25T00:00:00Z")]
    [InlineData("0 0 * * MON#2", "2026-01-01T00:00:00Z", "2026-01-12T00:00:00Z")]
    [InlineData("0 0 * * 1#5", "2026-01-01T00:00:00Z", "2026-03-30T00:00:00Z")]
    [InlineData("0 0 * * MON#1,FRIL", "2026-01-06T00:00:00Z", "2026-01-30T00:00:00Z")]
    [InlineData("0 0 1,L * *", "2026-01-02T00:00:00Z", "2026-01-31T00:00:00Z")]
    [InlineData("0 0 L * MON", "2026-01-27T00:00:00Z", "2026-01-31T00:00:00Z")] // either
    [InlineData("0 0 29 2 MON#5", "2026-02-24T00:00:00Z", "2028-02-29T00:00:00Z")]
    public void Next_SpecialDays_AreCountedInTheirMonth(string cron, string after, string expected) =>
        Assert.Equal(Instants.At(expected), Instants.Of(cron).Next(Instants.At(after)));

    [Theory]
    [InlineData("cron(0 12 * * ? *)", "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z")]
    [InlineData("cron(0 10 ? * 1 *)", "2026-01-01T00:00:00Z", "2026-01-04T10:00:00Z")] // 1 is Sunday
    [InlineData("cron(0 10 ? * 2-6 *)", "2026-01-03T00:00:00Z", "2026-01-05T10:00:00Z")]
    [InlineData("cron(0 10 ? * 6L 2027-2028)", "2026-01-01T00:00:00Z", "2027-01-29T10:00:00Z")] // 6 is Friday
    [InlineData("cron(0 10 ? * 6L 2027-2028)", "2028-12-30T00:00:00Z", null)]
    [InlineData("cron(0 10 ? * L *)", "2026-01-01T00:00:00Z", "2026-01-03T10:00:00Z")] // the week's last day
    [InlineData("cron(0/15 8 1W * ? *)", "2026-08-01T00:00:00Z", "2026-08-03T08:00:00Z")]
    [InlineData("cron(0 0 1 1 ? 2020)", "2026-01-01T00:00:00Z", null)]
    [InlineData("cron(0 0 29 2 ? 2027/2)", "2026-01-01T00:00:00Z", null, true)]
    [InlineData("cron(0 0 29 2 ? 2028/4)", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z")]
    public void Next_AwsForm_CountsSundayAsOneAndKnowsYears(string cron, string after, string? expected, bool isRefused = false)
    {
        Assert.Equal(isRefused, !TriggerText.TryParse(cron, null, out _, out _));
        if (!isRefused) Assert.Equal(expected is null ? null : Instants.At(expected), Instants.Of(cron).Next(Instants.At(after)));
    }

    /// <summary>All of these against every date of 28 years (all that a calendar can show) or of the years named.</summary>
    [Fact]
    public void Parse_DatesAtTheMonthsEnd_IsRefusedWhenAndOnlyWhenNoDateMatches()
    {
        string[] days = ["29", "30", "31", "30,31", "29W", "31W", "L-27", "L-28", "L-29", "L-30", "29-31", "*/30", "*"];
        string[] months = ["*", "2", "4,6", "2,4", "APR-JUN", "2,11"];
        string[] weekdays = ["*", "?", "MON", "1#5", "FRIL", "*/2", "*,1#5"];
        string[] years = ["*", "1970-2199", "2023", "2024", "2025-2027", "2100", "2096-2104/8"];
        var standard = from day in days from month in months from weekday in weekdays select $"0 0 {day} {month} {weekday}";
        var aws = from day in days from month in months from year in years select $"cron(0 0 {day} {month} ? {year})";
        var awsWeekdays = from month in months from year in years select $"cron(0 0 ? {month} 1#5 {year})";
        foreach (var cron in standard.Concat(aws).Concat(awsWeekdays))
        {
            var oracle = new WalkingOracle(cron);
            var fires = cron.StartsWith("cron", StringComparison.Ordinal) ? oracle.HasDate(1970, 2199) : oracle.HasDate(1973, 2000);
            Assert.True(fires == TriggerText.TryParse(cron, null, out _, out var error), cron);
            if (!fires) Assert.Contains("can never fire", error!.Message, StringComparison.Ordinal);
            else
            {
                Assert.NotNull(Instants.Of(cron).Next(DateTimeOffset.MinValue));
                Assert.NotNull(Instants.Of(cron).Previous(DateTimeOffset.MaxValue));
            }
        }
    }

    [Theory]
    [InlineData("2026-01-01T00:05:00Z", false, "2026-01-01T00:10:00Z")]
    [InlineData("2026-01-01T00:05:00Z", true, "2026-01-01T00:05:00Z")]
    [InlineData("2026-01-01T00:04:59.9999999Z", false, "2026-01-01T00:05:00Z")]
    [InlineData("2026-01-01T00:05:00.0000001Z", true, "2026-01-01T00:10:00Z")] // a fraction later it is past
    [InlineData("2026-01-01T00:05:00.0000001Z", false, "2026-01-01T00:10:00Z")]
    public void Next_Bounds_AreExactToTheTick(string after, bool inclusive, string expected) =>
        Assert.Equal(Instants.At(expected), Instants.Of("*/5 * * * *").Next(Instants.At(after), inclusive));

    [Theory]
    [InlineData("2026-01-01T00:05:00Z", false, "2026-01-01T00:00:00Z")]
    [InlineData("2026-01-01T00:05:00Z", true, "2026-01-01T00:05:00Z")]
    [InlineData("2026-01-01T00:05:00.0000001Z", false, "2026-01-01T00:05:00Z")]
    [InlineData("2026-01-01T00:04:59.9999999Z", true, "2026-01-01T00:00:00Z")]
    public void Previous_Bounds_AreExactToTheTick(string before, bool inclusive, string expected) =>
        Assert.Equal(Instants.At(expected), Instants.Of("*/5 * * * *").Previous(Instants.At(before), inclusive));

    [Fact]
    public void Matches_FractionOfASecond_IsNoMatch()
    {
        var everyMinute = Instants.Of("* * * * *");
        Assert.True(everyMinute.Matches(Instants.At("2026-01-01T00:05:00Z")));
        Assert.True(everyMinute.Matches(Instants.At("2026-01-01T01:05:00+01:00")));
        Assert.False(everyMinute.Matches(Instants.At("2026-01-01T00:05:00.5Z")));
        Assert.False(everyMinute.Matches(Instants.At("2026-01-01T00:05:01Z")));
    }

    [Fact]
    public void Next_EndsOfTheCalendar_EndInNull()
    {
        var yearly = Instants.Of("@yearly");
        Assert.Equal(DateTimeOffset.MinValue, yearly.Next(DateTimeOffset.MinValue, inclusive: true));
        Assert.Null(yearly.Previous(DateTimeOffset.MinValue));
        Assert.Equal(Instants.At("9999-01-01T00:00:00Z"), yearly.Next(Instants.At("9998-06-01T00:00:00Z")));
        Assert.Null(yearly.Next(DateTimeOffset.MaxValue));
        Assert.Equal(Instants.At("9999-12-31T23:59:59Z"), Instants.Of("* * * * * *").Previous(DateTimeOffset.MaxValue));
    }

    [Fact]
    public void Between_BothEnds_AreIncluded() =>
        Assert.Equal(
            [Instants.At("2026-01-01T00:00:00Z"), Instants.At("2026-01-01T00:30:00Z"), Instants.At("2026-01-01T01:00:00Z")],
            Instants.Of("*/30 * * * *").Between(Instants.At("2026-01-01T00:00:00Z"), Instants.At("2026-01-01T01:00:00Z")));
}
