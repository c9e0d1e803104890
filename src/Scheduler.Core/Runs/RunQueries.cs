using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Findings;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>Which runs a list shows, newest first.</summary>
public sealed record RunFilter
{
    /// <summary>The exact name of a schedule; null: all.</summary>
    public string? Schedule { get; init; }

    /// <summary>Any of these; empty: all.</summary>
    public IReadOnlyList<RunStatus> Statuses { get; init; } = [];
    public TriggerType? TriggerType { get; init; }

    /// <summary>Only what this sweep started.</summary>
    public long? EmergencyId { get; init; }

    /// <summary>Queued at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Queued at or before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Ended at or after; runs that go on are left out.</summary>
    public DateTimeOffset? EndedFrom { get; init; }

    /// <summary>Only runs with a smaller number: the next page.</summary>
    public long? BeforeId { get; init; }

    /// <summary>Only runs with a greater number, and of those the ones nearest to it: the page before. The order stays newest first.</summary>
    public long? AfterId { get; init; }

    /// <summary>At most so many, 1 to 500.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>With <see cref="RunView.Attempts"/>.</summary>
    public bool WithAttempts { get; init; }
}

/// <summary>How many findings of a run by severity; <c>New</c> were not open before, <c>Fixed</c> are proved gone.</summary>
public sealed record FindingCounts(int Total, int Critical, int High, int Medium, int Low, int Info, int New, int Fixed);

/// <summary>A try that has ended.</summary>
public sealed record AttemptView(int Number, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, RunStatus Status, string? Error);

/// <summary>A run as pages and the API show it. All texts are hostile.</summary>
public sealed record RunView
{
    public required long Id { get; init; }
    public required string Schedule { get; init; }
    public required int Generation { get; init; }
    public required TriggerType TriggerType { get; init; }
    public DateTimeOffset? ScheduledFor { get; init; }

    /// <summary>How many missed occurrences it stands for, itself included.</summary>
    public required int StandsFor { get; init; }
    public required RunStatus Status { get; init; }

    /// <summary>What brought it about where the trigger type does not say it all; may be empty.</summary>
    public string Occasion { get; init; } = "";
    public required string Reason { get; init; }

    /// <summary>Why it did not run; null where it ran or may yet.</summary>
    public SkipCause? Cause { get; init; }
    public required int Priority { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }
    public required int Attempt { get; init; }
    public required int MaxAttempts { get; init; }
    public required DateTimeOffset QueuedAt { get; init; }
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When a retry may start; meaningful while Retrying.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>It waits for a person to say whether it still runs.</summary>
    public bool AwaitsAnswer => Status == RunStatus.Queued && NotBefore == Run.UntilAnswered;
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public long? DurationMs { get; init; }

    /// <summary>0 to 1, or null.</summary>
    public double? Progress { get; init; }
    public string? Activity { get; init; }
    public required int AssetsScanned { get; init; }
    public required FindingCounts Findings { get; init; }
    public string? Error { get; init; }
    public string? RequestedBy { get; init; }
    public string? CancelRequestedBy { get; init; }
    /// <summary>Who said that nothing more is needed, when it ended badly; null where nobody has.</summary>
    public RunDismissal? Dismissal { get; init; }

    /// <summary>It ended badly for good, and waits for a person.</summary>
    public bool IsDead => Status.IsBad() && Dismissal is null;
    public long? BackfillId { get; init; }
    public long? EventId { get; init; }

    /// <summary>What of the event reaches the job, by name. A stranger's texts: hostile.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>The sweep that started it, with others.</summary>
    public long? EmergencyId { get; init; }
    public Overrides Overrides { get; init; } = Overrides.None;
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Oldest first; the one that is going on included, without an end. Empty in lists that did not ask for them.</summary>
    public IReadOnlyList<AttemptView> Attempts { get; init; } = [];
}

/// <summary>That a dead letter needs nothing more.</summary>
public sealed record RunDismissal(string By, DateTimeOffset At, string Reason);

/// <summary>A finding as one run saw it.</summary>
public sealed record RunFindingView(
    long Id, FindingChange Change, string Rule, Severity Severity, string Title, string Asset, string Location, string Evidence, string Remedy, string Reference,
    string Fingerprint, DateTimeOffset FirstSeenAt, long FirstRunId);

/// <summary>That runs of a schedule ended badly.</summary>
/// <param name="Last">The latest of them.</param>
/// <param name="Times">How many.</param>
/// <param name="Recovered">A run after it succeeded.</param>
public sealed record Trouble(RunView Last, int Times, bool Recovered);

/// <summary>What pages and the API ask about runs. Never writes.</summary>
public sealed class RunQueries(Database database)
{
    private const int MostTroubles = 100;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<RunView>> ListAsync(RunFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        var found = Filtered(db, filter);
        var ordered = filter.AfterId is null ? found.OrderByDescending(r => r.Id) : found.OrderBy(r => r.Id);
        var runs = await ordered.Take(Math.Clamp(filter.Limit, 1, 501)).ToListAsync(ct);
        if (filter.AfterId is not null) runs.Reverse();
        return filter.WithAttempts ? await WithAttemptsAsync(db, runs, ct) : runs.Select(r => View(r, [])).ToList();
    }

    /// <summary>These runs, with their attempts; in no particular order, and without those that are not there.</summary>
    public async Task<IReadOnlyList<RunView>> ManyAsync(IReadOnlyCollection<long> ids, CancellationToken ct)
    {
        await using var db = database.Read();
        return await WithAttemptsAsync(db, await db.Runs.Where(r => ids.Contains(r.Id)).ToListAsync(ct), ct);
    }

    /// <summary>How many match, counted up to 10,001: more is "10 000+".</summary>
    public async Task<int> CountAsync(RunFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        return await Filtered(db, filter).Take(10_001).CountAsync(ct);
    }

    public async Task<RunView?> GetAsync(long id, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Runs.FirstOrDefaultAsync(r => r.Id == id, ct) is { } run ? (await WithAttemptsAsync(db, [run], ct))[0] : null;
    }

    /// <summary>What is going on now, the longest-running first, then what waits in the order of its start.</summary>
    public async Task<IReadOnlyList<RunView>> ActiveAsync(int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        var running = await db.Runs.Where(r => r.Status == RunStatus.Running).OrderBy(r => r.Id).Take(limit).ToListAsync(ct);
        var waiting = await db.Runs.Where(r => r.Status == RunStatus.Queued || r.Status == RunStatus.Retrying)
            .OrderBy(r => r.StartRank).ThenBy(r => r.DueAt).ThenBy(r => r.Id).Take(limit - running.Count).ToListAsync(ct);
        // One that ended in between, to be tried again, was read twice.
        return running.Concat(waiting).DistinctBy(r => r.Id).Select(r => View(r, [])).ToList();
    }

    /// <summary>Dead letters, newest first: runs that ended badly for good, that nobody has dismissed, and whose schedule has not succeeded since.</summary>
    /// <param name="beforeId">Only runs with a smaller number; null: from the newest on.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<RunView>> DeadLettersAsync(long? beforeId, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        var runs = await Dead(db).Where(r => beforeId == null || r.Id < beforeId).OrderByDescending(r => r.Id).Take(limit).ToListAsync(ct);
        return await WithAttemptsAsync(db, runs, ct);
    }

    /// <summary>How many there are, counted up to 1,000.</summary>
    public async Task<int> CountDeadLettersAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        return await Dead(db).Take(1000).CountAsync(ct);
    }

    // From schedule to schedule along the index, and of each only what ended since its last success: the history holds many more that are made up for.
    internal static IQueryable<Run> Dead(SchedulerDb db) => db.Runs.FromSqlRaw(
        $"""
        SELECT * FROM runs WHERE id IN (
            WITH RECURSIVE owners(id) AS (
                SELECT min(schedule_id) FROM runs INDEXED BY ix_runs_dead WHERE {RunTable.Dead} AND schedule_id IS NOT NULL
                UNION ALL
                SELECT (SELECT min(schedule_id) FROM runs INDEXED BY ix_runs_dead WHERE {RunTable.Dead} AND schedule_id > owners.id) FROM owners WHERE owners.id IS NOT NULL)
            SELECT r.id FROM owners CROSS JOIN runs AS r INDEXED BY ix_runs_dead
                WHERE {RunTable.Dead} AND r.schedule_id = owners.id AND r.finished_at >= coalesce((SELECT last_success_at FROM schedules WHERE schedules.id = owners.id), -9e18)
            UNION ALL
            SELECT r.id FROM runs AS r INDEXED BY ix_runs_dead WHERE {RunTable.Dead} AND r.schedule_id IS NULL)
        """);

    /// <summary>The findings of a run: worst first, then new before known before gone.</summary>
    public Task<IReadOnlyList<RunFindingView>> FindingsAsync(long runId, int limit, CancellationToken ct) => FindingsAsync(runId, 0, limit, ct);

    /// <inheritdoc cref="FindingsAsync(long, int, CancellationToken)"/>
    /// <param name="runId">The run.</param>
    /// <param name="skip">So many of the first are left out: the pages before.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<RunFindingView>> FindingsAsync(long runId, int skip, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        return await (
            from seen in db.RunFindings
            where seen.RunId == runId
            join finding in db.Findings on seen.FindingId equals finding.Id
            orderby seen.Severity descending, seen.Change, finding.Asset, finding.Rule, finding.Location, finding.Id
            select new RunFindingView(
                finding.Id, seen.Change, finding.Rule, seen.Severity, finding.Title, finding.Asset, finding.Location,
                seen.Change == FindingChange.Gone ? finding.Evidence : seen.Evidence, finding.Remedy, finding.Reference, finding.Fingerprint, finding.FirstSeenAt, finding.FirstRunId))
            .Skip(skip).Take(limit).ToListAsync(ct);
    }

    /// <summary>The manifest, as JSON, that a run does or did; null when it is gone.</summary>
    public async Task<string?> ManifestAsync(long runId, CancellationToken ct)
    {
        await using var db = database.Read();
        var run = await db.Runs.Where(r => r.Id == runId).Select(r => new { r.Job, r.ScheduleId, r.Generation }).FirstOrDefaultAsync(ct);
        return run is null ? null : run.Job ?? await RevisionReader.SpecOfAsync(database, run.ScheduleId, run.Generation, ct);
    }

    /// <summary>Waiting runs by pool.</summary>
    public async Task<IReadOnlyDictionary<string, int>> QueuedByPoolAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Runs.Where(r => r.Status == RunStatus.Queued || r.Status == RunStatus.Retrying).GroupBy(r => r.Pool)
            .Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);
    }

    /// <summary>Schedules (and ad-hoc jobs) with runs that ended badly: those without a success since come first, then by how often.</summary>
    /// <param name="since">Ended at or after.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<Trouble>> TroublesAsync(DateTimeOffset since, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        var bad = await BadSince(db, since)
            .GroupBy(r => r.ScheduleName).Select(g => new { Times = g.Count(), LastId = g.Max(r => r.Id) })
            .OrderByDescending(g => g.LastId).Take(MostTroubles).ToDictionaryAsync(g => g.LastId, g => g.Times, ct);
        var last = await db.Runs.Where(r => bad.Keys.Contains(r.Id)).ToListAsync(ct);
        // All at once, and by the schedule's own runs: the planner would look through whatever succeeded since.
        var recovered = (await db.Database.SqlQueryRaw<long>(
            """
            SELECT r.id AS Value FROM json_each({0}) AS j CROSS JOIN runs AS r ON r.id = j.value
            WHERE EXISTS (SELECT 1 FROM runs AS later INDEXED BY ix_runs_schedule WHERE later.schedule_id = r.schedule_id AND later.id > r.id AND later.status = 3)
            """, JsonSerializer.Serialize(bad.Keys)).ToListAsync(ct)).ToHashSet();
        return last.Select(run => new Trouble(View(run, []), bad[run.Id], recovered.Contains(run.Id)))
            .OrderBy(t => t.Recovered).ThenByDescending(t => t.Times).ThenByDescending(t => t.Last.Id).Take(limit).ToList();
    }

    internal static IQueryable<Run> Filtered(SchedulerDb db, RunFilter filter)
    {
        var found = Base(db, filter);
        if (filter.Statuses is [var only]) found = found.Where(r => r.Status == only);
        else if (filter.Statuses.Count > 1) found = found.Where(r => filter.Statuses.Contains(r.Status));
        if (filter.TriggerType is { } type) found = found.Where(r => r.TriggerType == type);
        // All but scheduled runs are few, and have an index of their own.
        if (filter.TriggerType is not (null or TriggerType.Scheduled)) found = found.Where(r => r.TriggerType != TriggerType.Scheduled);
        if (filter.EmergencyId is { } emergency) found = found.Where(r => r.EmergencyId == emergency);
        if (filter.From is { } from) found = found.Where(r => r.QueuedAt >= from);
        if (filter.To is { } to) found = found.Where(r => r.QueuedAt <= to);
        if (filter.EndedFrom is { } ended) found = found.Where(r => r.FinishedAt >= ended);
        if (filter.BeforeId is { } before) found = found.Where(r => r.Id < before);
        if (filter.AfterId is { } after) found = found.Where(r => r.Id > after);
        return found;
    }

    // The planner, which knows no figures, would take the index of states: that has a tenth of all runs, or nearly all of them.
    private static IQueryable<Run> Base(SchedulerDb db, RunFilter filter)
    {
        if (filter.Schedule is { Length: > 0 } name)
            // By number where the schedule is still there: that has an index. A deleted one's runs are found by the name they carry.
            return db.Schedules.Where(s => s.Name == name).Select(s => (long?)s.Id).FirstOrDefault() is { } id
                ? db.Runs.FromSqlRaw("SELECT * FROM runs INDEXED BY ix_runs_schedule WHERE schedule_id = {0}", id) : db.Runs.Where(r => r.ScheduleName == name);
        if (filter.EndedFrom is not { } since) return db.Runs;
        return filter.Statuses.Count > 0 && filter.Statuses.All(s => s.IsBad()) ? BadSince(db, since)
            : db.Runs.FromSqlRaw("SELECT * FROM runs INDEXED BY ix_runs_finished WHERE finished_at >= {0}", since.ToUnixTimeMilliseconds());
    }

    private static IQueryable<Run> BadSince(SchedulerDb db, DateTimeOffset since) =>
        db.Runs.FromSqlRaw($"SELECT * FROM runs INDEXED BY ix_runs_bad WHERE {RunTable.Bad} AND finished_at >= {{0}}", since.ToUnixTimeMilliseconds());

    private static async Task<List<RunView>> WithAttemptsAsync(SchedulerDb db, List<Run> runs, CancellationToken ct)
    {
        var ids = runs.Select(r => r.Id).ToList();
        var attempts = (await db.Attempts.Where(a => ids.Contains(a.RunId)).OrderBy(a => a.Number).ToListAsync(ct)).ToLookup(a => a.RunId);
        return runs.Select(run =>
        {
            var tries = attempts[run.Id].Select(a => new AttemptView(a.Number, a.StartedAt, a.FinishedAt, a.Status, a.Error)).ToList();
            // It may have ended since the run was read, and stands among the ended ones then.
            if (run is { Status: RunStatus.Running, AttemptStartedAt: { } since } && !tries.Exists(a => a.Number == run.Attempt)) tries.Add(new AttemptView(run.Attempt, since, null, RunStatus.Running, null));
            return View(run, tries);
        }).ToList();
    }

    internal static RunView View(Run run, IReadOnlyList<AttemptView> attempts) => new()
    {
        Id = run.Id,
        Schedule = run.ScheduleName,
        Generation = run.Generation,
        TriggerType = run.TriggerType,
        ScheduledFor = run.ScheduledFor,
        StandsFor = run.StandsFor,
        Status = run.Status,
        Occasion = run.Occasion,
        Reason = run.Reason,
        Cause = run.Cause,
        Priority = run.Priority,
        Pool = run.Pool,
        JobKind = run.JobKind,
        Attempt = run.Attempt,
        MaxAttempts = run.MaxAttempts,
        QueuedAt = run.QueuedAt,
        DueAt = run.DueAt,
        NotBefore = run.NotBefore,
        StartedAt = run.StartedAt,
        FinishedAt = run.FinishedAt,
        DurationMs = run.DurationMs,
        Progress = run.Progress,
        Activity = run.Activity,
        AssetsScanned = run.AssetsScanned,
        Findings = new FindingCounts(run.FindingsTotal, run.Critical, run.High, run.Medium, run.Low, run.Info, run.NewFindings, run.FixedFindings),
        Error = run.Error,
        RequestedBy = run.RequestedBy,
        CancelRequestedBy = run.CancelRequestedBy,
        Dismissal = run.DismissedAt is { } at ? new RunDismissal(run.DismissedBy ?? "", at, run.DismissReason ?? "") : null,
        BackfillId = run.BackfillId,
        EventId = run.EventId,
        Parameters = run.Parameters is null ? new Dictionary<string, string>() : JsonSerializer.Deserialize<SortedDictionary<string, string>>(run.Parameters)!,
        EmergencyId = run.EmergencyId,
        Overrides = new Overrides(run.OverridesConcurrency, run.OverridesBlackout, run.OverridesRateLimits),
        Metrics = JsonSerializer.Deserialize<Dictionary<string, double>>(run.Metrics) ?? [],
        Attempts = attempts,
    };
}
