using System.Globalization;
using Scheduler.Core.Analytics;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Schedules;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Calendar;

/// <summary>How the calendar says things.</summary>
internal static class CalendarWords
{
    public static string Short(DateOnly day) => day.ToString("ddd d MMM", CultureInfo.InvariantCulture);

    public static string Long(DateOnly day) => day.ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture);

    public static string Hour(int hour) => $"{hour:00}:00";

    /// <summary><c>02:30</c>, or <c>02:30:15</c> where seconds matter.</summary>
    public static string Clock(DateTimeOffset at) => at.ToString(at.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);

    public static string When(PlannedSchedule schedule) => ScheduleWords.When(schedule.Timing.Trigger.Text, schedule.Name);

    public static string Lasting(PlannedSchedule schedule) =>
        schedule.IsMeasured ? $"about {DurationText.Of(schedule.ExpectedDuration)}" : $"never ran, taken as {DurationText.Of(schedule.ExpectedDuration)}";

    /// <summary>The whole of an entry: its own clock, how long, where.</summary>
    public static string Title(AgendaEntry entry)
    {
        var own = entry.Own.At.Offset == entry.Local.Offset ? "" : $" ({Clock(entry.Own.At)} in {City(entry)})";
        return $"{entry.Schedule.Name}, {Clock(entry.Local)}{own}, {Lasting(entry.Schedule)}, {entry.Schedule.Pool} pool{(NoteTitle(entry.Own.Note) is { } note ? $". {note}" : "")}";
    }

    public static string City(AgendaEntry entry) => entry.Schedule.Timing.Zone.Id is var id && id == "UTC" ? id : id[(id.LastIndexOf('/') + 1)..].Replace('_', ' ');

    /// <summary>What a clock change does to an occurrence, in a word; null where it does nothing.</summary>
    public static string? Note(OccurrenceNote note) => note switch
    {
        OccurrenceNote.Shifted => "moved",
        OccurrenceNote.FirstOfTwo => "comes twice",
        _ => null,
    };

    public static string? NoteTitle(OccurrenceNote note) => note switch
    {
        OccurrenceNote.Shifted => "The clock goes forward over its time: it runs at the first instant after",
        OccurrenceNote.FirstOfTwo => "The clock goes back: its local time comes twice, and this is the first",
        _ => null,
    };

    /// <summary>Workers on average: <c>1.5</c>, <c>12</c>.</summary>
    public static string Number(double busy) => busy is > 0 and < 0.01 ? "<.01" : busy.ToString(busy is > 0 and < 0.1 ? "0.00" : busy < 9.95 ? "0.#" : "#,0", CultureInfo.InvariantCulture);

    public static string Workers(int slots) => slots == 1 ? "1 worker" : $"{slots} workers";

    /// <summary><c>up to 3 runs for 2 workers</c>.</summary>
    public static string Collision(HourLoad load) => $"up to {load.Peak.ToString("#,0", CultureInfo.InvariantCulture)} {(load.Peak == 1 ? "run" : "runs")} for {Workers(load.Slots)}";

    /// <summary>How long a run waits for a worker.</summary>
    public static string Wait(TimeSpan? wait) => wait is { } length ? $"waits {DurationText.Of(length)}" : "never starts: the pool has no workers";
}
