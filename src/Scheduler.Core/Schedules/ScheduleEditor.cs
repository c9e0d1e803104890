using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Schedules;

/// <summary>What may be saved over.</summary>
public sealed record SaveRules
{
    /// <summary>Refuse when a schedule of this name is there already.</summary>
    public bool CreateOnly { get; init; }

    /// <summary>Refuse unless the stored schedule has this generation: somebody else may have saved meanwhile.</summary>
    public int? ExpectedGeneration { get; init; }

    /// <summary>Why it changes, for the revision.</summary>
    public string Note { get; init; } = "";
}

/// <summary>How a save ended.</summary>
public abstract record SaveOutcome
{
    /// <param name="Name">The schedule.</param>
    /// <param name="Generation">Its generation now.</param>
    /// <param name="Created">It is new.</param>
    /// <param name="Changed">A revision was made; false where what was saved is what was there.</param>
    public sealed record Saved(string Name, int Generation, bool Created, bool Changed) : SaveOutcome;

    public sealed record NameTaken(string Name) : SaveOutcome;

    /// <param name="Generation">What is stored now; 0 when there is no such schedule (any more).</param>
    /// <param name="ChangedBy">Who saved it.</param>
    public sealed record Stale(int Generation, string ChangedBy) : SaveOutcome;
}

/// <summary>How an act on one schedule ended. Stale: it has another generation than was asked for.</summary>
public enum ScheduleAct { Done, NotFound, NothingToDo, Stale }

/// <summary>How a wish to skip the next run ended.</summary>
public abstract record SkipOutcome
{
    /// <param name="At">The occurrence that will not run.</param>
    /// <param name="NextRunAt">The one that is next now; null where that was the last.</param>
    /// <param name="RunId">The ledger's entry.</param>
    public sealed record Skipped(DateTimeOffset At, DateTimeOffset? NextRunAt, long RunId) : SkipOutcome;

    /// <param name="Reason">Why nothing was skipped, as a sentence.</param>
    public sealed record Refused(string Reason) : SkipOutcome;

    public sealed record NotFound : SkipOutcome;
}

/// <summary>
/// The only writer of schedules. Every act is one transaction with its revision and its audit row; the dispatcher and the pages hear of it
/// once it is on disk.
/// </summary>
public sealed class ScheduleEditor
{
    private const int MostLabels = 32;
    private static readonly JsonSerializerOptions AsStored = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly DatabaseWriter _writer;
    private readonly RunQueue _queue;
    private readonly ManifestReader _manifests;
    private readonly JobCatalog _catalog;
    private readonly ScopeStore _scopes;
    private readonly ScheduleChanges _changes;
    private readonly LiveFeed _feed;
    private readonly EngineState _engine;

    internal ScheduleEditor(
        DatabaseWriter writer, RunQueue queue, ManifestReader manifests, JobCatalog catalog, ScopeStore scopes, ScheduleChanges changes, LiveFeed feed, EngineState engine) =>
        (_writer, _queue, _manifests, _catalog, _scopes, _changes, _feed, _engine) = (writer, queue, manifests, catalog, scopes, changes, feed, engine);

    /// <summary>Creates or changes the schedule that the manifest names.</summary>
    /// <exception cref="InvalidInputException">The manifest is wrong, by field path; nothing was written.</exception>
    /// <exception cref="AccessDeniedException">The person may not edit schedules.</exception>
    public async Task<SaveOutcome> SaveAsync(JsonElement manifest, SaveRules rules, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "edit schedules");
        _engine.DemandWritable();
        var read = _manifests.Read(manifest, _scopes.Current);
        return await _writer.WriteAsync(write => Save(write, read, rules, actor), ct);
    }

    /// <summary>Saves what an earlier revision said as a new one. Nothing of the history is lost.</summary>
    /// <param name="name">The schedule.</param>
    /// <param name="generation">The revision to go back to.</param>
    /// <param name="expectedGeneration">What the person was looking at; with another one stored it is <see cref="SaveOutcome.Stale"/>.</param>
    /// <param name="note">Why; stands behind "Back to generation 3" in the new revision.</param>
    /// <returns>Null where there is no such schedule or no such revision.</returns>
    /// <exception cref="InvalidInputException">What was right then no longer is, such as a target that has left the scope; nothing was written.</exception>
    public async Task<SaveOutcome?> RollBackAsync(string name, int generation, int expectedGeneration, string note, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "edit schedules");
        _engine.DemandWritable();
        return await _writer.WriteAsync<SaveOutcome?>(write =>
        {
            var revision = (from schedule in write.Db.Schedules
                            where schedule.Name == name
                            join r in write.Db.Revisions on schedule.Id equals r.ScheduleId
                            where r.Generation == generation
                            select r.Spec).FirstOrDefault();
            if (revision is null) return null;
            var rules = new SaveRules { ExpectedGeneration = expectedGeneration, Note = $"Back to generation {generation}{(note.Length > 0 ? $": {note}" : "")}" };
            return Save(write, _manifests.Read(JsonElement.Parse(revision), _scopes.Current), rules, actor);
        }, ct);
    }

    /// <summary>Stops the trigger from counting until somebody resumes it or the end has come.</summary>
    /// <param name="until">Null: until somebody resumes it; must lie ahead.</param>
    public async Task<ScheduleAct> PauseAsync(string name, DateTimeOffset? until, string? reason, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "pause schedules");
        _engine.DemandWritable();
        DemandShort(reason);
        return await ActAsync(name, (write, schedule) =>
        {
            if (until <= write.Now) throw new InvalidInputException("until", $"must lie ahead, found {Instants.Print(until.Value)}");
            if (schedule.State is not (ScheduleState.Active or ScheduleState.Paused)) return false;
            var wasPaused = schedule.State == ScheduleState.Paused;
            if (wasPaused && schedule.PausedUntil == until && reason is null) return false;
            if (!wasPaused) _queue.SkipDue(write, schedule, SkipReason.Paused(actor.Name, until, reason ?? ""));
            Pause(schedule, until, reason ?? "", actor, write.Now);
            Audit(write, actor, "paused", schedule.Name, string.Join(", ", new[] { until is null ? null : $"until {Instants.Print(until.Value)}", reason }.Where(t => !string.IsNullOrEmpty(t))));
            return true;
        }, ct);
    }

    /// <summary>Lets the trigger count again, from now on: what passed during the pause is not caught up.</summary>
    public async Task<ScheduleAct> ResumeAsync(string name, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "resume schedules");
        _engine.DemandWritable();
        return await ActAsync(name, (write, schedule) =>
        {
            if (schedule.State is not (ScheduleState.Paused or ScheduleState.Disabled)) return false;
            DemandZone(schedule);
            Resume(write, schedule, write.Now);
            Audit(write, actor, "resumed", schedule.Name);
            return true;
        }, ct);
    }

    /// <summary>Lets the trigger of schedules whose pause has reached its end count again, from that end on. For the engine.</summary>
    internal Task EndPausesAsync(IReadOnlyCollection<long> ids, DateTimeOffset now, CancellationToken ct) => _writer.WriteAsync(write =>
    {
        // What somebody has resumed or paused anew in between is left alone.
        foreach (var schedule in write.Db.Schedules.AsTracking().Where(s => ids.Contains(s.Id) && s.PausedUntil <= now).ToList())
        {
            EndPauseInTime(write, schedule);
            ForgetPause(schedule);
            write.Db.SaveChanges();
            Announce(write, schedule.Name);
        }
    }, ct);

    /// <summary>
    /// Keeps the next occurrence of an active schedule from running. It stands in the ledger at once, as a skipped run with who and why, and the next run moves on:
    /// one transaction, and the unique occurrence key makes it hold whatever becomes of the timing. Said again, it skips the one after.
    /// </summary>
    /// <param name="name">Which.</param>
    /// <param name="reason">Why, 500 characters at most; may be empty.</param>
    /// <param name="actor">Who.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="expected">Refuse unless this is the next run: two people who look at the same page skip it once. Null: whichever is next.</param>
    public async Task<SkipOutcome> SkipNextAsync(string name, string? reason, Actor actor, CancellationToken ct, DateTimeOffset? expected = null)
    {
        actor.Require(Role.Operator, "skip runs");
        _engine.DemandWritable();
        DemandShort(reason);
        SkipOutcome outcome = new SkipOutcome.NotFound();
        await ActAsync(name, (write, schedule) =>
        {
            outcome = Skip(write, schedule, reason?.Trim() ?? "", expected, actor);
            return outcome is SkipOutcome.Skipped;
        }, ct);
        return outcome;
    }

    /// <summary>Takes back a skip whose occurrence still lies ahead: it will run after all, if the timing still has it.</summary>
    /// <param name="at">The skipped occurrence.</param>
    /// <returns>NothingToDo when it was not skipped by a person, or has fallen due.</returns>
    public async Task<ScheduleAct> UndoSkipAsync(string name, DateTimeOffset at, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "skip runs");
        _engine.DemandWritable();
        return await ActAsync(name, (write, schedule) =>
        {
            if (!_queue.ForgetSkip(write, schedule, at)) return false;
            Audit(write, actor, "unskipped", schedule.Name, Instants.Print(at));
            if (schedule.State is not (ScheduleState.Active or ScheduleState.Completed)) return true;
            DemandZone(schedule);
            if (!Timing.Of(schedule).Between(at, at).Any()) return true;
            if (schedule.State == ScheduleState.Completed) (schedule.State, schedule.StateReason) = (ScheduleState.Active, "");
            if (schedule.NextRunAt is null || at < schedule.NextRunAt) schedule.NextRunAt = at;
            return true;
        }, ct);
    }

    /// <summary>Sets or removes one label, as a revision of its own.</summary>
    /// <param name="value">Null removes it.</param>
    public async Task<ScheduleAct> SetLabelAsync(string name, string key, string? value, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "edit schedules");
        _engine.DemandWritable();
        ManifestReader.DemandLabel(key, value);
        return await ActAsync(name, (write, schedule) =>
        {
            write.Db.Entry(schedule).Collection(s => s.Labels).Load();
            var labels = schedule.Labels.ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);
            if (value is null ? !labels.Remove(key) : labels.GetValueOrDefault(key) == value) return false;
            if (value is not null) labels[key] = value;
            if (labels.Count > MostLabels) throw new InvalidInputException("metadata.labels", $"must have at most {MostLabels} entries; {schedule.Name} has {MostLabels} already");
            // The rest of the manifest stays as it was written, even what this build would write or refuse otherwise.
            var spec = JsonNode.Parse(schedule.Spec)!;
            spec["metadata"]!["labels"] = new JsonObject(labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
            ChangeLabels(write, schedule, labels);
            Revise(write, schedule, spec.ToJsonString(AsStored), value is null ? $"label {key} removed" : $"label {key}={value} set", actor);
            return true;
        }, ct);
    }

    /// <summary>Deletes a schedule. Its runs, findings and revisions stay.</summary>
    /// <param name="name">Which.</param>
    /// <param name="actor">Who.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="expectedGeneration">Refuse unless it has this generation; null: whatever it has.</param>
    public async Task<ScheduleAct> DeleteAsync(string name, Actor actor, CancellationToken ct, int? expectedGeneration = null)
    {
        actor.Require(Role.Operator, "delete schedules");
        _engine.DemandWritable();
        var isStale = false;
        var act = await ActAsync(name, (write, schedule) =>
        {
            isStale = expectedGeneration is { } expected && expected != schedule.Generation;
            if (isStale) return false;
            _queue.SkipDue(write, schedule, SkipReason.Deleted(actor.Name));
            write.Db.Schedules.Remove(schedule);
            Audit(write, actor, "deleted", schedule.Name, $"generation {schedule.Generation}");
            return true;
        }, ct);
        return isStale ? ScheduleAct.Stale : act;
    }

    private SaveOutcome Save(WriteBatch write, Manifest manifest, SaveRules rules, Actor actor)
    {
        var stored = write.Db.Schedules.AsTracking().Include(s => s.Labels).FirstOrDefault(s => s.Name == manifest.Name);
        if (stored is not null && rules.CreateOnly) return new SaveOutcome.NameTaken(stored.Name);
        if (rules.ExpectedGeneration is { } expected && expected != (stored?.Generation ?? 0))
            return new SaveOutcome.Stale(stored?.Generation ?? 0, stored?.ChangedBy ?? "");
        if (stored is not null) EndPauseInTime(write, stored);
        var outcome = stored is null ? Create(write, manifest, actor) : Change(write, stored, manifest, rules.Note, actor);
        write.Db.SaveChanges();
        _queue.LookAtHeldAgain(write); // blackouts select by labels
        Announce(write, manifest.Name);
        return outcome;
    }

    private SaveOutcome.Saved Create(WriteBatch write, Manifest manifest, Actor actor)
    {
        var spec = ManifestJson.Write(Plain(manifest));
        var timing = Timing.Of(manifest.Spec, write.Now);
        var next = timing.Next(write.Now);
        DemandFuture(timing, next);
        var schedule = new Schedule
        {
            Name = manifest.Name,
            Uid = Guid.NewGuid(),
            Generation = 1,
            State = ScheduleState.Active,
            Spec = spec,
            TriggerText = manifest.Spec.Trigger.Text,
            EventType = (manifest.Spec.Trigger as OnEventTrigger)?.EventType,
            TimeZone = manifest.Spec.TimeZone,
            AnchorAt = timing.AnchorAt,
            HasStart = timing.StartAt is not null,
            EndAt = timing.EndAt,
            Priority = manifest.Spec.Priority,
            Pool = PoolOf(manifest.Spec),
            JobKind = manifest.Spec.Job.Kind,
            ConcurrencyPolicy = manifest.Spec.ConcurrencyPolicy,
            MissedRuns = manifest.Spec.MissedRuns,
            StartingDeadline = manifest.Spec.StartingDeadline,
            MaxAttempts = manifest.Spec.Retry.Attempts,
            NextRunAt = next,
            CreatedAt = write.Now,
            CreatedBy = actor.Name,
            ChangedAt = write.Now,
            ChangedBy = actor.Name,
            Labels = manifest.Labels.Select(l => new ScheduleLabel { Key = l.Key, Value = l.Value }).ToList(),
        };
        if (manifest.Spec.Suspend == true) Pause(schedule, null, "suspend: true in the manifest", actor, write.Now);
        write.Db.Schedules.Add(schedule);
        write.Db.SaveChanges();
        write.Db.Revisions.Add(new Revision { ScheduleId = schedule.Id, Generation = 1, Spec = spec, At = write.Now, By = actor.Name });
        Audit(write, actor, "created", manifest.Name, manifest.Spec.Schedule);
        if (schedule.State == ScheduleState.Paused) Audit(write, actor, "paused", manifest.Name, "suspend in the manifest");
        return new SaveOutcome.Saved(manifest.Name, 1, Created: true, Changed: true);
    }

    private SaveOutcome.Saved Change(WriteBatch write, Schedule schedule, Manifest manifest, string note, Actor actor)
    {
        // A manifest that is silent about suspend leaves a pause as it is; one that speaks is obeyed.
        if (manifest.Spec.Suspend is { } suspend && suspend != (schedule.State == ScheduleState.Paused))
        {
            if (suspend && schedule.State == ScheduleState.Active) _queue.SkipDue(write, schedule, SkipReason.Paused(actor.Name, null, ""));
            if (suspend) Pause(schedule, null, "suspend: true in the manifest", actor, write.Now);
            else if (schedule.State == ScheduleState.Paused) Resume(write, schedule, write.Now);
            Audit(write, actor, suspend ? "paused" : "resumed", schedule.Name, "suspend in the manifest");
        }
        var spec = ManifestJson.Write(Plain(manifest with { Name = schedule.Name }));
        if (spec == schedule.Spec) return new SaveOutcome.Saved(schedule.Name, schedule.Generation, Created: false, Changed: false);

        var timing = Timing.Of(manifest.Spec, schedule.CreatedAt);
        var sameTiming = schedule.TriggerText == manifest.Spec.Trigger.Text && schedule.TimeZone == manifest.Spec.TimeZone
            && schedule.AnchorAt == timing.AnchorAt && schedule.HasStart == timing.StartAt is not null && schedule.EndAt == timing.EndAt;
        if (!sameTiming)
        {
            var next = RunQueue.NextUnrecorded(write, schedule.Id, timing, write.Now);
            DemandFuture(timing, next);
            _queue.EnqueueDue(write, schedule);
            schedule.NextRunAt = next;
            if (schedule.State is ScheduleState.Completed or ScheduleState.Disabled) (schedule.State, schedule.StateReason) = (ScheduleState.Active, "");
        }
        schedule.TriggerText = manifest.Spec.Trigger.Text;
        schedule.EventType = (manifest.Spec.Trigger as OnEventTrigger)?.EventType;
        schedule.TimeZone = manifest.Spec.TimeZone;
        schedule.AnchorAt = timing.AnchorAt;
        schedule.HasStart = timing.StartAt is not null;
        schedule.EndAt = timing.EndAt;
        schedule.Priority = manifest.Spec.Priority;
        schedule.Pool = PoolOf(manifest.Spec);
        schedule.JobKind = manifest.Spec.Job.Kind;
        schedule.ConcurrencyPolicy = manifest.Spec.ConcurrencyPolicy;
        schedule.MissedRuns = manifest.Spec.MissedRuns;
        schedule.StartingDeadline = manifest.Spec.StartingDeadline;
        schedule.MaxAttempts = manifest.Spec.Retry.Attempts;
        ChangeLabels(write, schedule, manifest.Labels);
        Revise(write, schedule, spec, note, actor);
        return new SaveOutcome.Saved(schedule.Name, schedule.Generation, Created: false, Changed: true);
    }

    private static void Revise(WriteBatch write, Schedule schedule, string spec, string note, Actor actor)
    {
        schedule.Generation++;
        schedule.Spec = spec;
        schedule.ChangedAt = write.Now;
        schedule.ChangedBy = actor.Name;
        write.Db.Revisions.Add(new Revision { ScheduleId = schedule.Id, Generation = schedule.Generation, Spec = spec, At = write.Now, By = actor.Name, Note = note });
        Audit(write, actor, "changed", schedule.Name, note.Length > 0 ? $"generation {schedule.Generation}: {note}" : $"generation {schedule.Generation}");
    }

    private SkipOutcome Skip(WriteBatch write, Schedule schedule, string reason, DateTimeOffset? expected, Actor actor)
    {
        if (schedule.State != ScheduleState.Active) return new SkipOutcome.Refused($"{schedule.Name} is {schedule.State.ToString().ToLowerInvariant()}: it has no next run that could be skipped.");
        if (schedule.NextRunAt is not { } at) return new SkipOutcome.Refused($"{schedule.Name} follows no clock: it has no next run that could be skipped.");
        if (expected is { } asked && asked != at)
            return new SkipOutcome.Refused($"The next run of {schedule.Name} is at {Instants.Print(at)}, no longer at {Instants.Print(asked)}: it has started, or somebody was quicker.");
        if (_queue.SkipOne(write, schedule, at, SkipReason.SkippedByPerson(actor.Name, reason)) is not { } runId)
            return new SkipOutcome.Refused($"The run of {schedule.Name} at {Instants.Print(at)} is recorded already.");
        schedule.NextRunAt = RunQueue.NextUnrecorded(write, schedule.Id, Timing.Of(schedule), at);
        if (at <= write.Now) schedule.LastScheduledAt = at;
        if (schedule.NextRunAt is null) (schedule.State, schedule.StateReason) = (ScheduleState.Completed, $"Its last occurrence was skipped by {actor.Name}.");
        Audit(write, actor, "skipped", schedule.Name, reason.Length > 0 ? $"{Instants.Print(at)}: {reason}" : Instants.Print(at));
        return new SkipOutcome.Skipped(at, schedule.NextRunAt, runId);
    }

    private static void ChangeLabels(WriteBatch write, Schedule schedule, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var old in schedule.Labels.Where(l => labels.GetValueOrDefault(l.Key) != l.Value).ToList()) write.Db.ScheduleLabels.Remove(old);
        write.Db.SaveChanges();
        foreach (var (key, value) in labels.Where(l => schedule.Labels.All(old => old.Key != l.Key || old.Value != l.Value)))
            write.Db.ScheduleLabels.Add(new ScheduleLabel { ScheduleId = schedule.Id, Key = key, Value = value });
    }

    private async Task<ScheduleAct> ActAsync(string name, Func<WriteBatch, Schedule, bool> act, CancellationToken ct) => await _writer.WriteAsync(write =>
    {
        var schedule = write.Db.Schedules.AsTracking().FirstOrDefault(s => s.Name == name);
        if (schedule is null) return ScheduleAct.NotFound;
        var pauseEnded = EndPauseInTime(write, schedule);
        var done = act(write, schedule);
        if (done || pauseEnded)
        {
            write.Db.SaveChanges();
            _queue.LookAtHeldAgain(write);
            Announce(write, schedule.Name);
        }
        return done ? ScheduleAct.Done : ScheduleAct.NothingToDo;
    }, ct);

    private static void Pause(Schedule schedule, DateTimeOffset? until, string reason, Actor actor, DateTimeOffset now)
    {
        schedule.State = ScheduleState.Paused;
        schedule.PausedAt = now;
        schedule.PausedBy = actor.Name;
        schedule.PausedUntil = until;
        schedule.PauseReason = reason;
    }

    /// <summary>A pause that has an end is over then, whoever notices when: what has fallen due since is missed, not paused.</summary>
    /// <returns>Whether one ended. A schedule that can't be planned any more, because its zone has gone, is disabled instead.</returns>
    private static bool EndPauseInTime(WriteBatch write, Schedule schedule)
    {
        if (schedule.PausedUntil is not { } end || end > write.Now || schedule.State != ScheduleState.Paused) return false;
        var by = schedule.PausedBy;
        try
        {
            Resume(write, schedule, end);
            Audit(write, Actor.System, "resumed", schedule.Name, $"the pause by {by} ended at {Instants.Print(end)}");
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or FormatException)
        {
            (schedule.State, schedule.StateReason, schedule.NextRunAt) = (ScheduleState.Disabled, e.Message, null);
        }
        return true;
    }

    private static void Resume(WriteBatch write, Schedule schedule, DateTimeOffset from)
    {
        var timing = Timing.Of(schedule);
        schedule.NextRunAt = RunQueue.NextUnrecorded(write, schedule.Id, timing, from);
        var over = schedule.NextRunAt is null && timing.FollowsTheClock;
        (schedule.State, schedule.StateReason) = over ? (ScheduleState.Completed, "Its last occurrence has passed.") : (ScheduleState.Active, "");
        ForgetPause(schedule);
    }

    private static void DemandZone(Schedule schedule)
    {
        if (!TriggerZone.TryFind(schedule.TimeZone, out _))
            throw new InvalidInputException("spec.timezone", $"{schedule.TimeZone} is not among this system's time zones any more; save the schedule with one that is, or bring the zone data back and start the program again");
    }

    private static void ForgetPause(Schedule schedule) =>
        (schedule.PausedAt, schedule.PausedUntil, schedule.PausedBy, schedule.PauseReason) = (null, null, null, null);

    private static void DemandFuture(Timing timing, DateTimeOffset? next)
    {
        if (next is null && timing.FollowsTheClock)
            throw new InvalidInputException("spec.schedule", "has no occurrence ahead; give one that lies in the future, or look at startAt and endAt");
    }

    private static void DemandShort(string? reason)
    {
        if (reason?.Length > 500) throw new InvalidInputException("reason", $"must be at most 500 characters, found {reason.Length}");
    }

    // suspend is the schedule's state and not part of what a revision says.
    private static Manifest Plain(Manifest manifest) => manifest with { Spec = manifest.Spec with { Suspend = null } };

    private string PoolOf(ScheduleSpec spec) => spec.Pool ?? _catalog.Find(spec.Job.Kind)!.DefaultPool;

    private void Announce(WriteBatch write, string name) => write.AfterCommit(() =>
    {
        _changes.Notify();
        _feed.Publish(new LiveChange.ScheduleChanged(name));
    });

    private static void Audit(WriteBatch write, Actor actor, string action, string name, string details = "") =>
        AuditChain.Append(write.Transaction, new AuditEntry(actor, action, "schedule", name, details), write.Now);
}
