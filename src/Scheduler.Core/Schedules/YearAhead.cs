using Scheduler.Core.Triggers;

namespace Scheduler.Core.Schedules;

/// <summary>One month of the coming year, on the clock of the schedule's zone.</summary>
/// <param name="First">Its first day.</param>
/// <param name="Runs">Due instants in what of the month still lies ahead.</param>
/// <param name="IsEstimate">Too many to count one by one: <paramref name="Runs"/> is reckoned from the pace of the ones counted.</param>
/// <param name="Changes">Changes of the zone's clock in the month, in order.</param>
public sealed record MonthAhead(DateOnly First, long Runs, bool IsEstimate, IReadOnlyList<ClockChangeAhead> Changes);

/// <summary>A change of the zone's clock.</summary>
/// <param name="Day">On the clock before the change.</param>
/// <param name="Effect">What it does to the trigger; null where the trigger does not feel it.</param>
public sealed record ClockChangeAhead(DateOnly Day, ClockChange Change, ClockChangeEffect? Effect);

/// <summary>The twelve months ahead of a schedule: how often it runs in each, and where its zone's clock changes.</summary>
public static class YearAhead
{
    /// <summary>So many due instants are counted; then the pace of those stands for the rest.</summary>
    public const int MostCounted = 20_000;

    private const int Months = 12;

    /// <param name="timing">The schedule's.</param>
    /// <param name="outlook">Of the same trigger, from the same instant: it knows what clock changes do.</param>
    /// <param name="now">The months begin with this one's.</param>
    public static IReadOnlyList<MonthAhead> Of(Timing timing, TriggerOutlook outlook, DateTimeOffset now)
    {
        var today = timing.Zone.ToLocal(now);
        var first = new DateOnly(today.Year, today.Month, 1);
        if (first.Year > 9997) return [];
        var runs = new long[Months];
        var counted = 0;
        DateTimeOffset? earliest = null;
        var last = now;
        foreach (var at in timing.Between(now, InstantOf(timing.Zone, first.AddMonths(Months)).AddTicks(-1)))
        {
            if (counted == MostCounted) break;
            counted++;
            earliest ??= at;
            last = at;
            var local = timing.Zone.ToLocal(at);
            // The month whose first day is in the schedule's past by a clock set back still counts as the first.
            runs[Math.Clamp((local.Year - first.Year) * Months + local.Month - first.Month, 0, Months - 1)]++;
        }
        var pace = counted == MostCounted ? (counted - 1) / (last - earliest!.Value).TotalDays : (double?)null;
        var changes = timing.Zone.ChangesBetween(now, InstantOf(timing.Zone, first.AddMonths(Months)))
            .Select(c => new ClockChangeAhead(DateOnly.FromDateTime(c.At.UtcDateTime + c.Before), c, outlook.ClockChanges.FirstOrDefault(e => e.Change.At == c.At && e.Occurrence.Utc >= (timing.StartAt ?? now) && e.Occurrence.Utc <= (timing.EndAt ?? DateTimeOffset.MaxValue)))).ToList();
        return Enumerable.Range(0, Months).Select(i =>
        {
            var month = first.AddMonths(i);
            var own = changes.Where(c => c.Day >= month && c.Day < month.AddMonths(1)).ToList();
            return pace is { } perDay
                ? new MonthAhead(month, Estimate(timing, month, now, perDay), IsEstimate: true, own)
                : new MonthAhead(month, runs[i], IsEstimate: false, own);
        }).ToList();
    }

    private static long Estimate(Timing timing, DateOnly month, DateTimeOffset now, double perDay)
    {
        var from = Later(Later(InstantOf(timing.Zone, month), now), timing.StartAt ?? DateTimeOffset.MinValue);
        var to = Earlier(InstantOf(timing.Zone, month.AddMonths(1)), timing.EndAt ?? DateTimeOffset.MaxValue);
        return to <= from ? 0 : (long)Math.Round((to - from).TotalDays * perDay);
    }

    /// <summary>When that day begins, to the hour of the offset then in force.</summary>
    private static DateTimeOffset InstantOf(TriggerZone zone, DateOnly day)
    {
        var local = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, TimeSpan.Zero) - zone.OffsetAt(new DateTimeOffset(local, TimeSpan.Zero));
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
