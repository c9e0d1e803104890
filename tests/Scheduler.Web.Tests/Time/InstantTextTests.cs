using Scheduler.Web.Time;

namespace Scheduler.Web.Tests.Time;

public sealed class InstantTextTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-11-21T13:05:00Z", false, "14:05")]                  // today in Berlin
    [InlineData("2026-11-21T13:05:07Z", true, "14:05:07")]
    [InlineData("2026-11-21T23:30:00Z", false, "Sun 22 Nov 00:30")]       // still today in UTC, tomorrow in Berlin
    [InlineData("2026-07-01T10:00:00Z", false, "Wed 1 Jul 12:00")]        // summer time
    [InlineData("2025-11-21T13:05:00Z", false, "21 Nov 2025 14:05")]
    public void Of_AnInstant_IsAsNarrowAsItCanBe(string at, bool seconds, string expected) =>
        Assert.Equal(expected, InstantText.Of(DateTimeOffset.Parse(at, null), Berlin, Berlin, Now, seconds).Clock);

    [Fact]
    public void Of_AnotherZoneThanTheViewers_NamesBothInTheTooltip()
    {
        var text = InstantText.Of(Now.AddHours(5), Berlin, NewYork, Now, seconds: false);

        Assert.Equal("Berlin", text.ZoneName);
        Assert.Equal("2026-11-21T15:00:00+01:00", text.Iso);
        Assert.Equal("2026-11-21T15:00:00+01:00 (Europe/Berlin)\nSat 21 Nov 2026 09:00:00 your time (America/New_York)", text.Tooltip);
    }

    [Fact]
    public void Of_TheViewersOwnZone_SaysItOnce() =>
        Assert.Equal("2026-11-21T09:00:00Z (UTC)", InstantText.Of(Now, TimeZoneInfo.Utc, TimeZoneInfo.Utc, Now, seconds: false).Tooltip);

    [Theory]
    [InlineData(0, "now")]
    [InlineData(0.9, "now")]
    [InlineData(-12, "12 s ago")]
    [InlineData(59.6, "in 1 min")]
    [InlineData(-90, "2 min ago")]
    [InlineData(3599, "in 1 h")]              // never "60 min"
    [InlineData(17_999, "in 5 h")]            // a second short of five hours is five hours
    [InlineData(-47.4 * 3600, "47 h ago")]
    [InlineData(47.6 * 3600, "in 2 d")]
    [InlineData(-40 * 86_400, "40 d ago")]
    [InlineData(-400 * 86_400, "13 mo ago")]
    [InlineData(1000 * 86_400, "in 3 y")]
    public void RelativeText_ADistance_IsRoundedToItsUnit(double seconds, string expected) =>
        Assert.Equal(expected, InstantText.RelativeText(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.84, "840 ms")]
    [InlineData(4.27, "4.2 s")]
    [InlineData(42, "42 s")]
    [InlineData(192, "3 min 12 s")]
    [InlineData(180, "3 min")]
    [InlineData(3900, "1 h 5 min")]
    [InlineData(183_600, "2 d 3 h")]
    [InlineData(-5, "0 ms")]                   // a clock that was set back
    public void Duration_ALength_TakesAtMostTwoUnits(double seconds, string expected) =>
        Assert.Equal(expected, DurationText.Of(TimeSpan.FromSeconds(seconds)));
}
