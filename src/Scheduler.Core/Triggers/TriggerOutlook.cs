namespace Scheduler.Core.Triggers;

/// <summary>What a trigger will do over the coming year: how often, how close together, and what clock changes do to it.</summary>
/// <param name="Count">Occurrences within the time looked at.</param>
/// <param name="Covered">The time looked at: 365 days, less when <see cref="MostCounted"/> occurrences came before.</param>
/// <param name="ShortestDistance">Between two neighbours, or null with fewer than two.</param>
/// <param name="ClockChanges">The changes of the zone's clock within 365 days that touch the trigger, in order.</param>
public sealed record TriggerOutlook(int Count, TimeSpan Covered, TimeSpan? ShortestDistance, IReadOnlyList<ClockChangeEffect> ClockChanges)
{
    /// <summary>So many occurrences are counted at most; the averages then stand for the rest.</summary>
    public const int MostCounted = 100_000;

    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    /// <summary>The mean number of occurrences in 24 hours.</summary>
    public double PerDay => Covered > TimeSpan.Zero ? Count / Covered.TotalDays : 0;

    /// <summary>The mean number of occurrences in seven days.</summary>
    public double PerWeek => PerDay * 7;

    /// <summary>The mean number of occurrences in a twelfth of a year.</summary>
    public double PerMonth => PerDay * 365 / 12;

    /// <summary>Looks at the 365 days after an instant.</summary>
    public static TriggerOutlook Of(Occurrences occurrences, DateTimeOffset after)
    {
        ArgumentNullException.ThrowIfNull(occurrences);
        var end = after > DateTimeOffset.MaxValue - Year ? DateTimeOffset.MaxValue : after + Year;
        var count = 0;
        TimeSpan? shortest = null;
        DateTimeOffset? last = null;
        for (var at = occurrences.Next(after); at <= end && count < MostCounted; at = occurrences.Next(at.Value))
        {
            if (at - last is { } distance && !(distance >= shortest)) shortest = distance;
            last = at;
            count++;
        }
        var covered = (count == MostCounted ? last!.Value : end) - after;
        return new(count, covered, shortest, [.. Effects(occurrences, after, end)]);
    }

    private static IEnumerable<ClockChangeEffect> Effects(Occurrences occurrences, DateTimeOffset from, DateTimeOffset to)
    {
        if (occurrences.Trigger is not (CronTrigger or OnceTrigger { Instant: null })) yield break;
        foreach (var change in occurrences.Zone.ChangesBetween(from, to))
        {
            if (change.IsGap)
            {
                if (occurrences.NextOccurrence(change.At, inclusive: true) is { Note: OccurrenceNote.Shifted } moved && moved.At == change.At)
                    yield return new(change, moved, RunsTwice: false);
            }
            else if (occurrences.NextOccurrence(change.At - (change.Before - change.After), inclusive: true) is { Note: OccurrenceNote.FirstOfTwo } first && first.At < change.At)
                yield return new(change, first, RunsTwice: occurrences.Matches(first.At + (change.Before - change.After)));
        }
    }
}

/// <summary>What one clock change does to a trigger.</summary>
/// <param name="Occurrence">The run that is moved out of the gap; or the first of those whose local time comes twice.</param>
/// <param name="RunsTwice">Whether it runs in the second pass too.</param>
public sealed record ClockChangeEffect(ClockChange Change, Occurrence Occurrence, bool RunsTwice);
