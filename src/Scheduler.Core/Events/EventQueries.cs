using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Events;

/// <summary>Which events a list shows, newest first.</summary>
public sealed record EventListFilter
{
    /// <summary>Exactly; null: all.</summary>
    public string? Type { get; init; }

    /// <summary>Exactly; null: all.</summary>
    public string? Source { get; init; }

    /// <summary>Only events that have a verdict for this schedule, deleted or not.</summary>
    public string? Schedule { get; init; }

    /// <summary>Only events that came to this for some schedule, or for <see cref="Schedule"/> where that is given.</summary>
    public EventOutcome? Outcome { get; init; }

    /// <summary>Accepted at or after.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Accepted at or before.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only events with a smaller number: the next page.</summary>
    public long? BeforeId { get; init; }

    /// <summary>At most so many, 1 to 501.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>An event as pages and the API show it. Its texts are a stranger's: hostile.</summary>
public sealed record EventView
{
    public required long Id { get; init; }
    public required string Type { get; init; }

    /// <summary>May be empty.</summary>
    public required string Source { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Who sent it: a person, "webhook shop-push", or "scheduler".</summary>
    public required string By { get; init; }

    /// <summary>The schedules that led to it, the first one first.</summary>
    public required IReadOnlyList<string> Chain { get; init; }

    /// <summary>The run whose end it tells of; null where it came from outside.</summary>
    public long? RunId { get; init; }

    /// <summary>Bytes of its data.</summary>
    public required int Size { get; init; }

    /// <summary>Compact JSON; in lists only the beginning of it.</summary>
    public required string Data { get; init; }

    /// <summary>In the order in which the schedules were made; in lists <see cref="EventQueries.MostVerdictsInLists"/> at most.</summary>
    public IReadOnlyList<EventVerdictView> Verdicts { get; init; } = [];

    /// <summary>How many schedules it came to what for.</summary>
    public IReadOnlyDictionary<EventOutcome, int> Outcomes { get; init; } = new Dictionary<EventOutcome, int>();
}

/// <summary>How a filter judges an event of the past.</summary>
/// <param name="Mismatch">The first condition that does not hold, with what was found: hostile. Null where it matches.</param>
public sealed record EventTrial(long Id, string Type, string Source, DateTimeOffset At, string? Mismatch);

/// <summary>What pages and the API ask about events. Never writes.</summary>
public sealed class EventQueries
{
    public const int MostVerdictsInLists = 20;

    /// <summary>So many events of the past are tried at most.</summary>
    public const int MostTried = 100;

    private const int ExcerptLength = 200;

    private readonly Database _database;

    internal EventQueries(Database database) => _database = database;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<EventView>> ListAsync(EventListFilter filter, CancellationToken ct)
    {
        await using var db = _database.Read();
        var rows = await (await FilteredAsync(db, filter, ct)).OrderByDescending(e => e.Id).Take(Math.Clamp(filter.Limit, 1, 501))
            .Select(e => new Row(e.Id, e.Type, e.Source, e.At, e.By, e.Chain, e.RunId, e.Size, e.Data.Substring(0, ExcerptLength))).ToListAsync(ct);
        var ids = rows.ConvertAll(r => r.Id);
        var outcomes = (await db.EventVerdicts.Where(v => ids.Contains(v.EventId)).GroupBy(v => new { v.EventId, v.Outcome })
            .Select(g => new { g.Key.EventId, g.Key.Outcome, Count = g.Count() }).ToListAsync(ct)).ToLookup(g => g.EventId);
        var verdicts = (await VerdictsAsync(db, ids, MostVerdictsInLists, ct)).ToLookup(v => v.EventId);
        return rows.ConvertAll(r => View(r, verdicts[r.Id].Select(ViewOf).ToList(), outcomes[r.Id].ToDictionary(o => o.Outcome, o => o.Count)));
    }

    /// <summary>With all its data and all its verdicts.</summary>
    public async Task<EventView?> GetAsync(long id, CancellationToken ct)
    {
        await using var db = _database.Read();
        if (await db.Events.Where(e => e.Id == id).Select(e => new Row(e.Id, e.Type, e.Source, e.At, e.By, e.Chain, e.RunId, e.Size, e.Data)).FirstOrDefaultAsync(ct) is not { } row) return null;
        var verdicts = (await VerdictsAsync(db, [id], int.MaxValue, ct)).ConvertAll(ViewOf);
        return View(row, verdicts, verdicts.GroupBy(v => v.Outcome).ToDictionary(g => g.Key, g => g.Count()));
    }

    /// <summary>The types that have come and are kept, that some schedule follows, or that the scheduler raises itself; in alphabetical order.</summary>
    public async Task<IReadOnlyList<string>> TypesAsync(CancellationToken ct)
    {
        await using var db = _database.Read();
        // From each type to the next by its index: a million events of a few types cost a few steps.
        var come = await db.Database.SqlQueryRaw<string>(
            """
            WITH RECURSIVE t(type) AS (SELECT min(type) FROM events UNION ALL SELECT (SELECT min(e.type) FROM events e WHERE e.type > t.type) FROM t WHERE t.type IS NOT NULL)
            SELECT type AS Value FROM t WHERE type IS NOT NULL LIMIT 1000
            """).ToListAsync(ct);
        var followed = await db.Schedules.Where(s => s.EventType != null).Select(s => s.EventType!).Distinct().Take(1000).ToListAsync(ct);
        return come.Concat(followed).Concat(RunEvents.Types).Append(RunEvents.BackfillFinished).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>How a filter would have judged the latest events, newest first. Nothing comes of it.</summary>
    /// <param name="filter">A list of <c>{ path, op, value }</c>, as in a manifest.</param>
    /// <param name="type">Of this type alone; null: of any.</param>
    /// <param name="limit">At most so many, 1 to <see cref="MostTried"/>.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidInputException">The filter is wrong, by field.</exception>
    public async Task<IReadOnlyList<EventTrial>> TryAsync(JsonElement filter, string? type, int limit, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "try event filters");
        var errors = new List<FieldError>();
        var read = EventFilter.Read(filter, "filter", errors);
        if (limit is < 1 or > MostTried) errors.Add(new FieldError("limit", $"must be from 1 to {MostTried}, found {limit}"));
        if (errors.Count > 0) throw new InvalidInputException(errors);
        await using var db = _database.Read();
        var trials = new List<EventTrial>();
        // One at a time in memory: each may have 256 KiB.
        await foreach (var e in db.Events.Where(e => type == null || e.Type == type).OrderByDescending(e => e.Id).Take(limit).AsAsyncEnumerable().WithCancellation(ct))
            trials.Add(new EventTrial(e.Id, e.Type, e.Source, e.At, read.FirstMismatch(new EventFacts(e.Id, e.Type, e.Source, e.By, e.At, JsonElement.Parse(e.Data)))));
        return trials;
    }

    private static async Task<IQueryable<Event>> FilteredAsync(SchedulerDb db, EventListFilter filter, CancellationToken ct)
    {
        IQueryable<Event> found = db.Events;
        if (VerdictsOf(db, filter) is { } verdicts)
        {
            // Where nothing else is asked, the verdicts' own index has the page: what one schedule came to may be a handful among a million.
            if (filter is { Type: null, Source: null, From: null, To: null })
            {
                var page = await verdicts.Where(v => filter.BeforeId == null || v.EventId < filter.BeforeId).Select(v => v.EventId).Distinct().OrderByDescending(id => id)
                    .Take(Math.Clamp(filter.Limit, 1, 501)).ToListAsync(ct);
                return found.Where(e => page.Contains(e.Id));
            }
            found = found.Where(e => verdicts.Any(v => v.EventId == e.Id));
        }
        if (filter.Type is { Length: > 0 } type) found = found.Where(e => e.Type == type);
        if (filter.Source is { Length: > 0 } source) found = found.Where(e => e.Source == source);
        if (filter.From is { } from) found = found.Where(e => e.At >= from);
        if (filter.To is { } to) found = found.Where(e => e.At <= to);
        if (filter.BeforeId is { } before) found = found.Where(e => e.Id < before);
        return found;
    }

    // By number where the schedule is still there: that has an index. A deleted one's verdicts are found by the name they carry.
    private static IQueryable<EventVerdict>? VerdictsOf(SchedulerDb db, EventListFilter filter)
    {
        IQueryable<EventVerdict>? verdicts = null;
        if (filter.Schedule is { Length: > 0 } name)
        {
            var id = db.Schedules.Where(s => s.Name == name).Select(s => (long?)s.Id).FirstOrDefault();
            verdicts = id is null ? db.EventVerdicts.Where(v => v.ScheduleName == name) : db.EventVerdicts.Where(v => v.ScheduleId == id);
        }
        return filter.Outcome is { } outcome ? (verdicts ?? db.EventVerdicts).Where(v => v.Outcome == outcome) : verdicts;
    }

    private static Task<List<EventVerdict>> VerdictsAsync(SchedulerDb db, List<long> ids, int mostEach, CancellationToken ct) => mostEach == int.MaxValue
        ? db.EventVerdicts.Where(v => ids.Contains(v.EventId)).OrderBy(v => v.EventId).ThenBy(v => v.ScheduleId).ToListAsync(ct)
        : db.EventVerdicts.FromSqlRaw(
            "SELECT v.* FROM json_each(@ids) AS e CROSS JOIN event_verdicts AS v WHERE v.event_id = e.value AND v.schedule_id IN (SELECT schedule_id FROM event_verdicts WHERE event_id = e.value ORDER BY outcome <> 0, schedule_id LIMIT @most)",
            new SqliteParameter("@ids", JsonSerializer.Serialize(ids)), new SqliteParameter("@most", mostEach)).OrderBy(v => v.EventId).ThenBy(v => v.ScheduleId).ToListAsync(ct);

    private static EventVerdictView ViewOf(EventVerdict verdict) => new(verdict.ScheduleId, verdict.ScheduleName, verdict.Outcome, verdict.Words, verdict.RunId);

    private static EventView View(Row row, IReadOnlyList<EventVerdictView> verdicts, IReadOnlyDictionary<EventOutcome, int> outcomes) => new()
    {
        Id = row.Id,
        Type = row.Type,
        Source = row.Source,
        At = row.At,
        By = row.By,
        Chain = JsonSerializer.Deserialize<List<string>>(row.Chain) ?? [],
        RunId = row.RunId,
        Size = row.Size,
        Data = row.Data,
        Verdicts = verdicts,
        Outcomes = outcomes,
    };

    private sealed record Row(long Id, string Type, string Source, DateTimeOffset At, string By, string Chain, long? RunId, int Size, string Data);
}
