using Microsoft.Data.Sqlite;
using Scheduler.Core.Access;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Tests.Storage;

public sealed class BackupTests : IDisposable
{
    private static readonly Dictionary<string, IReadOnlyCollection<string>> None = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("scheduler-backup").FullName;
    private readonly ManualTime _clock = new();

    private string Copy => Path.Combine(_folder, "copy.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Make_WhileRunsAreWritten_IsOneWholeInstant()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var queue = scheduler.Get<RunQueue>();
        using var stop = new CancellationTokenSource();
        // Each write adds a run and a setting: a copy that has one without the other is torn.
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                await scheduler.Writer.WriteAsync(write =>
                {
                    queue.Enqueue(write, new NewRun { ScheduleName = new string('x', 500), Generation = 0, TriggerType = TriggerType.Manual, Priority = 0, Pool = "scan", JobKind = "noop", MaxAttempts = 1 });
                    write.Execute("INSERT INTO settings VALUES (?1, 'x', 0, 'x')", $"k{i}");
                }, default);
        });
        await Until.TrueAsync(() => scheduler.Writer.Writes > 200, "writes go on");

        for (var i = 0; i < 3; i++)
        {
            var file = Path.Combine(_folder, $"{i}.db");
            var before = scheduler.Writer.Writes;
            new Backup(scheduler.Options, TimeProvider.System).Make(file, TestScheduler.Ana);
            var (runs, settings) = ((long)Ask(file, "SELECT count(*) FROM runs")!, (long)Ask(file, "SELECT count(*) FROM settings WHERE key LIKE 'k%'")!);
            Assert.Equal(runs, settings);
            Assert.True(runs >= before - 1, "what was written before the copy began is in it");
            Assert.Equal("ok", Ask(file, "PRAGMA integrity_check"));
        }
        await stop.CancelAsync();
        await writing;
        Assert.Equal(["0.db", "1.db", "2.db"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "0.db")));
    }

    [Fact]
    public async Task MakeThenRestore_BringsBackWhatWasThere_WithTheKeys_AndKeepsWhatIsReplaced()
    {
        await using var scheduler = await TestScheduler.CreateAsync(_clock);
        var options = scheduler.Options;
        const string Key = "key-0f1e2d3c-0000-1111-2222-333344445555.xml";
        Directory.CreateDirectory(options.KeyFolder);
        await File.WriteAllTextAsync(Path.Combine(options.KeyFolder, Key), "<key/>");
        await File.WriteAllTextAsync(Path.Combine(options.KeyFolder, "notes.txt"), "no key");
        await scheduler.SaveAsync("kept", "manual");
        var first = (await scheduler.Control.RunNowAsync("kept", new RunRequest(), TestScheduler.Ana, default))!.Value;
        WriteLog(scheduler, first);
        var made = new Backup(options, _clock).Make(Copy, TestScheduler.Ana);
        await scheduler.SaveAsync("later", "manual");
        var second = (await scheduler.Control.RunNowAsync("later", new RunRequest(), TestScheduler.Ana, default))!.Value;
        WriteLog(scheduler, second);
        await CloseAsync(scheduler);
        File.Delete(Path.Combine(options.KeyFolder, Key));

        var restored = new Backup(options, _clock).Restore(Copy, TestScheduler.Ana, None);

        Assert.Equal((1, 1), (made.Keys, restored.Keys));
        Assert.Equal(made.TakenAt, restored.TakenAt);
        Assert.Equal("kept", Ask(options.DatabaseFile, "SELECT group_concat(name) FROM schedules"));
        Assert.Equal("kept,later", Ask(restored.ReplacedFile!, "SELECT group_concat(name) FROM (SELECT name FROM schedules ORDER BY name)"));
        Assert.Equal("restored", Ask(options.DatabaseFile, "SELECT action FROM audit ORDER BY id DESC LIMIT 1"));
        Assert.Null(Ask(options.DatabaseFile, "SELECT 1 FROM sqlite_master WHERE name LIKE 'backup_%'"));
        Assert.Equal("<key/>", await File.ReadAllTextAsync(Path.Combine(options.KeyFolder, Key)));
        // The number of the run that the copy does not know will be given again, and must not find a log.
        Assert.Equal(1, restored.MovedLogs);
        var log = new RunLog(options);
        Assert.NotEmpty(log.Kept(first));
        Assert.Empty(log.Kept(second));
        Assert.Single(Directory.GetFiles(restored.ReplacedFile + "-logs"));
        await using var again = await TestScheduler.CreateAsync(_clock, options.DataFolder);
        Assert.All(again.Get<DatabaseCheck>().Run(default), part => Assert.Empty(part.Problems));
        await again.SaveAsync("new", "manual");
        again.OwnsFolder = true;
    }

    [Fact]
    public async Task Restore_WhileAnEngineDrivesTheFolder_IsRefused()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.StartAsync();
        new Backup(scheduler.Options, _clock).Make(Copy, TestScheduler.Ana);

        var refused = Assert.Throws<DatabaseRefusedException>(() => new Backup(scheduler.Options, _clock).Restore(Copy, TestScheduler.Ana, None));

        Assert.Contains($"Process {Environment.ProcessId} on {Environment.MachineName} drives", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(scheduler.Options.BackupFolder));
    }

    [Fact]
    public async Task Restore_WhileAnotherProcessHasTheFileOpen_IsRefused_AndNothingIsChanged()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        new Backup(scheduler.Options, _clock).Make(Copy, TestScheduler.Ana);
        using var other = scheduler.Database.Open();
        using var reading = other.BeginTransaction(deferred: true);
        using var command = other.CreateCommand();
        command.Transaction = reading;
        command.CommandText = "SELECT count(*) FROM schedules";
        command.ExecuteScalar();

        var refused = Assert.Throws<DatabaseRefusedException>(() => new Backup(scheduler.Options, _clock).Restore(Copy, TestScheduler.Ana, None));

        Assert.StartsWith("Another process works on", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(scheduler.Options.DataFolder, "*.restoring"));
        Assert.Empty(Directory.GetFiles(scheduler.Options.BackupFolder));
    }

    [Theory]
    [InlineData("text", "is damaged or is no database")]
    [InlineData("empty", "is no database of Scheduler")]
    [InlineData("foreign", "is no database of Scheduler")]
    [InlineData("newer", "was written by a newer version of Scheduler (it has 29991231000000_Later)")]
    [InlineData("newer accounts", "was written by a newer version of Scheduler (it has 2)")]
    [InlineData("damaged", "is damaged")]
    [InlineData("dangling", "rows of schedule_labels point at rows that are not there")]
    public async Task Restore_OfWhatCannotBeUsed_IsRefused_AndNothingIsChanged(string copy, string says)
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        if (copy is not ("text" or "empty" or "foreign")) new Backup(scheduler.Options, _clock).Make(Copy, TestScheduler.Ana);
        switch (copy)
        {
            case "text":
                await File.WriteAllTextAsync(Copy, string.Concat(Enumerable.Repeat("no database ", 1000)));
                break;
            case "empty":
                await File.WriteAllTextAsync(Copy, "");
                break;
            case "foreign":
                Ask(Copy, "CREATE TABLE other (id INTEGER)");
                break;
            case "newer":
                Ask(Copy, "INSERT INTO __EFMigrationsHistory VALUES ('29991231000000_Later', '99')");
                break;
            case "newer accounts":
                Ask(Copy, "CREATE TABLE accounts (MigrationId TEXT)");
                Ask(Copy, "INSERT INTO accounts VALUES (1), (2)");
                break;
            case "damaged":
                var bytes = await File.ReadAllBytesAsync(Copy);
                for (var i = 4096; i < bytes.Length; i++) bytes[i] ^= 0x5A;
                await File.WriteAllBytesAsync(Copy, bytes);
                break;
            case "dangling":
                Ask(Copy, "PRAGMA foreign_keys = OFF; INSERT INTO schedule_labels (schedule_id, key, value) VALUES (999, 'a', 'b')");
                break;
        }
        await CloseAsync(scheduler);

        var refused = Assert.Throws<DatabaseRefusedException>(() =>
            new Backup(scheduler.Options, _clock).Restore(Copy, TestScheduler.Ana, new Dictionary<string, IReadOnlyCollection<string>> { ["accounts"] = ["1"] }));

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Equal("s", Ask(scheduler.Options.DatabaseFile, "SELECT name FROM schedules"));
        Assert.Empty(Directory.GetFiles(scheduler.Options.DataFolder, "*.restoring"));
        Assert.Empty(Directory.GetFiles(scheduler.Options.BackupFolder));
        Directory.Delete(scheduler.Options.DataFolder, recursive: true);
    }

    [Fact]
    public async Task Restore_OverADamagedDatabase_Works_AndKeepsTheDamagedOne()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        new Backup(scheduler.Options, _clock).Make(Copy, TestScheduler.Ana);
        await CloseAsync(scheduler);
        var junk = new byte[8192];
        Random.Shared.NextBytes(junk);
        await File.WriteAllBytesAsync(scheduler.Options.DatabaseFile, junk);

        var restored = new Backup(scheduler.Options, _clock).Restore(Copy, TestScheduler.Ana, None);

        Assert.Equal("s", Ask(scheduler.Options.DatabaseFile, "SELECT name FROM schedules"));
        Assert.Equal(junk, await File.ReadAllBytesAsync(restored.ReplacedFile!));
        Directory.Delete(scheduler.Options.DataFolder, recursive: true);
    }

    [Fact]
    public async Task Restore_OfAHostileCopy_WritesNoFileButKeys()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        new Backup(scheduler.Options, _clock).Make(Copy, TestScheduler.Ana);
        Ask(Copy, "INSERT INTO backup_keys VALUES ('../escaped.xml', x'00'), ('key-/../../escaped.xml', x'00'), ('appsettings.json', x'00')");
        var options = new SchedulerOptions { DataFolder = Path.Combine(_folder, "fresh") };

        var restored = new Backup(options, _clock).Restore(Copy, TestScheduler.Ana, None);

        Assert.Equal((0, null), (restored.Keys, restored.ReplacedFile));
        Assert.Equal(["backups", "engine.json", "engine.lock", "scheduler.db"], Directory.GetFileSystemEntries(options.DataFolder).Select(Path.GetFileName).Order());
        Assert.False(File.Exists(Path.Combine(_folder, "escaped.xml")));
    }

    [Fact]
    public async Task Make_OverAFileThatIsThere_IsRefused_AndAnEmptyOneIsFilled()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await File.WriteAllTextAsync(Copy, "yesterday's");

        Assert.Throws<DatabaseRefusedException>(() => new Backup(scheduler.Options, _clock).Make(Copy, TestScheduler.Ana));
        Assert.Equal("yesterday's", await File.ReadAllTextAsync(Copy));

        await File.WriteAllTextAsync(Copy, "");
        Assert.True(new Backup(scheduler.Options, _clock).Make(Copy, TestScheduler.Ana).Bytes > 10_000);
        Assert.Throws<AccessDeniedException>(() => new Backup(scheduler.Options, _clock).Make(Path.Combine(_folder, "x.db"), TestScheduler.Ana with { Role = Role.Operator }));
    }

    [Fact]
    public async Task Check_FindsDamage_DanglingRows_AndAnAuditLogThatWasTamperedWith()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("a", "manual");
        await scheduler.SaveAsync("b", "manual");
        await scheduler.SaveAsync("c", "manual");
        string Problem(string part) => string.Join(' ', scheduler.Get<DatabaseCheck>().Run(default).Single(p => p.Name == part).Problems);

        Assert.Equal(["integrity", "references", "audit", "statistics"], scheduler.Get<DatabaseCheck>().Run(default).Select(p => p.Name));
        Assert.Equal("", Problem("audit"));
        Ask(scheduler.Options.DatabaseFile, "UPDATE audit SET actor = 'eve' WHERE id = 2");
        Assert.Equal("Row 2 of the audit log was changed after it was written.", Problem("audit"));
        Ask(scheduler.Options.DatabaseFile, "DELETE FROM audit WHERE id = 2");
        Assert.Equal("Row 2 of the audit log is missing: the next one there is 3.", Problem("audit"));
        Ask(scheduler.Options.DatabaseFile, "UPDATE audit SET id = 2 WHERE id = 3");
        Assert.Equal("Row 2 of the audit log does not follow the row before it: one of the two was changed.", Problem("audit"));
        Ask(scheduler.Options.DatabaseFile, "PRAGMA foreign_keys = OFF; INSERT INTO schedule_labels (schedule_id, key, value) VALUES (999, 'a', 'b')");
        Assert.Equal("A row of schedule_labels points at a row of schedules that is not there.", Problem("references"));
    }

    [Fact]
    public async Task Check_OfWhatIsNoDatabase_SaysSo()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await CloseAsync(scheduler);
        await File.WriteAllTextAsync(scheduler.Options.DatabaseFile, string.Concat(Enumerable.Repeat("junk ", 2000)));
        using var database = new Database(scheduler.Options);

        var part = Assert.Single(new DatabaseCheck(database, null!).Run(default));

        Assert.Equal("integrity", part.Name);
        Assert.Contains("is damaged or is no database", part.Problems.Single(), StringComparison.Ordinal);
        Directory.Delete(scheduler.Options.DataFolder, recursive: true);
    }

    private static void WriteLog(TestScheduler scheduler, long run)
    {
        using var file = scheduler.Get<RunLog>().Write(run);
        file.Append(new Core.Jobs.JobEvent.LogLine(DateTimeOffset.UnixEpoch, Core.Jobs.LogStream.Info, "hello"));
    }

    // As a server that was stopped.
    private static async Task CloseAsync(TestScheduler scheduler)
    {
        scheduler.OwnsFolder = false;
        await scheduler.DisposeAsync();
    }

    private static object? Ask(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
