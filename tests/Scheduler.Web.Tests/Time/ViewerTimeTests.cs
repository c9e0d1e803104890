using Scheduler.Web.Tests.Support;
using Scheduler.Web.Time;

namespace Scheduler.Web.Tests.Time;

public sealed class ViewerTimeTests
{
    [Theory]
    [InlineData(ZoneChoice.Schedule, "Asia/Tokyo", "Asia/Tokyo")]
    [InlineData(ZoneChoice.Schedule, null, "Europe/Berlin")]        // no schedule's zone: the viewer's
    [InlineData(ZoneChoice.Schedule, "Nowhere/Atlantis", "Europe/Berlin")]
    [InlineData(ZoneChoice.Mine, "Asia/Tokyo", "Europe/Berlin")]
    [InlineData(ZoneChoice.Utc, "Asia/Tokyo", "UTC")]
    public void ShownZone_FollowsTheChoice(ZoneChoice choice, string? scheduleZone, string expected)
    {
        var time = new ViewerTime(new ManualTime());
        time.Start(choice, "Europe/Berlin");

        Assert.Equal(expected, time.ShownZone(scheduleZone).Id);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("../../etc/passwd")]   // a cookie can hold anything
    [InlineData("Mars/Olympus")]
    public void Start_AnUnknownZone_IsUtc(string? zone)
    {
        var time = new ViewerTime(new ManualTime());
        time.Start(ZoneChoice.Mine, zone);

        Assert.Equal(TimeZoneInfo.Utc, time.Zone);
    }

    [Fact]
    public void Choose_AnotherClock_TellsWhoShowsInstants()
    {
        var time = new ViewerTime(new ManualTime());
        var told = 0;
        time.Changed += () => told++;

        time.Choose(ZoneChoice.Utc);
        time.Choose(ZoneChoice.Utc);

        Assert.Equal(1, told);
    }
}
