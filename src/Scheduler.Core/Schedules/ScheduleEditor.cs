using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
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

/// <summary>
/// The only writer of schedules. Every act is one transaction with its revision and its audit row; the dispatcher and the pages hear of it
/// once it is on disk.
/// </summary>
public sealed class ScheduleEditor
{
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
        if (reason?.Length > 500) throw new InvalidInputException("reason", $"must be at most 500 characters, found {reason.Length}");
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
            Resume(schedule, write.Now);
            Audit(write, actor, "resumed", schedule.Name);
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
            if (schedule.State == ScheduleState.Active) _queue.SkipDue(write, schedule, SkipReason.Deleted(actor.Name));
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
        var outcome = stored is null ? Create(write, manifest, actor) : Change(write, stored, manifest, rules.Note, actor);
        write.Db.SaveChanges();
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
            else if (schedule.State == ScheduleState.Paused) Resume(schedule, write.Now);
            Audit(write, actor, suspend ? "paused" : "resumed", schedule.Name, "suspend in the manifest");
        }
        var spec = ManifestJson.Write(Plain(manifest with { Name = schedule.Name }));
        if (spec == schedule.Spec) return new SaveOutcome.Saved(schedule.Name, schedule.Generation, Created: false, Changed: false);

        var timing = Timing.Of(manifest.Spec, schedule.CreatedAt);
        var sameTiming = schedule.TriggerText == manifest.Spec.Trigger.Text && schedule.TimeZone == manifest.Spec.TimeZone
            && schedule.AnchorAt == timing.AnchorAt && schedule.HasStart == timing.StartAt is not null && schedule.EndAt == timing.EndAt;
        if (!sameTiming)
        {
            // An occurrence that has fallen due and is not yet recorded stays due: none is lost by an edit.
            var pending = schedule.State == ScheduleState.Active && schedule.NextRunAt <= write.Now;
            var next = timing.Next(write.Now);
            DemandFuture(timing, next);
            if (!pending) schedule.NextRunAt = next;
            if (schedule.State is ScheduleState.Completed or ScheduleState.Disabled) (schedule.State, schedule.StateReason) = (ScheduleState.Active, "");
        }
        schedule.Generation++;
        schedule.Spec = spec;
        schedule.TriggerText = manifest.Spec.Trigger.Text;
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
        schedule.ChangedAt = write.Now;
        schedule.ChangedBy = actor.Name;
        ChangeLabels(write, schedule, manifest.Labels);
        write.Db.Revisions.Add(new Revision { ScheduleId = schedule.Id, Generation = schedule.Generation, Spec = spec, At = write.Now, By = actor.Name, Note = note });
        Audit(write, actor, "changed", schedule.Name, note.Length > 0 ? $"generation {schedule.Generation}: {note}" : $"generation {schedule.Generation}");
        return new SaveOutcome.Saved(schedule.Name, schedule.Generation, Created: false, Changed: true);
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
        if (!act(write, schedule)) return ScheduleAct.NothingToDo;
        write.Db.SaveChanges();
        Announce(write, schedule.Name);
        return ScheduleAct.Done;
    }, ct);

    private static void Pause(Schedule schedule, DateTimeOffset? until, string reason, Actor actor, DateTimeOffset now)
    {
        schedule.State = ScheduleState.Paused;
        schedule.PausedAt = now;
        schedule.PausedBy = actor.Name;
        schedule.PausedUntil = until;
        schedule.PauseReason = reason;
    }

    private static void Resume(Schedule schedule, DateTimeOffset now)
    {
        var timing = Timing.Of(schedule);
        schedule.NextRunAt = timing.Next(now);
        var over = schedule.NextRunAt is null && timing.FollowsTheClock;
        (schedule.State, schedule.StateReason) = over ? (ScheduleState.Completed, "Its last occurrence has passed.") : (ScheduleState.Active, "");
        (schedule.PausedAt, schedule.PausedUntil, schedule.PausedBy, schedule.PauseReason) = (null, null, null, null);
    }

    private static void DemandFuture(Timing timing, DateTimeOffset? next)
    {
        if (next is null && timing.FollowsTheClock)
            throw new InvalidInputException("spec.schedule", "has no occurrence ahead; give one that lies in the future, or look at startAt and endAt");
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
