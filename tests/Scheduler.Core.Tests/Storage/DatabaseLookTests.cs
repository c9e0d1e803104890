using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Storage;

/// <summary>Files that something bad has happened to, each a copy of one real database with schedules, runs and an audit log.</summary>
public sealed class DatabaseLookTests : IAsyncLifetime, IDisposable
{
    private readonly TempFolder _folder = new();
    private SchedulerOptions _options = null!;
    private byte[] _sound = null!;

    private DatabaseLook Look => new(_options, new Dictionary<string, IReadOnlyCollection<string>>());
    private string File => _options.DatabaseFile;

    public async Task InitializeAsync()
    {
        _options = new SchedulerOptions { DataFolder = _folder.At("data") };
        var scheduler = await TestScheduler.CreateAsync(folder: _options.DataFolder);
        await scheduler.StartAsync();
        for (var i = 0; i < 40; i++) await scheduler.SaveAsync($"nightly-{i}", "0 2 * * *");
        var id = (await scheduler.Control.RunNowAsync("nightly-0", new Core.Runs.RunRequest(), TestScheduler.Ana, default))!.Value;
        await scheduler.EndedAsync(id);
        await scheduler.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Assert.False(System.IO.File.Exists(File + "-wal"));
        _sound = await System.IO.File.ReadAllBytesAsync(File);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_SoundFile_SaysNothingAndLeavesNothingBehind()
    {
        var before = Files();
        Assert.Null(Look.Find());
        Assert.Equal(before, Files());
    }

    [Fact]
    public void Find_NoFolderYet_SaysNothing() => Assert.Null(new DatabaseLook(new SchedulerOptions { DataFolder = _folder.At("new") }, new Dictionary<string, IReadOnlyCollection<string>>()).Find());

    [Fact]
    public async Task Find_AByteChangedAnywhere_EitherRefusesOrTheProgramWorksOnASoundDatabase()
    {
        var random = new Random(20261121);
        // The header and the first page's table of contents are where most meaning lies, so that some of the fifty fall there.
        var offsets = Enumerable.Range(0, 50).Select(i => i < 12 ? random.Next(0, 200) : random.Next(0, _sound.Length)).ToList();
        var refused = 0;
        foreach (var offset in offsets)
        {
            var flipped = (byte[])_sound.Clone();
            flipped[offset] ^= (byte)random.Next(1, 256);
            System.IO.File.WriteAllBytes(File, flipped);
            var before = Files();

            var trouble = Look.Find();

            Assert.Equal(before, Files());
            if (trouble is not null)
            {
                refused++;
                Assert.Contains(Path.GetFullPath(File), trouble.Reason, StringComparison.Ordinal);
                continue;
            }
            await using (var scheduler = await TestScheduler.CreateAsync(folder: _options.DataFolder))
            {
                using var connection = scheduler.Database.Open();
                Assert.Equal("ok", Ask(connection, "PRAGMA integrity_check"));
                Assert.Equal(40L, Ask(connection, "SELECT count(*) FROM schedules"));
            }
            SqliteConnection.ClearAllPools();
        }
        Assert.InRange(refused, 2, 49); // else the flips say nothing
    }

    [Theory]
    [InlineData(1)]     // not even a header
    [InlineData(4096)]  // the first page alone
    [InlineData(-1)]    // the last byte is gone
    [InlineData(-4096)] // a whole page is gone
    public void Find_FileCutShort_IsDamaged(int length)
    {
        System.IO.File.WriteAllBytes(File, length > 0 ? _sound[..length] : _sound[..^-length]);
        var before = Files();
        Assert.Equal(DatabaseFault.Damaged, Look.Find()?.Fault);
        Assert.Equal(before, Files());
    }

    [Theory]
    [InlineData(true, DatabaseFault.Empty)]
    [InlineData(false, DatabaseFault.Missing)]
    public async Task FileEmptiedOrGone_InAFolderThatWasInUse_IsNotReplacedByANewDatabase(bool isThere, DatabaseFault expected)
    {
        System.IO.File.Delete(File);
        if (isThere) System.IO.File.WriteAllBytes(File, []);
        Assert.Equal(expected, Look.Find()?.Fault);
        var refused = await Assert.ThrowsAsync<DatabaseRefusedException>(() => TestScheduler.CreateAsync(folder: _options.DataFolder));
        Assert.Contains(Path.GetFullPath(File), refused.Message, StringComparison.Ordinal);
        Assert.Equal(isThere, new FileInfo(File) is { Exists: true, Length: 0 });
    }

    [Fact]
    public void Find_EmptyFileOfAFirstStartThatWasCutShort_SaysNothing()
    {
        var options = new SchedulerOptions { DataFolder = _folder.At("first") };
        Directory.CreateDirectory(options.DataFolder);
        System.IO.File.WriteAllBytes(options.DatabaseFile, []);
        Assert.Null(new DatabaseLook(options, new Dictionary<string, IReadOnlyCollection<string>>()).Find());
    }

    [Fact]
    public void Find_NewerSchema_SaysSo()
    {
        Change("INSERT INTO __EFMigrationsHistory VALUES ('29990101000000_FromTheFuture', '99.0')");
        Assert.Equal(DatabaseFault.Newer, Look.Find()?.Fault);
        Assert.Contains("29990101000000_FromTheFuture", Look.Find()!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_AnotherProgramsDatabase_SaysSo()
    {
        System.IO.File.Delete(File);
        Change("CREATE TABLE bookmarks (id INTEGER)");
        Assert.Equal(DatabaseFault.Foreign, Look.Find()?.Fault);
    }

    [Fact]
    public void Find_FileThatNobodyMayWrite_IsReadOnly()
    {
        if (OperatingSystem.IsWindows()) return;
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal(DatabaseFault.ReadOnly, Look.Find()?.Fault);
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Null(Look.Find());
    }

    [Fact]
    public async Task Find_AfterAKillWithAWalLeft_ReadsItAndLeavesItWhereItIs()
    {
        // Copied while it is open, as kill -9 leaves it: the newest schedule is in the WAL alone.
        var left = new SchedulerOptions { DataFolder = _folder.At("left") };
        Directory.CreateDirectory(left.DataFolder);
        await using (var scheduler = await TestScheduler.CreateAsync(folder: _options.DataFolder))
        {
            await scheduler.SaveAsync("in-the-wal", "0 3 * * *");
            foreach (var companion in (string[])["", "-wal"]) System.IO.File.Copy(File + companion, left.DatabaseFile + companion);
        }
        var before = Contents(left.DataFolder, "scheduler.db", "scheduler.db-wal");

        Assert.Null(new DatabaseLook(left, new Dictionary<string, IReadOnlyCollection<string>>()).Find());

        Assert.Equal(before, Contents(left.DataFolder, "scheduler.db", "scheduler.db-wal"));
        await using var again = await TestScheduler.CreateAsync(folder: left.DataFolder);
        Assert.NotNull(await again.Schedules.GetAsync("in-the-wal", default));
    }

    [Fact]
    public void Copies_AreCheckedOneByOne_NewestFirst()
    {
        Directory.CreateDirectory(_options.BackupFolder);
        System.IO.File.WriteAllBytes(_folder.At("data/backups/good.db"), _sound);
        System.IO.File.WriteAllBytes(_folder.At("data/backups/short.db"), _sound[..^5000]);
        System.IO.File.SetLastWriteTimeUtc(_folder.At("data/backups/good.db"), new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));
        System.IO.File.SetLastWriteTimeUtc(_folder.At("data/backups/short.db"), new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc));

        var copies = Look.Copies(default);

        Assert.Equal(["short.db", "good.db"], copies.Select(c => Path.GetFileName(c.File)));
        Assert.Contains("damaged", copies[0].Complaint, StringComparison.Ordinal);
        Assert.Null(copies[1].Complaint);
        Assert.Equal(_sound.Length, copies[1].Bytes);
        Assert.Equal(2, Directory.GetFiles(_options.BackupFolder).Length);
    }

    private void Change(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        Ask(connection, sql);
    }

    private static object? Ask(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private List<string> Files() => Contents(_options.DataFolder, "*");

    private static List<string> Contents(string folder, params string[] patterns) =>
        [.. patterns.SelectMany(p => Directory.GetFiles(folder, p)).Order(StringComparer.Ordinal).Select(f => $"{Path.GetFileName(f)} {Convert.ToHexString(SHA256.HashData(System.IO.File.ReadAllBytes(f)))}")];
}
