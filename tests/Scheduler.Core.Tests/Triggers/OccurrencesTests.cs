using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>Intervals and exact instants, to the tick.</summary>
public class OccurrencesTests
{
    private const string Anchor = "2026-01-01T00:00:00.5Z";

    [Theory]
    [InlineData("2025-06-01T00:00:00Z", false, Anchor)] // never before the anchor
    [InlineData(Anchor, true, Anchor)]
    [InlineData(Anchor, false, "2026-01-01T00:00:02Z")]
    [InlineData("2026-01-01T00:00:01.9999999Z", false, "2026-01-01T00:00:02Z")]
    [InlineData("2026-01-01T00:00:02.0000001Z", true, "2026-01-01T00:00:03.5Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", false, null)]
    [InlineData("9999-12-31T23:59:59.9999999Z", true, null)]
    public void Next_Interval_CountsFromTheAnchorToTheTick(string after, bool inclusive, string? expected) =>
        Assert.Equal(expected is null ? null : Instants.At(expected), Instants.Of("1.5s", anchor: Anchor).Next(Instants.At(after), inclusive));

    [Theory]
    [InlineData(Anchor, false, null)]
    [InlineData(Anchor, true, Anchor)]
    [InlineData("2026-01-01T00:00:02Z", false, Anchor)]
    [InlineData("2026-01-01T00:00:02Z", true, "2026-01-01T00:00:02Z")]
    [InlineData("2026-01-01T00:00:02.0000001Z", false, "2026-01-01T00:00:02Z")]
    [InlineData("2025-06-01T00:00:00Z", true, null)]
    public void Previous_Interval_EndsAtTheAnchor(string before, bool inclusive, string? expected) =>
        Assert.Equal(expected is null ? null : Instants.At(expected), Instants.Of("1.5s", anchor: Anchor).Previous(Instants.At(before), inclusive));

    [Fact]
    public void Next_IntervalAtTheEndsOfTheCalendar_DoesNotOverflow()
    {
        var century = Instants.Of("36500d", anchor: "0001-01-01T00:00:00Z");
        Assert.Equal(DateTimeOffset.MinValue, century.Next(DateTimeOffset.MinValue, inclusive: true));
        var last = century.Previous(DateTimeOffset.MaxValue)!.Value;
        Assert.Null(century.Next(last));
        Assert.Equal(last, century.Next(last.AddTicks(-1)));
        Assert.Equal(DateTimeOffset.MaxValue, new Occurrences(new IntervalTrigger(TimeSpan.FromDays(1)), TriggerZone.Utc, DateTimeOffset.MaxValue).Next(DateTimeOffset.MinValue));
    }

    [Fact]
    public void Once_FractionOfASecond_IsKept()
    {
        var at = Instants.At("2026-12-24T17:00:00.25Z");
        foreach (var once in new[] { Instants.Of("at(2026-12-24T18:00:00.25)", "Europe/Berlin"), Instants.Of("at(2026-12-24T18:00:00.25+01:00)") })
        {
            Assert.Equal(at, once.Next(at.AddTicks(-1)));
            Assert.Equal(at, once.Next(at, inclusive: true));
            Assert.Null(once.Next(at));
            Assert.Equal(at, once.Previous(at.AddTicks(1)));
            Assert.Equal(at, once.Previous(at, inclusive: true));
            Assert.Null(once.Previous(at));
            Assert.True(once.Matches(at));
            Assert.False(once.Matches(at.AddTicks(1)));
        }
    }

    [Theory]
    [InlineData("at(2026-03-29T01:59:59.9999999)", "2026-03-29T00:59:59.9999999Z")] // the last tick before the gap
    [InlineData("at(2026-03-29T02:00:00.0000001)", "2026-03-29T01:00:00Z")] // in it: its end, without the fraction
    [InlineData("at(2026-03-29T03:00:00.0000001)", "2026-03-29T01:00:00.0000001Z")]
    [InlineData("at(9999-12-31T23:59:59.9999999)", "9999-12-31T22:59:59.9999999Z")]
    [InlineData("at(0001-01-01T00:00:00)", null)] // Berlin's year 1 began before that of UTC
    public void Once_LocalTime_IsTheFirstInstantThatReachesIt(string text, string? expected) =>
        Assert.Equal(expected is null ? null : Instants.At(expected), Instants.Of(text, "Europe/Berlin").Next(DateTimeOffset.MinValue, inclusive: true));

    [Theory]
    [InlineData("* * * * *")]
    [InlineData("1m")]
    public void Between_FromAfterTo_IsEmpty(string text) =>
        Assert.Empty(Instants.Of(text).Between(Instants.At("2026-01-01T01:00:00Z"), Instants.At("2026-01-01T00:59:59Z")));

    [Fact]
    public void Upcoming_Count_IsHeld()
    {
        var at = Instants.At("2026-01-01T00:00:00Z");
        Assert.Empty(Instants.Of("* * * * *").Upcoming(at, 0));
        Assert.Equal([at, at.AddMinutes(1)], Instants.Of("* * * * *").Upcoming(at, 2, inclusive: true).Select(occurrence => occurrence.Utc));
        Assert.Throws<ArgumentOutOfRangeException>(() => Instants.Of("* * * * *").Upcoming(at, -1));
    }
}
