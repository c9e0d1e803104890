using System.Runtime.CompilerServices;

namespace Scheduler.Core.Triggers;

/// <summary>A stretch of time with one offset from UTC. All values are seconds; instants and wall-clock times count from 0001-01-01.</summary>
/// <param name="Start">The first instant.</param>
/// <param name="EarliestLocal">
/// The wall-clock time from which on times are seen for the first time: the furthest that the clock had shown before the stretch began.
/// Later than the clock at <paramref name="Start"/> after a setting back, earlier after a gap.
/// </param>
/// <param name="GapLocal">The wall-clock time at <paramref name="Start"/>, or where the gap begins that ends there.</param>
/// <param name="Offset">East of UTC is positive.</param>
internal readonly record struct OffsetPeriod(long Start, long EarliestLocal, long GapLocal, int Offset);

/// <summary>All offsets of a zone, found without asking the system again.</summary>
/// <remarks>
/// Clock changes that go on for ever repeat every 400 years, as the calendar does. The table reaches to <see cref="End"/>;
/// a later instant is answered by the one 400 years (or a multiple) before it.
/// </remarks>
internal sealed class ZoneTable
{
    /// <summary>No two offsets of a zone are further apart than this.</summary>
    internal const long WidestSwing = 30 * Clock.Hour;

    private const int BucketShift = 21; // 24 days: most buckets hold no change, so that the search hardly ever steps

    private static readonly ZoneTable Constant = new([new(Clock.Before, Clock.Before, Clock.Before, 0), Sentinel(0)], Clock.Never);

    private readonly OffsetPeriod[] _periods;
    private readonly ushort[] _buckets;
    private readonly long _base;

    private ZoneTable(OffsetPeriod[] periods, long end)
    {
        _periods = periods;
        End = end;
        var first = periods.Length > 2 ? periods[1].Start : 0;
        var last = periods.Length > 2 ? periods[^2].Start : -1;
        _base = first;
        _buckets = new ushort[last < first ? 0 : ((last - first) >> BucketShift) + 1];
        var index = 0;
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            while (periods[index + 1].Start <= first + ((long)bucket << BucketShift)) index++;
            _buckets[bucket] = (ushort)index;
        }
    }

    /// <summary>Whether the wall clock always shows UTC.</summary>
    internal bool IsUtc => this == Constant;

    /// <summary>From here on (UTC seconds) the table is read 400 years earlier; <see cref="Clock.Never"/> for a zone whose clock rests.</summary>
    internal long End { get; }

    /// <summary>The stretches, rising, with one more at <see cref="Clock.Never"/> that closes the last.</summary>
    internal ReadOnlySpan<OffsetPeriod> Periods => _periods;

    internal ref readonly OffsetPeriod this[int index] => ref _periods[index];

    internal static ZoneTable Of(TimeZoneInfo info)
    {
        if (info.BaseUtcOffset == TimeSpan.Zero && info.GetAdjustmentRules().Length == 0) return Constant;
        var (periods, end) = ZoneChanges.Of(info);
        return new(periods, end);
    }

    internal static OffsetPeriod Sentinel(int offset) => new(Clock.Never, Clock.Never, Clock.Never, offset);

    /// <summary>The index of the stretch that holds this instant. Before <see cref="End"/> only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int IndexAt(long instant)
    {
        var bucket = (ulong)(instant - _base) >> BucketShift;
        if (bucket >= (ulong)_buckets.Length) return instant < _base ? 0 : _periods.Length - 2;
        int index = _buckets[bucket];
        while (_periods[index + 1].Start <= instant) index++;
        return index;
    }

    internal int OffsetAt(long instant) => _periods[IndexAt(instant - Shift(instant))].Offset;

    /// <summary>The multiple of 400 years by which an instant is read earlier; 0 before <see cref="End"/>.</summary>
    internal long Shift(long instant) =>
        instant < End ? 0 : ((instant - End) / Clock.FourCenturies + 1) * Clock.FourCenturies;
}
