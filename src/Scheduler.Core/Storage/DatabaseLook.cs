using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Storage;

/// <summary>What keeps the database from being used.</summary>
public enum DatabaseFault { Missing, Empty, ReadOnly, Damaged, Foreign, Newer, Unusable, Network }

/// <summary>Why the program must not work on the database.</summary>
/// <param name="File">The whole path.</param>
/// <param name="Reason">A sentence that names the file.</param>
public sealed record DatabaseTrouble(DatabaseFault Fault, string File, string Reason);

/// <summary>A copy that lies in the backup folder.</summary>
/// <param name="File">The whole path.</param>
/// <param name="WrittenAt">When the file was last written.</param>
/// <param name="Complaint">Why it can't be used; null for one that is whole and of this version or an older one.</param>
public sealed record DatabaseCopy(string File, long Bytes, DateTimeOffset WrittenAt, string? Complaint);

/// <summary>
/// Looks at the database file before anything opens it, and writes nothing: neither the file nor anything beside it changes. So that what is
/// damaged stays as it is for whoever repairs it, and what is gone is not replaced by an empty database in silence.
/// </summary>
/// <param name="options">Names the files.</param>
/// <param name="known">The migrations that this build knows of other contexts over the same file, by the name of their history table.</param>
/// <param name="mounts">In place of the machine's own, as <c>/proc/mounts</c> has them; null for the machine's.</param>
public sealed class DatabaseLook(SchedulerOptions options, IReadOnlyDictionary<string, IReadOnlyCollection<string>> known, string? mounts = null)
{
    private const string OwnHistory = "__EFMigrationsHistory";
    private const int MostCopies = 8;

    /// <summary>In bytes, some seconds of reading: every page of a file up to this is checked at the start. Of a larger one <c>db check</c> checks them.</summary>
    private const long LargestChecked = 512L << 20;

    private const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private string Database => Path.GetFullPath(options.DatabaseFile);

    /// <summary>What is wrong; null where the program may start, a first start included.</summary>
    public DatabaseTrouble? Find()
    {
        if (FindNetwork(options, mounts) is { } away) return away;
        if (FindLost(options) is { } lost) return lost;
        var file = Database;
        if (!File.Exists(file) || new FileInfo(file).Length == 0) return null;
        if (WhyNotWritable(file) is { } why) return new DatabaseTrouble(DatabaseFault.ReadOnly, file, $"{file} can't be written: {why}");
        return FindInside(file);
    }

    /// <summary>A data folder on another machine's disk.</summary>
    internal static DatabaseTrouble? FindNetwork(SchedulerOptions options, string? mounts = null)
    {
        var folder = Path.GetFullPath(options.DataFolder);
        return (mounts is null ? NetworkFolder.TypeOf(folder) : NetworkFolder.TypeOf(mounts, folder)) is { } type
            ? new DatabaseTrouble(DatabaseFault.Network, Path.GetFullPath(options.DatabaseFile), $"{folder} lies on a network file system ({type}), where the locks that keep two programs from writing at once can't be relied on. The data folder must be on a local disk.")
            : null;
    }

    /// <summary>A file that is gone or empty, in a folder that has been worked in. Costs next to nothing.</summary>
    internal static DatabaseTrouble? FindLost(SchedulerOptions options)
    {
        var file = new FileInfo(Path.GetFullPath(options.DatabaseFile));
        if (file is { Exists: true, Length: > 0 } || !WasInUse(options)) return null;
        return file.Exists
            ? new DatabaseTrouble(DatabaseFault.Empty, file.FullName, $"{file.FullName} is empty, though this folder has been in use.")
            : new DatabaseTrouble(DatabaseFault.Missing, file.FullName, $"{file.FullName} is not there, though this folder has been in use.");
    }

    /// <summary>The newest files in the backup folder, newest first, each looked at as the database itself is.</summary>
    public IReadOnlyList<DatabaseCopy> Copies(CancellationToken ct)
    {
        if (!Directory.Exists(options.BackupFolder)) return [];
        var copies = new List<DatabaseCopy>();
        foreach (var file in new DirectoryInfo(Path.GetFullPath(options.BackupFolder)).EnumerateFiles("*.db").OrderByDescending(f => f.LastWriteTimeUtc).Take(MostCopies))
        {
            ct.ThrowIfCancellationRequested();
            var trouble = file.Length == 0 ? new DatabaseTrouble(DatabaseFault.Empty, file.FullName, $"{file.FullName} is empty.") : FindInside(file.FullName);
            copies.Add(new DatabaseCopy(file.FullName, file.Length, file.LastWriteTimeUtc, trouble?.Reason));
        }
        return copies;
    }

    /// <summary>Names, sizes and times of the database and of the copies: while it stays the same, so does what <see cref="Find"/> says of the files' content.</summary>
    public string Stamp() => string.Join('|', new[] { options.DataFolder, options.BackupFolder }.Where(Directory.Exists)
        .SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles("*.db*")).OrderBy(f => f.FullName, StringComparer.Ordinal)
        .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks} {f.UnixFileMode}")));

    /// <summary>What a start that failed on the database says; null for a failure that is not the database's.</summary>
    public DatabaseTrouble? Of(Exception e) => e switch
    {
        DatabaseRefusedException => Find() ?? new DatabaseTrouble(DatabaseFault.Unusable, Database, e.Message),
        SqliteException { SqliteErrorCode: 5 or 6 } => new DatabaseTrouble(DatabaseFault.Unusable, Database, $"Another program holds {Database} and does not let go of it."),
        SqliteException => Find() ?? new DatabaseTrouble(DatabaseFault.Unusable, Database, $"{Database} can't be used: {e.Message}"),
        UnauthorizedAccessException => new DatabaseTrouble(DatabaseFault.ReadOnly, Database, $"The folder of {Database} can't be written: {e.Message}"),
        _ => null,
    };

    private static bool WasInUse(SchedulerOptions options) =>
        Directory.Exists(options.DataFolder)
        && (File.Exists(Path.Combine(options.DataFolder, "engine.json")) || HasFiles(options.LogFolder) || HasFiles(options.BackupFolder));

    private static bool HasFiles(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any();

    private static string? WhyNotWritable(string file)
    {
        // Whoever is root may write all the same; a file without any right to write is meant to stay as it is.
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & AnyWrite) == 0) return "nobody has the right to write it.";
        try
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return e.Message;
        }
    }

    private DatabaseTrouble? FindInside(string file)
    {
        // A transaction that a crash left in a rollback journal has to be undone first, which is writing. It is SQLite's to do at the start.
        if (File.Exists(file + "-journal")) return null;
        try
        {
            if (FindInHeader(file) is { } wrong) return Damaged(wrong);
            using var connection = OpenToLook(file);
            if (new FileInfo(file).Length <= LargestChecked && Rows(connection, "PRAGMA integrity_check(1)")[0] is not "ok" and var complaint) return Damaged(complaint.Replace("*** in database main ***\n", "", StringComparison.Ordinal));
            return FindStrange(connection, file);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6)
        {
            return null; // somebody works on it; the start waits for them
        }
        catch (SqliteException e)
        {
            return Damaged(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DatabaseTrouble(DatabaseFault.Unusable, file, $"{file} can't be read: {e.Message}");
        }

        DatabaseTrouble Damaged(string what) => new(DatabaseFault.Damaged, file, $"{file} is damaged: {what.TrimEnd('.')}.");
    }

    private DatabaseTrouble? FindStrange(SqliteConnection connection, string file)
    {
        var tables = Rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table'");
        if (tables.Count == 0) return null; // a first start that came no further
        if (!tables.Contains(OwnHistory)) return new DatabaseTrouble(DatabaseFault.Foreign, file, $"{file} is a database of another program.");
        using var database = new Database(options);
        using var db = database.Read();
        var own = db.Database.GetMigrations().ToList();
        foreach (var (table, migrations) in known.Append(new(OwnHistory, own)).Where(k => tables.Contains(k.Key)))
            if (Rows(connection, $"SELECT MigrationId FROM {table} ORDER BY MigrationId").Except(migrations).LastOrDefault() is { } newer)
                return new DatabaseTrouble(DatabaseFault.Newer, file, $"{file} was written by a newer version of Scheduler (it has {newer}).");
        // Where nothing is left to migrate, each column must be there: a damaged definition of a table is sound as far as SQLite can tell.
        if (Rows(connection, $"SELECT MigrationId FROM {OwnHistory}").Count == own.Count)
            foreach (var entity in db.Model.GetEntityTypes())
                Rows(connection, $"SELECT {string.Join(", ", entity.GetProperties().Select(p => $"\"{entity.GetTableName()}\".\"{p.GetColumnName()}\""))} FROM \"{entity.GetTableName()}\" LIMIT 0");
        return null;
    }

    private static string? FindInHeader(string file)
    {
        Span<byte> header = stackalloc byte[20];
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !header[..16].SequenceEqual("SQLite format 3\0"u8) || header[18] is not (1 or 2) || header[19] is not (1 or 2))
            return "its header is not one that SQLite writes";
        var page = (header[16] << 8 | header[17]) is 1 ? 65536 : header[16] << 8 | header[17];
        // SQLite itself would read zeros for what is missing of the last page.
        return page >= 512 && stream.Length % page != 0 && !HasWal(file) ? $"it is cut short, at {stream.Length} bytes" : null;
    }

    private static bool HasWal(string file) => new FileInfo(file + "-wal") is { Exists: true, Length: > 0 };

    // Where there is no WAL, the file is all there is, and SQLite is told that it does not change: then it makes no companions. Where a
    // crash left a WAL, that belongs to the truth; a read-only connection reads it and folds nothing back.
    private static SqliteConnection OpenToLook(string file)
    {
        var source = HasWal(file) ? file : new Uri(file).AbsoluteUri + "?immutable=1";
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = source, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 1 }.ToString());
        connection.Open();
        return connection;
    }

    private static List<string> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture) ?? "");
        return rows;
    }
}
