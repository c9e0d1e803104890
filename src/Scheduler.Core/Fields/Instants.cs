using System.Globalization;

namespace Scheduler.Core.Fields;

/// <summary>Instants as the API, the CLI and manifests write them: ISO 8601 in UTC.</summary>
public static class Instants
{
    /// <summary>Reads an ISO 8601 instant that says where it is: with Z or an offset. A text without one is refused, never guessed.</summary>
    public static bool TryParse(string? text, out DateTimeOffset instant)
    {
        instant = default;
        if (text is null || text.Length is < 11 or > 40) return false;
        var tail = text.AsSpan(10);
        var zoned = tail[^1] is 'Z' or 'z' || tail.ContainsAny('+', '-');
        return zoned && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out instant);
    }

    /// <summary>UTC with Z, and a fraction only where there is one.</summary>
    public static string Print(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString(instant.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
