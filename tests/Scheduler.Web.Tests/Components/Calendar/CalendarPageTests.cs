using System.Text.Json;
using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Calendar;
using Scheduler.Web.Tests.Support;
using Scheduler.Web.Time;

namespace Scheduler.Web.Tests.Components.Calendar;

/// <summary>It is Saturday 21 November 2026, 10:00 in Berlin, where the viewer is.</summary>
public sealed class CalendarPageTests : CorePageTest
{
    [Fact]
    public void NothingByTheClock_SaysWhatToDo()
    {
        var page = Open("/calendar");

        Assert.Equal("Nothing is due by the clock", page.Find(".empty-title").TextContent);
        Assert.NotEmpty(page.FindAll(".empty-state a[href='/schedules/new']"));
    }

    [Fact]
    public async Task Week_ShowsSevenDaysFromToday_AndWhatStartsThen()
    {
        await PlanAsync("tls-prod", "0 2 * * *");
        await PlanAsync("once", "at(2026-11-21T18:30:00)");

        var page = Open("/calendar");

        Assert.Equal(["Sat 21 Nov", "Sun 22 Nov", "Mon 23 Nov", "Tue 24 Nov", "Wed 25 Nov", "Thu 26 Nov", "Fri 27 Nov"], page.FindAll(".week-day h2").Select(h => h.TextContent.Trim()));
        Assert.Equal(["18:30 once", .. Enumerable.Repeat("02:00 tls-prod", 6)], page.FindAll(".chip").Select(Words));
        Assert.Equal("/schedules/tls-prod", page.FindAll(".chip")[1].GetAttribute("href"));
        Assert.Equal("/calendar?view=day&day=2026-11-24", page.FindAll(".week-day h2 a")[3].GetAttribute("href"));
        Assert.Equal(["Next week"], page.FindAll(".calendar-steps a").Select(Words));
    }

    [Fact]
    public async Task Week_FoldsManyOfOneHour_AndShowsFrequentOnesAsALine()
    {
        for (var i = 1; i <= 14; i++) await PlanAsync($"team-{i:00}", "0 5 24 11 *");
        await PlanAsync("beat", "*/5 * * * *", pool: "monitor");

        var page = Open("/calendar");

        Assert.Equal(["05:00 team-01", "05:00 team-02", "+12"], page.FindAll(".chip").Select(Words));
        var more = page.Find(".chip.more");
        Assert.Equal(("12 more on Tue 24 Nov from 05:00", "/calendar?view=day&day=2026-11-24&hour=5"), (more.GetAttribute("aria-label"), more.GetAttribute("href")));
        Assert.Equal("beat Every 5 minutes", Words(page.Find(".week-band a")));
        Assert.Equal(7, page.FindAll(".week-band .band-day.on").Count);
    }

    [Fact]
    public async Task PausedSchedules_AreLeftOut_AndCounted()
    {
        await PlanAsync("a", "0 2 * * *");
        await PlanAsync("b", "0 2 * * *", more: """, "suspend": true""");
        Assert.Equal("1 paused schedule is left out", Words(Open("/calendar").Find(".calendar-bar a[href='/schedules?state=paused']")));

        await PlanAsync("c", "0 2 * * *", more: """, "suspend": true""");
        var page = Open("/calendar");

        Assert.Equal("2 paused schedules are left out", Words(page.Find(".calendar-bar a[href='/schedules?state=paused']")));
        Assert.DoesNotContain(page.FindAll(".chip"), c => Words(c) != "02:00 a");
    }

    [Fact]
    public async Task TheChosenClock_MovesEverything()
    {
        await PlanAsync("a", "30 0 * * MON");
        var page = Open("/calendar");
        Assert.Equal("Mon 23 Nov", DayOf(page.Find(".chip")));

        await page.InvokeAsync(() => Time.Choose(ZoneChoice.Utc));

        page.WaitForAssertion(() => Assert.Equal(("Sun 22 Nov", "23:30 a"), (DayOf(page.Find(".chip")), Words(page.Find(".chip")))));
        Assert.Contains("times in UTC", page.Find(".page-header-lead").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClockChange_IsSaidOnTheChip()
    {
        await PlanAsync("a", "30 2 * * SUN");

        var page = Open("/calendar?day=2027-03-26");

        Assert.Equal("03:00 a moved", Words(page.Find(".chip")));
        Assert.Contains("The clock goes forward over its time", page.Find(".chip").GetAttribute("title"), StringComparison.Ordinal);
        Assert.Equal("Sun 28 Mar 23 h", Words(page.Find(".chip").Closest(".week-day")!.QuerySelector("h2")!));
        Assert.Equal("02:30 a comes twice", Words(Open("/calendar?day=2027-10-30").Find(".chip")));
    }

    [Fact]
    public async Task Load_TellsCollisionsInWords_AndLeadsToTheHour()
    {
        foreach (var name in new[] { "a", "b", "c" }) await PlanAsync(name, "0 2 * * TUE");

        var page = Open("/calendar?view=load&pool=scan");

        var cell = page.Find(".load-cell.collides[href]");
        Assert.Equal("/calendar?view=day&day=2026-11-24&pool=scan&hour=2", cell.GetAttribute("href"));
        Assert.Equal("0.3 ▲ , collision: up to 3 runs for 2 workers", Words(cell));   // three times five minutes of an hour
        Assert.Equal((7, 7 * 24), (page.FindAll("table.load tbody th").Count, page.FindAll("table.load tbody td").Count));
        Assert.Equal("Tue 24 Nov, 02:00 ▲ up to 3 runs for 2 workers a, b, c", Words(page.Find(".collisions li")));
        Assert.Equal(10, page.FindAll(".load-cell.none").Count);                     // of today, what has passed
    }

    [Fact]
    public async Task Load_WithoutAPool_ShowsTheOneWithMostCollisions()
    {
        await PlanAsync("busy", "0 * * * *", pool: "light");
        foreach (var name in new[] { "a", "b", "c" }) await PlanAsync(name, "0 2 * * TUE", pool: "validation");

        Assert.Equal("validation", Words(Open("/calendar?view=load").Find(".segments [aria-current]")));
        Assert.Equal("validation", Words(Open("/calendar?view=load&pool=none").Find(".segments [aria-current]")));
        Assert.Equal("light", Words(Open("/calendar?view=load&pool=light").Find(".segments [aria-current]")));
        Assert.Equal("None: every run finds a worker when it falls due.", Words(Open("/calendar?view=load&pool=light").Find(".load-none")));
    }

    [Fact]
    public async Task Day_ListsTheHours_AndSaysWhoWaits()
    {
        foreach (var name in new[] { "a", "b", "c" }) await PlanAsync(name, "0 2 * * TUE");
        await PlanAsync("tokyo", "0 18 * * *", zone: "Asia/Tokyo", pool: "light");

        var page = Open("/calendar?view=day&day=2026-11-24&hour=2");

        Assert.Equal(24, page.FindAll(".hours > .hour").Count);
        Assert.Equal(["02:00 a scan", "02:00 b scan", "02:00 c scan waits 5 min", "10:00 tokyo light · 18:00 in Tokyo"], page.FindAll(".entry").Select(e => $"{Words(e.QuerySelector("time")!)} {Words(e.QuerySelector(".entry-what")!)}"));
        Assert.Equal("▲ scan: up to 3 runs for 2 workers", Words(page.Find(".collision-line")));
        Assert.Equal(2, int.Parse(page.Find(".hour.chosen .hour-label").TextContent[..2], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains("scan : 0.3 of 2 workers busy on average, 3 starts; ▲ up to 3 runs for 2 workers", page.FindAll(".hour-facts li").Select(Words));
        Assert.Equal(["02:00 a scan at once ? 5 min", "02:00 b scan at once ? 5 min", "02:00 c scan 02:05, waits 5 min ? 5 min"], page.FindAll("table.cards tbody tr").Select(Words));
    }

    [Fact]
    public async Task APool_LeavesTheOthersOut()
    {
        await PlanAsync("a", "0 2 * * TUE");
        await PlanAsync("b", "0 3 * * TUE", pool: "light");

        Assert.Equal(["03:00 b"], Open("/calendar?pool=light").FindAll(".chip").Select(Words));
        Assert.Equal(["light", "monitor", "scan", "validation"], Open("/calendar").FindAll(".segments .segment").Skip(1).Select(Words));
    }

    [Fact]
    public async Task AnEmptyWeek_LeadsToTheNextRun()
    {
        await PlanAsync("yearly", "0 2 24 12 *");

        var page = Open("/calendar?view=day");

        Assert.Equal("Nothing is due on this day", page.Find(".empty-title").TextContent);
        Assert.Equal("/calendar?view=day&day=2026-12-24", page.Find(".empty-state a").GetAttribute("href"));
    }

    [Fact]
    public async Task ANewSchedule_ComesByItself()
    {
        await PlanAsync("a", "0 2 * * TUE");
        var page = Open("/calendar");

        await PlanAsync("b", "0 3 * * TUE");

        page.WaitForAssertion(() => Assert.Equal(["02:00 a", "03:00 b"], page.FindAll(".chip").Select(Words)), TimeSpan.FromSeconds(10));
    }

    private Task PlanAsync(string name, string schedule, string zone = "Europe/Berlin", string pool = "scan", string more = "") => Services.GetRequiredService<ScheduleEditor>().SaveAsync(JsonElement.Parse(
        $$"""
        { "apiVersion": "scheduler/v1", "kind": "ScanSchedule", "metadata": { "name": "{{name}}" },
          "spec": { "schedule": "{{schedule}}", "timezone": "{{zone}}", "pool": "{{pool}}", "job": { "kind": "noop" }{{more}} } }
        """), new SaveRules(), Ana, CancellationToken.None);

    private IRenderedComponent<CalendarPage> Open(string address)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        var page = Render<CalendarPage>();
        page.WaitForState(() => page.FindAll(".week, .hours, .load, .empty-state").Count > 0, TimeSpan.FromSeconds(10));
        return page;
    }

    private static string DayOf(IElement chip) => Words(chip.Closest(".week-day")!.QuerySelector("h2")!);

    // The words as one reads them: pieces apart, however the markup is indented.
    private static string Words(IElement element) => string.Join(' ', Texts(element));

    private static IEnumerable<string> Texts(INode node) => node is IText text
        ? text.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        : node.ChildNodes.SelectMany(Texts);
}
