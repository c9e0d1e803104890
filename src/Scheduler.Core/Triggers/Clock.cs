namespace Scheduler.Core.Triggers;

/// <summary>Instants as whole seconds since 0001-01-01T00:00:00, in UTC or on a wall clock: the unit in which the engine searches.</summary>
internal static class Clock
{
    /// <summary>No such second. Large, so that comparing needs no special case, and far from overflow.</summary>
    internal const long Never = long.MaxValue / 4;

    /// <summary>Before every second there is.</summary>
    internal const long Before = -Never;

    internal const int Minute = 60, Hour = 3600, Day = 86_400;

    /// <summary>9999-12-31T23:59:59.</summary>
    internal const long Last = 315_537_897_599;

    /// <summary>After four hundred years dates fall on the same weekdays again.</summary>
    internal const long FourCenturies = 146_097L * Day;

    internal static long FloorSeconds(DateTimeOffset instant) => instant.UtcTicks / TimeSpan.TicksPerSecond;

    /// <summary>The first whole second at or after the instant, or strictly after it.</summary>
    internal static long SecondsFrom(DateTimeOffset instant, bool inclusive)
    {
        var ticks = instant.UtcTicks;
        return inclusive ? (ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond : ticks / TimeSpan.TicksPerSecond + 1;
    }

    /// <summary>The last whole second at or before the instant, or strictly before it; -1 when that lies before year 1.</summary>
    internal static long SecondsTo(DateTimeOffset instant, bool inclusive)
    {
        var ticks = instant.UtcTicks;
        return inclusive ? ticks / TimeSpan.TicksPerSecond : (ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond - 1;
    }

    internal static DateTimeOffset ToInstant(long seconds) => new(new DateTime(seconds * TimeSpan.TicksPerSecond, DateTimeKind.Utc));
}
