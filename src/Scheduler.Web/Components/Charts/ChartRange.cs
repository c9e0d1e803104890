using System.Globalization;
using Scheduler.Core.Analytics;

namespace Scheduler.Web.Components.Charts;

/// <summary>How far back the charts look, as the address says it.</summary>
/// <param name="Key">In the address: <c>range=7d</c>.</param>
/// <param name="Text">On the picker.</param>
/// <param name="Words">In a sentence: "in the …".</param>
/// <param name="Hours">For up to a week figures by the hour are read; more of them would be too many bars.</param>
public sealed record ChartRange(string Key, string Text, string Words, int Hours)
{
    public static readonly IReadOnlyList<ChartRange> All =
    [
        new("24h", "24 h", "last 24 hours", 24),
        new("7d", "7 d", "last 7 days", 7 * 24),
        new("30d", "30 d", "last 30 days", 30 * 24),
        new("90d", "90 d", "last 90 days", 90 * 24),
    ];

    /// <summary>Whether a bar is an hour; otherwise it is a day.</summary>
    public bool ByHour => Hours == 24;

    /// <summary>Whether days are those of the viewer's zone, put together from hours; longer ranges have the days of UTC.</summary>
    public bool OwnDays => Hours == 7 * 24;

    /// <summary>What makes no sense is the shortest.</summary>
    public static ChartRange Read(string? key) => All.FirstOrDefault(r => r.Key == key) ?? All[0];

    /// <summary>The figures up to now: the last bar is the hour or day that goes on.</summary>
    public StatisticsSeries? Figures(StatisticsQueries statistics, string? schedule, DateTimeOffset now, TimeZoneInfo zone)
    {
        var series = statistics.Series(new StatisticsFilter
        {
            Schedule = schedule, From = OwnDays ? StartOfDay(now, zone).AddDays(-6.5) : ByHour ? now.AddHours(-23) : now.AddDays(1 - Hours / 24), To = now.AddMilliseconds(1),
            Span = ByHour || OwnDays ? StatisticsSpan.Hour : StatisticsSpan.Day,
        });
        if (series is null || !OwnDays) return series;
        // Half a day early, because a clock change makes days of 23 or 25 hours; what is too much is the first, partial day.
        var first = TimeZoneInfo.ConvertTime(now, zone).Date.AddDays(-6);
        return (series with { Buckets = series.Buckets.Where(b => TimeZoneInfo.ConvertTime(b.Start, zone).Date >= first).ToList() }).InDaysOf(zone);
    }

    /// <summary>The zone in which bars begin and are named.</summary>
    public TimeZoneInfo ZoneOf(TimeZoneInfo shown) => ByHour || OwnDays ? shown : TimeZoneInfo.Utc;

    /// <summary>Under the axis: <c>14:00</c>, <c>Mon 16</c>, <c>16 Nov</c>.</summary>
    public string Tick(DateTimeOffset start, TimeZoneInfo shown) =>
        TimeZoneInfo.ConvertTime(start, ZoneOf(shown)).ToString(ByHour ? "HH:mm" : OwnDays ? "ddd d" : "d MMM", CultureInfo.InvariantCulture);

    /// <summary>Which bar it is, in full: <c>Sat 21 Nov 14:00–15:00</c>, <c>Mon 16 Nov</c>.</summary>
    public string Name(RunFigures bar, TimeZoneInfo shown)
    {
        var zone = ZoneOf(shown);
        var (start, end) = (TimeZoneInfo.ConvertTime(bar.Start, zone), TimeZoneInfo.ConvertTime(bar.End, zone));
        var day = start.ToString("ddd d MMM", CultureInfo.InvariantCulture);
        return ByHour ? string.Create(CultureInfo.InvariantCulture, $"{day} {start:HH:mm}–{end:HH:mm}") : day;
    }

    private static DateTimeOffset StartOfDay(DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        return now - local.TimeOfDay;
    }
}
