using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Storage;

public sealed class DatabaseTests
{
    [Fact]
    public async Task Prepare_NewFolder_IsForItsOwnerOnlyAndInWalMode()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        using var connection = scheduler.Database.Open();
        Assert.Equal("wal", Ask(connection, "PRAGMA journal_mode"));
        Assert.Equal(2L, Ask(connection, "PRAGMA synchronous")); // FULL
        Assert.Equal(1L, Ask(connection, "PRAGMA foreign_keys"));
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(scheduler.Options.DataFolder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scheduler.Options.DatabaseFile));
    }

    [Fact]
    public async Task Prepare_FileOfANewerVersion_IsRefusedAndLeftAlone()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        using (var connection = scheduler.Database.Open())
            Ask(connection, "INSERT INTO __EFMigrationsHistory VALUES ('29990101000000_FromTheFuture', '99.0')");
        var refused = await Assert.ThrowsAsync<DatabaseRefusedException>(() => scheduler.Get<DatabaseStartup>().PrepareAsync(default));
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_FileThatIsNoDatabase_IsRefusedAndLeftAlone()
    {
        var folder = Path.Combine(Path.GetTempPath(), "scheduler-tests", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "scheduler.db");
        var junk = string.Concat(Enumerable.Repeat("this is not a database ", 400));
        await File.WriteAllTextAsync(file, junk);
        var refused = await Assert.ThrowsAsync<DatabaseRefusedException>(() => TestScheduler.CreateAsync(folder: folder));
        Assert.Contains("damaged or is no database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(junk, await File.ReadAllTextAsync(file));
        Directory.Delete(folder, true);
    }

    [Fact]
    public async Task Prepare_StaleMigrationLock_DoesNotHoldUpTheStart()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        using (var connection = scheduler.Database.Open())
        {
            // What kill -9 in the middle of a first migration leaves behind.
            Ask(connection, "DELETE FROM __EFMigrationsHistory");
            Ask(connection, "PRAGMA foreign_keys = OFF");
            foreach (var table in TablesOf(connection)) Ask(connection, $"DROP TABLE {table}");
            Ask(connection, "CREATE TABLE IF NOT EXISTS __EFMigrationsLock (Id INTEGER PRIMARY KEY, Timestamp TEXT NOT NULL)");
            Ask(connection, "INSERT OR REPLACE INTO __EFMigrationsLock VALUES (1, '2026-01-01')");
        }
        await scheduler.Get<DatabaseStartup>().PrepareAsync(default).WaitAsync(TimeSpan.FromSeconds(30));
        await scheduler.SaveAsync("s", "manual");
    }

    [Fact]
    public async Task Write_OneOfAGroupFails_TheOthersAreOnDisk()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var good = Enumerable.Range(0, 50).Select(i => scheduler.Writer.WriteAsync(w => w.Execute("INSERT INTO settings VALUES (?1, 'x', 0, 'x')", $"k{i}"), default)).ToList();
        var bad = scheduler.Writer.WriteAsync(w =>
        {
            w.Execute("INSERT INTO settings VALUES ('half', 'x', 0, 'x')");
            throw new InvalidOperationException("on purpose");
#pragma warning disable CS0162
            return 0;
#pragma warning restore CS0162
        }, default);
        await Task.WhenAll(good);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        await using var db = scheduler.Database.Read();
        Assert.Equal(50, await db.Settings.CountAsync());
        Assert.True(scheduler.Writer.Commits < 51, "writes that wait together share a commit");
    }

    [Fact]
    public async Task Write_WhileAnotherProcessHoldsTheLock_WaitsAndIsNotLost()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        using var other = scheduler.Database.Open();
        Ask(other, "BEGIN EXCLUSIVE");
        var write = scheduler.Writer.WriteAsync(w => w.Execute("INSERT INTO settings VALUES ('k', 'x', 0, 'x')"), default);
        Assert.False(write.IsCompleted);
        Ask(other, "COMMIT");
        Assert.Equal(1, await write);
    }

    private static List<string> TablesOf(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_EF%' ESCAPE '\\'";
        using var reader = command.ExecuteReader();
        var tables = new List<string>();
        while (reader.Read()) tables.Add(reader.GetString(0));
        return tables;
    }

    private static object? Ask(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
