using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class ClockChangeTests
{
    [Fact]
    public void Next_SpringGap_RunsOnceAfterIt()
    {
        var nightly = Instants.Of("30 2 * * *", "Europe/Berlin");
        Assert.Equal(
            ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
            nightly.Upcoming("2026-03-28T00:00:00Z", 3));
        Assert.Equal(OccurrenceNote.Shifted, nightly.NextOccurrence(Instants.At("2026-03-29T00:00:00Z"))!.Value.Note);
    }

    [Fact]
    public void Next_AutumnOverlap_FixedTimeRunsInTheFirstPassOnly()
    {
        var nightly = Instants.Of("30 2 * * *", "Europe/Berlin");
        Assert.Equal(
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
            nightly.Upcoming("2026-10-24T12:00:00Z", 2));
        Assert.Equal(OccurrenceNote.FirstOfTwo, nightly.NextOccurrence(Instants.At("2026-10-24T12:00:00Z"))!.Value.Note);
        Assert.Equal(Instants.At("2026-10-26T01:30:00Z"), nightly.Next(Instants.At("2026-10-25T01:00:00Z"))); // asked for within the second pass
    }

    [Theory]
    [InlineData("*/30 * * * *")] // a step
    [InlineData("0,30 * * * *")] // a star
    [InlineData("0,30 0-23 * * *")] // a range
    public void Next_AutumnOverlap_RepeatingTimesRunInBothPasses(string cron) =>
        Assert.Equal(
            ["2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"],
            Instants.Of(cron, "Europe/Berlin").Upcoming("2026-10-24T23:45:00Z", 5));

    [Fact]
    public void Next_AutumnOverlap_ListsCountAsFixed() =>
        Assert.Equal(
            ["2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T03:00:00+01:00"],
            Instants.Of("0,30 2,3 * * *", "Europe/Berlin").Upcoming("2026-10-24T23:45:00Z", 3));

    [Fact]
    public void Next_SpringGap_RepeatingTimesGoOnAfterIt()
    {
        Assert.Equal(
            ["2026-03-29T01:45:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:15:00+02:00"],
            Instants.Of("*/15 * * * *", "Europe/Berlin").Upcoming("2026-03-29T00:30:00Z", 3));
        Assert.All(Instants.Of("*/15 * * * *", "Europe/Berlin").Upcoming(Instants.At("2026-03-29T00:30:00Z"), 3), occurrence => Assert.Equal(OccurrenceNote.None, occurrence.Note));
    }

    [Fact]
    public void Next_SeveralMatchesInOneGap_RunOnce() =>
        Assert.Equal(
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:10:00+02:00"],
            Instants.Of("10,20,30 2 * * *", "Europe/Berlin").Upcoming("2026-03-29T00:00:00Z", 2));

    [Theory]
    [InlineData("30 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T02:30:00+11:00", OccurrenceNote.None)] // half an hour: 02:00-02:30 is missing
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T02:30:00+11:00", OccurrenceNote.Shifted)]
    [InlineData("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", "2026-04-05T01:45:00+11:00", OccurrenceNote.FirstOfTwo)]
    [InlineData("0 0 * * *", "America/Havana", "2026-03-07T12:00:00Z", "2026-03-08T01:00:00-04:00", OccurrenceNote.Shifted)] // the gap is at midnight
    [InlineData("30 0 * * *", "Asia/Beirut", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00+03:00", OccurrenceNote.Shifted)]
    [InlineData("0 12 * * *", "Pacific/Apia", "2011-12-30T08:00:00Z", "2011-12-31T00:00:00+14:00", OccurrenceNote.Shifted)] // 30 December never came
    [InlineData("0 12 * * *", "Pacific/Kwajalein", "1993-08-21T01:00:00Z", "1993-08-22T00:00:00+12:00", OccurrenceNote.Shifted)] // nor 21 August 1993
    [InlineData("0 12 * * *", "Pacific/Kwajalein", "1993-08-21T12:00:00Z", "1993-08-22T12:00:00+12:00", OccurrenceNote.None)]
    [InlineData("30 1 * * *", "Europe/Dublin", "2026-03-28T12:00:00Z", "2026-03-29T02:00:00+01:00", OccurrenceNote.Shifted)] // winter is the exception there
    [InlineData("30 1 * * *", "Europe/Dublin", "2026-10-24T12:00:00Z", "2026-10-25T01:30:00+01:00", OccurrenceNote.FirstOfTwo)]
    [InlineData("45 2 * * *", "America/Caracas", "2016-04-30T12:00:00Z", "2016-05-01T03:00:00-04:00", OccurrenceNote.Shifted)] // half an hour, once
    [InlineData("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-24T01:00:00+03:00", OccurrenceNote.Shifted)]
    [InlineData("30 23 * * *", "Africa/Cairo", "2026-10-29T12:00:00Z", "2026-10-29T23:30:00+03:00", OccurrenceNote.FirstOfTwo)] // back from midnight to 23:00
    [InlineData("0 0 29 2 *", "Pacific/Kiritimati", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00+14:00", OccurrenceNote.None)]
    [InlineData("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", "2011-12-31T00:00:00+14:00", OccurrenceNote.Shifted)]
    public void NextOccurrence_UnusualChanges_FollowTheSameRules(string cron, string zone, string after, string expected, OccurrenceNote note)
    {
        var occurrence = Instants.Of(cron, zone).NextOccurrence(Instants.At(after))!.Value;
        Assert.Equal(expected, Instants.Text(occurrence.At));
        Assert.Equal(note, occurrence.Note);
    }

    [Theory]
    [InlineData("at(2026-03-29T02:30:00)", "2026-03-29T03:00:00+02:00", OccurrenceNote.Shifted)]
    [InlineData("at(2026-10-25T02:30:00)", "2026-10-25T02:30:00+02:00", OccurrenceNote.FirstOfTwo)]
    [InlineData("at(2026-10-25T02:30:00+01:00)", "2026-10-25T02:30:00+01:00", OccurrenceNote.None)] // exact: the second pass
    [InlineData("at(2026-12-24T18:00:00Z)", "2026-12-24T19:00:00+01:00", OccurrenceNote.None)]
    public void NextOccurrence_Once_LocalTimesFollowTheRulesAndInstantsAreExact(string text, string expected, OccurrenceNote note)
    {
        var occurrence = Instants.Of(text, "Europe/Berlin").NextOccurrence(Instants.At("2026-01-01T00:00:00Z"))!.Value;
        Assert.Equal(expected, Instants.Text(occurrence.At));
        Assert.Equal(note, occurrence.Note);
        Assert.Null(Instants.Of(text, "Europe/Berlin").Next(occurrence.At));
    }

    [Fact]
    public void Next_Interval_FollowsElapsedTime() =>
        Assert.Equal(
            ["2026-03-29T00:00:00+01:00", "2026-03-29T07:00:00+02:00", "2026-03-29T13:00:00+02:00"],
            Instants.Of("6h", "Europe/Berlin", anchor: "2026-03-28T23:00:00Z").Upcoming("2026-03-28T22:00:00Z", 3));

    [Theory]
    [InlineData("0 0 29 2 *", "9990-01-01T00:00:00Z", "9992-02-28T23:00:00Z")]
    [InlineData("30 2 * 3 SUNL", "9990-01-01T00:00:00Z", "9990-03-25T01:00:00Z")] // in the gap, eight thousand years ahead
    [InlineData("30 2 * 10 SUNL", "2599-10-01T00:00:00Z", "2599-10-27T00:30:00Z")]
    [InlineData("30 2 * 3 SUNL", "2599-11-01T00:00:00Z", "2600-03-30T01:00:00Z")] // over the table's end
    [InlineData("30 2 * 3 SUNL", "2600-01-01T00:00:00Z", "2600-03-30T01:00:00Z")]
    public void Next_FarAhead_StillKnowsTheClockChanges(string cron, string after, string expected)
    {
        var occurrences = Instants.Of(cron, "Europe/Berlin");
        Assert.Equal(Instants.At(expected), occurrences.Next(Instants.At(after)));
        Assert.Equal(Instants.At(expected), occurrences.Previous(Instants.At(expected).AddSeconds(1)));
    }

    [Theory]
    [InlineData("Europe/Berlin", "9999-12-31T22:59:00Z")] // one hour ahead of UTC
    [InlineData("America/New_York", "9999-12-31T23:59:00Z")]
    [InlineData("Asia/Tokyo", "9999-12-31T14:59:00Z")]
    public void Previous_EndOfTheCalendar_StaysInYear9999OnBothClocks(string zone, string expected)
    {
        var everyMinute = Instants.Of("* * * * *", zone);
        Assert.Equal(Instants.At(expected), everyMinute.Previous(DateTimeOffset.MaxValue));
        Assert.Null(everyMinute.Next(Instants.At(expected)));
        Assert.NotNull(everyMinute.NextOccurrence(Instants.At(expected), inclusive: true));
        Assert.NotNull(everyMinute.Next(DateTimeOffset.MinValue, inclusive: true));
        Assert.Null(everyMinute.Previous(everyMinute.Next(DateTimeOffset.MinValue, inclusive: true)!.Value));
    }

    [Theory]
    [InlineData("Europe/Berlin", "0001-01-01T00:06:00Z")] // mean local time, 54 minutes ahead
    [InlineData("America/New_York", "0001-01-01T04:57:00Z")] // four hours and 57 minutes behind: its year 1 begins then
    [InlineData("Asia/Tokyo", "0001-01-01T00:42:00Z")]
    public void Next_BeginningOfTheCalendar_IsInYearOneOnBothClocks(string zone, string first)
    {
        var hourly = Instants.Of("0 * * * *", zone);
        Assert.Equal(Instants.At(first), hourly.Next(DateTimeOffset.MinValue, inclusive: true));
        Assert.Equal(Instants.At(first), hourly.Previous(Instants.At(first), inclusive: true));
        Assert.Null(hourly.Previous(Instants.At(first)));
        Assert.True(hourly.Matches(Instants.At(first)));
    }

    [Theory]
    [InlineData("0 0 29 2 *", "9996-02-29T00:00:00Z")] // the last leap day: year 10000 lies beyond
    [InlineData("0 0 29 2 MON", "9999-02-22T00:00:00Z")] // either
    [InlineData("0 0 31 12 *", "9999-12-31T00:00:00Z")]
    [InlineData("59 59 23 31 12 *", "9999-12-31T23:59:59Z")]
    [InlineData("0 0 * * 5L", "9999-12-31T00:00:00Z")]
    public void Next_LastOfTheCalendar_HasNoneAfter(string cron, string last)
    {
        var occurrences = Instants.Of(cron);
        Assert.Equal(Instants.At(last), occurrences.Previous(DateTimeOffset.MaxValue));
        Assert.Equal(Instants.At(last), occurrences.Next(Instants.At(last), inclusive: true));
        Assert.Null(occurrences.Next(Instants.At(last)));
    }

    [Theory]
    [InlineData("cron(0 0 1 1 ? 2020)", "2020-01-01T00:00:00Z")]
    [InlineData("cron(0 0 29 2 ? 1970-2025)", "2024-02-29T00:00:00Z")]
    public void Next_YearsAreOver_IsNullAtOnceAndPreviousIsTheLast(string cron, string last)
    {
        foreach (var zone in new[] { "UTC", "Pacific/Apia", "Africa/Casablanca" })
        {
            var occurrences = Instants.Of(cron, zone);
            Assert.Null(occurrences.Next(Instants.At("2026-01-01T00:00:00Z")));
            Assert.Equal(Instants.At(last).DateTime, occurrences.PreviousOccurrence(DateTimeOffset.MaxValue)!.Value.At.DateTime);
        }
    }

    [Theory]
    [InlineData("30 2 25 10 *", "2026-01-01T00:00:00Z", "2026-10-25T00:30:00Z")] // two changes ahead: still the first pass
    [InlineData("30 2 29 3 *", "2025-06-01T00:00:00Z", "2026-03-29T01:00:00Z")] // and still the gap's end
    [InlineData("10-10 2 25 10 *", "2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z")] // the second pass, though the date's next match is a year off
    [InlineData("10-10 2 25 10 *", "2026-10-25T01:10:00Z", "2027-10-25T00:10:00Z")]
    public void Next_YearlyDateOnAChange_IsNotJumpedOver(string cron, string after, string expected) =>
        Assert.Equal(Instants.At(expected), Instants.Of(cron, "Europe/Berlin").Next(Instants.At(after)));

    [Theory]
    [InlineData("45 2-3 25 10 *", "2026-10-25T01:10:00Z", "2026-10-25T00:45:00Z")] // from the second pass back into the first
    [InlineData("30 2 25 10 *", "2026-12-01T00:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("30 2 25 10 *", "2026-10-25T01:45:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("30 2 29 3 *", "2026-09-01T00:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("30 2 29 3 *", "2026-03-29T01:00:00Z", "2025-03-29T01:30:00Z")]
    public void Previous_YearlyDateOnAChange_IsNotJumpedOver(string cron, string before, string expected) =>
        Assert.Equal(Instants.At(expected), Instants.Of(cron, "Europe/Berlin").Previous(Instants.At(before)));

    // Situations in which other schedulers have stood still, looped or fired without end.

    [Fact]
    public void Next_AskedWithinTheSecondPass_GoesOnMinuteByMinute() => // quartznet#2475
        Assert.Equal(
            ["2023-10-29T02:01:00+01:00", "2023-10-29T02:02:00+01:00", "2023-10-29T02:03:00+01:00"],
            Instants.Of("0 * * * * *", "Europe/Amsterdam").Upcoming("2023-10-29T01:00:30Z", 3));

    [Fact]
    public void Between_OverTheOverlap_EndsAndCountsEachQuarterOnce() => // quartznet#540
        Assert.Equal(9, Instants.Of("0/15 * * * *", "Europe/Amsterdam").Between(Instants.At("2017-10-29T01:00:00Z"), Instants.At("2017-10-29T03:00:00Z")).Count());

    [Fact]
    public void Next_AskedAtTheShiftedInstant_MovesOn() => // quartznet#2349, #2497
        Assert.Equal(
            ["2024-03-10T03:00:00-05:00", "2024-03-17T02:01:00-05:00"],
            Instants.Of("1 2 * * SUN", "America/Chicago").Upcoming("2024-03-03T12:00:00Z", 2));

    [Fact]
    public void Next_EveningBeforeTheGap_FindsTheNextDay() => // quartznet#612
        Assert.Equal(
            ["2018-03-26T00:00:00+03:00", "2018-03-26T01:00:00+03:00"],
            Instants.Of("0 0-22 * * *", "Europe/Athens").Upcoming("2018-03-25T19:10:10Z", 2));

    [Fact]
    public void Next_AfterTheOverlap_KeepsTheTimeOfDay() => // quartznet#587
        Assert.Equal(
            ["2017-11-04T07:11:00-04:00", "2017-11-05T07:11:00-05:00", "2017-11-06T07:11:00-05:00"],
            Instants.Of("11 7 * * *", "America/New_York").Upcoming("2017-11-04T00:00:00Z", 3));
}
