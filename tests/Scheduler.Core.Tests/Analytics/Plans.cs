using Scheduler.Core.Analytics;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Triggers;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Analytics;

/// <summary>Short ways to write planned schedules.</summary>
internal static class Plans
{
    /// <summary>A Monday, in winter time.</summary>
    internal static readonly DateTimeOffset Monday = Instants.At("2026-11-23T00:00:00Z");

    internal static readonly Dictionary<string, int> Slots = new(StringComparer.Ordinal) { ["scan"] = 2, ["monitor"] = 5 };

    internal static PlannedSchedule Plan(
        string name, string trigger, double minutes = 30, string pool = "scan", string zone = "UTC", ConcurrencyPolicy policy = ConcurrencyPolicy.Forbid,
        DateTimeOffset? start = null, DateTimeOffset? end = null, DateTimeOffset? anchor = null) =>
        new(name, pool, new Timing(TriggerText.Parse(trigger, name), TriggerZone.Find(zone), start ?? anchor ?? Monday.AddDays(-1), start, end), TimeSpan.FromMinutes(minutes), policy);

    internal static LoadForecast Week(params PlannedSchedule[] schedules) => LoadForecast.Of(schedules, Slots, Monday, Monday + LoadForecast.Week);

    internal static LoadCell At(this LoadForecast forecast, string time, string pool = "scan") => forecast.Pool(pool).Cells.Single(c => c.From == Instants.At(time));
}
