using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules;

/// <summary>How long a pause is to last, as the dialog offers it.</summary>
public enum PauseEnd { OneHour, Tomorrow, Monday, At, UntilISay }

/// <summary>What a person answered in the pause dialog.</summary>
/// <param name="Until">Null: until somebody resumes it.</param>
/// <param name="Reason">Trimmed; may be empty.</param>
public sealed record PauseAnswer(DateTimeOffset? Until, string Reason);

internal static class PauseEnds
{
    private static readonly TimeSpan Morning = TimeSpan.FromHours(8);

    /// <summary>The instant at which the pause ends, in UTC; null for <see cref="PauseEnd.UntilISay"/>, and for <see cref="PauseEnd.At"/> without a time.</summary>
    /// <param name="own">A time of one's own on the zone's wall clock.</param>
    public static DateTimeOffset? Of(PauseEnd end, DateTimeOffset now, TimeZoneInfo zone, DateTime? own = null)
    {
        var today = TimeZoneInfo.ConvertTime(now, zone).Date;
        return end switch
        {
            PauseEnd.OneHour => now.AddHours(1),
            PauseEnd.Tomorrow => LocalTime.At(today.AddDays(1) + Morning, zone),
            PauseEnd.Monday => LocalTime.At(today.AddDays(DaysToMonday(today)) + Morning, zone),
            PauseEnd.At when own is { } at => LocalTime.At(at, zone),
            _ => null,
        };
    }

    // On a Monday it is the next one: "until Monday" said on a Monday means the weekend is over by then.
    private static int DaysToMonday(DateTime day) => ((DayOfWeek.Monday - day.DayOfWeek + 6) % 7) + 1;
}
