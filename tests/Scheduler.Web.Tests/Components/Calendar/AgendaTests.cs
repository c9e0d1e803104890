using Scheduler.Core.Analytics;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Calendar;

namespace Scheduler.Web.Tests.Components.Calendar;

public sealed class AgendaTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("2026-11-24", "Europe/Berlin", "2026-11-23T23:00Z", 24)]
    [InlineData("2027-03-28", "Europe/Berlin", "2027-03-27T23:00Z", 23)]
    [InlineData("2026-10-25", "Europe/Berlin", "2026-10-24T22:00Z", 25)]
    [InlineData("2026-04-24", "Africa/Cairo", "2026-04-23T22:00Z", 23)]      // midnight is skipped: the day begins at 01:00
    [InlineData("2026-10-30", "Africa/Cairo", "2026-10-29T22:00Z", 24)]      // the hour before midnight came twice: it belongs to the evening before
    public void ADay_LastsFromMidnightToMidnight(string date, string zone, string from, int hours)
    {
        var day = LocalDay.Of(DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal((DateTimeOffset.Parse(from, System.Globalization.CultureInfo.InvariantCulture), hours), (day.From, (int)day.Length.TotalHours));
    }

    [Fact]
    public void Entries_StandInTheHourOfTheShownClock_InOrder()
    {
        var agenda = Of("2026-11-24", 1, 12, Plan("b", "0 2 * * *"), Plan("a", "0 2 * * *"), Plan("early", "45 1 * * *", "UTC"), Plan("tokyo", "30 10 * * *", "Asia/Tokyo"));

        Assert.Equal(["02:00 a", "02:00 b", "02:30 tokyo", "02:45 early"], agenda.Days[0].Hours[2].Select(e => $"{e.Local:HH:mm} {e.Schedule.Name}"));
        Assert.Equal(4, agenda.Days[0].Hours.Sum(h => h.Count));
        Assert.Equal(new TimeOnly(10, 30), TimeOnly.FromDateTime(agenda.Days[0].Hours[2][2].Own.At.DateTime));
    }

    [Fact]
    public void WhatHasPassed_IsLeftOut()
    {
        var agenda = Of("2026-11-21", 1, 24, Plan("hourly", "0 * * * *"));

        Assert.Equal([10, 11, 12], agenda.Days[0].Hours.Index().Where(h => h.Item.Count > 0).Select(h => h.Index).Take(3));
    }

    [Theory]
    [InlineData("0 */2 * * *", false)]
    [InlineData("0 * * * *", true)]                 // 24 a day
    [InlineData("*/5 9 * * MON,WED", false)]        // 12 on each of its days
    [InlineData("*/4 9 * * MON,WED", true)]         // 15, but 30 a week
    [InlineData("1s", true)]
    public void TooManyOnADay_MakeABand(string trigger, bool band)
    {
        var agenda = Of("2026-11-23", 7, 12, Plan("s", trigger));

        Assert.Equal(band ? 1 : 0, agenda.Bands.Count);
        Assert.Equal(band, agenda.Days.All(d => d.Hours.All(h => h.Count == 0)));
        Assert.False(agenda.IsEmpty);
        if (trigger.EndsWith("MON,WED", StringComparison.Ordinal) && band) Assert.Equal([true, false, true, false, false, false, false], agenda.Bands[0].Days);
    }

    [Fact]
    public void AClockChange_IsNoted()
    {
        var gap = Of("2027-03-28", 1, 12, Plan("a", "30 2 * * *"), Plan("b", "30 4 * * *"));
        Assert.Equal([("a", OccurrenceNote.Shifted, 3), ("b", OccurrenceNote.None, 4)], gap.Days[0].Hours.SelectMany(h => h).Select(e => (e.Schedule.Name, e.Own.Note, e.Local.Hour)));

        var twice = Of("2027-10-31", 1, 12, Plan("a", "30 2 * * *"));
        Assert.Equal(OccurrenceNote.FirstOfTwo, twice.Days[0].Hours[2].Single().Own.Note);
    }

    [Fact]
    public void HourLoads_FollowTheWallClock()
    {
        // The hour from 02:00 does not exist on that day; on the other it is two hours long.
        var spring = Loads("2027-03-28", Plan("a", "0 4 * * *"));
        Assert.Equal((null, 1.0, 1), (spring[2].Busy, Math.Round(spring[4].Busy!.Value, 6), spring[4].Starts));

        var autumn = Loads("2027-10-31", Plan("a", "0 2 * * *"), Plan("b", "0 2 * * *"), Plan("c", "0 2 * * *"));
        Assert.Equal((1.5, 3, true, 3), (Math.Round(autumn[2].Busy!.Value, 6), autumn[2].Peak, autumn[2].Collides, autumn[2].Starts));
        Assert.Equal((4, 0, TimeSpan.FromHours(2)), (autumn[2].Level, autumn[5].Level, autumn[2].To - autumn[2].From));
    }

    private static IReadOnlyList<HourLoad> Loads(string date, params PlannedSchedule[] schedules)
    {
        var day = LocalDay.Of(DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture), Berlin);
        return HourLoad.Of(LoadForecast.Of(schedules, new Dictionary<string, int> { ["scan"] = 2 }, day.From, day.To).Pool("scan"), day, Berlin);
    }

    private static Agenda Of(string first, int days, int mostADay, params PlannedSchedule[] schedules)
    {
        var date = DateOnly.Parse(first, System.Globalization.CultureInfo.InvariantCulture);
        return Agenda.Of(schedules, Enumerable.Range(0, days).Select(d => LocalDay.Of(date.AddDays(d), Berlin)).ToList(), Berlin, new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero), mostADay);
    }

    private static PlannedSchedule Plan(string name, string trigger, string zone = "Europe/Berlin") =>
        new(name, "scan", new Timing(TriggerText.Parse(trigger, name), TriggerZone.Find(zone), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), null, null), TimeSpan.FromHours(1));
}
