using System.Globalization;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>Short ways to write instants and to ask for occurrences.</summary>
internal static class Instants
{
    /// <summary>An instant from its ISO text; UTC when the text has no offset.</summary>
    internal static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    internal static Occurrences Of(string trigger, string zone = "UTC", string anchor = "2026-01-01T00:00:00Z", string? hashKey = null) =>
        new(TriggerText.Parse(trigger, hashKey), TriggerZone.Find(zone), At(anchor));

    /// <summary>The next so many occurrences on the zone's wall clock, as 2026-03-29T03:00:00+02:00.</summary>
    internal static string[] Upcoming(this Occurrences occurrences, string after, int count) =>
        [.. occurrences.Upcoming(At(after), count).Select(occurrence => Text(occurrence.At))];

    internal static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
