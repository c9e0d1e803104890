namespace Scheduler.Benchmarks;

/// <summary>The instants from which either engine searches: spread over ten years, none of them near a clock change.</summary>
/// <remarks>
/// What is compared is speed on equal answers. So that nothing hangs on how either engine treats times that are skipped or come twice,
/// the days around a change of New York's clock are left out, in both zones alike.
/// </remarks>
public static class Sample
{
    /// <summary>How many instants there are.</summary>
    public const int Count = 4096;

    private static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    /// <summary>In no order, to the millisecond; the same in every run.</summary>
    public static DateTimeOffset[] Instants { get; } = Choose();

    private static DateTimeOffset[] Choose()
    {
        var random = new Random(20_260_101);
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var chosen = new List<DateTimeOffset>();
        while (chosen.Count < Count)
        {
            var instant = from.AddMilliseconds(random.NextInt64((long)TimeSpan.FromDays(3652).TotalMilliseconds));
            if (NewYork.GetUtcOffset(instant.AddDays(-2)) == NewYork.GetUtcOffset(instant.AddDays(2))) chosen.Add(instant);
        }
        return [.. chosen];
    }
}
