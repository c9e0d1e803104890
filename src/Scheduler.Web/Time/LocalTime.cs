namespace Scheduler.Web.Time;

/// <summary>From a wall clock to an instant.</summary>
internal static class LocalTime
{
    /// <summary>The instant of a local time. One in a clock gap counts from the first valid half hour after it; one that comes twice, the first time.</summary>
    public static DateTimeOffset At(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(30);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), offset).ToUniversalTime();
    }
}
