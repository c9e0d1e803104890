using Scheduler.Core.Analytics;

namespace Scheduler.Web.Components.Calendar;

/// <summary>An hour of the wall clock in one pool; both passes together where the hour comes twice.</summary>
/// <param name="Busy">Workers wanted on average; null where nothing of the hour lies ahead, or the clock leaves it out.</param>
/// <param name="Peak">The most runs that want a worker at one time.</param>
/// <param name="Starts">Runs that begin in it.</param>
/// <param name="From">Its first instant that lies ahead; meaningless where <paramref name="Busy"/> is null.</param>
/// <param name="To">The first instant after it.</param>
/// <param name="Names">Some of the schedules that start in it, the rarest first.</param>
public sealed record HourLoad(string Pool, LocalDay Day, int Hour, double? Busy, int Peak, int Slots, int Starts, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<string> Names)
{
    public bool Collides => Peak > Slots;

    /// <summary>0 (idle) to 5 (all workers), for its colour.</summary>
    public int Level => Busy is not > 0 ? 0 : Slots == 0 ? 5 : Math.Clamp((int)Math.Ceiling(Busy.Value / Slots * 5), 1, 5);

    /// <summary>24 hours of a day.</summary>
    public static IReadOnlyList<HourLoad> Of(PoolLoad pool, LocalDay day, TimeZoneInfo zone)
    {
        var cells = pool.Between(day.From, day.To).ToLookup(c => TimeZoneInfo.ConvertTime(c.From, zone).Hour);
        return Enumerable.Range(0, 24).Select(hour => cells[hour].ToList() is { Count: > 0 } own
            ? new HourLoad(pool.Name, day, hour, own.Average(c => c.Busy), own.Max(c => c.Peak), pool.Slots, own.Sum(c => c.Starts), own[0].From, own[^1].From + LoadCell.Length,
                [.. own.SelectMany(c => c.Names).Distinct(StringComparer.Ordinal).Take(LoadCell.MostNames)])
            : new HourLoad(pool.Name, day, hour, null, 0, pool.Slots, 0, default, default, [])).ToList();
    }
}
