namespace Scheduler.Core.Analytics;

/// <summary>
/// How busy each pool will be, if every schedule fires as planned and its runs last as they did. Immutable and thread-safe; it asks neither
/// a clock nor a database, so that an editor can take a schedule out and lay a draft over the rest as often as it likes.
/// </summary>
/// <remarks>
/// <para>Demand is what would run if the pool had workers without end; what passes the slots has to wait. Retries, waiting runs, runs started
/// by hand or by an event, and blackouts are not foreseen.</para>
/// <para>The cost is bounded: schedules that fire more often than once a minute, and of the others those beyond
/// <see cref="MostRuns"/> runs altogether (the busiest first), are folded. Their starts in a cell are counted from the trigger's
/// fields without looking at each, and they add their mean number of busy workers to the demand, rounded to a whole one over all
/// folded schedules, instead of a peak of their own.</para>
/// </remarks>
public sealed class LoadForecast
{
    /// <summary>So many runs are looked at one by one.</summary>
    public const int MostRuns = 200_000;

    /// <summary>The longest span.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(35);

    /// <summary>How far it looks unless asked otherwise.</summary>
    public static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private readonly LoadSpan _span;
    private readonly PlannedRuns[] _planned;
    private readonly IReadOnlyDictionary<string, int> _slots;
    private readonly Dictionary<string, Lazy<PoolLoad>> _pools;

    private LoadForecast(LoadSpan span, PlannedRuns[] planned, IReadOnlyDictionary<string, int> slots, LoadForecast? before = null, string? changedPool = null)
    {
        (_span, _planned, _slots) = (span, planned, slots);
        _pools = slots.Keys.Concat(planned.Select(p => p.Schedule.Pool)).Distinct(StringComparer.Ordinal).ToDictionary(
            pool => pool,
            pool => before is not null && pool != changedPool && before._pools.TryGetValue(pool, out var same) ? same : new Lazy<PoolLoad>(() => PoolLoad.Of(pool, slots.GetValueOrDefault(pool), span, planned)),
            StringComparer.Ordinal);
        Schedules = planned.Select(p => p.Schedule).ToList();
    }

    /// <summary>The first instant, a whole quarter of an hour of UTC.</summary>
    public DateTimeOffset From => _span.From;

    /// <summary>The first instant after it, a whole quarter too.</summary>
    public DateTimeOffset To => _span.To;

    /// <summary>Every schedule in it, by how often it runs, the rarest first, then by name.</summary>
    public IReadOnlyList<PlannedSchedule> Schedules { get; }

    /// <summary>The pools, by name.</summary>
    public IEnumerable<string> Pools => _pools.Keys.Order(StringComparer.Ordinal);

    /// <param name="schedules">The active ones.</param>
    /// <param name="slots">Workers by pool. A pool that is not among them has none.</param>
    /// <param name="from">Rounded down to a quarter of an hour.</param>
    /// <param name="to">Rounded up; at most <see cref="LongestSpan"/> later.</param>
    public static LoadForecast Of(IEnumerable<PlannedSchedule> schedules, IReadOnlyDictionary<string, int> slots, DateTimeOffset from, DateTimeOffset to)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to - from, LongestSpan);
        var span = LoadSpan.Around(from, to);
        var rarestFirst = schedules.Select(s => (Schedule: s, Most: PlannedRuns.MostRuns(s, span.Length)))
            .OrderBy(s => s.Most).ThenBy(s => s.Schedule.Name, StringComparer.Ordinal);
        var left = (double)MostRuns;
        var planned = rarestFirst.Select(s =>
            PlannedRuns.IsDense(s.Schedule, span.Length) || (left -= s.Most) < 0 ? PlannedRuns.Folded(s.Schedule, span) : PlannedRuns.Each(s.Schedule, span)).ToArray();
        return new LoadForecast(span, planned, slots);
    }

    /// <summary>The load of one pool; idle and without workers where there is no such pool.</summary>
    public PoolLoad Pool(string name) => _pools.TryGetValue(name, out var pool) ? pool.Value : PoolLoad.Of(name, 0, _span, []);

    /// <summary>The same without the schedule of this name, in any case; the same where there is none.</summary>
    public LoadForecast Without(string name)
    {
        var gone = _planned.FirstOrDefault(p => p.Schedule.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return gone is null ? this : new(_span, [.. _planned.Where(p => p != gone)], _slots, this, gone.Schedule.Pool);
    }

    /// <summary>The same with a draft laid over it. To change a schedule that is in it, take it out first.</summary>
    public LoadForecast With(PlannedSchedule draft)
    {
        var laid = PlannedRuns.IsDense(draft, _span.Length) ? PlannedRuns.Folded(draft, _span) : PlannedRuns.Each(draft, _span);
        return new(_span, [laid, .. _planned], _slots, this, draft.Pool);
    }
}
