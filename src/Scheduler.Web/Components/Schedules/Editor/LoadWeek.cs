using Scheduler.Core.Analytics;
using Scheduler.Core.Triggers;

namespace Scheduler.Web.Components.Schedules.Editor;

/// <summary>One hour of the coming week in a pool.</summary>
/// <param name="At">When it begins, on the clock of the draft's zone.</param>
/// <param name="Others">The most runs of other schedules that want a worker at one time.</param>
/// <param name="Starts">How often the draft starts in it.</param>
/// <param name="Collides">With the draft, more runs want a worker than there are.</param>
public sealed record LoadHour(DateTime At, int Others, int Starts, bool Collides);

/// <summary>The coming seven days of a pool, hour by hour, with a draft laid over what the other schedules do.</summary>
/// <param name="Days">Seven rows from today on, in hours; hours that have passed, or that the clock skips, are missing.</param>
public sealed record LoadWeek(string Pool, int Slots, IReadOnlyList<(DateOnly Day, IReadOnlyList<LoadHour?> Hours)> Days)
{
    private const int DaysShown = 7;

    public IEnumerable<LoadHour> Hours => Days.SelectMany(d => d.Hours).OfType<LoadHour>();

    /// <param name="others">The forecast without the schedule that is edited.</param>
    /// <param name="draft">What is laid over it.</param>
    public static LoadWeek Of(LoadForecast others, PlannedSchedule draft)
    {
        var zone = draft.Timing.Zone;
        var (before, with) = (others.Pool(draft.Pool), others.With(draft).Pool(draft.Pool));
        var hours = new Dictionary<DateTime, LoadHour>();
        foreach (var (cell, laid) in before.Cells.Zip(with.Cells))
        {
            var hour = HourOf(zone, cell.From);
            var so = hours.GetValueOrDefault(hour) ?? new LoadHour(hour, 0, 0, false);
            hours[hour] = so with { Others = Math.Max(so.Others, cell.Peak), Starts = so.Starts + Math.Max(0, laid.Starts - cell.Starts), Collides = so.Collides || laid.Collides };
        }
        var today = DateOnly.FromDateTime(zone.ToLocal(others.From).DateTime);
        var days = Enumerable.Range(0, DaysShown).Select(day => today.AddDays(day))
            .Select(day => (day, (IReadOnlyList<LoadHour?>)Enumerable.Range(0, 24).Select(hour => hours.GetValueOrDefault(day.ToDateTime(new TimeOnly(hour, 0)))).ToList())).ToList();
        return new LoadWeek(draft.Pool, before.Slots, days);
    }

    private static DateTime HourOf(TriggerZone zone, DateTimeOffset at)
    {
        var local = zone.ToLocal(at).DateTime;
        return local.Date.AddHours(local.Hour);
    }
}
