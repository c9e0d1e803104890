using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Analytics;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Charts;
using Scheduler.Web.Tests.Support;
using Scheduler.Web.Time;

namespace Scheduler.Web.Tests.Components.Charts;

/// <summary>It is 09:00 UTC, 10:00 in Berlin, Saturday 21 November.</summary>
public sealed class RunChartsTests : CorePageTest
{
    [Fact]
    public void WithoutRuns_ItSaysSo_AndThereIsNothingToTabulate()
    {
        var charts = Open();

        Assert.Equal("No run has ended in the last 24 hours.", charts.Find(".chart-nothing").TextContent);
        Assert.True(charts.Find("button").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Day_HasABarAnHour_InTheViewersZone_WithWhatEndedInIt()
    {
        await EndedAsync("a", Now.AddHours(-23).AddMinutes(10), RunStatus.Failed);
        await EndedAsync("a", Now.AddMinutes(-10), RunStatus.Succeeded);
        await EndedAsync("b", Now.AddMinutes(-5), RunStatus.Succeeded);
        await EndedAsync("a", Now.AddHours(-24), RunStatus.Failed); // the hour before the first bar

        var charts = Open();

        Assert.Equal(24, charts.FindAll(".chart-column").Count);
        Assert.Equal("3 runs, 66.6 % succeeded, last 24 hours", charts.Find(".panel-hint").TextContent);
        Assert.Equal(["x=0.14 y=50 height=50 failed", "x=22.14 y=0 height=100 succeeded"], Rects(charts));
        Assert.Equal("Sat 21 Nov 09:00–10:00", charts.FindAll(".chart-tip strong")[22].TextContent);
        Assert.Equal("M0.14 100h0.72M22.14 0h0.72", charts.Find(".line.good").GetAttribute("d"));
        Assert.Equal("10:00", charts.FindAll(".chart-axis span")[^1].TextContent);
    }

    [Fact]
    public async Task OfOneSchedule_OnlyItsRunsCount()
    {
        await EndedAsync("a", Now.AddMinutes(-10), RunStatus.Succeeded);
        await EndedAsync("b", Now.AddMinutes(-10), RunStatus.Failed);

        Assert.StartsWith("1 run, 100 % succeeded", Open("a").Find(".panel-hint").TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(Open("nobody").FindAll(".chart-nothing"));
    }

    [Fact]
    public async Task Week_HasDaysOfTheViewersZone_AndLongerRangesDaysOfUtc()
    {
        var midnightInBerlin = new DateTimeOffset(2026, 11, 19, 23, 0, 0, TimeSpan.Zero);
        await EndedAsync("a", midnightInBerlin.AddMinutes(-1), RunStatus.Succeeded);
        await EndedAsync("a", midnightInBerlin.AddMinutes(1), RunStatus.Failed);

        var week = Open(address: "/?range=7d");

        Assert.Equal(["Sun 15", "Mon 16", "Tue 17", "Wed 18", "Thu 19", "Fri 20", "Sat 21"], week.FindAll(".chart-axis span").Select(t => t.TextContent));
        Assert.Equal(["x=4.14 y=0 height=100 succeeded", "x=5.14 y=0 height=100 failed"], Rects(week));
        var month = Open(address: "/?range=30d");
        Assert.Equal(30, month.FindAll(".chart-column").Count);
        Assert.Equal(["x=27.14 y=50 height=50 failed", "x=27.14 y=0 height=50 succeeded"], Rects(month));
        Assert.EndsWith("days in UTC", month.Find(".panel-hint").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-10-25T12:00:00Z", 7)]  // Berlin's day of 25 hours
    [InlineData("2026-03-29T21:59:00Z", 7)]  // its day of 23 hours, one minute before midnight
    [InlineData("2026-04-02T22:00:00Z", 7)]
    public async Task Week_AroundAClockChange_StillHasSevenDays(string now, int days)
    {
        await SaveAsync("a");
        var figures = ChartRange.Read("7d").Figures(Services.GetRequiredService<StatisticsQueries>(), "a", DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture), Time.Zone)!;

        Assert.Equal(days, figures.Buckets.Count);
        Assert.All(figures.Buckets, b => Assert.Equal(TimeSpan.Zero, TimeZoneInfo.ConvertTime(b.Start, Time.Zone).TimeOfDay));
        Assert.Equal(figures.Buckets.Skip(1).Select(b => b.Start), figures.Buckets.SkipLast(1).Select(b => b.End));
    }

    [Fact]
    public void Ranges_AreAddresses_ThatKeepTheRestOfTheAddress()
    {
        var charts = Open(address: "/schedules/a?tab=x&range=90d");

        Assert.Equal(["/schedules/a?tab=x", "/schedules/a?tab=x&range=7d", "/schedules/a?tab=x&range=30d", "/schedules/a?tab=x&range=90d"], charts.FindAll(".chart-ranges a").Select(a => a.GetAttribute("href")));
        Assert.Equal("90 d", charts.Find(".chart-ranges a[aria-current=true]").TextContent);
    }

    [Fact]
    public async Task Table_ShowsTheSameFigures_NewestFirst()
    {
        await EndedAsync("a", Now.AddMinutes(-10), RunStatus.Succeeded, seconds: 42);
        await EndedAsync("a", Now.AddMinutes(-9), RunStatus.Failed, seconds: 42);
        var charts = Open();

        charts.Find("button").Click();

        Assert.Equal(24, charts.FindAll(".chart-table tbody tr").Count);
        Assert.Equal("Sat 21 Nov 10:00–11:00", charts.Find(".chart-table tbody th").TextContent);
        Assert.Equal(["1", "1", "0", "0", "50 %"], charts.FindAll(".chart-table tbody tr")[1].QuerySelectorAll("td").Take(5).Select(c => c.TextContent));
        Assert.InRange(DurationSeconds(charts.FindAll(".chart-table tbody tr")[1].QuerySelectorAll("td")[5].TextContent), 40, 42);
        Assert.Equal("true", charts.Find("button").GetAttribute("aria-pressed"));
        Assert.Empty(charts.FindAll(".chart"));
    }

    [Fact]
    public async Task Keys_MoveAMark_ThatSaysTheValues()
    {
        await EndedAsync("a", Now.AddMinutes(-10), RunStatus.Failed);
        var charts = Open();
        var columns = charts.Find(".chart-columns");

        columns.Focus();
        Assert.StartsWith("Sat 21 Nov 10:00–11:00: succeeded 0", charts.Find(".chart-columns").GetAttribute("aria-valuetext"), StringComparison.Ordinal);
        charts.Find(".chart-columns").KeyDown("ArrowLeft");
        Assert.StartsWith("Sat 21 Nov 09:00–10:00: succeeded 0, failed 1, success rate 0 %", charts.Find(".chart-columns").GetAttribute("aria-valuetext"), StringComparison.Ordinal);
        Assert.Equal("Sat 21 Nov 09:00–10:00", charts.Find(".chart-column.at strong").TextContent);
        for (var i = 0; i < 30; i++) charts.Find(".chart-columns").KeyDown("ArrowLeft");
        Assert.Equal("1", charts.Find(".chart-columns").GetAttribute("aria-valuenow"));
        charts.Find(".chart-columns").Blur();
        Assert.Empty(charts.FindAll(".chart-column.at"));
    }

    [Fact]
    public async Task ARunThatEnds_IsDrawn_WithoutAskingAnew()
    {
        await EndedAsync("a", Now.AddMinutes(-10), RunStatus.Succeeded);
        var charts = Open();
        Assert.Single(Rects(charts));

        Clock.Advance(TimeSpan.FromSeconds(2));
        await EndedAsync("a", Now.AddSeconds(2), RunStatus.Failed);

        charts.WaitForAssertion(() => Assert.Equal(2, Rects(charts).Count), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task ANewHour_MovesTheBars()
    {
        await EndedAsync("a", Now.AddMinutes(-10), RunStatus.Succeeded);
        var charts = Open();

        Clock.Advance(TimeSpan.FromHours(1));
        Services.GetRequiredService<Core.Live.LiveFeed>().Publish(new Core.Live.LiveChange.RunChanged(1, "b"));

        charts.WaitForAssertion(() => Assert.Equal(["x=21.14 y=0 height=100 succeeded"], Rects(charts)), TimeSpan.FromSeconds(10));
    }

    private IRenderedComponent<RunCharts> Open(string? schedule = null, string? address = null)
    {
        if (address is not null) Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        return Render<RunCharts>(p => p.Add(c => c.Schedule, schedule));
    }

    private static List<string> Rects(IRenderedComponent<RunCharts> charts) =>
        charts.FindAll(".chart-plot rect").Select(r => $"x={r.GetAttribute("x")} y={r.GetAttribute("y")} height={r.GetAttribute("height")} {r.ClassName}").ToList();

    private static int DurationSeconds(string text) => int.Parse(text.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private async Task EndedAsync(string schedule, DateTimeOffset at, RunStatus status, int seconds = 1)
    {
        if (await Services.GetRequiredService<Core.Schedules.ScheduleQueries>().GetAsync(schedule, default) is null) await SaveAsync(schedule);
        await PastRuns.AddAsync(Services, schedule, (at, status, TimeSpan.FromSeconds(seconds)));
    }
}
