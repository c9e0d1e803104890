using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Blackouts;

/// <summary>A blackout as it is asked: whom it selects, when it is open, and what it does.</summary>
/// <param name="Id">0 for a draft.</param>
/// <param name="Labels">A schedule must have all of them; none selects every schedule.</param>
public sealed record BlackoutRule(long Id, string Name, IReadOnlyDictionary<string, string> Labels, BlackoutWindows Windows, BlackoutMode Mode)
{
    public bool Selects(IReadOnlyDictionary<string, string> labels) => Labels.All(l => labels.TryGetValue(l.Key, out var value) && value == l.Value);

    /// <exception cref="TimeZoneNotFoundException">The zone has gone from this machine.</exception>
    internal static BlackoutRule Of(Blackout blackout) => new(
        blackout.Id, blackout.Name, JsonSerializer.Deserialize<Dictionary<string, string>>(blackout.Labels)!,
        blackout.Opens is { } opens
            ? new BlackoutWindows.Repeating(new Occurrences(TriggerText.Parse(opens, blackout.Name), TriggerZone.Find(blackout.TimeZone), default), blackout.Length!.Value)
            : new BlackoutWindows.Once(blackout.OpensAt!.Value, blackout.ClosesAt!.Value),
        blackout.Mode);
}

/// <summary>That an instant of a schedule lies in a blackout.</summary>
/// <param name="BlackoutId">The one that decides.</param>
/// <param name="Name">Its name.</param>
/// <param name="Mode">Skip, if any that is open says so.</param>
/// <param name="Until">The first instant at which none covers the schedule: over windows that follow on each other, of whichever blackout.</param>
public sealed record BlackoutCover(long BlackoutId, string Name, BlackoutMode Mode, DateTimeOffset Until);

/// <summary>All blackouts of a moment. Pure: labels and an instant go in, what covers them comes out.</summary>
public sealed class BlackoutBook(IReadOnlyList<BlackoutRule> rules)
{
    public static BlackoutBook Empty { get; } = new([]);

    public bool IsEmpty => rules.Count == 0;

    /// <summary>What covers a schedule with these labels at an instant; null where nothing does.</summary>
    public BlackoutCover? Covering(IReadOnlyDictionary<string, string> labels, DateTimeOffset instant) => Selecting(labels).Covering(instant);

    /// <summary>The blackouts that select schedules with these labels.</summary>
    public BlackoutBook Selecting(IReadOnlyDictionary<string, string> labels) => rules.Count == 0 ? Empty : new(rules.Where(r => r.Selects(labels)).ToList());

    /// <summary>What is open at an instant, of whichever labels; null where nothing is.</summary>
    public BlackoutCover? Covering(DateTimeOffset instant)
    {
        // Two that are open at once: one that says "does not run" outweighs one that says "runs later".
        BlackoutRule? deciding = null;
        foreach (var rule in rules)
            if (rule.Mode < (deciding?.Mode ?? (BlackoutMode)int.MaxValue) && rule.Windows.EndAt(instant) is not null) deciding = rule;
        return deciding is null ? null
            : new BlackoutCover(deciding.Id, deciding.Name, deciding.Mode, BlackoutWindows.JoinedEnd(instant, at => rules.Max(r => r.Windows.EndAt(at))));
    }

    internal static async Task<BlackoutBook> ReadAsync(SchedulerDb db, CancellationToken ct) => Of(await db.Blackouts.OrderBy(b => b.Id).ToListAsync(ct));

    /// <summary>As they stand in this very transaction.</summary>
    internal static BlackoutBook Read(WriteBatch write) =>
        write.Scalar("SELECT 1 FROM blackouts LIMIT 1") is null ? Empty : Of(write.Db.Blackouts.AsNoTracking().OrderBy(b => b.Id).ToList());

    private static BlackoutBook Of(List<Blackout> blackouts) => blackouts.Count == 0 ? Empty : new(blackouts.Select(Readable).OfType<BlackoutRule>().ToList());

    // One whose zone has gone holds nothing back; the list of blackouts says so.
    private static BlackoutRule? Readable(Blackout blackout)
    {
        try
        {
            return BlackoutRule.Of(blackout);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or FormatException)
        {
            return null;
        }
    }
}
