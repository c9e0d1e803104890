using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Storage;

public sealed class UpgradeTests
{
    [Fact]
    public async Task Migrate_AnOlderFile_CopiesItFirst_AndTheCopyIsWhatWasThere()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await using var db = new TwoStepDb(scheduler.Database.Configure(new DbContextOptionsBuilder<TwoStepDb>()).UseSqlite(sqlite => sqlite.MigrationsHistoryTable("__two_step")).Options);
        await db.GetService<IMigrator>().MigrateAsync("20260101000000_One");
        await scheduler.SaveAsync("kept", "manual");

        await scheduler.Get<DatabaseStartup>().MigrateAsync(db, "two-step", default);
        await scheduler.Get<DatabaseStartup>().MigrateAsync(db, "two-step", default); // nothing left to do, so no second copy

        var copy = Assert.Single(Directory.GetFiles(scheduler.Options.BackupFolder));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
        Assert.Equal(["step_one"], Tables(copy));
        Assert.Equal(["step_one", "step_two"], Tables(scheduler.Options.DatabaseFile));
        Assert.Equal("kept", Ask(copy, "SELECT name FROM schedules"));
        Assert.Equal("ok", Ask(copy, "PRAGMA integrity_check"));
    }

    private static List<string> Tables(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_master WHERE name LIKE 'step%' ORDER BY name";
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read()) names.Add(reader.GetString(0));
        return names;
    }

    private static string? Ask(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as string;
    }
}

/// <summary>A schema with two versions, so that an upgrade can be tried.</summary>
internal sealed class TwoStepDb(DbContextOptions<TwoStepDb> options) : DbContext(options);

[DbContext(typeof(TwoStepDb))]
[Migration("20260101000000_One")]
internal sealed class StepOne : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("CREATE TABLE step_one (id INTEGER)");
}

[DbContext(typeof(TwoStepDb))]
[Migration("20260102000000_Two")]
internal sealed class StepTwo : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("CREATE TABLE step_two (id INTEGER)");
}
