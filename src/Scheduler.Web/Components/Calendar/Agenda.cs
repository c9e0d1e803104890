using Scheduler.Core.Analytics;
using Scheduler.Core.Triggers;

namespace Scheduler.Web.Components.Calendar;

/// <summary>One occurrence.</summary>
/// <param name="Own">On the schedule's own clock, with what a clock change did to it.</param>
/// <param name="Local">On the clock that the calendar shows.</param>
public sealed record AgendaEntry(PlannedSchedule Schedule, Occurrence Own, DateTimeOffset Local);

/// <summary>A schedule that fires too often to show each occurrence.</summary>
/// <param name="Days">By day, whether it fires.</param>
public sealed record AgendaBand(PlannedSchedule Schedule, IReadOnlyList<bool> Days);

/// <param name="Hours">What starts by hour of the wall clock, 24 of them, each in order of time.</param>
public sealed record AgendaDay(LocalDay Day, IReadOnlyList<AgendaEntry>[] Hours);

/// <summary>What starts on which day and hour. At most so many occurrences of a schedule are shown a day; those of busier ones make a band.</summary>
public sealed record Agenda(IReadOnlyList<AgendaDay> Days, IReadOnlyList<AgendaBand> Bands)
{
    public bool IsEmpty => Bands.Count == 0 && Days.All(d => d.Hours.All(h => h.Count == 0));

    /// <param name="schedules">Those to show.</param>
    /// <param name="days">One after the other.</param>
    /// <param name="zone">Whose wall clock says the day and the hour.</param>
    /// <param name="now">What is due before is left out.</param>
    /// <param name="mostADay">A schedule with more occurrences on one of the days becomes a band.</param>
    public static Agenda Of(IEnumerable<PlannedSchedule> schedules, IReadOnlyList<LocalDay> days, TimeZoneInfo zone, DateTimeOffset now, int mostADay)
    {
        var from = (now > days[0].From ? now : days[0].From) - TimeSpan.FromTicks(1);
        var to = days[^1].To;
        var bands = new List<AgendaBand>();
        var hours = days.ToDictionary(d => d.Date, _ => Enumerable.Range(0, 24).Select(_ => new List<AgendaEntry>()).ToArray());
        foreach (var schedule in schedules)
        {
            var due = schedule.Timing.Upcoming(from, mostADay * days.Count + 1).Where(o => o.At < to)
                .Select(o => new AgendaEntry(schedule, o, TimeZoneInfo.ConvertTime(o.At, zone))).ToList();
            if (due.Count > mostADay * days.Count || due.CountBy(e => e.Local.Date).Any(day => day.Value > mostADay))
            {
                bands.Add(new AgendaBand(schedule, days.Select(d => schedule.Timing.Next((from > d.From ? from : d.From) - TimeSpan.FromTicks(1)) < d.To).ToList()));
                continue;
            }
            foreach (var entry in due) hours[DateOnly.FromDateTime(entry.Local.Date)][entry.Local.Hour].Add(entry);
        }
        return new Agenda(days.Select(d => new AgendaDay(d, [.. hours[d.Date].Select(InOrder)])).ToList(), bands.OrderBy(b => b.Schedule.Name, StringComparer.OrdinalIgnoreCase).ToList());
    }

    private static IReadOnlyList<AgendaEntry> InOrder(List<AgendaEntry> hour) => hour.OrderBy(e => e.Local).ThenBy(e => e.Schedule.Name, StringComparer.OrdinalIgnoreCase).ToList();
}
