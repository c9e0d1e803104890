using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Blackouts;

/// <summary>A blackout as lists show it. Its texts are a person's: hostile.</summary>
/// <param name="Draft">What it says.</param>
/// <param name="Window">The window that is open now, its rest, or else the next one; null where none comes.</param>
/// <param name="IsOpen">Whether it is open now.</param>
/// <param name="Problem">Why it holds nothing back, where it can't be read any more; null otherwise.</param>
public sealed record BlackoutView(BlackoutDraft Draft, BlackoutWindow? Window, bool IsOpen, string? Problem, DateTimeOffset ChangedAt, string ChangedBy);

/// <summary>A schedule that a blackout hits.</summary>
/// <param name="Occurrences">How many of its occurrences fall into the windows looked at; counted up to <see cref="BlackoutQueries.MostHits"/>.</param>
/// <param name="First">The first of them.</param>
public sealed record BlackoutHit(string Schedule, int Occurrences, DateTimeOffset First, string TimeZone);

/// <summary>What a blackout would do in a span.</summary>
/// <param name="Windows">Its windows there, joined, in order; at most 100.</param>
/// <param name="Selected">How many active schedules it selects.</param>
/// <param name="Hits">Those of them that are due in its windows, the most hit first.</param>
public sealed record BlackoutPreview(IReadOnlyList<BlackoutWindow> Windows, int Selected, IReadOnlyList<BlackoutHit> Hits);

/// <summary>What pages and the API ask about blackouts. Never writes.</summary>
public sealed class BlackoutQueries(Database database, TimeProvider clock)
{
    public const int MostHits = 1000;
    private const int MostWindows = 100;
    private const int MostSchedules = 2000;

    /// <summary>Those that are open first, then by when they open next; those that have passed last.</summary>
    public async Task<IReadOnlyList<BlackoutView>> ListAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        var now = clock.GetUtcNow();
        return (await db.Blackouts.ToListAsync(ct)).Select(b => View(b, now))
            .OrderByDescending(v => v.IsOpen).ThenBy(v => v.Window?.From ?? DateTimeOffset.MaxValue).ThenBy(v => v.Draft.Name, StringComparer.Ordinal).ToList();
    }

    public async Task<BlackoutView?> GetAsync(string name, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Blackouts.FirstOrDefaultAsync(b => b.Name == name, ct) is { } found ? View(found, clock.GetUtcNow()) : null;
    }

    /// <summary>What covers a schedule now; null where nothing does, or there is no such schedule.</summary>
    public async Task<BlackoutCover?> CoveringAsync(string scheduleName, CancellationToken ct)
    {
        await using var db = database.Read();
        var schedule = await db.Schedules.Include(s => s.Labels).FirstOrDefaultAsync(s => s.Name == scheduleName, ct);
        return schedule is null ? null : (await BlackoutBook.ReadAsync(db, ct)).Covering(LabelsOf(schedule), clock.GetUtcNow());
    }

    /// <summary>Which windows a draft without a complaint has in the time ahead, and whom it hits there.</summary>
    public async Task<BlackoutPreview> PreviewAsync(BlackoutDraft draft, TimeSpan ahead, CancellationToken ct)
    {
        await using var db = database.Read();
        var (rule, from) = (draft.Rule, clock.GetUtcNow());
        var windows = rule.Windows.Between(from, from + ahead).Take(MostWindows).ToList();
        var active = await db.Schedules.Where(s => s.State == ScheduleState.Active).Include(s => s.Labels).OrderBy(s => s.Name).ToListAsync(ct);
        var selected = active.Where(s => rule.Selects(LabelsOf(s))).ToList();
        var hits = selected.Take(MostSchedules).Select(s => Hit(s, windows, from + ahead)).OfType<BlackoutHit>();
        return new BlackoutPreview(windows, selected.Count, hits.OrderByDescending(h => h.Occurrences).ThenBy(h => h.Schedule, StringComparer.Ordinal).ToList());
    }

    private static BlackoutHit? Hit(Schedule schedule, List<BlackoutWindow> windows, DateTimeOffset to)
    {
        try
        {
            var timing = Timing.Of(schedule);
            var due = windows.SelectMany(w => timing.Between(w.From, w.Until < to ? w.Until : to).TakeWhile(at => at < w.Until)).Take(MostHits).ToList();
            return due.Count == 0 ? null : new BlackoutHit(schedule.Name, due.Count, due[0], schedule.TimeZone);
        }
        catch (TimeZoneNotFoundException)
        {
            return null; // the dispatcher disables it
        }
    }

    private static Dictionary<string, string> LabelsOf(Schedule schedule) => schedule.Labels.ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);

    private static BlackoutView View(Blackout blackout, DateTimeOffset now)
    {
        var draft = new BlackoutDraft
        {
            Name = blackout.Name, Labels = JsonSerializer.Deserialize<Dictionary<string, string>>(blackout.Labels)!, Opens = blackout.Opens, TimeZone = blackout.TimeZone,
            Length = blackout.Length, From = blackout.OpensAt, Until = blackout.ClosesAt, Mode = blackout.Mode, Note = blackout.Note,
        };
        try
        {
            var windows = BlackoutRule.Of(blackout).Windows;
            var isOpen = windows.EndAt(now) is not null;
            return new BlackoutView(draft, windows.NextFrom(now), isOpen, null, blackout.ChangedAt, blackout.ChangedBy);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or FormatException)
        {
            return new BlackoutView(draft, null, false, e.Message, blackout.ChangedAt, blackout.ChangedBy);
        }
    }
}
