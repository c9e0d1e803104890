using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Scheduler.Core.Storage;

/// <summary>Makes the data folder and brings the database to this build's schema, with a copy of the file taken first.</summary>
public sealed partial class DatabaseStartup(SchedulerOptions options, Database database, TimeProvider clock, ILogger<DatabaseStartup> log)
{
    private const UnixFileMode OwnerOnlyFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Safe to call from several processes at once: the second waits and finds nothing to do.</summary>
    /// <exception cref="DatabaseRefusedException">The file was written by a newer build, or is no database.</exception>
    public async Task PrepareAsync(CancellationToken ct)
    {
        if (DatabaseLook.FindNetwork(options) is { } away) throw new DatabaseRefusedException($"{away.Reason} Nothing was changed. Move it, and set SCHEDULER_DATA to where it is then.");
        if (DatabaseLook.FindLost(options) is { } lost) throw new DatabaseRefusedException($"{lost.Reason} Nothing was changed. Copies are in {options.BackupFolder}; db restore puts one in its place. To begin anew, name another data folder.");
        MakeFolders();
        using var alone = await WaitAloneAsync(ct);
        try
        {
            // A copy that was put here may not be in WAL mode. The first thing that EF opens is read-only and could not change that.
            if (new FileInfo(options.DatabaseFile) is { Exists: true, Length: > 0 })
                using (database.Open()) { }
            await using var db = database.Read();
            await MigrateAsync(db, "scheduler", ct);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 11 or 26) // corrupt, not a database
        {
            throw new DatabaseRefusedException($"{options.DatabaseFile} is damaged or is no database ({e.Message}). Nothing was changed. Copies are in {options.BackupFolder}.", e);
        }
        foreach (var file in Directory.EnumerateFiles(options.DataFolder, "scheduler.db*")) OwnerOnly(file);
    }

    /// <summary>Migrates another context over the same file (the accounts'); call it after <see cref="PrepareAsync"/>.</summary>
    public async Task MigrateAsync(DbContext db, string name, CancellationToken ct)
    {
        var known = db.Database.GetMigrations().ToList();
        var applied = File.Exists(options.DatabaseFile) && new FileInfo(options.DatabaseFile).Length > 0
            ? (await db.Database.GetAppliedMigrationsAsync(ct)).ToList() : [];
        if (applied.Except(known).ToList() is { Count: > 0 } newer)
            throw new DatabaseRefusedException($"{options.DatabaseFile} was written by a newer version of Scheduler (it has {newer[^1]}). Nothing was changed. Start that version, or restore a copy from {options.BackupFolder}.");
        if (known.Count == applied.Count) return;

        if (applied.Count > 0) CopyFirst(name, applied[^1]);
        // A process that died while migrating leaves EF's lock behind, and the next start would wait for it for ever.
        // Only one process gets here at a time, so a lock that is there now is a dead one's.
        await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS __EFMigrationsLock", ct);
        await db.Database.MigrateAsync(ct);
        LogMigrated(name, known[^1]);
    }

    private void MakeFolders()
    {
        foreach (var folder in (string[])[options.DataFolder, options.LogFolder, options.BackupFolder, options.DemoFolder])
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, OwnerOnlyFolder);
        }
    }

    private void CopyFirst(string name, string from)
    {
        var copy = Path.Combine(options.BackupFolder, string.Create(CultureInfo.InvariantCulture, $"{name}-before-upgrade-{clock.GetUtcNow():yyyyMMdd-HHmmss}.db"));
        using var source = database.Open();
        using var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = copy, Pooling = false }.ToString());
        target.Open();
        source.BackupDatabase(target);
        OwnerOnly(copy);
        LogCopied(copy, from);
    }

    private async Task<FileStream> WaitAloneAsync(CancellationToken ct)
    {
        var file = Path.Combine(options.DataFolder, "migrate.lock");
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file)) // else it could not be made, and waiting would not help
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock, ct);
            }
        }
    }

    private static void OwnerOnly(string file)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, OwnerOnlyFile);
    }

    [LoggerMessage(LogLevel.Information, "Database {Name} brought to {Migration}")]
    private partial void LogMigrated(string name, string migration);

    [LoggerMessage(LogLevel.Information, "Database copied to {Copy} before the upgrade from {Migration}")]
    private partial void LogCopied(string copy, string migration);
}

/// <summary>The database can't be used by this build; the message says why and what to do. Nothing was changed.</summary>
public sealed class DatabaseRefusedException(string message, Exception? cause = null) : Exception(message, cause);
