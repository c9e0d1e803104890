using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class TriggerOutlookTests
{
    private static readonly DateTimeOffset NewYear = Instants.At("2026-01-01T00:00:00Z");

    [Theory]
    [InlineData("0 2 * * *", 365, 1, 24 * 60)]
    [InlineData("0 9,12 * * MON-FRI", 522, 522 / 365.0, 3 * 60)] // the year has 261 working days
    [InlineData("*/5 * * * *", 100_000, 288, 5)] // counted up to the limit
    [InlineData("@yearly", 1, 1 / 365.0, null)]
    [InlineData("manual", 0, 0, null)]
    public void Of_CountsAndMeasures(string text, int count, double perDay, int? shortestMinutes)
    {
        var outlook = TriggerOutlook.Of(Instants.Of(text), NewYear);
        Assert.Equal(count, outlook.Count);
        Assert.Equal(perDay, outlook.PerDay, 0.001);
        Assert.Equal(shortestMinutes, outlook.ShortestDistance?.TotalMinutes);
    }

    [Fact]
    public void Of_NightlyInBerlin_TellsBothClockChanges()
    {
        var outlook = TriggerOutlook.Of(Instants.Of("30 2 * * *", "Europe/Berlin"), NewYear);
        Assert.Equal(
            [("2026-03-29T03:00:00+02:00", OccurrenceNote.Shifted, false), ("2026-10-25T02:30:00+02:00", OccurrenceNote.FirstOfTwo, false)],
            outlook.ClockChanges.Select(effect => (Instants.Text(effect.Occurrence.At), effect.Occurrence.Note, effect.RunsTwice)));
        Assert.Equal(TimeSpan.FromHours(23.5), outlook.ShortestDistance); // from 03:00 on 29 March to 02:30 on the 30th
    }

    [Theory]
    [InlineData("0 12 * * *", 0)] // far from any change
    [InlineData("0 * * * *", 1)] // only the doubled hour touches it
    [InlineData("6h", 0)] // elapsed time
    public void Of_OtherTriggersInBerlin_AreTouchedAsOftenAsTheyAre(string text, int effects)
    {
        var outlook = TriggerOutlook.Of(Instants.Of(text, "Europe/Berlin"), NewYear);
        Assert.Equal(effects, outlook.ClockChanges.Count);
        Assert.All(outlook.ClockChanges, effect => Assert.True(effect.RunsTwice));
    }

    [Fact]
    public void ChangesBetween_BothEnds_AreIncluded()
    {
        var berlin = TriggerZone.Find("Europe/Berlin");
        ClockChange[] expected =
        [
            new(Instants.At("2026-03-29T01:00:00Z"), TimeSpan.FromHours(1), TimeSpan.FromHours(2)),
            new(Instants.At("2026-10-25T01:00:00Z"), TimeSpan.FromHours(2), TimeSpan.FromHours(1)),
        ];
        Assert.Equal(expected, berlin.ChangesBetween(expected[0].At, expected[1].At));
        Assert.Equal(2, berlin.ChangesBetween(Instants.At("9000-01-01T00:00:00Z"), Instants.At("9001-01-01T00:00:00Z")).Count());
        Assert.Empty(TriggerZone.Utc.ChangesBetween(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
        Assert.Empty(berlin.ChangesBetween(Instants.At("2026-03-29T01:00:00.0000001Z"), Instants.At("2026-10-25T00:59:59Z")));
    }

    [Fact]
    public void Parts_Cron_TellEachFieldAndItsPlace()
    {
        Assert.Equal(
            [
                new("minute", 0, 4, "minutes 0, 15, 30 and 45"), new("hour", 5, 4, "hours 9 to 17"), new("day of month", 10, 1, "any day of the month"),
                new("month", 12, 3, "in January"), new("day of week", 16, 7, "Monday to Friday"),
            ],
            TriggerDescription.Parts(TriggerText.Parse("*/15 9-17 * JAN MON-FRI")));
        Assert.Equal(
            [
                new("minute", 5, 1, "minute 0"), new("hour", 7, 2, "hour 10"), new("day of month", 10, 1, "any day of the month"), new("month", 12, 1, "every month"),
                new("day of week", 14, 2, "on the last Friday of the month"), new("year", 17, 9, "in 2027 and 2028"),
            ],
            TriggerDescription.Parts(TriggerText.Parse("cron(0 10 ? * 6L 2027-2028)")));
        Assert.Equal([new TriggerPart("macro", 0, 6, "At 00:00, every day")], TriggerDescription.Parts(TriggerText.Parse("@daily")));
        Assert.Equal([new TriggerPart("trigger", 0, 3, "Every 15 minutes")], TriggerDescription.Parts(TriggerText.Parse("15m")));
    }
}
