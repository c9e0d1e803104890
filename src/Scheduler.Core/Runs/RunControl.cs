using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Runs;

/// <summary>How a person wants a schedule to run now.</summary>
public sealed record RunRequest
{
    /// <summary>Goes before everything else and has a lane of its own.</summary>
    public bool Emergency { get; init; }

    /// <summary>What it does not wait for; an emergency alone may override anything.</summary>
    public Overrides Overrides { get; init; } = Overrides.None;

    /// <summary>Why; an emergency needs one.</summary>
    public string? Reason { get; init; }

    /// <summary>Options for this run alone, over the schedule's own; undefined for none.</summary>
    public JsonElement Options { get; init; }
}

/// <summary>How a request to stop a run ended.</summary>
public enum CancelOutcome
{
    /// <summary>It had not started and never will.</summary>
    Cancelled,

    /// <summary>It was told to stop and will end in a moment.</summary>
    Stopping,

    AlreadyEnded,
    NotFound,
}

/// <summary>How a wish to be first ended. AlreadyFirst: it is, or it is an emergency, which goes before all others.</summary>
public enum MoveOutcome { Moved, AlreadyFirst, NotWaiting, NotFound }

/// <summary>How an act on a dead letter ended. NotDead: it did not end badly, goes on again, or was dismissed.</summary>
public enum DeadLetterAct { Done, NotFound, NotDead }

/// <summary>What people do with runs: start, stop, repeat. Each is one transaction with its audit row.</summary>
/// <remarks>None of it moves a schedule's next occurrence.</remarks>
public sealed class RunControl
{
    /// <summary>Before every ordinary priority.</summary>
    private const int EmergencyPriority = 1000;

    /// <summary>Characters.</summary>
    internal const int MostReason = 500;

    private readonly DatabaseWriter _writer;
    private readonly RunQueue _queue;
    private readonly ManifestReader _manifests;
    private readonly JobCatalog _catalog;
    private readonly ScopeStore _scopes;
    private readonly EngineState _engine;

    internal RunControl(DatabaseWriter writer, RunQueue queue, ManifestReader manifests, JobCatalog catalog, ScopeStore scopes, EngineState engine) =>
        (_writer, _queue, _manifests, _catalog, _scopes, _engine) = (writer, queue, manifests, catalog, scopes, engine);

    /// <summary>Queues a run of a schedule, paused or not.</summary>
    /// <returns>The run's number; null when there is no such schedule.</returns>
    /// <exception cref="InvalidInputException">The reason is missing, or the options are wrong.</exception>
    public async Task<long?> RunNowAsync(string scheduleName, RunRequest request, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "start runs");
        _engine.DemandWritable();
        var reason = request.Reason?.Trim() ?? "";
        if (Complaints(request, reason) is { Count: > 0 } errors) throw new InvalidInputException(errors);
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Schedules.FirstOrDefault(s => s.Name == scheduleName) is not { } schedule) return (long?)null;
            var run = ByHand(schedule, request.Emergency, reason, request.Overrides, actor);
            var id = _queue.Enqueue(write, run with { Job = request.Options.ValueKind == JsonValueKind.Undefined ? null : WithOptions(schedule, request.Options) });
            Audit(write, actor, request.Emergency ? EmergencyAct(request.Overrides) : "started", id, reason.Length > 0 ? $"{schedule.Name}: {reason}" : schedule.Name);
            return id;
        }, ct);
    }

    /// <summary>A run of a schedule as it stands now, that a person asks for.</summary>
    internal static NewRun ByHand(Schedule schedule, bool emergency, string reason, Overrides overrides, Actor actor) => new()
    {
        ScheduleId = schedule.Id,
        ScheduleName = schedule.Name,
        Generation = schedule.Generation,
        TriggerType = emergency ? TriggerType.Emergency : TriggerType.Manual,
        Occasion = reason,
        Priority = emergency ? EmergencyPriority : schedule.Priority,
        Pool = schedule.Pool,
        JobKind = schedule.JobKind,
        MaxAttempts = schedule.MaxAttempts,
        Exclusive = !overrides.Concurrency && schedule.ConcurrencyPolicy != ConcurrencyPolicy.Allow,
        Overrides = overrides,
        RequestedBy = actor.Name,
    };

    /// <summary>"started in an emergency, over blackouts and rate limits".</summary>
    internal static string EmergencyAct(Overrides overrides) => $"started in an emergency{(overrides.Words is { Length: > 0 } words ? $", over {words}" : "")}";

    private static List<FieldError> Complaints(RunRequest request, string reason)
    {
        var errors = new List<FieldError>();
        if (request.Emergency && reason.Length == 0) errors.Add(new FieldError("reason", "is required for an emergency run: say why, for the audit log"));
        if (reason.Length > MostReason) errors.Add(new FieldError("reason", $"must be at most {MostReason} characters, found {reason.Length}"));
        if (request.Emergency) return errors;
        if (request.Overrides.Concurrency) errors.Add(new FieldError("overrideConcurrency", "is for emergency runs alone; another run waits for the one that goes on"));
        if (request.Overrides.Blackouts) errors.Add(new FieldError("overrideBlackout", "is for emergency runs alone; another run waits for the end of the blackout"));
        if (request.Overrides.RateLimits) errors.Add(new FieldError("overrideRateLimits", "is for emergency runs alone; another run leaves servers alone that ask for it"));
        return errors;
    }

    /// <summary>Records and takes, in one transaction, a run of a job that this very process executes.</summary>
    /// <exception cref="InvalidInputException">The manifest is wrong, by field path.</exception>
    internal async Task<ClaimedRun> StartHereAsync(JsonElement manifest, long bootId, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "start runs");
        var read = _manifests.Read(manifest, _scopes.Current);
        return await _writer.WriteAsync(write =>
        {
            var run = _queue.EnqueueAndStart(write, bootId, new NewRun
            {
                ScheduleName = read.Name,
                Generation = 0,
                TriggerType = TriggerType.Manual,
                Priority = read.Spec.Priority,
                Pool = RunQueue.ConsolePool,
                JobKind = read.Spec.Job.Kind,
                Job = ManifestJson.Write(read),
                MaxAttempts = read.Spec.Retry.Attempts,
                RequestedBy = actor.Name,
            });
            Audit(write, actor, "started once", run.Id, read.Name);
            return run;
        }, ct);
    }

    /// <summary>The same for the job of a schedule, whose history it becomes part of.</summary>
    /// <returns>Null when there is no such schedule.</returns>
    /// <exception cref="InvalidInputException">The schedule's targets have left the scope since it was saved.</exception>
    internal async Task<ClaimedRun?> StartHereAsync(string scheduleName, long bootId, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "start runs");
        var scope = _scopes.Current;
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Schedules.FirstOrDefault(s => s.Name == scheduleName) is not { } schedule) return null;
            _manifests.Read(JsonElement.Parse(schedule.Spec), scope);
            var run = _queue.EnqueueAndStart(write, bootId, new NewRun
            {
                ScheduleId = schedule.Id,
                ScheduleName = schedule.Name,
                Generation = schedule.Generation,
                TriggerType = TriggerType.Manual,
                Priority = schedule.Priority,
                Pool = RunQueue.ConsolePool,
                JobKind = schedule.JobKind,
                MaxAttempts = schedule.MaxAttempts,
                RequestedBy = actor.Name,
            });
            Audit(write, actor, "started once", run.Id, schedule.Name);
            return run;
        }, ct);
    }

    /// <summary>Stops a run: at once where it waits, within a second where it runs, also while another program holds the database.</summary>
    public async Task<CancelOutcome> CancelAsync(long runId, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "cancel runs");
        _engine.DemandWritable();
        var written = _writer.WriteAsync(write =>
        {
            if (write.Db.Runs.Where(r => r.Id == runId).Select(r => new { r.Status, r.ScheduleName }).FirstOrDefault() is not { } run) return CancelOutcome.NotFound;
            if (run.Status.IsTerminal()) return CancelOutcome.AlreadyEnded;
            var waiting = _queue.CancelWaiting(write, runId, $"Cancelled by {actor.Name}.");
            if (!waiting) _queue.RequestCancel(write, runId, actor.Name);
            Audit(write, actor, "cancelled", runId, run.ScheduleName);
            return waiting ? CancelOutcome.Cancelled : CancelOutcome.Stopping;
        }, ct);
        return await _queue.StoppedInTimeAsync(written, () => Task.FromResult<IReadOnlyCollection<long>>([runId]), actor.Name);
    }

    /// <summary>Lets a waiting run start before all others of its pool, emergencies apart, once it may start at all. The others keep their order, so that nobody starves.</summary>
    /// <param name="reason">Why, 500 characters at most; required.</param>
    /// <exception cref="InvalidInputException">The reason is missing or too long.</exception>
    public async Task<MoveOutcome> MoveToFrontAsync(long runId, string? reason, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "change the order of the queue");
        _engine.DemandWritable();
        var why = reason?.Trim() ?? "";
        if (why.Length == 0) throw new InvalidInputException("reason", "is required: say why it goes before the others, for the audit log");
        if (why.Length > 500) throw new InvalidInputException("reason", $"must be at most 500 characters, found {why.Length}");
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Runs.Where(r => r.Id == runId).Select(r => new { r.Status, r.ScheduleName, r.Priority }).FirstOrDefault() is not { } run) return MoveOutcome.NotFound;
            if (run.Status is not (RunStatus.Queued or RunStatus.Retrying)) return MoveOutcome.NotWaiting;
            if (_queue.MoveToFront(write, runId) is not { } priority) return MoveOutcome.AlreadyFirst;
            Audit(write, actor, "moved to the front", runId, $"{run.ScheduleName}: {why} (priority {run.Priority} -> {priority})");
            return MoveOutcome.Moved;
        }, ct);
    }

    /// <summary>Queues a new run that does what an ended one did, with the manifest of that time.</summary>
    /// <returns>The new run's number; null when there is no such run or it has not ended.</returns>
    public async Task<long?> RetryAsync(long runId, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "repeat runs");
        _engine.DemandWritable();
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Runs.AsNoTracking().FirstOrDefault(r => r.Id == runId) is not { } run || !run.Status.IsTerminal()) return (long?)null;
            var id = _queue.Enqueue(write, new NewRun
            {
                ScheduleId = run.ScheduleId,
                ScheduleName = run.ScheduleName,
                Generation = run.Generation,
                TriggerType = TriggerType.Manual,
                Occasion = $"Repeats run {run.Id}.",
                Priority = Math.Min(run.Priority, 100),
                Pool = run.Pool == RunQueue.ConsolePool ? WorkersPool(write, run) : run.Pool,
                JobKind = run.JobKind,
                Job = run.Job,
                MaxAttempts = run.MaxAttempts,
                Exclusive = run.ScheduleId is not null,
                RequestedBy = actor.Name,
            });
            Audit(write, actor, "repeated", id, $"{run.ScheduleName}, after run {run.Id}");
            return id;
        }, ct);
    }

    /// <summary>Gives a run that used up its attempts one attempt more: the same run, with the manifest of its time.</summary>
    /// <param name="reason">Why, 500 characters at most; may be empty.</param>
    public Task<DeadLetterAct> RequeueAsync(long runId, string? reason, Actor actor, CancellationToken ct) => ActOnDeadAsync(
        runId, "requeued", reason?.Trim() ?? "", actor,
        (write, run, why) => _queue.Requeue(write, run, run.Pool == RunQueue.ConsolePool ? WorkersPool(write, run) : run.Pool, $"Requeued by {actor.Name}{(why.Length > 0 ? $": {why}" : ".")}"), ct);

    /// <summary>Says of a run that used up its attempts that nothing more is needed.</summary>
    /// <param name="reason">Why, 500 characters at most; required.</param>
    /// <exception cref="InvalidInputException">The reason is missing.</exception>
    public Task<DeadLetterAct> DismissAsync(long runId, string? reason, Actor actor, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(reason)) throw new InvalidInputException("reason", "is required: say why nothing more is needed, for the audit log");
        return ActOnDeadAsync(runId, "dismissed", reason.Trim(), actor, (write, run, why) => _queue.Dismiss(write, run, actor.Name, why), ct);
    }

    private async Task<DeadLetterAct> ActOnDeadAsync(long runId, string action, string reason, Actor actor, Func<WriteBatch, Run, string, bool> act, CancellationToken ct)
    {
        actor.Require(Role.Operator, "deal with dead letters");
        _engine.DemandWritable();
        if (reason.Length > MostReason) throw new InvalidInputException("reason", $"must be at most {MostReason} characters, found {reason.Length}");
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Runs.AsNoTracking().FirstOrDefault(r => r.Id == runId) is not { } run) return DeadLetterAct.NotFound;
            if (!act(write, run, reason)) return DeadLetterAct.NotDead;
            Audit(write, actor, action, runId, reason.Length > 0 ? $"{run.ScheduleName}: {reason}" : run.ScheduleName);
            return DeadLetterAct.Done;
        }, ct);
    }

    // No worker takes from the console's pool: what the command line executed goes to the pool that its manifest means.
    private string WorkersPool(WriteBatch write, Run run)
    {
        var json = run.Job ?? write.Db.Revisions.Where(r => r.ScheduleId == run.ScheduleId && r.Generation == run.Generation).Select(r => r.Spec).First();
        return _manifests.ReadStored(json).Spec.Pool ?? _catalog.Find(run.JobKind)?.DefaultPool ?? run.Pool;
    }

    private string WithOptions(Schedule schedule, JsonElement options)
    {
        var stored = _manifests.ReadStored(schedule.Spec);
        var job = stored.Spec.Job with { Options = JsonMerge.Over(stored.Spec.Job.Options, options) };
        var errors = new List<FieldError>();
        if (options.ValueKind != JsonValueKind.Object) errors.Add(new FieldError("options", "must be an object"));
        else _catalog.Find(job.Kind)!.Check(ManifestReader.Resolve(job), _scopes.Current, "", errors);
        return errors.Count == 0
            ? ManifestJson.Write(stored with { Spec = stored.Spec with { Job = job } })
            : throw new InvalidInputException(errors.Select(e => e with { Path = e.Path.TrimStart('.') }).ToList());
    }

    private static void Audit(WriteBatch write, Actor actor, string action, long runId, string details) =>
        AuditChain.Append(write.Transaction, new AuditEntry(actor, action, "run", runId.ToString(System.Globalization.CultureInfo.InvariantCulture), details), write.Now);
}
