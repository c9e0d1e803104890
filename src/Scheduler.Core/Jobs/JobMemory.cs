using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Jobs;

/// <summary>Something that earlier runs of a schedule left for the next one.</summary>
/// <param name="Note">A short text in the kind's own words.</param>
/// <param name="ContentSize">Bytes of the content that belongs to it; 0 for none.</param>
public sealed record Remembered(string Note, int ContentSize);

/// <summary>
/// What the runs of a schedule leave for the next one: notes by key, some with a content. A run reads them as they stood when it asked. What it changes is gathered here, and stored
/// in the transaction that ends it, if it ends well: a run that fails, is cancelled or dies leaves all as it was.
/// </summary>
/// <remarks>Reading is safe for concurrent use, changing is not.</remarks>
public sealed class JobMemory
{
    private readonly Database? _database;
    private readonly long _scheduleId;
    private readonly Dictionary<string, Change?> _changes = new(StringComparer.Ordinal);

    /// <summary>Of a run that belongs to no schedule: there is nothing in it, and nothing stays.</summary>
    public static JobMemory None => new(null, 0);

    private JobMemory(Database? database, long scheduleId) => (_database, _scheduleId) = (database, scheduleId);

    internal static JobMemory Of(Database database, long? scheduleId) => scheduleId is { } id ? new JobMemory(database, id) : None;

    /// <summary>Whether there is a schedule whose next run will find what this one leaves.</summary>
    public bool IsKept => _database is not null;

    /// <summary>All notes by key, as the last run that ended well left them.</summary>
    public async Task<IReadOnlyDictionary<string, Remembered>> RecallAsync(CancellationToken ct)
    {
        if (_database is null) return new Dictionary<string, Remembered>();
        await using var db = _database.Read();
        return await db.JobMemories.Where(m => m.ScheduleId == _scheduleId)
            .Select(m => new { m.Key, m.Note, Size = m.Content == null ? 0 : m.Content.Length })
            .ToDictionaryAsync(m => m.Key, m => new Remembered(m.Note, m.Size), StringComparer.Ordinal, ct);
    }

    /// <summary>The content that belongs to a note, as the last run that ended well left it; null for none.</summary>
    public async Task<byte[]?> ContentAsync(string key, CancellationToken ct)
    {
        if (_database is null) return null;
        await using var db = _database.Read();
        return await db.JobMemories.Where(m => m.ScheduleId == _scheduleId && m.Key == key).Select(m => m.Content).FirstOrDefaultAsync(ct);
    }

    /// <summary>Puts a note and its content in the place of what stood there.</summary>
    /// <param name="content">Null for none.</param>
    public void Remember(string key, string note, byte[]? content) => _changes[key] = new Change(note, content, KeepsContent: false);

    /// <summary>Puts a note in the place of the one that stood there, and leaves its content.</summary>
    public void Remember(string key, string note) => _changes[key] = new Change(note, null, KeepsContent: true);

    public void Forget(string key) => _changes[key] = null;

    /// <summary>Stores what was changed. May be called again, where a transaction was rolled back.</summary>
    internal void Store(WriteBatch write)
    {
        // The schedule may have been deleted while its run went on.
        if (_changes.Count == 0 || write.Scalar("SELECT 1 FROM schedules WHERE id = ?1", _scheduleId) is null) return;
        foreach (var (key, change) in _changes)
        {
            if (change is null) write.Execute("DELETE FROM job_memories WHERE schedule_id = ?1 AND key = ?2", _scheduleId, key);
            else
                write.Execute(
                    """
                    INSERT INTO job_memories (schedule_id, key, note, content) VALUES (?1, ?2, ?3, ?4)
                    ON CONFLICT (schedule_id, key) DO UPDATE SET note = excluded.note, content = CASE WHEN ?5 THEN content ELSE excluded.content END
                    """, _scheduleId, key, change.Note, change.Content, change.KeepsContent);
        }
    }

    private sealed record Change(string Note, byte[]? Content, bool KeepsContent);
}

/// <summary>One note of a schedule's memory.</summary>
internal sealed class MemoryRow
{
    public required long ScheduleId { get; init; }
    public required string Key { get; init; }
    public required string Note { get; init; }

    /// <summary>Last, so that reading the notes does not touch its pages.</summary>
    public byte[]? Content { get; init; }
}

internal static class MemoryTable
{
    public static void Map(ModelBuilder model) => model.Entity<MemoryRow>(row =>
    {
        row.ToTable("job_memories");
        row.HasKey(m => new { m.ScheduleId, m.Key });
        row.HasOne<Schedule>().WithMany().HasForeignKey(m => m.ScheduleId).OnDelete(DeleteBehavior.Cascade);
    });
}
