using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Backfills;

/// <summary>The hours of the day in which runs may begin, on the wall clock of a zone: <c>22:00-06:00</c> goes through midnight.</summary>
/// <param name="Opens">Inclusive.</param>
/// <param name="Closes">Exclusive; another than <paramref name="Opens"/>.</param>
public sealed record HoursWindow(TimeOnly Opens, TimeOnly Closes)
{
    /// <summary>How long it is open on a day without a clock change.</summary>
    public TimeSpan Length => Closes - Opens; // TimeOnly goes round

    public static bool TryParse(string? text, [NotNullWhen(true)] out HoursWindow? window)
    {
        window = null;
        if (text?.Split('-', StringSplitOptions.TrimEntries) is not [var opens, var closes] || !Read(opens, out var from) || !Read(closes, out var to) || from == to) return false;
        window = new HoursWindow(from, to);
        return true;

        static bool Read(string part, out TimeOnly time) => TimeOnly.TryParseExact(part, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    public bool IsOpen(DateTimeOffset at, TriggerZone zone) => TimeOnly.FromDateTime(zone.ToLocal(at).DateTime).IsBetween(Opens, Closes);

    /// <summary>The first instant from this one on at which it is open, to the minute where it has to be waited for.</summary>
    public DateTimeOffset NextOpen(DateTimeOffset at, TriggerZone zone)
    {
        if (IsOpen(at, zone)) return at;
        // By steps of a minute: a clock change may leave the very opening out. Two days are enough for any of them.
        var next = new DateTimeOffset(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);
        for (var minute = 0; minute < 2 * 24 * 60 && !IsOpen(next, zone); minute++) next = next.AddMinutes(1);
        return next;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Opens:HH:mm}-{Closes:HH:mm}");
}
