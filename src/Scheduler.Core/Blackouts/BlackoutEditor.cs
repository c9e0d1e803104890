using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Blackouts;

/// <summary>How an act on a blackout ended.</summary>
public enum BlackoutAct { Done, NotFound, NameTaken }

/// <summary>The only writer of blackouts. Each act is one transaction with its audit row, and looks anew at the runs that are held.</summary>
public sealed class BlackoutEditor
{
    /// <summary>So many at most: each is looked at for every occurrence.</summary>
    public const int Most = 200;

    private readonly DatabaseWriter _writer;
    private readonly RunQueue _queue;
    private readonly ScheduleChanges _changes;
    private readonly EngineState _engine;

    internal BlackoutEditor(DatabaseWriter writer, RunQueue queue, ScheduleChanges changes, EngineState engine) => (_writer, _queue, _changes, _engine) = (writer, queue, changes, engine);

    /// <summary>Makes a new one.</summary>
    /// <exception cref="InvalidInputException">The draft is wrong, by field; nothing was written.</exception>
    public Task<BlackoutAct> CreateAsync(BlackoutDraft draft, Actor actor, CancellationToken ct) => SaveAsync(null, draft, actor, ct);

    /// <summary>Changes one; its name may change too. What it holds is looked at anew at once, also while it is open.</summary>
    /// <inheritdoc cref="CreateAsync"/>
    public Task<BlackoutAct> ChangeAsync(string name, BlackoutDraft draft, Actor actor, CancellationToken ct) => SaveAsync(name, draft, actor, ct);

    /// <summary>Deletes one. What it holds, and no other holds, may start at once.</summary>
    public async Task<BlackoutAct> DeleteAsync(string name, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "edit blackouts");
        _engine.DemandWritable();
        return await _writer.WriteAsync(write =>
        {
            if (write.Db.Blackouts.AsTracking().FirstOrDefault(b => b.Name == name) is not { } stored) return BlackoutAct.NotFound;
            write.Db.Blackouts.Remove(stored);
            Finish(write, actor, "deleted", stored, "");
            return BlackoutAct.Done;
        }, ct);
    }

    private async Task<BlackoutAct> SaveAsync(string? name, BlackoutDraft draft, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "edit blackouts");
        _engine.DemandWritable();
        return await _writer.WriteAsync(write =>
        {
            var errors = draft.Check(write.Now);
            if (errors.Count > 0) throw new InvalidInputException(errors);
            var stored = name is null ? null : write.Db.Blackouts.AsTracking().FirstOrDefault(b => b.Name == name);
            if (name is not null && stored is null) return BlackoutAct.NotFound;
            var newName = draft.Name.Trim();
            if (write.Db.Blackouts.Any(b => b.Name == newName && (stored == null || b.Id != stored.Id))) return BlackoutAct.NameTaken;
            if (stored is null && write.Db.Blackouts.Count() >= Most) throw new InvalidInputException("", $"There are {Most} blackouts already; delete those that have passed.");

            var before = stored is null ? "" : $"{Words(stored)} -> ";
            var blackout = draft.Store(stored ?? new Blackout { Name = "", Labels = "", TimeZone = "", Mode = draft.Mode, Note = "", ChangedAt = write.Now, ChangedBy = actor.Name });
            (blackout.ChangedAt, blackout.ChangedBy) = (write.Now, actor.Name);
            if (stored is null) write.Db.Blackouts.Add(blackout);
            Finish(write, actor, stored is null ? "created" : "changed", blackout, before + Words(blackout));
            return BlackoutAct.Done;
        }, ct);
    }

    private void Finish(WriteBatch write, Actor actor, string action, Blackout blackout, string details)
    {
        write.Db.SaveChanges();
        AuditChain.Append(write.Transaction, new AuditEntry(actor, action, "blackout", blackout.Name, details), write.Now);
        _queue.LookAtHeldAgain(write);
        write.AfterCommit(_changes.Notify);
    }

    private static string Words(Blackout blackout)
    {
        var when = blackout.Opens is { } opens ? $"{opens} {blackout.TimeZone} for {Triggers.TriggerText.PrintDuration(blackout.Length!.Value)}" : $"{Instants.Print(blackout.OpensAt!.Value)} to {Instants.Print(blackout.ClosesAt!.Value)}";
        return $"{blackout.Mode} {when} {blackout.Labels}{(blackout.Note.Length > 0 ? $": {blackout.Note}" : "")}";
    }
}
