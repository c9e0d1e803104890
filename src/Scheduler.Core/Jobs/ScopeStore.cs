using System.Text.Json;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Jobs;

/// <summary>One line of the scope as an administrator entered it.</summary>
/// <param name="Kind">host, network or folder.</param>
/// <param name="Text">In its canonical form.</param>
/// <param name="AddedBy">Who; null for what is allowed from the start.</param>
/// <param name="AddedAt">When; null for what is allowed from the start.</param>
/// <param name="Note">The permission: a ticket, an owner.</param>
public sealed record ScopeLine(string Kind, string Text, string? AddedBy, DateTimeOffset? AddedAt, string Note);

/// <summary>What scans may touch: loopback and the demo folder from the start, and what administrators add.</summary>
public sealed class ScopeStore(SchedulerOptions options, Database database, DatabaseWriter writer, EngineState engine)
{
    private const string Key = "scope";
    private State? _state;

    /// <summary>The scope as it stands on disk. Each run asks for it when it begins, so a change counts from the next attempt on.</summary>
    public Scope Current => Load().Scope;

    /// <summary>The lines, the built-in ones first.</summary>
    public IReadOnlyList<ScopeLine> Lines =>
        [.. BuiltIn.Entries.Select(e => new ScopeLine(e.Kind, e.Text, null, null, "Allowed from the start.")), .. Load().Added];

    private Scope BuiltIn => Scope.Default(Path.GetFullPath(options.DemoFolder));

    /// <summary>Allows one thing more.</summary>
    /// <returns>False when it is there already.</returns>
    /// <exception cref="InvalidInputException">The text is no host, network or folder.</exception>
    public async Task<bool> AddAsync(string kind, string text, string note, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Administrator, "change the scope");
        engine.DemandWritable();
        if (!ScopeEntry.TryParse(kind, text, out var entry, out var error)) throw new InvalidInputException("entry", error);
        if (note.Length > 500) throw new InvalidInputException("note", $"must be at most 500 characters, found {note.Length}");
        return await writer.WriteAsync(write =>
        {
            var added = ReadAdded(write);
            if (BuiltIn.Entries.Contains(entry) || added.Any(l => l.Kind == entry.Kind && l.Text == entry.Text)) return false;
            added.Add(new ScopeLine(entry.Kind, entry.Text, actor.Name, write.Now, note));
            Store(write, added, actor, "added", entry.ToString(), note);
            return true;
        }, ct);
    }

    /// <summary>Takes back what an administrator has added.</summary>
    /// <returns>False when there is no such line.</returns>
    public async Task<bool> RemoveAsync(string kind, string text, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Administrator, "change the scope");
        engine.DemandWritable();
        return await writer.WriteAsync(write =>
        {
            var added = ReadAdded(write);
            if (added.RemoveAll(l => l.Kind == kind && l.Text == text) == 0) return false;
            Store(write, added, actor, "removed", $"{kind} {text}", "");
            return true;
        }, ct);
    }

    private State Load()
    {
        if (Volatile.Read(ref _state) is { } known) return known;
        using var db = database.Read();
        var json = db.Settings.Where(s => s.Key == Key).Select(s => s.Value).FirstOrDefault();
        var added = json is null ? [] : JsonSerializer.Deserialize<List<ScopeLine>>(json)!;
        var loaded = StateOf(added);
        // A change that was committed while we read has already put its own state there; ours is older.
        return Interlocked.CompareExchange(ref _state, loaded, null) ?? loaded;
    }

    private static List<ScopeLine> ReadAdded(WriteBatch write) =>
        write.Scalar("SELECT value FROM settings WHERE key = ?1", Key) is string json ? JsonSerializer.Deserialize<List<ScopeLine>>(json)! : [];

    private void Store(WriteBatch write, List<ScopeLine> added, Actor actor, string action, string entry, string note)
    {
        write.Execute(
            "INSERT INTO settings (key, value, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET value = ?2, changed_at = ?3, changed_by = ?4",
            Key, JsonSerializer.Serialize(added), write.Now, actor.Name);
        AuditChain.Append(write.Transaction, new AuditEntry(actor, action, "scope", entry, note), write.Now);
        write.AfterCommit(() => _state = StateOf(added));
    }

    private State StateOf(List<ScopeLine> added) =>
        new(new Scope([.. BuiltIn.Entries, .. added.Select(l => ScopeEntry.TryParse(l.Kind, l.Text, out var entry, out _) ? entry : null).OfType<ScopeEntry>()]), added);

    private sealed record State(Scope Scope, IReadOnlyList<ScopeLine> Added);
}
