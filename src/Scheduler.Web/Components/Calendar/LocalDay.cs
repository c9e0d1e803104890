namespace Scheduler.Web.Components.Calendar;

/// <summary>A day on a zone's wall clock; 23 or 25 hours long where the clock changes.</summary>
/// <param name="From">Its first instant.</param>
/// <param name="To">The next day's first instant.</param>
public sealed record LocalDay(DateOnly Date, DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;

    public static LocalDay Of(DateOnly date, TimeZoneInfo zone) => new(date, Begin(date, zone), Begin(date.AddDays(1), zone));

    // Midnight may be skipped, and then the day begins where the clock goes on; or come twice, and then it begins with the first.
    private static DateTimeOffset Begin(DateOnly date, TimeZoneInfo zone)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        while (zone.IsInvalidTime(midnight)) midnight = midnight.AddMinutes(15);
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}
