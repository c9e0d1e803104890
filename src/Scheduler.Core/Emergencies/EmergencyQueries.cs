using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Emergencies;

/// <summary>A sweep as pages and the API show it. Its texts are a person's: hostile.</summary>
/// <param name="Started">How many runs it started.</param>
/// <param name="Counts">How its runs stand; states without any are left out. Runs that were removed by age are in none.</param>
/// <param name="StoppedAt">When a person last stopped what was left of it; null where nobody has.</param>
public sealed record EmergencyView(
    long Id, IReadOnlyDictionary<string, string> Labels, string Reason, Overrides Overrides, DateTimeOffset At, string By, int Started,
    IReadOnlyDictionary<RunStatus, int> Counts, DateTimeOffset? StoppedAt, string? StoppedBy)
{
    /// <summary>Queued, running, or about to be tried again.</summary>
    public int Active => Counts.Where(c => !c.Key.IsTerminal()).Sum(c => c.Value);

    /// <summary>Ended badly.</summary>
    public int Bad => Counts.Where(c => c.Key.IsBad()).Sum(c => c.Value);

    /// <summary>Rows that age has removed.</summary>
    public int Gone => Started - Counts.Values.Sum();
}

/// <summary>A label, and how many schedules have it.</summary>
public sealed record LabelCount(string Key, string Value, int Schedules);

/// <summary>What pages and the API ask about sweeps. Never writes.</summary>
public sealed class EmergencyQueries(Database database, SchedulerOptions options, TimeProvider clock)
{
    /// <summary>Newest first.</summary>
    /// <param name="beforeId">Only those with a smaller number; null: from the newest on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<EmergencyView>> ListAsync(long? beforeId, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        return await WithCountsAsync(db, await db.Emergencies.Where(e => beforeId == null || e.Id < beforeId).OrderByDescending(e => e.Id).Take(limit).ToListAsync(ct), ct);
    }

    public async Task<EmergencyView?> GetAsync(long id, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Emergencies.FirstOrDefaultAsync(e => e.Id == id, ct) is { } found ? (await WithCountsAsync(db, [found], ct))[0] : null;
    }

    /// <summary>The numbers of its runs; the set never grows.</summary>
    public async Task<IReadOnlySet<long>> RunIdsAsync(long id, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Runs.Where(r => r.EmergencyId == id).Select(r => r.Id).ToHashSetAsync(ct);
    }

    /// <summary>Its runs by the names of their schedules: an order that does not change while they run.</summary>
    /// <param name="statuses">Any of these; empty: all.</param>
    /// <param name="skip">So many of the first are left out: the pages before.</param>
    /// <param name="limit">At most so many.</param>
    public async Task<IReadOnlyList<RunView>> RunsAsync(long id, IReadOnlyList<RunStatus> statuses, int skip, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        var runs = await db.Runs.Where(r => r.EmergencyId == id && (statuses.Count == 0 || statuses.Contains(r.Status))).OrderBy(r => r.ScheduleName).ThenBy(r => r.Id).Skip(skip).Take(limit).ToListAsync(ct);
        return runs.Select(r => RunQueries.View(r, [])).ToList();
    }

    /// <summary>The labels that most active and paused schedules have, with how many; the most common first.</summary>
    public async Task<IReadOnlyList<LabelCount>> LabelsAsync(int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Schedules.Where(s => s.State == ScheduleState.Active || s.State == ScheduleState.Paused).SelectMany(s => s.Labels).GroupBy(l => new { l.Key, l.Value })
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.Key).ThenBy(g => g.Key.Value).Take(limit).Select(g => new LabelCount(g.Key.Key, g.Key.Value, g.Count())).ToListAsync(ct);
    }

    /// <summary>Whom a sweep over these labels would start, and what each would wait for. No label selects nobody.</summary>
    public async Task<SweepPreview> PreviewAsync(IReadOnlyDictionary<string, string> labels, CancellationToken ct)
    {
        if (labels.Count is 0 or > SweepRequest.MostLabels) return new SweepPreview(0, [], new Dictionary<string, int>());
        await using var db = database.Read();
        var selected = SweepSelection.Of(db, labels);
        var count = await selected.CountAsync(ct);
        if (count > EmergencyControl.MostSchedules) return new SweepPreview(count, [], new Dictionary<string, int>());

        var schedules = await selected.Include(s => s.Labels).ToListAsync(ct);
        var running = await db.Runs.Where(r => r.Status == RunStatus.Running).Select(r => new { r.Id, r.ScheduleId, r.Pool }).ToListAsync(ct);
        var goesOn = running.Where(r => r.ScheduleId is not null).GroupBy(r => r.ScheduleId!.Value).ToDictionary(g => g.Key, g => g.Min(r => r.Id));
        var busy = running.GroupBy(r => r.Pool).ToDictionary(g => g.Key, g => g.Count());
        var blackouts = await BlackoutBook.ReadAsync(db, ct);
        var now = clock.GetUtcNow();
        return new SweepPreview(count, schedules.Select(Target).ToList(), options.Pools.ToDictionary(p => p.Key, p => Math.Max(0, p.Value + 1 - busy.GetValueOrDefault(p.Key))));

        SweepTarget Target(Schedule s) => new(
            s.Name, s.State, s.Pool, s.JobKind, s.ConcurrencyPolicy != ConcurrencyPolicy.Allow && goesOn.TryGetValue(s.Id, out var run) ? run : null,
            blackouts.Covering(s.Labels.ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal), now));
    }

    private static async Task<List<EmergencyView>> WithCountsAsync(SchedulerDb db, List<Emergency> emergencies, CancellationToken ct)
    {
        var ids = emergencies.Select(e => e.Id).ToList();
        var counts = (await db.Runs.Where(r => r.EmergencyId != null && ids.Contains(r.EmergencyId.Value)).GroupBy(r => new { r.EmergencyId, r.Status })
            .Select(g => new { g.Key.EmergencyId, g.Key.Status, Count = g.Count() }).ToListAsync(ct)).ToLookup(c => c.EmergencyId);
        return emergencies.Select(e => new EmergencyView(
            e.Id, JsonSerializer.Deserialize<Dictionary<string, string>>(e.Labels)!, e.Reason, new Overrides(e.OverridesConcurrency, e.OverridesBlackout, e.OverridesRateLimits), e.At, e.By,
            e.Started, counts[e.Id].ToDictionary(c => c.Status, c => c.Count), e.StoppedAt, e.StoppedBy)).ToList();
    }
}
