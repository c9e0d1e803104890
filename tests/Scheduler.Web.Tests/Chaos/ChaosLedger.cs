using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Scheduler.Web.Tests.Chaos;

/// <summary>Reads the database as a stranger would, over plain SQLite, and says what in it is not as promised.</summary>
internal sealed partial class ChaosLedger
{
    // Numbers below zero are the self-check's.
    private const int Queued = 0, Running = 1, Retrying = 2, Succeeded = 3, Failed = 4, TimedOut = 5, Cancelled = 6, Interrupted = 7, Skipped = 8;
    private const int Scheduled = 0, CatchUp = 1, Emergency = 4;
    private const int Active = 0, Paused = 1, Completed = 3;

    // Milliseconds. A wait counts from the end of the job, which stands on disk a moment later: on a busy machine with several processes that can take a while.
    private const long JobEndsBeforeItIsRecorded = 1000;

    private static readonly Dictionary<string, int> Slots = new() { ["scan"] = 2, ["monitor"] = 5, ["validation"] = 2, ["light"] = 16 };

    private readonly string _folder;
    private readonly IReadOnlyDictionary<int, ChaosSpec> _specs;
    private readonly List<string> _faults = [];
    private readonly List<AuditRow> _audit;
    private readonly List<RunRow> _runs;
    private readonly Dictionary<long, List<AttemptRow>> _attempts;
    private readonly Dictionary<long, ScheduleRow> _schedules;
    private readonly Dictionary<(long Schedule, int Generation), ChaosSpec> _revisions;
    private readonly List<(long Id, string Name)> _incarnations;
    private readonly List<long> _boots;

    public ChaosLedger(string folder, IReadOnlyDictionary<int, ChaosSpec> specs)
    {
        (_folder, _specs) = (folder, specs);
        using var db = Open(folder);
        Check(db);
        _audit = Rows(db, "SELECT id, at, actor, role, door, address, action, object_kind, object_name, details, previous_hash, hash FROM audit ORDER BY id", r => new AuditRow(
            r.GetInt64(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.IsDBNull(5) ? null : r.GetString(5), r.GetString(6), r.GetString(7), r.GetString(8), r.GetString(9),
            r.GetString(10), r.GetString(11)));
        _runs = Rows(db, """
            SELECT id, schedule_id, generation, trigger_type, scheduled_for, stands_for, status, reason, pool, attempt, max_attempts, queued_at, start_by, started_at, finished_at, not_before
            FROM runs WHERE id > 0 ORDER BY id
            """, r => new RunRow(r.GetInt64(0), Long(r, 1) ?? 0, r.GetInt32(2), r.GetInt32(3), Long(r, 4), r.GetInt32(5), r.GetInt32(6), r.GetString(7), r.GetString(8), r.GetInt32(9), r.GetInt32(10),
                r.GetInt64(11), Long(r, 12), Long(r, 13), Long(r, 14), r.GetInt64(15)));
        _attempts = Rows(db, "SELECT run_id, number, started_at, finished_at, status FROM attempts WHERE run_id > 0 ORDER BY run_id, number", r => new AttemptRow(
            r.GetInt64(0), r.GetInt32(1), r.GetInt64(2), r.GetInt64(3), r.GetInt32(4))).GroupBy(a => a.Run).ToDictionary(g => g.Key, g => g.ToList());
        _schedules = Rows(db, "SELECT id, name, state, next_run_at, succeeded, failed, generation, last_scheduled_at FROM schedules WHERE id > 0", r => new ScheduleRow(
            r.GetInt64(0), r.GetString(1), r.GetInt32(2), Long(r, 3), r.GetInt32(4), r.GetInt32(5), r.GetInt32(6), Long(r, 7))).ToDictionary(s => s.Id);
        var revisions = Rows(db, "SELECT schedule_id, generation, spec FROM revisions WHERE schedule_id > 0 ORDER BY schedule_id, generation", r => (Schedule: r.GetInt64(0), Generation: r.GetInt32(1), Json: JsonElement.Parse(r.GetString(2))));
        _revisions = revisions.ToDictionary(r => (r.Schedule, r.Generation), r => specs[NumberOf(r.Json)]);
        _incarnations = revisions.Where(r => r.Generation == 1).Select(r => (r.Schedule, r.Json.GetProperty("metadata").GetProperty("name").GetString()!)).ToList();
        _boots = Rows(db, "SELECT started_at FROM boots WHERE is_engine ORDER BY id", r => r.GetInt64(0));
    }

    /// <summary>Due instants that the oracle found, and runs that stand for them.</summary>
    public int DueTimes { get; private set; }

    public string Summary => FormattableString.Invariant(
        $"{_incarnations.Count} schedules, {_audit.Count} audit rows, {DueTimes} due times in {_runs.Count(IsOfTheClock)} rows ({_runs.Count(r => r.Trigger == CatchUp)} catch-ups for {_runs.Where(r => r.Trigger == CatchUp).Sum(r => r.StandsFor)}), {_runs.Count(r => !IsOfTheClock(r))} by hand; {string.Join(", ", _runs.GroupBy(r => r.Status).OrderBy(g => g.Key).Select(g => $"{Name(g.Key)} {g.Count()}"))}; {_attempts.Values.Sum(a => a.Count)} attempts, {_attempts.Values.Sum(a => a.Count(x => x.Status == Interrupted))} of them interrupted; {_boots.Count} engine starts");

    /// <summary>The runs that say they are running although the process that ran them is gone. For a folder whose engine has just got ready.</summary>
    public static List<long> LeftRunning(string folder)
    {
        using var db = Open(folder);
        return Rows(db, "SELECT id FROM runs WHERE id > 0 AND status = 1 AND boot_id <> (SELECT max(id) FROM boots WHERE is_engine)", r => r.GetInt64(0));
    }

    /// <summary>Whether the file is whole, for a look between two kills.</summary>
    public static List<string> Damage(string folder)
    {
        using var db = Open(folder);
        return [.. Rows(db, "PRAGMA integrity_check", r => r.GetString(0)).Where(line => line != "ok"), .. Rows(db, "PRAGMA foreign_key_check", r => $"foreign key of {r.GetString(0)}")];
    }

    /// <summary>Everything that is not as promised, in words. For a folder that nobody drives any more.</summary>
    /// <param name="stoppedAt">When the last server was asked to stop, Unix milliseconds.</param>
    public List<string> Faults(long stoppedAt, IEnumerable<Acknowledged> acknowledged, IEnumerable<long> cancelled)
    {
        AuditChain();
        Acknowledgements(acknowledged.ToList());
        foreach (var (id, name) in _incarnations) DueTimesOf(id, name, stoppedAt);
        foreach (var run in _runs)
        {
            States(run, stoppedAt);
            Attempts(run);
            if (IsOfTheClock(run)) Classification(run);
        }
        foreach (var id in cancelled)
            if (_runs.Find(r => r.Id == id) is not { Status: >= Succeeded }) Fault($"run {id} was cancelled by a person, but is {Name(_runs.Find(r => r.Id == id)?.Status ?? -1)}");
        foreach (var schedule in _runs.GroupBy(r => r.Schedule)) NoOverlap(schedule.Key, [.. schedule]);
        foreach (var pool in _runs.GroupBy(r => r.Pool)) WithinSlots(pool.Key, [.. pool]);
        foreach (var schedule in _schedules.Values) Counters(schedule);
        return _faults;
    }

    /// <summary>What people were told is done and the file does not know of, and whether it is whole; for a folder whose server is gone, whatever it was doing.</summary>
    public List<string> Unkept(IEnumerable<Acknowledged> acknowledged)
    {
        AuditChain();
        Acknowledgements(acknowledged.ToList());
        return _faults;
    }

    // Every due instant is one row's, or one of those that a row stands for; nothing else is.
    private void DueTimesOf(long id, string name, long stoppedAt)
    {
        var stored = _schedules.GetValueOrDefault(id);
        var due = new List<long>();
        // The engine goes on for a moment after it was told to stop: what it has moved to its next run, or completed, it has looked at.
        var seenUntil = stored switch { { State: Active, NextRunAt: { } ahead } => ahead, { State: Completed, LastScheduledAt: { } last } => last + 1, _ => 0 };
        var state = Timeline(id, name, Math.Max(stoppedAt, seenUntil), due);
        DueTimes += due.Count;
        var next = 0;
        foreach (var run in _runs.Where(r => r.Schedule == id && IsOfTheClock(r)).OrderBy(r => r.ScheduledFor))
        {
            next += run.StandsFor;
            if (next <= due.Count && due[next - 1] == run.ScheduledFor) continue;
            var at = due.BinarySearch(run.ScheduledFor!.Value);
            Fault(at < 0
                ? $"{name} ({id}): run {run.Id} stands for {Text(run.ScheduledFor)}, which was never due ({Story(id)})"
                : $"{name} ({id}): up to run {run.Id} of {Text(run.ScheduledFor)} {(at + 1 > next ? $"{at + 1 - next} due times are lost" : $"{next - at - 1} due times are counted twice")} ({Story(id)})");
            return;
        }
        var left = due[next..];
        if (stored is null)
        {
            if (state != Gone) Fault($"{name} ({id}) is gone, but nobody deleted it");
            if (left.Count > 0) Fault($"{name} ({id}) was deleted; {left.Count} due times from {Text(left[0])} are lost");
            return;
        }
        if (state == Gone) Fault($"{name} ({id}) was deleted, but is there");
        switch (stored.State)
        {
            case Active when stored.NextRunAt is { } ahead:
                // A busy machine looks a moment late: what fell due since then is still to come, and begins with the next run.
                if (left.Count == 0 || left[0] != ahead) Fault($"{name} ({id}): next run {Text(ahead)}, but {left.Count} due times are not recorded, from {Text(left.FirstOrDefault())}");
                if (ahead < stoppedAt - 5000) Fault($"{name} ({id}): next run {Text(ahead)} lies behind the stop {Text(stoppedAt)}");
                break;
            case Active:
                Fault($"{name} ({id}) is active and has no next run");
                break;
            case Paused when state != Paused && left.Exists(at => at < stoppedAt - 5000):
                Fault($"{name} ({id}) is paused, but should be active since {Text(left[0])}");
                break;
            case Paused when state == Paused && left.Count > 0:
                Fault($"{name} ({id}) is paused; {left.Count} due times from {Text(left[0])} are lost");
                break;
            case Completed when left.Count > 0:
                Fault($"{name} ({id}) is completed; {left.Count} due times from {Text(left[0])} are lost");
                break;
        }
    }

    private const int Gone = -1;

    /// <summary>Walks the acknowledged life of a schedule and collects when it was due.</summary>
    /// <returns>Its state at the end: active, paused or gone.</returns>
    private int Timeline(long id, string name, long to, List<long> due)
    {
        // The incarnations of a name follow each other in the audit log as their numbers do.
        var turn = _incarnations.Where(i => i.Name == name).Select(i => i.Id).Order().ToList().IndexOf(id);
        var acts = _audit.Where(a => a.Kind == "schedule" && a.Object == name).ToList();
        var births = acts.Select((act, index) => (act, index)).Where(a => a.act.Action == "created").Select(a => a.index).ToList();
        acts = acts[births[turn]..(turn + 1 < births.Count ? births[turn + 1] : acts.Count)];

        var (state, from, pausedUntil, created, spec) = (Active, acts[0].At, 0L, acts[0].At, _revisions[(id, 1)]);
        void Close(long at)
        {
            // A pause that ends by itself ends then, whoever notices when.
            if (state == Paused && pausedUntil > 0 && pausedUntil <= at) (state, from) = (Active, pausedUntil);
            if (state != Active) return;
            var start = spec.StartAt?.ToUnixTimeMilliseconds();
            due.AddRange(spec.Rule.Due(from, Math.Min(at, spec.EndAt?.ToUnixTimeMilliseconds() ?? long.MaxValue), start ?? created, start is not null).Where(d => start is null || d >= start));
            from = at;
        }
        foreach (var act in acts.Skip(1))
        {
            Close(act.At);
            switch (act.Action)
            {
                case "changed":
                    spec = _revisions[(id, int.Parse(Generation().Match(act.Details).Groups[1].Value, CultureInfo.InvariantCulture))];
                    break;
                case "paused":
                    (state, pausedUntil) = (Paused, long.Parse(Until().Match(act.Details).Groups[1].Value, CultureInfo.InvariantCulture));
                    break;
                case "resumed":
                    (state, from) = (Active, act.At);
                    break;
                case "deleted":
                    return Gone;
            }
        }
        Close(to);
        return state;
    }

    private void Classification(RunRow run)
    {
        var spec = _revisions[(run.Schedule, run.Generation)];
        var onDuty = _boots.Last(b => b <= run.QueuedAt);
        var settled = run.Reason.StartsWith("Paused by", StringComparison.Ordinal) || run.Reason.StartsWith("Deleted by", StringComparison.Ordinal) || run.Reason.StartsWith("Changed by", StringComparison.Ordinal);
        if (run.StandsFor != 1 && !settled && (run.Trigger != CatchUp || spec.Missed != "Latest")) Fault($"{Who(run)} stands for {run.StandsFor}, though missedRuns is {spec.Missed}");
        if (run.Trigger == CatchUp && spec.Missed == "Skip") Fault($"{Who(run)} is a catch-up, though missedRuns is Skip");
        if (run.Trigger == Scheduled && run.ScheduledFor < onDuty && !settled && !run.Reason.StartsWith("Missed while", StringComparison.Ordinal))
            Fault($"{Who(run)} fell due before the engine started at {Text(onDuty)}, and is recorded as if it had not: {run.Reason}");
        if (run.ScheduledFor > run.QueuedAt) Fault($"{Who(run)} was queued before it fell due");
        if (run.Reason.Contains("(Forbid)", StringComparison.Ordinal))
        {
            if (spec.Concurrency != "Forbid") Fault($"{Who(run)} was skipped by Forbid, but its policy is {spec.Concurrency}");
            var other = _runs.Find(r => r.Id == long.Parse(Number().Match(run.Reason).Value, CultureInfo.InvariantCulture));
            if (other is null || other.Schedule != run.Schedule || other.FinishedAt < run.QueuedAt) Fault($"{Who(run)} was skipped because of a run that was over: {run.Reason}");
        }
        if (run.Reason.Contains("startingDeadlineSeconds", StringComparison.Ordinal) && run.Status == Skipped && !(run.StartBy < run.FinishedAt)) Fault($"{Who(run)} was skipped before its deadline {Text(run.StartBy)}");
        if (run.StartBy is { } startBy && run.StartedAt > startBy) Fault($"{Who(run)} started at {Text(run.StartedAt)}, after its deadline {Text(startBy)}");
    }

    private void States(RunRow run, long stoppedAt)
    {
        if (run.Status is Running) Fault($"{Who(run)} is running, and nobody runs it");
        if (run.Status is < Queued or > Skipped) Fault($"{Who(run)} has the unknown status {run.Status}");
        if (run.Status >= Succeeded != run.FinishedAt is not null) Fault($"{Who(run)} is {Name(run.Status)} and finished at {Text(run.FinishedAt)}");
        if (run.Status is Skipped && run.StartedAt is not null) Fault($"{Who(run)} is skipped, but started at {Text(run.StartedAt)}");
        if (run.Status >= Succeeded && run.Status != Succeeded && run.Reason.Length == 0) Fault($"{Who(run)} is {Name(run.Status)} and does not say why");
        if (run.Status is Retrying && run.NotBefore < stoppedAt - 120_000) Fault($"{Who(run)} waits for a retry that was due at {Text(run.NotBefore)}");
    }

    private void Attempts(RunRow run)
    {
        var attempts = _attempts.GetValueOrDefault(run.Id) ?? [];
        if (!attempts.Select(a => a.Number).SequenceEqual(Enumerable.Range(1, run.Attempt))) Fault($"{Who(run)} is at attempt {run.Attempt}; recorded are {string.Join(", ", attempts.Select(a => a.Number))}");
        if (run.Attempt > run.MaxAttempts) Fault($"{Who(run)} made {run.Attempt} attempts of {run.MaxAttempts}");
        if (attempts.Count > 0 && run.StartedAt != attempts[0].StartedAt) Fault($"{Who(run)} started at {Text(run.StartedAt)}, its first attempt at {Text(attempts[0].StartedAt)}");
        if (run.Status == Failed && run.Attempt < run.MaxAttempts) Fault($"{Who(run)} gave up after attempt {run.Attempt} of {run.MaxAttempts}");
        foreach (var (before, after) in attempts.Zip(attempts.Skip(1)))
            if (after.StartedAt < before.FinishedAt + _revisions[(run.Schedule, run.Generation)].WaitAfter(before.Number) - JobEndsBeforeItIsRecorded)
                Fault($"{Who(run)}: attempt {after.Number} began {after.StartedAt - before.FinishedAt} ms after the one before; its wait is {_revisions[(run.Schedule, run.Generation)].WaitAfter(before.Number)} ms");
        // The job itself says in its log when an attempt begins: none may have begun twice.
        var log = Path.Combine(_folder, "logs", $"{run.Id / 1000:D6}", $"{run.Id}.log");
        if (run.Attempt == 0 && File.Exists(log)) Fault($"{Who(run)} never started, but has a log");
        if (run.Attempt > 0 && File.Exists(log))
            foreach (var begun in Begun().Matches(File.ReadAllText(log)).GroupBy(m => m.Groups[1].Value).Where(g => g.Count() > 1))
                Fault($"{Who(run)}: attempt {(begun.Key is "" ? "1" : begun.Key)} began {begun.Count()} times");
    }

    // Forbid, Queue and Replace: one at a time. An emergency waits for the run that goes on too: none here asks to override that.
    private void NoOverlap(long schedule, List<RunRow> runs)
    {
        var tries = (from run in runs from attempt in _attempts.GetValueOrDefault(run.Id) ?? [] orderby attempt.StartedAt, attempt.FinishedAt select (run, attempt)).ToList();
        foreach (var (index, (run, attempt)) in tries.Index())
        {
            if (_revisions[(schedule, run.Generation)].Concurrency == "Allow") continue;
            foreach (var (other, earlier) in tries.Take(index))
                if (earlier.FinishedAt > attempt.StartedAt && other.Id != run.Id)
                    Fault($"{Who(run)} ({_revisions[(schedule, run.Generation)].Concurrency}): attempt {attempt.Number} began at {Text(attempt.StartedAt)} while run {other.Id} was going, until {Text(earlier.FinishedAt)}");
        }
    }

    private void WithinSlots(string pool, List<RunRow> runs)
    {
        var steps = (from run in runs from attempt in _attempts.GetValueOrDefault(run.Id) ?? [] from step in new[] { (At: attempt.StartedAt, Change: 1), (At: attempt.FinishedAt, Change: -1) } orderby step.At, step.Change select step).ToList();
        var (now, most) = (0, 0);
        foreach (var (_, change) in steps) most = Math.Max(most, now += change);
        if (most > Slots[pool] + 1) Fault($"pool {pool} ran {most} at once; it has {Slots[pool]} slots and one lane for emergencies");
    }

    private void Counters(ScheduleRow schedule)
    {
        var ended = _runs.Where(r => r.Schedule == schedule.Id && IsOfTheClock(r)).ToList();
        var (good, bad) = (ended.Count(r => r.Status == Succeeded), ended.Count(r => r.Status is Failed or TimedOut or Interrupted));
        if ((schedule.Succeeded, schedule.Failed) != (good, bad)) Fault($"{schedule.Name} ({schedule.Id}) counts {schedule.Succeeded} good and {schedule.Failed} bad runs; there are {good} and {bad}");
    }

    private void Acknowledgements(List<Acknowledged> acknowledged)
    {
        var rows = _audit.ToLookup(a => (a.Action, a.Object));
        var seen = new HashSet<long>();
        foreach (var act in acknowledged)
        {
            if (rows[(act.Action, act.Object)].FirstOrDefault(r => r.At >= act.From - 1 && r.At <= act.To + 1 && !seen.Contains(r.Id)) is { } row) seen.Add(row.Id);
            else Fault($"{act.Object} was {act.Action} between {Text(act.From)} and {Text(act.To)}, as the API said; the audit log knows nothing of it");
            if (act.Number is { } number && !_revisions.Values.Any(s => s.Number == number)) Fault($"manifest {number} of {act.Object} was acknowledged and is not there");
            if (act.Action.StartsWith("started", StringComparison.Ordinal) && !_runs.Exists(r => r.Id.ToString(CultureInfo.InvariantCulture) == act.Object)) Fault($"run {act.Object} was acknowledged and is not there");
        }
    }

    private void AuditChain()
    {
        var before = new string('0', 64);
        foreach (var (index, row) in _audit.Index())
        {
            string?[] fields = [$"{row.Id}", $"{row.At}", row.Actor, row.Role, row.Door, row.Address, row.Action, row.Kind, row.Object, row.Details, row.PreviousHash];
            var text = string.Concat(fields.Select(f => $"{f?.Length ?? -1}:{f};"));
            if (row.Id != index + 1 || row.PreviousHash != before || row.Hash != Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))) Fault($"the audit chain breaks at row {row.Id}");
            before = row.Hash;
        }
    }

    private void Check(SqliteConnection db)
    {
        foreach (var line in Rows(db, "PRAGMA integrity_check", r => r.GetString(0)).Where(line => line != "ok")) Fault($"integrity_check: {line}");
        foreach (var table in Rows(db, "PRAGMA foreign_key_check", r => r.GetString(0))) Fault($"foreign_key_check: {table}");
    }

    private string Story(long id) =>
        string.Join("; ", _audit.Where(a => a.Kind == "schedule" && a.Object == _incarnations.Find(i => i.Id == id).Name).Select(a => $"{Text(a.At)} {a.Action} {a.Details}"))
        + $" | {string.Join("; ", _revisions.Where(r => r.Key.Schedule == id).Select(r => $"{r.Key.Generation}: {r.Value}"))}";

    private static bool IsOfTheClock(RunRow run) => run.Trigger is Scheduled or CatchUp;

    private static int NumberOf(JsonElement manifest) => int.Parse(manifest.GetProperty("metadata").GetProperty("annotations").GetProperty("chaos").GetString()!, CultureInfo.InvariantCulture);

    private static string Name(int status) => status is >= 0 and <= 8 ? ((string[])["Queued", "Running", "Retrying", "Succeeded", "Failed", "TimedOut", "Cancelled", "Interrupted", "Skipped"])[status] : $"{status}";

    private static string Who(RunRow run) => $"run {run.Id} of schedule {run.Schedule}, {Text(run.ScheduledFor)}";

    private static string Text(long? at) => at is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture) : "never";

    private void Fault(string fault) => _faults.Add(fault);

    private static SqliteConnection Open(string folder)
    {
        var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "scheduler.db"), Pooling = false }.ToString());
        db.Open();
        return db;
    }

    private static List<T> Rows<T>(SqliteConnection db, string sql, Func<SqliteDataReader, T> read)
    {
        using var command = db.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    private static long? Long(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    [GeneratedRegex(@"generation (\d+)")]
    private static partial Regex Generation();

    [GeneratedRegex(@"until=(\d+)")]
    private static partial Regex Until();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"info (?:Attempt (\d+) of \d+: )?noop of ")]
    private static partial Regex Begun();

    private sealed record AuditRow(
        long Id, long At, string Actor, string Role, string Door, string? Address, string Action, string Kind, string Object, string Details, string PreviousHash, string Hash);

    private sealed record RunRow(
        long Id, long Schedule, int Generation, int Trigger, long? ScheduledFor, int StandsFor, int Status, string Reason, string Pool, int Attempt, int MaxAttempts,
        long QueuedAt, long? StartBy, long? StartedAt, long? FinishedAt, long NotBefore);

    private sealed record AttemptRow(long Run, int Number, long StartedAt, long FinishedAt, int Status);

    private sealed record ScheduleRow(long Id, string Name, int State, long? NextRunAt, int Succeeded, int Failed, int Generation, long? LastScheduledAt);
}
