namespace Scheduler.Core.Triggers;

/// <summary>Reads the offset changes out of a <see cref="TimeZoneInfo"/>, which tells an offset for an instant but lists no changes.</summary>
internal static class ZoneChanges
{
    /// <summary>Zone data are irregular up to here at most (Morocco's end in 2087); after it changes follow one yearly rule.</summary>
    private const int RegularFrom = 2100;

    /// <summary>A century beyond one full turn on either side, so that a search that begins inside the turn also ends inside the table.</summary>
    private const int TableTo = RegularFrom + 600, EndYear = RegularFrom + 500;

    internal static (OffsetPeriod[] Periods, long End) Of(TimeZoneInfo info)
    {
        var changes = new List<(long At, int Offset)>();
        var offset = OffsetAt(info, 0);
        var first = offset;
        var probe = 0L;
        foreach (var next in Probes(info))
        {
            AddChanges(info, probe, next, ref offset, changes);
            probe = next;
        }
        var recurs = changes.Count > 0 && changes[^1].At >= Seconds(RegularFrom);
        if (recurs) RepeatTo(Seconds(TableTo), changes);
        return (Periods(first, changes), recurs ? Seconds(EndYear) : Clock.Never);
    }

    /// <summary>Rising instants so close together that nothing changes twice between two of them: each week, and around each edge of the system's own rules.</summary>
    private static List<long> Probes(TimeZoneInfo info)
    {
        var probes = new List<long>();
        foreach (var rule in info.GetAdjustmentRules())
        {
            foreach (var edge in new[] { rule.DateStart, rule.DateEnd })
            {
                for (var days = -2; days <= 2; days++)
                {
                    var at = edge.Ticks / TimeSpan.TicksPerSecond + days * Clock.Day;
                    if (at > 0 && at < Seconds(RegularFrom)) probes.Add(at);
                }
            }
        }
        for (var at = Seconds(1880); at < Seconds(RegularFrom + 10); at += 7 * Clock.Day) probes.Add(at);
        if (OffsetsChangeIn(info, RegularFrom, RegularFrom + 10))
            for (var at = Seconds(RegularFrom + 10); at < Seconds(RegularFrom + 400); at += 28 * Clock.Day) probes.Add(at);
        probes.Add(Seconds(RegularFrom + 400));
        probes.Sort();
        return probes;
    }

    private static bool OffsetsChangeIn(TimeZoneInfo info, int from, int to)
    {
        var offset = OffsetAt(info, Seconds(from));
        for (var at = Seconds(from); at < Seconds(to); at += 14 * Clock.Day)
            if (OffsetAt(info, at) != offset) return true;
        return false;
    }

    /// <summary>Adds the changes after <paramref name="from"/> up to and including <paramref name="to"/>, each to the second.</summary>
    private static void AddChanges(TimeZoneInfo info, long from, long to, ref int offset, List<(long, int)> changes)
    {
        while (OffsetAt(info, to) != offset)
        {
            long low = from, high = to;
            while (high - low > 1)
            {
                var middle = low + (high - low) / 2;
                if (OffsetAt(info, middle) == offset) low = middle;
                else high = middle;
            }
            offset = OffsetAt(info, high);
            changes.Add((high, offset));
            from = high;
        }
    }

    private static void RepeatTo(long end, List<(long At, int Offset)> changes)
    {
        var index = changes.FindIndex(change => change.At >= Seconds(RegularFrom));
        for (; changes[index].At + Clock.FourCenturies < end; index++)
            changes.Add((changes[index].At + Clock.FourCenturies, changes[index].Offset));
    }

    private static OffsetPeriod[] Periods(int firstOffset, List<(long At, int Offset)> changes)
    {
        var periods = new OffsetPeriod[changes.Count + 2];
        periods[0] = new(Clock.Before, Clock.Before, Clock.Before, firstOffset);
        var furthest = Clock.Before;
        var before = firstOffset;
        for (var i = 0; i < changes.Count; i++)
        {
            var (at, offset) = changes[i];
            furthest = Math.Max(furthest, at + before);
            periods[i + 1] = new(at, furthest, at + Math.Min(before, offset), offset);
            before = offset;
        }
        periods[^1] = ZoneTable.Sentinel(before);
        return periods;
    }

    private static int OffsetAt(TimeZoneInfo info, long instant) =>
        (int)(info.GetUtcOffset(new DateTime(instant * TimeSpan.TicksPerSecond, DateTimeKind.Utc)).Ticks / TimeSpan.TicksPerSecond);

    private static long Seconds(int year) => new DateTime(year, 1, 1).Ticks / TimeSpan.TicksPerSecond;
}
