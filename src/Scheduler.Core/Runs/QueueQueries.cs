using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Analytics;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Runs;

/// <summary>Which part of the queue is asked for.</summary>
public sealed record QueueFilter
{
    /// <summary>One pool's name; null: all.</summary>
    public string? Pool { get; init; }

    /// <summary>Only runs that wait for this; null: all.</summary>
    public WaitCause? Cause { get; init; }

    /// <summary><see cref="QueueView.Next"/> of the page before; null: from the first on.</summary>
    public string? After { get; init; }

    /// <summary>At most so many waiting runs, 1 to 500.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>A pool at a glance.</summary>
/// <param name="Slots">0 where runs wait for a pool that is no more.</param>
/// <param name="Busy">Slots that are taken; more than there are where some were taken away while runs went on.</param>
/// <param name="LaneBusy">A run is in the emergency lane.</param>
/// <param name="Waiting">How many runs wait, for whatever reason.</param>
/// <param name="OldestQueuedAt">Since when the one waits that has waited longest of those that may start; null where none may.</param>
public sealed record QueuePool(string Name, int Slots, int Busy, bool LaneBusy, int Waiting, DateTimeOffset? OldestQueuedAt);

/// <summary>A run that waits.</summary>
/// <param name="Words">Why it waits, as a sentence. May hold a blackout's name: hostile.</param>
/// <param name="ExpectedAt">When it starts if all takes as long as usual; null where nobody can tell.</param>
/// <param name="DowntimeId">The downtime on whose sheet it is answered for; with Answer alone.</param>
public sealed record QueuedRun(RunView Run, Wait Wait, string Words, DateTimeOffset? ExpectedAt, long? DowntimeId);

/// <summary>A run that goes on.</summary>
/// <param name="Usual">How long its schedule's runs usually take; null where nobody knows.</param>
public sealed record OngoingRun(RunView Run, TimeSpan? Usual);

/// <summary>The queue at one instant.</summary>
/// <param name="Engine">Whether this process drives the schedules; another does while it stands by.</param>
/// <param name="EngineReason">Why it does not, in words.</param>
/// <param name="Running">The longest first; at most <see cref="QueueQueries.MostRunning"/>.</param>
/// <param name="Waiting">A page, in the order in which they start.</param>
/// <param name="Matching">How many waiting runs match the filter, counted in what is looked at: <see cref="QueueQueries.MostWaiting"/> a pool.</param>
/// <param name="Next">To be given for the next page; null at the end.</param>
public sealed record QueueView(
    DateTimeOffset At, EngineStatus Engine, string EngineReason, IReadOnlyList<QueuePool> Pools, IReadOnlyList<OngoingRun> Running, IReadOnlyList<QueuedRun> Waiting, int Matching, string? Next);

/// <summary>What runs and what waits, in the order of the start, with the reason for each. Never writes.</summary>
public sealed class QueueQueries
{
    /// <summary>So many waiting runs of a pool are looked at, from the front; what is behind them is only counted.</summary>
    public const int MostWaiting = 10_000;
    public const int MostRunning = 500;
    private const int MostDowntimes = 100;
    private static readonly TimeSpan UsualOver = TimeSpan.FromDays(14);
    private static readonly TimeSpan UsualKept = TimeSpan.FromMinutes(1);

    private readonly Database _database;
    private readonly RunQueries _runs;
    private readonly PoolSettings _pools;
    private readonly EngineState _engine;
    private readonly TimeProvider _clock;
    private volatile UsualLengths _usual = new(DateTimeOffset.MinValue, []);

    internal QueueQueries(Database database, RunQueries runs, PoolSettings pools, EngineState engine, TimeProvider clock) =>
        (_database, _runs, _pools, _engine, _clock) = (database, runs, pools, engine, clock);

    /// <summary>Whether some text is a cursor that <see cref="QueueView.Next"/> may have given.</summary>
    public static bool IsCursor(string text) => QueuePlace.TryRead(text) is not null;

    /// <exception cref="FormatException">The cursor is none.</exception>
    public async Task<QueueView> ViewAsync(QueueFilter filter, CancellationToken ct)
    {
        var (now, status, reason) = (_clock.GetUtcNow(), _engine.Status, _engine.Reason);
        var after = filter.After is { } text ? QueuePlace.TryRead(text) ?? throw new FormatException($"\"{text}\" is no place in the queue.") : null;
        var slots = await _pools.SlotsAsync(ct);
        await using var db = _database.Read();
        var counts = await db.Runs.Where(r => r.Status == RunStatus.Queued || r.Status == RunStatus.Retrying).GroupBy(r => r.Pool)
            .Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, ct);
        var going = await db.Runs.Where(r => r.Status == RunStatus.Running).OrderBy(r => r.Id).Take(MostRunning)
            .Select(r => new GoingRun(r.Id, r.Pool, r.ScheduleId, r.TriggerType == TriggerType.Emergency, r.AttemptStartedAt ?? r.StartedAt ?? r.QueuedAt)).ToListAsync(ct);

        var names = slots.Keys.Concat(counts.Keys).Concat(going.Select(g => g.Pool).Where(p => p != RunQueue.ConsolePool)).Distinct().Order(StringComparer.Ordinal).ToList();
        var lines = names.ToDictionary(n => n, n => counts.ContainsKey(n) ? LineOf(n) : [], StringComparer.Ordinal);
        var usual = UsualOf(going.Select(g => g.ScheduleId).Concat(lines.Values.SelectMany(l => l.Take(QueuePlan.MostPlayed)).Select(w => w.Run.ScheduleId)), now);
        // A process that stands by reads the truth from the file: another drives.
        var engineRuns = status is EngineStatus.Running or EngineStatus.StandingBy;
        var plans = names.ToDictionary(n => n, n => QueuePlan.Of(n, slots.GetValueOrDefault(n), lines[n].Select(w => w.Run).ToList(), going, engineRuns, now, usual.Of), StringComparer.Ordinal);

        var found = names.Where(n => filter.Pool is null || n == filter.Pool)
            .SelectMany(n => lines[n].Select((waiting, i) => (waiting.Place, waiting.Run.Id, Wait: plans[n].Waits[i], Expected: plans[n].Expected[i])))
            .Where(w => filter.Cause is null || w.Wait.Cause == filter.Cause).ToList();
        found.Sort((one, other) => one.Place.CompareTo(other.Place));
        var page = found.Where(w => after is null || w.Place.CompareTo(after) > 0).Take(Math.Clamp(filter.Limit, 1, 500) + 1).ToList();
        var next = page.Count > filter.Limit ? page[filter.Limit - 1].Place.ToString() : null;
        page = page.Take(filter.Limit).ToList();

        var views = (await _runs.ManyAsync(page.Select(w => w.Id).Concat(going.Select(g => g.Id)).ToList(), ct)).ToDictionary(r => r.Id);
        var blackouts = await db.Blackouts.ToDictionaryAsync(b => b.Id, b => b.Name, ct);
        var held = await HeldByAsync(db, page.Where(w => w.Wait.Cause == WaitCause.Blackout).Select(w => w.Id).ToList(), ct);
        var downtimes = page.Any(w => w.Wait.Cause == WaitCause.Answer) ? await db.Downtimes.OrderByDescending(d => d.Id).Take(MostDowntimes).ToListAsync(ct) : [];
        return new QueueView(
            now, status, reason,
            names.Where(n => n != RunQueue.ConsolePool).Select(n => new QueuePool(n, slots.GetValueOrDefault(n), plans[n].Busy, plans[n].LaneBusy, counts.GetValueOrDefault(n), OldestOf(lines[n], plans[n]))).ToList(),
            going.Where(g => filter.Pool is null || g.Pool == filter.Pool).Where(g => views.ContainsKey(g.Id)).OrderBy(g => g.StartedAt).Select(g => new OngoingRun(views[g.Id], g.ScheduleId is { } id ? usual.Of(id) : null)).ToList(),
            page.Where(w => views.ContainsKey(w.Id)).Select(Queued).ToList(),
            found.Count, next);

        QueuedRun Queued((QueuePlace Place, long Id, Wait Wait, DateTimeOffset? Expected) waiting)
        {
            var run = views[waiting.Id];
            var downtime = waiting.Wait.Cause == WaitCause.Answer ? downtimes.FirstOrDefault(d => DowntimeQueries.Span(d) is var (from, to) && run.ScheduledFor >= from && run.ScheduledFor < to) : null;
            return new QueuedRun(run, waiting.Wait, Say(waiting.Wait, run, NameOf(waiting.Id), downtime), waiting.Expected, downtime?.Id);
        }

        string NameOf(long run) => held.TryGetValue(run, out var blackout) ? blackouts.GetValueOrDefault(blackout) ?? "that was deleted" : "";
    }

    /// <summary>The statement that reads a pool's line, from its front. The index gives its order.</summary>
    internal const string Line =
        $"""
        SELECT id, schedule_id, trigger_type, status, not_before, exclusive, blackout_id IS NOT NULL, queued_at, start_rank, due_at, burst_limit_at IS NOT NULL
        FROM runs WHERE {RunTable.Waiting} AND pool = @pool AND {RunTable.OfPeople} ORDER BY start_rank, due_at, id LIMIT @most
        """;

    private List<LineEntry> LineOf(string pool)
    {
        using var connection = _database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = Line;
        command.Parameters.AddWithValue("@pool", pool);
        command.Parameters.AddWithValue("@most", MostWaiting);
        using var reader = command.ExecuteReader();
        var line = new List<LineEntry>();
        while (reader.Read())
        {
            var run = new WaitingRun(
                reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1), (TriggerType)reader.GetInt32(2) == TriggerType.Emergency, (RunStatus)reader.GetInt32(3) == RunStatus.Retrying,
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)), reader.GetBoolean(5), reader.GetBoolean(6), reader.GetBoolean(10));
            // What a person has to answer for stands behind all that starts by itself.
            line.Add(new LineEntry(run, new QueuePlace(run.AwaitsAnswer ? long.MaxValue : reader.GetInt64(8), reader.GetInt64(9), run.Id), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(7))));
        }
        return line;
    }

    private static DateTimeOffset? OldestOf(List<LineEntry> line, QueuePlan plan) =>
        line.Where((_, i) => plan.Waits[i].Cause is WaitCause.NoFreeSlot or WaitCause.Starting or WaitCause.NoWorkers or WaitCause.EngineNotRunning).Min(w => (DateTimeOffset?)w.QueuedAt);

    private static Task<Dictionary<long, long>> HeldByAsync(SchedulerDb db, List<long> ids, CancellationToken ct) => ids.Count == 0
        ? Task.FromResult<Dictionary<long, long>>([])
        : db.Runs.Where(r => ids.Contains(r.Id) && r.BlackoutId != null).ToDictionaryAsync(r => r.Id, r => r.BlackoutId!.Value, ct);

    // Medians move slowly, and reading them for hundreds of schedules costs more than the queue itself: kept for a minute.
    private UsualLengths UsualOf(IEnumerable<long?> schedules, DateTimeOffset now)
    {
        var wanted = schedules.OfType<long>().ToHashSet();
        var known = _usual;
        if ((now - known.ReadAt).Duration() > UsualKept) known = new UsualLengths(now, []);
        var missing = wanted.Where(id => !known.BySchedule.ContainsKey(id)).ToList();
        if (missing.Count == 0) return known;
        using var connection = _database.Open();
        var figures = StatisticsQueries.OfSchedules(connection, missing, now - UsualOver, now);
        var all = new Dictionary<long, TimeSpan?>(known.BySchedule);
        foreach (var id in missing) all[id] = figures.TryGetValue(id, out var found) ? found.DurationOnRecord.Median : null;
        return _usual = known with { BySchedule = all };
    }

    private static string Say(Wait wait, RunView run, string blackout, Downtime? downtime) => wait.Cause switch
    {
        WaitCause.EngineNotRunning => "The engine is not running.",
        WaitCause.Answer => downtime is null ? "Waits for an answer." : string.Create(CultureInfo.InvariantCulture, $"Waits for an answer: missed for {(int)(downtime.ToAt - downtime.FromAt).TotalHours} h."),
        WaitCause.NoWorkers when run.Pool == RunQueue.ConsolePool => "The command line that began it tries it again.",
        WaitCause.NoWorkers => $"There is no pool {run.Pool} any more: cancel it, or bring the pool back.",
        WaitCause.Blackout => $"Blackout '{blackout}' until {SkipReason.Print(wait.Until)}.",
        WaitCause.Retry => $"Waits for attempt {run.Attempt + 1} of {run.MaxAttempts} at {SkipReason.Print(wait.Until)}.",
        WaitCause.Burst => run.Reason,
        WaitCause.ClockSetBack => $"The clock was set back; it starts at {SkipReason.Print(wait.Until)} by the clock of now.",
        WaitCause.PreviousRun => $"Run {wait.BehindRun} of this schedule still goes on.",
        WaitCause.NoFreeSlot => string.Create(CultureInfo.InvariantCulture, $"No free slot: place {wait.Place:#,0} of {wait.Of:#,0}."),
        WaitCause.Starting => "Starts in a moment.",
        _ => throw new ArgumentOutOfRangeException(nameof(wait), wait.Cause, "A cause without words."),
    };

    private sealed record LineEntry(WaitingRun Run, QueuePlace Place, DateTimeOffset QueuedAt);

    private sealed record UsualLengths(DateTimeOffset ReadAt, Dictionary<long, TimeSpan?> BySchedule)
    {
        public TimeSpan? Of(long schedule) => BySchedule.GetValueOrDefault(schedule);
    }

    /// <summary>Where a run stands among all that wait.</summary>
    private sealed record QueuePlace(long Rank, long DueAt, long Id) : IComparable<QueuePlace>
    {
        public int CompareTo(QueuePlace? other) => other is null ? 1 : (Rank, DueAt, Id).CompareTo((other.Rank, other.DueAt, other.Id));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rank}_{DueAt}_{Id}");

        public static QueuePlace? TryRead(string text) => text.Split('_') is [var rank, var due, var id] && Number(rank) is { } r && Number(due) is { } d && Number(id) is { } i ? new QueuePlace(r, d, i) : null;

        private static long? Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
