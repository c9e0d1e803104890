using Bunit;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Tests.Components;

public sealed class TimeTests : ComponentTest
{
    [Fact]
    public void When_AnInstantOfASchedule_IsInItsZoneFirst()
    {
        var when = Render<When>(p => p.Add(w => w.At, Now.AddHours(5)).Add(w => w.Zone, "Asia/Tokyo").Add(w => w.ShowZone, true));

        Assert.Equal("23:00", when.Find(".when-clock").TextContent);
        Assert.Equal("Tokyo", when.Find(".when-zone").TextContent);
        Assert.Equal("in 5 h", when.Find(".when-relative").TextContent);
        Assert.Equal("2026-11-21T14:00:00.000Z", when.Find("time").GetAttribute("datetime"));
        Assert.Contains("your time (Europe/Berlin)", when.Find("time").GetAttribute("title"), StringComparison.Ordinal);
    }

    [Fact]
    public void When_TheViewerChoosesAnotherClock_FollowsAtOnce()
    {
        var when = Render<When>(p => p.Add(w => w.At, Now).Add(w => w.Zone, "Asia/Tokyo"));

        Time.Choose(ZoneChoice.Mine);
        when.WaitForAssertion(() => Assert.Equal("10:00", when.Find(".when-clock").TextContent));
        Time.Choose(ZoneChoice.Utc);
        when.WaitForAssertion(() => Assert.Equal("09:00", when.Find(".when-clock").TextContent));
    }

    [Fact]
    public void When_ThereIsNoInstant_SaysWhatThatMeans() =>
        Assert.Equal("Never", Render<When>(p => p.Add(w => w.At, null).Add(w => w.None, "Never")).Find(".when").TextContent);

    [Fact]
    public void When_OnlyOnePartIsWanted_LeavesTheOtherOut()
    {
        Assert.Empty(Render<When>(p => p.Add(w => w.At, Now).Add(w => w.ClockOnly, true)).FindAll(".when-relative"));
        Assert.Empty(Render<When>(p => p.Add(w => w.At, Now).Add(w => w.RelativeOnly, true)).FindAll(".when-clock"));
    }

    [Fact]
    public void Duration_OfWhatGoesOn_LetsTheBrowserCount()
    {
        var duration = Render<Duration>(p => p.Add(d => d.Since, Now.AddSeconds(-75)));

        Assert.Equal("1 min 15 s", duration.Find(".duration").TextContent);
        Assert.Equal("1795251525000", duration.Find(".duration").GetAttribute("data-since"));
    }

    [Fact]
    public void Duration_OfWhatHasEnded_StandsStill()
    {
        var duration = Render<Duration>(p => p.Add(d => d.Value, TimeSpan.FromMinutes(3)).Add(d => d.Since, Now));

        Assert.Equal("3 min", duration.Find(".duration").TextContent);
        Assert.Null(duration.Find(".duration").GetAttribute("data-since"));
        Assert.Equal("–", Render<Duration>().Find(".duration").TextContent);
    }
}
