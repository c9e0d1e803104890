using System.Globalization;

namespace Scheduler.Web.Components.Shared;

/// <summary>Instants in inputs of the type datetime-local, which know no zone, and in addresses.</summary>
internal static class LocalInput
{
    /// <summary>What an input shows.</summary>
    public static DateTime? Of(DateTimeOffset? at, TimeZoneInfo zone) => at is { } instant ? TimeZoneInfo.ConvertTime(instant, zone).DateTime : null;

    /// <summary>What was typed, as an instant. A local time in a clock gap reads as the same distance after the gap's start, as everywhere in the product.</summary>
    public static DateTimeOffset? Read(DateTime? local, TimeZoneInfo zone)
    {
        if (local is not { } time) return null;
        while (zone.IsInvalidTime(time)) time = time.AddMinutes(30);
        return new DateTimeOffset(time, zone.GetUtcOffset(time)).ToUniversalTime();
    }

    public static DateTimeOffset? FromAddress(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    public static string? ForAddress(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
