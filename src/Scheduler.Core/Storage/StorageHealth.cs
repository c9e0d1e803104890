using Microsoft.Data.Sqlite;
using Scheduler.Core.Live;

namespace Scheduler.Core.Storage;

/// <summary>What keeps the program from writing.</summary>
public enum StorageTrouble { None, DiskFull, Locked }

/// <param name="Since">Null where there is no trouble.</param>
public sealed record StorageState(StorageTrouble Trouble, DateTimeOffset? Since)
{
    internal static readonly StorageState Well = new(StorageTrouble.None, null);
}

/// <summary>
/// Whether what is to be written can be written, for pages and health. The writer and the run logs report; pages are told by <see cref="LiveChange.StorageChanged"/>.
/// Thread-safe.
/// </summary>
public sealed class StorageHealth(LiveFeed feed, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private DateTimeOffset? _fullSince;
    private DateTimeOffset? _lockedSince;
    private int _failures;

    /// <summary>The worst of what there is: a full disk before a lock.</summary>
    public StorageState Now
    {
        get
        {
            lock (_lock)
                return _fullSince is not null ? new StorageState(StorageTrouble.DiskFull, _fullSince) : _lockedSince is not null ? new StorageState(StorageTrouble.Locked, _lockedSince) : StorageState.Well;
        }
    }

    internal bool IsFull
    {
        get
        {
            lock (_lock) return _fullSince is not null;
        }
    }

    /// <summary>How often the disk was found full; a number to compare.</summary>
    internal int Failures => Volatile.Read(ref _failures);

    /// <summary>A write found the disk full.</summary>
    public void ReportFull()
    {
        Interlocked.Increment(ref _failures);
        Change(() => _fullSince ??= clock.GetUtcNow());
    }

    /// <summary>There is room again.</summary>
    public void ReportRoom() => Change(() => _fullSince = null);

    /// <param name="since">Null: it is not locked any more.</param>
    public void ReportLocked(DateTimeOffset? since) => Change(() => _lockedSince = since is null ? null : _lockedSince ?? since);

    internal static bool IsFullDisk(Exception e) => e switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == 13 || sqlite.SqliteExtendedErrorCode == 4874, // full; the shared memory beside the WAL can't grow
        IOException io => (io.HResult & 0xFFFF) is 28 or 122 or 112 or 39, // ENOSPC, EDQUOT; Windows: disk full, handle disk full
        _ => false,
    };

    private void Change(Action change)
    {
        StorageState before, after;
        lock (_lock)
        {
            before = Now;
            change();
            after = Now;
        }
        if (before != after) feed.Publish(new LiveChange.StorageChanged());
    }
}
