using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Schedules;

public class YearAheadTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Months_CountTheRunsStillAhead_OnTheZonesClock()
    {
        var months = Of("30 0 31 * *", "Europe/Berlin"); // 23:30 UTC of the day before

        Assert.Equal(new DateOnly(2026, 11, 1), months[0].First);
        Assert.Equal([0L, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1], months.Select(m => m.Runs));
        Assert.All(months, m => Assert.False(m.IsEstimate));
    }

    [Fact]
    public void Changes_StandInTheirMonth_WithWhatTheyDo()
    {
        var months = Of("30 2 * * *", "Europe/Berlin");
        Assert.Equal([4, 11], months.Index().Where(m => m.Item.Changes.Count > 0).Select(m => m.Index));
        Assert.Equal(new DateOnly(2027, 3, 28), months[4].Changes[0].Day);
        Assert.Equal(OccurrenceNote.Shifted, months[4].Changes[0].Effect?.Occurrence.Note);
        Assert.Null(Of("30 12 * * *", "Europe/Berlin")[4].Changes[0].Effect);
    }

    [Fact]
    public void Changes_AfterTheEnd_DoNothing() =>
        Assert.Null(Of("30 2 * * *", "Europe/Berlin", endAt: Now.AddDays(60))[4].Changes[0].Effect);

    [Fact]
    public void TooManyRuns_AreEstimatedByTheirPace()
    {
        var months = Of("* * * * * *", "UTC", endAt: new DateTimeOffset(2027, 1, 2, 0, 0, 0, TimeSpan.Zero));
        Assert.All(months, m => Assert.True(m.IsEstimate));
        Assert.Equal(31 * 86_400L, months[1].Runs);
        Assert.Equal(86_400L, months[2].Runs); // until the end
        Assert.Equal(0, months[3].Runs);
    }

    [Theory]
    [InlineData("Asia/Kathmandu")]
    [InlineData("America/St_Johns")]
    [InlineData("Pacific/Apia")]
    [InlineData("Pacific/Kiritimati")]
    public void EveryDay_OfEveryMonth_IsCountedOnce(string zone)
    {
        var months = Of("0 0 * * *", zone);
        Assert.Equal([31L, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31], months.Skip(1).Select(m => m.Runs));
    }

    private static IReadOnlyList<MonthAhead> Of(string trigger, string zone, DateTimeOffset? endAt = null)
    {
        var timing = new Timing(TriggerText.Parse(trigger), TriggerZone.Find(zone), Now, null, endAt);
        return YearAhead.Of(timing, TriggerOutlook.Of(new Occurrences(timing.Trigger, timing.Zone, Now), Now), Now);
    }
}
