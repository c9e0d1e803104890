using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Schedules;

/// <summary>Which schedules a list shows, and how many of them.</summary>
public sealed record ScheduleFilter
{
    /// <summary>Part of the name, any case; blank: all.</summary>
    public string? Query { get; init; }

    /// <summary>All must be there with this value.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public ScheduleState? State { get; init; }

    /// <summary>By the next run, soonest first; otherwise by name.</summary>
    public bool NextRunFirst { get; init; }

    /// <summary>Only names after this one; for lists by name.</summary>
    public string? AfterName { get; init; }
    public int Skip { get; init; }

    /// <summary>At most so many, 1 to 500.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>One bar of a schedule's recent runs.</summary>
public sealed record RecentRun(long Id, RunStatus Status, TimeSpan? Duration, DateTimeOffset QueuedAt);

/// <summary>A schedule as lists show it.</summary>
public sealed record ScheduleSummary
{
    public required string Name { get; init; }
    public required ScheduleState State { get; init; }
    public required string StateReason { get; init; }
    public required int Generation { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public required string TriggerText { get; init; }
    public required string TimeZone { get; init; }
    public required string JobKind { get; init; }
    public required string Pool { get; init; }
    public required int Priority { get; init; }
    public DateTimeOffset? NextRunAt { get; init; }
    public DateTimeOffset? LastScheduledAt { get; init; }
    public DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>Scheduled runs that ended well, since the schedule was made.</summary>
    public required int Succeeded { get; init; }
    public required int Failed { get; init; }

    /// <summary>Runs that have not ended.</summary>
    public required int Active { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
    public required string ChangedBy { get; init; }
    public SchedulePause? Pause { get; init; }

    /// <summary>The last runs, oldest first, 20 at most.</summary>
    public required IReadOnlyList<RecentRun> Recent { get; init; }

    /// <summary>Among <see cref="Recent"/>, 0 to 1; null where none has ended.</summary>
    public double? RecentSuccessRate =>
        Recent.Count(r => r.Status.IsTerminal() && r.Status is not (RunStatus.Skipped or RunStatus.Cancelled)) is > 0 and var ended
            ? (double)Recent.Count(r => r.Status == RunStatus.Succeeded) / ended : null;
}

/// <summary>Who paused a schedule, when, until when (null: until somebody resumes it) and why.</summary>
public sealed record SchedulePause(string By, DateTimeOffset At, DateTimeOffset? Until, string Reason);

/// <summary>A schedule with its whole manifest.</summary>
/// <param name="Summary">What lists show.</param>
/// <param name="Uid">Its identity over renames of people and machines.</param>
/// <param name="Manifest">As it stands now.</param>
/// <param name="Timing">When it falls due; null where its zone has gone from this machine.</param>
public sealed record ScheduleDetail(ScheduleSummary Summary, Guid Uid, Manifest Manifest, Timing? Timing);

/// <summary>One version of a schedule.</summary>
/// <param name="Generation">1 is the first.</param>
/// <param name="Spec">The manifest as JSON.</param>
public sealed record ScheduleRevision(int Generation, DateTimeOffset At, string By, string Note, string Spec);

/// <summary>What pages and the API ask about schedules. Never writes.</summary>
public sealed class ScheduleQueries(Database database, ManifestReader manifests)
{
    public const int MostRecent = 20;

    public async Task<IReadOnlyList<ScheduleSummary>> ListAsync(ScheduleFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        var page = await PageAsync(db, filter, ct);
        var summaries = new List<ScheduleSummary>(page.Count);
        foreach (var schedule in page) summaries.Add(await SummaryAsync(db, schedule, ct));
        return summaries;
    }

    /// <summary>The same list, with whole manifests.</summary>
    public async Task<IReadOnlyList<ScheduleDetail>> ListDetailsAsync(ScheduleFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        var page = await PageAsync(db, filter, ct);
        var details = new List<ScheduleDetail>(page.Count);
        foreach (var schedule in page) details.Add(await DetailAsync(db, schedule, ct));
        return details;
    }

    /// <summary>How many match, counted up to 10,001: more is "10 000+".</summary>
    public async Task<int> CountAsync(ScheduleFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        return await Filtered(db, filter).Take(10_001).CountAsync(ct);
    }

    public async Task<ScheduleDetail?> GetAsync(string name, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Schedules.Include(s => s.Labels).FirstOrDefaultAsync(s => s.Name == name, ct) is { } schedule ? await DetailAsync(db, schedule, ct) : null;
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<ScheduleRevision>> RevisionsAsync(string name, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        return await (
            from schedule in db.Schedules
            where schedule.Name == name
            join revision in db.Revisions on schedule.Id equals revision.ScheduleId
            orderby revision.Generation descending
            select new ScheduleRevision(revision.Generation, revision.At, revision.By, revision.Note, revision.Spec)).Take(limit).ToListAsync(ct);
    }

    /// <summary>The soonest next runs of all active schedules.</summary>
    public async Task<IReadOnlyList<NextRun>> ComingAsync(int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Schedules.Where(s => s.State == ScheduleState.Active && s.NextRunAt != null).OrderBy(s => s.NextRunAt).Take(limit)
            .Select(s => new NextRun(s.Name, s.NextRunAt!.Value, s.TimeZone, s.TriggerText, s.JobKind)).ToListAsync(ct);
    }

    public async Task<ScheduleCounts> CountsAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        var byState = await db.Schedules.GroupBy(s => s.State).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        var next = await db.Schedules.Where(s => s.State == ScheduleState.Active).MinAsync(s => s.NextRunAt, ct);
        return new ScheduleCounts(byState.Values.Sum(), byState.GetValueOrDefault(ScheduleState.Active), byState.GetValueOrDefault(ScheduleState.Paused), next);
    }

    private async Task<ScheduleDetail> DetailAsync(SchedulerDb db, Schedule schedule, CancellationToken ct) =>
        new(await SummaryAsync(db, schedule, ct), schedule.Uid, manifests.ReadStored(schedule.Spec), TimingOf(schedule));

    private static Task<List<Schedule>> PageAsync(SchedulerDb db, ScheduleFilter filter, CancellationToken ct)
    {
        var found = Filtered(db, filter);
        found = filter.NextRunFirst
            ? found.OrderBy(s => s.NextRunAt == null).ThenBy(s => s.NextRunAt).ThenBy(s => s.Name)
            : found.OrderBy(s => s.Name);
        return found.Skip(filter.Skip).Take(Math.Clamp(filter.Limit, 1, 501)).Include(s => s.Labels).ToListAsync(ct);
    }

    /// <summary>What a list of runs says of their schedules. Names without a schedule (any more) are left out.</summary>
    public async Task<IReadOnlyDictionary<string, ScheduleFacts>> FactsAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        await using var db = database.Read();
        var facts = new Dictionary<string, ScheduleFacts>(StringComparer.Ordinal);
        foreach (var schedule in await db.Schedules.Where(s => names.Contains(s.Name)).Select(s => new { s.Id, s.Name, s.TimeZone }).ToListAsync(ct))
        {
            var last = await db.Runs.Where(r => r.ScheduleId == schedule.Id).OrderByDescending(r => r.Id).Take(MostRecent)
                .Select(r => new { r.Status, r.DurationMs }).ToListAsync(ct);
            var durations = last.Where(r => r.Status == RunStatus.Succeeded && r.DurationMs is not null).Select(r => r.DurationMs!.Value).Order().ToList();
            facts[schedule.Name] = new ScheduleFacts(schedule.TimeZone, durations.Count < 3 ? null : TimeSpan.FromMilliseconds(durations[durations.Count / 2]));
        }
        return facts;
    }

    private static IQueryable<Schedule> Filtered(SchedulerDb db, ScheduleFilter filter)
    {
        IQueryable<Schedule> found = db.Schedules;
        if (!string.IsNullOrWhiteSpace(filter.Query)) found = found.Where(s => EF.Functions.Like(s.Name, $"%{filter.Query.Trim().Replace("_", "\\_").Replace("%", "\\%")}%", "\\"));
        if (filter.State is { } state) found = found.Where(s => s.State == state);
        if (filter.AfterName is { } after) found = found.Where(s => s.Name.CompareTo(after) > 0);
        foreach (var (key, value) in filter.Labels) found = found.Where(s => s.Labels.Any(l => l.Key == key && l.Value == value));
        return found;
    }

    // A point query on (schedule, id) a row: far cheaper than a window function over all runs.
    private static async Task<ScheduleSummary> SummaryAsync(SchedulerDb db, Schedule schedule, CancellationToken ct)
    {
        var recent = await db.Runs.Where(r => r.ScheduleId == schedule.Id).OrderByDescending(r => r.Id).Take(MostRecent)
            .Select(r => new { r.Id, r.Status, r.DurationMs, r.QueuedAt }).ToListAsync(ct);
        recent.Reverse();
        var active = await db.Runs.CountAsync(r => r.ScheduleId == schedule.Id && (r.Status == RunStatus.Queued || r.Status == RunStatus.Running || r.Status == RunStatus.Retrying), ct);
        return new ScheduleSummary
        {
            Name = schedule.Name,
            State = schedule.State,
            StateReason = schedule.StateReason,
            Generation = schedule.Generation,
            Labels = schedule.Labels.OrderBy(l => l.Key, StringComparer.Ordinal).ToDictionary(l => l.Key, l => l.Value),
            TriggerText = schedule.TriggerText,
            TimeZone = schedule.TimeZone,
            JobKind = schedule.JobKind,
            Pool = schedule.Pool,
            Priority = schedule.Priority,
            NextRunAt = schedule.State == ScheduleState.Active ? schedule.NextRunAt : null,
            LastScheduledAt = schedule.LastScheduledAt,
            LastSuccessAt = schedule.LastSuccessAt,
            Succeeded = schedule.Succeeded,
            Failed = schedule.Failed,
            Active = active,
            CreatedAt = schedule.CreatedAt,
            CreatedBy = schedule.CreatedBy,
            ChangedAt = schedule.ChangedAt,
            ChangedBy = schedule.ChangedBy,
            Pause = schedule is { State: ScheduleState.Paused, PausedAt: { } at } ? new SchedulePause(schedule.PausedBy ?? "", at, schedule.PausedUntil, schedule.PauseReason ?? "") : null,
            Recent = recent.Select(r => new RecentRun(r.Id, r.Status, r.DurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null, r.QueuedAt)).ToList(),
        };
    }

    private static Timing? TimingOf(Schedule schedule)
    {
        try
        {
            return Timing.Of(schedule);
        }
        catch (TimeZoneNotFoundException)
        {
            return null; // the dispatcher has disabled it, and its state says why
        }
    }
}

/// <param name="TimeZone">In which its instants are shown.</param>
/// <param name="UsualDuration">The median of its last successful runs; null where there are fewer than three.</param>
public sealed record ScheduleFacts(string TimeZone, TimeSpan? UsualDuration);

/// <summary>The next due instant of one schedule.</summary>
public sealed record NextRun(string ScheduleName, DateTimeOffset At, string TimeZone, string TriggerText, string JobKind);

/// <param name="Total">All schedules.</param>
/// <param name="Active">Those whose trigger counts.</param>
/// <param name="Paused">Those that a person paused.</param>
/// <param name="NextDueAt">The soonest due instant, or null.</param>
public sealed record ScheduleCounts(int Total, int Active, int Paused, DateTimeOffset? NextDueAt);
