using Scheduler.Web.Components.Calendar;

namespace Scheduler.Web.Tests.Components.Calendar;

public sealed class CalendarAddressTests
{
    private static readonly DateOnly Today = new(2026, 11, 21);

    [Theory]
    [InlineData(null, null, null, null, "/calendar")]
    [InlineData("week", "2026-11-21", "", null, "/calendar")]
    [InlineData("day", "2026-11-24", "scan", "2", "/calendar?view=day&day=2026-11-24&pool=scan&hour=2")]
    [InlineData("load", "2026-11-24", "a&b", "2", "/calendar?view=load&day=2026-11-24&pool=a%26b")]
    [InlineData("DAY", "24.11.2026", null, "24", "/calendar?view=day")]             // no day, no hour
    [InlineData("7", "2026-02-30", null, "-1", "/calendar")]
    [InlineData("week", "2025-01-01", null, null, "/calendar")]                       // what has passed is told by the runs
    [InlineData("week", "2040-01-01", null, null, "/calendar?day=2027-11-27")]        // 53 weeks ahead
    public void Read_KeepsWhatMakesSense(string? view, string? day, string? pool, string? hour, string href) =>
        Assert.Equal(href, CalendarAddress.Read(view, day, pool, hour, Today).Href);

    [Fact]
    public void Steps_GoByWeekOrDay_AndEndAtTodayAndAYearAhead()
    {
        var first = CalendarAddress.Read("week", null, "scan", null, Today);
        Assert.Null(first.Previous);
        Assert.Equal("/calendar?day=2026-11-28&pool=scan", first.Next!.Href);
        Assert.Equal("/calendar", CalendarAddress.Read("week", "2026-11-25", null, null, Today).Previous!.Href);
        Assert.Equal("/calendar?view=day&day=2026-11-24", CalendarAddress.Read("day", "2026-11-25", null, "3", Today).Previous!.Href);

        var last = CalendarAddress.Read("week", "2027-11-27", null, null, Today);
        Assert.Null(last.Next);
        Assert.Equal(new DateOnly(2027, 11, 20), last.Previous!.Day);
    }
}
