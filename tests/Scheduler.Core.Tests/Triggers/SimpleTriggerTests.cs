using FsCheck;
using FsCheck.Fluent;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class SimpleTriggerTests
{
    private static readonly TimeOnly HalfPastTwo = new(2, 30);

    public static TheoryData<SimpleTrigger, string> Choices => new()
    {
        { new SimpleTrigger.EveryMinutes(1), "* * * * *" },
        { new SimpleTrigger.EveryMinutes(15), "*/15 * * * *" },
        { new SimpleTrigger.EveryMinutes(15, FromStart: true), "15m" },
        { new SimpleTrigger.EveryMinutes(7), "7m" },          // */7 would start anew each hour
        { new SimpleTrigger.EveryMinutes(90), "90m" },
        { new SimpleTrigger.Hourly(5), "5 * * * *" },
        { new SimpleTrigger.Hourly(5, 6), "5 */6 * * *" },
        { new SimpleTrigger.Daily(HalfPastTwo), "30 2 * * *" },
        { new SimpleTrigger.Weekly(WeekdaySet.Workdays, HalfPastTwo), "30 2 * * MON-FRI" },
        { new SimpleTrigger.Weekly(WeekdaySet.Of(DayOfWeek.Sunday), HalfPastTwo), "30 2 * * SUN" },
        { new SimpleTrigger.Weekly(WeekdaySet.Of(DayOfWeek.Saturday, DayOfWeek.Sunday, DayOfWeek.Wednesday), HalfPastTwo), "30 2 * * WED,SAT,SUN" },
        { new SimpleTrigger.Weekly(WeekdaySet.Of(DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday, DayOfWeek.Monday), HalfPastTwo), "30 2 * * MON,FRI-SUN" },
        { new SimpleTrigger.Monthly(31, HalfPastTwo), "30 2 31 * *" },
        { new SimpleTrigger.Monthly(null, HalfPastTwo), "30 2 L * *" },
        { new SimpleTrigger.LastWorkingDay(HalfPastTwo), "30 2 LW * *" },
        { new SimpleTrigger.Once(new DateTime(2026, 12, 24, 18, 0, 0)), "at(2026-12-24T18:00:00)" },
        { new SimpleTrigger.OnEvent("data_available"), "event(data_available)" },
        { new SimpleTrigger.ByHand(), "manual" },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public void Text_OfEveryChoice_IsATriggerThatReadsBack(SimpleTrigger choice, string text)
    {
        Assert.Equal(text, choice.Text);
        Assert.True(SimpleTrigger.TryOf(TriggerText.Parse(text), out var back, out _));
        Assert.Equal(text, back.Text);
    }

    [Theory]
    [InlineData("@daily", "0 0 * * *")]
    [InlineData("@hourly", "0 * * * *")]
    [InlineData("0 30 2 * * 1-5", "30 2 * * MON-FRI")]                  // six fields, at second 0
    [InlineData("cron(30 2 ? * MON-FRI *)", "30 2 * * MON-FRI")]        // AWS counts weekdays from 1
    [InlineData("30 2 * * 0,7", "30 2 * * SUN")]
    [InlineData("every 15m", "15m")]
    [InlineData("rate(1 hour)", "60m")]
    public void TryOf_OtherWaysToSayIt_FindTheSameChoice(string text, string simple)
    {
        Assert.True(SimpleTrigger.TryOf(TriggerText.Parse(text), out var choice, out _));
        Assert.Equal(simple, choice.Text);
    }

    [Theory]
    [InlineData("*/7 * * * *", "*/7 starts anew each hour: from minute 56 to the next hour are 4 min")]
    [InlineData("0 */5 * * *", "*/5 starts anew at midnight")]
    [InlineData("0 0 1,15 * *", "it runs on several days of the month")]
    [InlineData("0 0 13 * FRI", "it names days of the month and days of the week")]
    [InlineData("0 2 1-31 * MON", "it names days of the month and days of the week")]   // either may match: every day
    [InlineData("0 2 1 JAN *", "it runs in some months only")]
    [InlineData("cron(0 10 ? * 6L 2027-2028)", "it runs in some years only")]
    [InlineData("0 10 * * 5L", "it picks its days by a rule of L, W or #")]
    [InlineData("0 10 LW,15 * *", "it picks its days by a rule of L, W or #")]
    [InlineData("0 10 L-3 * *", "it picks its days by a rule of L, W or #")]
    [InlineData("0 9,17 * * *", "it has more than one time of day")]
    [InlineData("*/15 9-17 * * *", "it has more than one time of day")]
    [InlineData("*/15 * * * MON", "it repeats within the day, but only on some days")]
    [InlineData("0 2-2 * * *", "its hour or minute is written as a range or step, so it runs in both passes when the clock goes back")]
    [InlineData("H 2 * * *", "H lets the schedule's name pick the time")]
    [InlineData("*/10 * * * * *", "it counts seconds")]
    [InlineData("90s", "it is an interval that is not of whole minutes, or longer than a day")]
    [InlineData("at(2026-12-24T18:00:00Z)", "its time is exact, with an offset or parts of a second")]
    public void TryOf_WhatTheChoicesCannotSay_SaysWhy(string text, string whyNot)
    {
        Assert.False(SimpleTrigger.TryOf(TriggerText.Parse(text, "shop"), out _, out var why));
        Assert.Equal(whyNot, why);
    }

    [Fact]
    public void TryOf_RandomExpressions_TheChoiceFiresAtTheSameInstants()
    {
        var shown = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000).WithQuietOnSuccess(true), Prop.ForAll(
            (from cron in CronGenerator.Expression
             from zone in CronGenerator.Zone
             from at in CronGenerator.InstantFor(zone)
             select (cron, zone, at)).ToArbitrary(), test =>
        {
            if (!TriggerText.TryParse(test.cron, null, out var trigger, out _) || !SimpleTrigger.TryOf(trigger, out var choice, out _)) return;
            shown++;
            var zone = TriggerZone.Find(test.zone);
            Assert.Equal(new Occurrences(trigger, zone, test.at).Upcoming(test.at, 60), new Occurrences(TriggerText.Parse(choice.Text), zone, test.at).Upcoming(test.at, 60));
        }));
        Assert.True(shown > 50, $"only {shown} of the expressions could be shown");
    }

    [Fact]
    public void Choices_OutOfBounds_MakeATextWhoseParsingSaysWhatIsWrong()
    {
        Assert.False(TriggerText.TryParse(new SimpleTrigger.Hourly(75).Text, null, out _, out var error));
        Assert.Equal("minute", error.Field);
        Assert.False(TriggerText.TryParse(new SimpleTrigger.OnEvent("a b").Text, null, out _, out _));
        Assert.False(TriggerText.TryParse(new SimpleTrigger.Weekly(default, HalfPastTwo).Text, null, out _, out _));
        Assert.False(TriggerText.TryParse(new SimpleTrigger.EveryMinutes(0).Text, null, out _, out _));
    }
}
