using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Storage;

/// <summary>A copy that was made.</summary>
/// <param name="Keys">How many keys of sign-in cookies and secrets are in it.</param>
public sealed record BackupMade(string File, long Bytes, int Keys, DateTimeOffset TakenAt);

/// <summary>A copy that took the place of the database.</summary>
/// <param name="TakenAt">When the copy was made; null for one that another program made.</param>
/// <param name="Keys">How many keys came with it.</param>
/// <param name="ReplacedFile">Where the database is that was there before; null where there was none.</param>
/// <param name="MovedLogs">Logs of runs that the copy does not know, which lie beside it now: the numbers of those runs will be given again.</param>
public sealed record BackupRestored(string File, DateTimeOffset? TakenAt, int Keys, string? ReplacedFile, int MovedLogs);

/// <summary>
/// Copies the database while it is in use, and puts a copy in its place. A copy is itself a SQLite database, with the keys that its secrets are encrypted with in a
/// table of their own, so one file is all that is needed. Run logs are not in it.
/// </summary>
public sealed partial class Backup(SchedulerOptions options, TimeProvider clock)
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;

    /// <summary>Copies the database as it is at one instant; runs and pages go on meanwhile.</summary>
    /// <param name="file">Must not be there yet, or be empty. Appears only when the copy is whole.</param>
    /// <param name="actor">Who asks; stands in the audit log of the database afterwards, not in the copy.</param>
    /// <exception cref="DatabaseRefusedException">The database is damaged; there is no copy.</exception>
    /// <exception cref="FileNotFoundException">There is no database.</exception>
    public BackupMade Make(string file, Actor actor)
    {
        actor.Require(Role.Administrator, "copy the database");
        if (!File.Exists(options.DatabaseFile)) throw new FileNotFoundException($"There is no database in {Path.GetFullPath(options.DataFolder)}.");
        file = Path.GetFullPath(file);
        if (new FileInfo(file) is { Exists: true, Length: > 0 }) throw new DatabaseRefusedException($"{file} is there already and is not overwritten. Name another file, or move it away.");
        var partial = file + ".partial";
        var takenAt = clock.GetUtcNow();
        try
        {
            CreateOwnerOnly(partial);
            using (var source = Open(options.DatabaseFile, SqliteOpenMode.ReadWrite))
            using (var copy = Open(partial, SqliteOpenMode.ReadWrite))
            {
                source.BackupDatabase(copy);
                Do(copy, "PRAGMA journal_mode=DELETE"); // one file, without companions
                DemandWhole(copy, options.DatabaseFile);
                AddOwn(copy, takenAt);
            }
            var keys = KeyFiles().Count;
            Flush(partial);
            File.Move(partial, file, overwrite: true);
            using (var database = Open(options.DatabaseFile, SqliteOpenMode.ReadWrite)) Note(database, new AuditEntry(actor, "copied", "database", Path.GetFileName(file)), takenAt);
            return new BackupMade(file, new FileInfo(file).Length, keys, takenAt);
        }
        catch (SqliteException e) when (IsDamage(e))
        {
            throw new DatabaseRefusedException($"{options.DatabaseFile} is damaged ({e.Message}), so it was not copied. Restore an earlier copy.", e);
        }
        finally
        {
            File.Delete(partial);
            File.Delete(partial + "-journal");
        }
    }

    /// <summary>Puts a copy in the database's place, after it has been checked. The next start brings it to this build's schema.</summary>
    /// <param name="file">A copy that <see cref="Make"/> made, or any copy of the database.</param>
    /// <param name="actor">Who asks; stands in the audit log of the restored database.</param>
    /// <param name="known">The migrations that this build knows of other contexts over the same file, by the name of their history table.</param>
    /// <exception cref="DatabaseRefusedException">The copy can't be used, or somebody works on the database. Nothing was changed.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public BackupRestored Restore(string file, Actor actor, IReadOnlyDictionary<string, IReadOnlyCollection<string>> known)
    {
        actor.Require(Role.Administrator, "replace the database");
        file = Path.GetFullPath(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no file {file}.");
        foreach (var folder in (string[])[options.DataFolder, options.BackupFolder]) CreateFolder(folder);
        var (alone, holder) = EngineLock.TryTake(options, clock);
        if (alone is null) throw new DatabaseRefusedException($"Process {holder!.ProcessId} on {holder.Host} drives {Path.GetFullPath(options.DataFolder)}. Stop it first; nothing was changed.");
        var staged = options.DatabaseFile + ".restoring";
        using (alone)
            try
            {
                File.Delete(staged);
                CreateOwnerOnly(staged);
                var (takenAt, keys, lastRun) = Stage(file, staged, actor, known);
                var replaced = KeepCurrent();
                foreach (var (name, content) in keys) Keep(name, content);
                var moved = MoveLogsAfter(lastRun, replaced);
                foreach (var companion in (string[])["-wal", "-shm"]) File.Delete(options.DatabaseFile + companion);
                File.Move(staged, options.DatabaseFile, overwrite: true);
                return new BackupRestored(file, takenAt, keys.Count, replaced, moved);
            }
            finally
            {
                File.Delete(staged);
                File.Delete(staged + "-journal");
            }
    }

    private (DateTimeOffset? TakenAt, List<(string Name, byte[] Content)> Keys, long LastRun) Stage(
        string file, string staged, Actor actor, IReadOnlyDictionary<string, IReadOnlyCollection<string>> known)
    {
        try
        {
            using var copy = Open(staged, SqliteOpenMode.ReadWrite);
            using (var source = Open(file, SqliteOpenMode.ReadOnly)) source.BackupDatabase(copy);
            Do(copy, "PRAGMA journal_mode=DELETE");
            DemandWhole(copy, file);
            DemandKnown(copy, file, known);
            var (takenAt, keys) = TakeOwn(copy);
            Note(copy, new AuditEntry(actor, "restored", "database", Path.GetFileName(file), takenAt is { } at ? $"as of {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : ""), clock.GetUtcNow());
            var lastRun = Scalar(copy, "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0), coalesce((SELECT max(id) FROM runs), 0))");
            copy.Close();
            Flush(staged);
            return (takenAt, keys, (long)lastRun!);
        }
        catch (SqliteException e) when (IsDamage(e))
        {
            throw new DatabaseRefusedException($"{file} is damaged or is no database ({e.Message}). Nothing was changed.", e);
        }
    }

    private static void DemandWhole(SqliteConnection copy, string name)
    {
        if (Scalar(copy, "PRAGMA integrity_check(1)") is not "ok" and var complaint) throw new DatabaseRefusedException($"{name} is damaged ({complaint}). Nothing was changed.");
        if (Scalar(copy, "PRAGMA foreign_key_check") is { } table) throw new DatabaseRefusedException($"{name} is damaged: rows of {table} point at rows that are not there. Nothing was changed.");
    }

    private void DemandKnown(SqliteConnection copy, string name, IReadOnlyDictionary<string, IReadOnlyCollection<string>> known)
    {
        using var database = new Database(options);
        using var db = database.Read();
        foreach (var (table, migrations) in known.Append(new("__EFMigrationsHistory", db.Database.GetMigrations().ToList())))
        {
            var isThere = Scalar(copy, $"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{table}'") is not null;
            if (!isThere && table == "__EFMigrationsHistory") throw new DatabaseRefusedException($"{name} is no database of Scheduler. Nothing was changed.");
            if (!isThere) continue;
            using var command = Command(copy, $"SELECT MigrationId FROM {table} ORDER BY MigrationId");
            using var reader = command.ExecuteReader();
            while (reader.Read())
                if (reader.GetString(0) is var applied && !migrations.Contains(applied))
                    throw new DatabaseRefusedException($"{name} was written by a newer version of Scheduler (it has {applied}). Nothing was changed. Use that version.");
        }
    }

    // What the copy holds beside the database's own tables.
    private void AddOwn(SqliteConnection copy, DateTimeOffset takenAt)
    {
        using var transaction = copy.BeginTransaction();
        Do(copy, "CREATE TABLE backup_info (taken_at INTEGER NOT NULL)");
        Do(copy, "CREATE TABLE backup_keys (name TEXT PRIMARY KEY, content BLOB NOT NULL)");
        Do(copy, "INSERT INTO backup_info VALUES (@a)", takenAt.ToUnixTimeMilliseconds());
        foreach (var key in KeyFiles()) Do(copy, "INSERT INTO backup_keys VALUES (@a, @b)", Path.GetFileName(key), File.ReadAllBytes(key));
        transaction.Commit();
    }

    private static (DateTimeOffset? TakenAt, List<(string, byte[])> Keys) TakeOwn(SqliteConnection copy)
    {
        if (Scalar(copy, "SELECT count(*) FROM sqlite_master WHERE name IN ('backup_info', 'backup_keys')") is not 2L) return (null, []);
        var takenAt = Scalar(copy, "SELECT taken_at FROM backup_info") is long at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null;
        var keys = new List<(string, byte[])>();
        using (var command = Command(copy, "SELECT name, content FROM backup_keys"))
        using (var reader = command.ExecuteReader())
            // A name is part of a path; nobody's file but a key's is written.
            while (reader.Read())
                if (KeyName().IsMatch(reader.GetString(0))) keys.Add((reader.GetString(0), (byte[])reader.GetValue(1)));
        Do(copy, "DROP TABLE backup_info");
        Do(copy, "DROP TABLE backup_keys");
        return (takenAt, keys);
    }

    /// <summary>Copies what is there aside, damaged as it may be.</summary>
    private string? KeepCurrent()
    {
        if (!File.Exists(options.DatabaseFile)) return null;
        try
        {
            using var current = Open(options.DatabaseFile, SqliteOpenMode.ReadWrite);
            // Only whoever is alone on a file can take it out of WAL mode; that folds the WAL into it, too.
            if (Scalar(current, "PRAGMA journal_mode=DELETE") is not "delete") throw InUse(null);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6)
        {
            throw InUse(e);
        }
        catch (SqliteException e) when (IsDamage(e))
        {
            // That may well be why a copy is restored.
        }
        var aside = Path.Combine(options.BackupFolder, string.Create(CultureInfo.InvariantCulture, $"replaced-{clock.GetUtcNow():yyyyMMdd-HHmmss-fff}.db"));
        foreach (var companion in (string[])["", "-wal", "-shm"])
            if (File.Exists(options.DatabaseFile + companion))
            {
                CreateOwnerOnly(aside + companion);
                File.Copy(options.DatabaseFile + companion, aside + companion, overwrite: true);
                Flush(aside + companion);
            }
        return aside;

        DatabaseRefusedException InUse(Exception? e) => new($"Another process works on {options.DatabaseFile}. Stop it first; nothing was changed.", e);
    }

    // A run's log is found by its number, and the restored database will give these numbers again.
    private int MoveLogsAfter(long lastRun, string? replaced)
    {
        if (!Directory.Exists(options.LogFolder)) return 0;
        var moved = 0;
        foreach (var log in Directory.EnumerateFiles(options.LogFolder, "*.log", SearchOption.AllDirectories).ToList())
        {
            var name = Path.GetFileName(log);
            if (!long.TryParse(name.AsSpan(0, name.IndexOf('.', StringComparison.Ordinal)), NumberStyles.None, CultureInfo.InvariantCulture, out var run) || run <= lastRun) continue;
            var aside = (replaced ?? Path.Combine(options.BackupFolder, "replaced")) + "-logs";
            CreateFolder(aside);
            File.Move(log, Path.Combine(aside, name), overwrite: true);
            moved++;
        }
        return moved;
    }

    private void Keep(string name, byte[] content)
    {
        CreateFolder(options.KeyFolder);
        var file = Path.Combine(options.KeyFolder, name);
        if (File.Exists(file)) return;
        CreateOwnerOnly(file);
        File.WriteAllBytes(file, content);
    }

    private List<string> KeyFiles() => Directory.Exists(options.KeyFolder) ? Directory.EnumerateFiles(options.KeyFolder).Where(f => KeyName().IsMatch(Path.GetFileName(f))).ToList() : [];

    private static void Note(SqliteConnection connection, AuditEntry entry, DateTimeOffset at)
    {
        if (Scalar(connection, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'audit'") is null) return;
        using var transaction = connection.BeginTransaction();
        AuditChain.Append(transaction, entry, at);
        transaction.Commit();
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = 10 }.ToString());
        connection.Open();
        return connection;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"@{(char)('a' + i)}", values[i]);
        return command;
    }

    private static void Do(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        return command.ExecuteScalar() is var value and not DBNull ? value : null;
    }

    private static bool IsDamage(SqliteException e) => e.SqliteErrorCode is 11 or 26; // corrupt, not a database

    private static void CreateOwnerOnly(string file)
    {
        // From the first byte on: there must be no moment at which others can open it.
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) how.UnixCreateMode = OwnerOnlyFile;
        new FileStream(file, how).Dispose();
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OwnerOnlyFolder);
    }

    private static void Flush(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Flush(flushToDisk: true);
    }

    [GeneratedRegex(@"^key-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.xml\z")]
    private static partial Regex KeyName();
}
