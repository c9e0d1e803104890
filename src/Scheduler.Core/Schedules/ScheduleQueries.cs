using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Analytics;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Schedules;

/// <summary>In which order a list of schedules stands. By success and by duration only where few match: <see cref="ScheduleQueries.MostSortedByFigures"/>.</summary>
public enum ScheduleSort { Name, NextRun, Success, P95 }

/// <summary>Which schedules a list shows, in which order, and how many of them. Every condition must hold.</summary>
public sealed record ScheduleFilter
{
    /// <summary>Each is part of the name, any case.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>All must be there with this value.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>All must be there, with any value.</summary>
    public IReadOnlyList<string> LabelKeys { get; init; } = [];

    /// <summary>Any of these; empty: all.</summary>
    public IReadOnlyList<ScheduleState> States { get; init; } = [];

    /// <summary>Any of these; empty: all.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>The name of who made it or changed it last begins with one of these, any case; empty: all.</summary>
    public IReadOnlyList<string> Owners { get; init; } = [];

    /// <summary>Made or last changed by exactly this person.</summary>
    public string? OwnedBy { get; init; }

    /// <summary>The run that was the last to end ended badly.</summary>
    public bool Failing { get; init; }

    /// <summary>No run has ended yet, well or badly.</summary>
    public bool NeverRan { get; init; }

    /// <summary>Active, and two occurrences or more in a row came and did not run, or the next one is overdue by more than <see cref="ScheduleQueries.OverdueAfter"/>.</summary>
    public bool NotRunInTwoPeriods { get; init; }
    public ScheduleSort Sort { get; init; }
    public bool Descending { get; init; }

    /// <summary>Only names after this one; for lists by name.</summary>
    public string? AfterName { get; init; }
    public int Skip { get; init; }

    /// <summary>At most so many, 1 to 500.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>How a schedule's runs went in the last 30 days that its trigger started; where only people start runs, theirs.</summary>
/// <param name="SuccessRate">0 to 1; null where none ended.</param>
/// <param name="Median">Half of them took no longer, within 4.5 %.</param>
/// <param name="P95">95 of 100 took no longer, within 4.5 %.</param>
public sealed record ScheduleFigures(double? SuccessRate, TimeSpan? Median, TimeSpan? P95)
{
    public static ScheduleFigures None { get; } = new(null, null, null);
}

/// <summary>A line of the list of schedules.</summary>
/// <param name="Summary">What it is and how it stands.</param>
/// <param name="Targets">How many targets its job names.</param>
/// <param name="Figures">How it went.</param>
public sealed record ScheduleRow(ScheduleSummary Summary, int Targets, ScheduleFigures Figures);

/// <summary>One page of the list.</summary>
/// <param name="Rows">In the order that was asked for.</param>
/// <param name="Total">How many match, counted up to 10,001.</param>
/// <param name="SortGivenUp">Too many match to be sorted by their figures; the rows stand by their next run.</param>
public sealed record ScheduleList(IReadOnlyList<ScheduleRow> Rows, int Total, bool SortGivenUp);

/// <summary>How many schedules the built-in views have.</summary>
public sealed record ScheduleViewCounts(int All, int Failing, int Paused, int NeverRan, int NotRunInTwoPeriods, int Mine);

/// <summary>An occurrence that somebody skipped and that still lies ahead.</summary>
/// <param name="Reason">Who and why.</param>
public sealed record SkipAhead(DateTimeOffset At, long RunId, string Reason);

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
public sealed class ScheduleQueries(Database database, ManifestReader manifests, TimeProvider clock)
{
    public const int MostRecent = 20;

    /// <summary>Beyond so many matches a list is not sorted by success or duration: their figures would have to be read for each.</summary>
    public const int MostSortedByFigures = 1000;

    /// <summary>The dispatcher looks at least once a minute; what is due for longer has nobody to start it.</summary>
    public static readonly TimeSpan OverdueAfter = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan FiguresOver = TimeSpan.FromDays(30);

    public async Task<IReadOnlyList<ScheduleSummary>> ListAsync(ScheduleFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        var page = await PageAsync(db, filter, ct);
        return await SummariesAsync(db, page, ct);
    }

    /// <summary>The same list, with whole manifests.</summary>
    public async Task<IReadOnlyList<ScheduleDetail>> ListDetailsAsync(ScheduleFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        var page = await PageAsync(db, filter, ct);
        var summaries = await SummariesAsync(db, page, ct);
        return page.Zip(summaries, (schedule, summary) => new ScheduleDetail(summary, schedule.Uid, manifests.ReadStored(schedule.Spec), TimingOf(schedule))).ToList();
    }

    /// <summary>A page of the list that people see, with its figures and how many match in all.</summary>
    public async Task<ScheduleList> PageAsync(ScheduleFilter filter, CancellationToken ct)
    {
        await using var db = database.Read();
        var total = await Filtered(db, filter).Take(10_001).CountAsync(ct);
        var givenUp = filter.Sort is ScheduleSort.Success or ScheduleSort.P95 && total > MostSortedByFigures;
        var page = await PageAsync(db, givenUp ? filter with { Sort = ScheduleSort.NextRun, Descending = false } : filter, ct);
        return new ScheduleList(await RowsAsync(db, page, ct), total, givenUp);
    }

    /// <summary>Some lines of the list as they stand now, in no particular order; names without a schedule (any more) are left out.</summary>
    public async Task<IReadOnlyList<ScheduleRow>> RowsAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        await using var db = database.Read();
        return await RowsAsync(db, await db.Schedules.Where(s => names.Contains(s.Name)).Include(s => s.Labels).ToListAsync(ct), ct);
    }

    /// <param name="person">Whose "mine" counts.</param>
    public async Task<ScheduleViewCounts> ViewCountsAsync(string person, CancellationToken ct)
    {
        await using var db = database.Read();
        return new ScheduleViewCounts(
            await HowMany(new()), await HowMany(new() { Failing = true }), await HowMany(new() { States = [ScheduleState.Paused] }),
            await HowMany(new() { NeverRan = true }), await HowMany(new() { NotRunInTwoPeriods = true }), await HowMany(new() { OwnedBy = person }));

        Task<int> HowMany(ScheduleFilter filter) => Filtered(db, filter).Take(10_001).CountAsync(ct);
    }

    /// <summary>What people skipped of a schedule ahead of time and has not fallen due, soonest first.</summary>
    public async Task<IReadOnlyList<SkipAhead>> SkipsAheadAsync(string name, CancellationToken ct)
    {
        await using var db = database.Read();
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Runs.FromSqlRaw(
                $"SELECT * FROM runs WHERE {RunTable.ByOccurrence} AND schedule_id = (SELECT id FROM schedules WHERE name = {{0}}) AND scheduled_for > {{1}} AND status = 8", name, now)
            .OrderBy(r => r.ScheduledFor).Select(r => new SkipAhead(r.ScheduledFor!.Value, r.Id, r.Reason)).ToListAsync(ct);
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

    /// <summary>Schedules that can't run until a person changes them, with the reason, by name.</summary>
    public async Task<IReadOnlyList<DisabledSchedule>> DisabledAsync(int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Schedules.Where(s => s.State == ScheduleState.Disabled).OrderBy(s => s.Name).Take(limit).Select(s => new DisabledSchedule(s.Name, s.StateReason)).ToListAsync(ct);
    }

    public async Task<ScheduleCounts> CountsAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        var byState = await db.Schedules.GroupBy(s => s.State).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        var next = await db.Schedules.Where(s => s.State == ScheduleState.Active).MinAsync(s => s.NextRunAt, ct);
        return new ScheduleCounts(byState.Values.Sum(), byState.GetValueOrDefault(ScheduleState.Active), byState.GetValueOrDefault(ScheduleState.Paused), byState.GetValueOrDefault(ScheduleState.Disabled), next);
    }

    private async Task<ScheduleDetail> DetailAsync(SchedulerDb db, Schedule schedule, CancellationToken ct) =>
        new((await SummariesAsync(db, [schedule], ct))[0], schedule.Uid, manifests.ReadStored(schedule.Spec), TimingOf(schedule));

    // First the ids, from the index alone; then the rows of the page, which are large.
    private async Task<List<Schedule>> PageAsync(SchedulerDb db, ScheduleFilter filter, CancellationToken ct)
    {
        var limit = Math.Clamp(filter.Limit, 1, 501);
        var ids = filter.Sort is ScheduleSort.Success or ScheduleSort.P95
            ? (await ByFiguresAsync(db, filter, ct)).Skip(filter.Skip).Take(limit).ToList()
            : await Sorted(Filtered(db, filter), filter).Select(s => s.Id).Skip(filter.Skip).Take(limit).ToListAsync(ct);
        var rows = await db.Schedules.Where(s => ids.Contains(s.Id)).Include(s => s.Labels).ToDictionaryAsync(s => s.Id, ct);
        return ids.Select(rows.GetValueOrDefault).OfType<Schedule>().ToList();
    }

    private static IQueryable<Schedule> Sorted(IQueryable<Schedule> found, ScheduleFilter filter) => (filter.Sort, filter.Descending) switch
    {
        (ScheduleSort.NextRun, false) => found.OrderBy(s => s.State != ScheduleState.Active || s.NextRunAt == null)
            .ThenBy(s => s.State == ScheduleState.Active ? s.NextRunAt : null).ThenBy(s => s.Name),
        (ScheduleSort.NextRun, true) => found.OrderBy(s => s.State != ScheduleState.Active || s.NextRunAt == null)
            .ThenByDescending(s => s.State == ScheduleState.Active ? s.NextRunAt : null).ThenBy(s => s.Name),
        (_, true) => found.OrderByDescending(s => s.Name),
        _ => found.OrderBy(s => s.Name),
    };

    /// <summary>Those without a figure come last, either way.</summary>
    private async Task<IEnumerable<long>> ByFiguresAsync(SchedulerDb db, ScheduleFilter filter, CancellationToken ct)
    {
        var ids = await Filtered(db, filter).OrderBy(s => s.Name).Select(s => s.Id).Take(MostSortedByFigures).ToListAsync(ct);
        var figures = Figures(ids);
        double? Key(long id) => filter.Sort == ScheduleSort.Success ? figures.GetValueOrDefault(id)?.SuccessRate : figures.GetValueOrDefault(id)?.P95?.TotalMilliseconds;
        var known = ids.OrderBy(id => Key(id) is null);
        return filter.Descending ? known.ThenByDescending(Key) : known.ThenBy(Key);
    }

    private async Task<IReadOnlyList<ScheduleRow>> RowsAsync(SchedulerDb db, List<Schedule> page, CancellationToken ct)
    {
        var summaries = await SummariesAsync(db, page, ct);
        var figures = Figures(page.Select(s => s.Id));
        return page.Zip(summaries, (schedule, summary) => new ScheduleRow(summary, TargetsOf(schedule), figures.GetValueOrDefault(schedule.Id) ?? ScheduleFigures.None)).ToList();
    }

    private static int TargetsOf(Schedule schedule)
    {
        using var spec = JsonDocument.Parse(schedule.Spec);
        return spec.RootElement.TryGetProperty("spec", out var inner) && inner.TryGetProperty("job", out var job)
            && job.TryGetProperty("targets", out var targets) && targets.ValueKind == JsonValueKind.Object
            ? targets.EnumerateObject().Sum(t => t.Value.ValueKind == JsonValueKind.Array ? t.Value.GetArrayLength() : 1) : 0;
    }

    /// <summary>The figures of some schedules, from the roll-ups: what retention has deleted still counts.</summary>
    private Dictionary<long, ScheduleFigures> Figures(IEnumerable<long> ids)
    {
        var now = clock.GetUtcNow();
        using var connection = database.Open();
        return StatisticsQueries.OfSchedules(connection, ids, now - FiguresOver, now)
            .ToDictionary(f => f.Key, f => new ScheduleFigures(f.Value.SuccessRate, f.Value.DurationOnRecord.Median, f.Value.DurationOnRecord.P95));
    }

    // SQLite has no lateral join; a correlated list of ids does the same, a few steps of one index for each schedule. The index is named because
    // the planner would rather read the occurrences of a schedule whole and sort them.
    private const string LastRuns = """
        SELECT r.schedule_id AS ScheduleId, r.id AS Id, r.status AS Status, r.duration_ms AS DurationMs, r.queued_at AS QueuedAt
        FROM json_each(@ids) AS s CROSS JOIN runs AS r
        WHERE r.id IN (SELECT x.id FROM runs AS x INDEXED BY ix_runs_schedule WHERE x.schedule_id = s.value ORDER BY x.id DESC LIMIT @each)
        """;

    private static async Task<IEnumerable<IGrouping<long, LastRun>>> LastRunsAsync(SchedulerDb db, IEnumerable<long> ids, CancellationToken ct) =>
        (await db.Database.SqlQueryRaw<LastRun>(LastRuns, new SqliteParameter("@ids", JsonSerializer.Serialize(ids)), new SqliteParameter("@each", MostRecent)).ToListAsync(ct)).GroupBy(r => r.ScheduleId);

    // Unfinished runs are few whatever the history: read by their state, not by their schedule.
    private static async Task<Dictionary<long, int>> ActiveAsync(SchedulerDb db, IEnumerable<long> ids, CancellationToken ct) =>
        (await db.Database.SqlQueryRaw<ActiveRuns>(
            "SELECT schedule_id AS ScheduleId, COUNT(*) AS Count FROM runs WHERE status IN (0, 1, 2) AND +schedule_id IN (SELECT value FROM json_each(@ids)) GROUP BY schedule_id",
            new SqliteParameter("@ids", JsonSerializer.Serialize(ids))).ToListAsync(ct)).ToDictionary(a => a.ScheduleId, a => a.Count);

    /// <summary>What a list of runs says of their schedules. Names without a schedule (any more) are left out.</summary>
    public async Task<IReadOnlyDictionary<string, ScheduleFacts>> FactsAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        await using var db = database.Read();
        var facts = new Dictionary<string, ScheduleFacts>(StringComparer.Ordinal);
        var schedules = await db.Schedules.Where(s => names.Contains(s.Name)).Select(s => new { s.Id, s.Name, s.TimeZone }).ToListAsync(ct);
        var last = (await LastRunsAsync(db, schedules.Select(s => s.Id), ct)).ToDictionary(g => g.Key);
        foreach (var schedule in schedules)
        {
            var durations = (last.GetValueOrDefault(schedule.Id)?.AsEnumerable() ?? []).Where(r => r.Status == (int)RunStatus.Succeeded && r.DurationMs is not null)
                .Select(r => r.DurationMs!.Value).Order().ToList();
            facts[schedule.Name] = new ScheduleFacts(schedule.TimeZone, durations.Count < 3 ? null : TimeSpan.FromMilliseconds(durations[durations.Count / 2]));
        }
        return facts;
    }

    private IQueryable<Schedule> Filtered(SchedulerDb db, ScheduleFilter filter)
    {
        IQueryable<Schedule> found = db.Schedules;
        foreach (var word in filter.Words.Where(w => !string.IsNullOrWhiteSpace(w))) found = found.Where(s => EF.Functions.Like(s.Name, $"%{Literal(word.Trim())}%", "\\"));
        if (filter.States is [var only]) found = found.Where(s => s.State == only);
        else if (filter.States.Count > 1) found = found.Where(s => filter.States.Contains(s.State));
        if (filter.Kinds.Count > 0) found = found.Where(s => filter.Kinds.Contains(s.JobKind));
        if (filter.Failing) found = found.Where(s => s.LastStatus == RunStatus.Failed || s.LastStatus == RunStatus.TimedOut || s.LastStatus == RunStatus.Interrupted);
        if (filter.NeverRan) found = found.Where(s => s.LastStatus == null);
        if (filter.NotRunInTwoPeriods)
        {
            var overdue = clock.GetUtcNow() - OverdueAfter;
            found = found.Where(s => s.State == ScheduleState.Active && (s.NotRun >= 2 || s.NextRunAt < overdue));
        }
        if (filter.OwnedBy is { } person) found = found.Where(s => s.CreatedBy == person || s.ChangedBy == person);
        if (filter.Owners.Count > 0) found = OwnedByAny(found, filter.Owners);
        if (filter.AfterName is { } after) found = found.Where(s => s.Name.CompareTo(after) > 0);
        // From the labels' own index to the schedules, and not a look at each schedule's labels.
        foreach (var (key, value) in filter.Labels) found = found.Where(s => db.ScheduleLabels.Where(l => l.Key == key && l.Value == value).Select(l => l.ScheduleId).Contains(s.Id));
        foreach (var key in filter.LabelKeys) found = found.Where(s => db.ScheduleLabels.Where(l => l.Key == key).Select(l => l.ScheduleId).Contains(s.Id));
        return found;
    }

    private static IQueryable<Schedule> OwnedByAny(IQueryable<Schedule> found, IReadOnlyList<string> owners)
    {
        IQueryable<Schedule>? any = null;
        foreach (var owner in owners)
        {
            var begins = $"{Literal(owner)}%";
            var theirs = found.Where(s => EF.Functions.Like(s.CreatedBy, begins, "\\") || EF.Functions.Like(s.ChangedBy, begins, "\\"));
            any = any is null ? theirs : any.Union(theirs);
        }
        return any ?? found;
    }

    private static string Literal(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal);

    private static async Task<List<ScheduleSummary>> SummariesAsync(SchedulerDb db, IReadOnlyCollection<Schedule> page, CancellationToken ct)
    {
        var ids = page.Select(s => s.Id).ToList();
        var recent = (await LastRunsAsync(db, ids, ct)).ToDictionary(g => g.Key, g => g.OrderBy(r => r.Id).ToList());
        var active = await ActiveAsync(db, ids, ct);
        return page.Select(s => Summary(s, recent.GetValueOrDefault(s.Id) ?? [], active.GetValueOrDefault(s.Id))).ToList();
    }

    private static ScheduleSummary Summary(Schedule schedule, List<LastRun> recent, int active)
    {
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
            Recent = recent.Select(r => new RecentRun(
                r.Id, (RunStatus)r.Status, r.DurationMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null, DateTimeOffset.FromUnixTimeMilliseconds(r.QueuedAt))).ToList(),
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

/// <summary>A run as SQLite has it: numbers.</summary>
internal sealed record LastRun(long ScheduleId, long Id, int Status, long? DurationMs, long QueuedAt);

internal sealed record ActiveRuns(long ScheduleId, int Count);

/// <param name="TimeZone">In which its instants are shown.</param>
/// <param name="UsualDuration">The median of its last successful runs; null where there are fewer than three.</param>
public sealed record ScheduleFacts(string TimeZone, TimeSpan? UsualDuration);

/// <summary>The next due instant of one schedule.</summary>
public sealed record NextRun(string ScheduleName, DateTimeOffset At, string TimeZone, string TriggerText, string JobKind);

/// <param name="Total">All schedules.</param>
/// <param name="Active">Those whose trigger counts.</param>
/// <param name="Paused">Those that a person paused.</param>
/// <param name="Disabled">Those that can't run until a person changes them.</param>
/// <param name="NextDueAt">The soonest due instant, or null.</param>
public sealed record ScheduleCounts(int Total, int Active, int Paused, int Disabled, DateTimeOffset? NextDueAt);

/// <summary>A schedule that can't run until a person changes it, and why.</summary>
public sealed record DisabledSchedule(string Name, string Reason);
