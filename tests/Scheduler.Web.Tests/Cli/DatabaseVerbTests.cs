using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

[Collection(ProgramTests.Name)]
public sealed class DatabaseVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _elsewhere = new();
    private readonly CliProgram _program;

    public DatabaseVerbTests() => _program = new CliProgram(_folder.Path);

    private string Copy => Path.Combine(_elsewhere.Path, "copy.db");

    [Fact]
    public async Task BesideAServer_BackupAndCheckWork_AndRestoreAndRebuildAreRefused()
    {
        using var server = await ServerProcess.StartAsync(_program);
        (await _program.RunAsync(["once", "-f", "-"], "apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata: { name: x }\nspec: { schedule: manual, job: { kind: noop } }\n")).Exits(0);

        var backup = await _program.RunAsync("db", "backup", Copy, "--json");
        var check = await _program.RunAsync("db", "check", "--json");
        var restore = await _program.RunAsync("db", "restore", Copy);
        var rebuild = await _program.RunAsync("db", "check", "--rebuild-statistics", "--json");
        var again = await _program.RunAsync("db", "backup", Copy);

        Assert.Equal(["file", "bytes", "keys", "takenAt"], backup.Exits(0).Json.EnumerateObject().Select(p => p.Name));
        Assert.True(backup.Json.GetProperty("keys").GetInt32() >= 1);
        Assert.True(check.Exits(0).Json.GetProperty("ok").GetBoolean());
        Assert.Equal(["integrity", "references", "audit", "statistics"], check.Json.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.Equal("2 rows", check.Json.GetProperty("checks")[3].GetProperty("looked").GetString());
        Assert.Contains("Stop it first", restore.Exits(3).Error, StringComparison.Ordinal);
        Assert.Contains("Stop it first", JsonElement.Parse(rebuild.Exits(3).Error).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("is there already", again.Exits(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARestoredFolder_ServesAsBefore()
    {
        (await _program.RunAsync("users", "add", "otto@example.com", "--role", "operator")).Exits(0);
        var token = (await _program.RunAsync("tokens", "add", "otto@example.com", "--name", "t")).Exits(0).Out.Trim();
        (await _program.RunAsync("db", "backup", Copy)).Exits(0);
        using var fresh = new TemporaryFolder();
        var other = new CliProgram(fresh.Path) { Token = token };

        var restored = (await other.RunAsync("db", "restore", Copy)).Exits(0).Out;
        using var server = await ServerProcess.StartAsync(other);

        Assert.StartsWith("The database is as it was at ", restored, StringComparison.Ordinal);
        (await other.RunAsync("schedules", "list")).Exits(0);
    }

    [Fact]
    public async Task Check_OfADatabaseThatIsNotWell_Exits1_AndRebuildMakesItWell()
    {
        (await _program.RunAsync(["once", "-f", "-"], "apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata: { name: x }\nspec: { schedule: manual, job: { kind: noop } }\n")).Exits(0);
        Do("UPDATE roll_ups SET count = 7");

        var bad = await _program.RunAsync("db", "check");
        var rebuilt = await _program.RunAsync("db", "check", "--rebuild-statistics");
        Do("UPDATE audit SET actor = 'eve' WHERE id = 1");
        var tampered = await _program.RunAsync("db", "check", "--json");

        Assert.Contains("statistics: NOT OK (2 rows)\n  2 of 2 figures are not what the runs say", bad.Exits(1).Out, StringComparison.Ordinal);
        Assert.Contains("statistics: ok (2 rows)\n", rebuilt.Exits(0).Out, StringComparison.Ordinal);
        Assert.False(tampered.Exits(1).Json.GetProperty("ok").GetBoolean());
        Assert.Equal("Row 1 of the audit log was changed after it was written.", tampered.Json.GetProperty("checks")[2].GetProperty("problems")[0].GetString());
    }

    [Fact]
    public async Task BadInput_Exits2_WhatIsNotThere4_WhatIsNoCopy3()
    {
        (await _program.RunAsync("db", "backup")).Exits(2);
        (await _program.RunAsync("db", "backup", Copy)).Exits(4);
        (await _program.RunAsync("db", "check")).Exits(4);
        (await _program.RunAsync("db", "restore", Copy)).Exits(4);
        (await _program.RunAsync("db", "restore", _program.File("x.txt", new string('x', 5000)))).Exits(3);
    }

    private void Do(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "scheduler.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _elsewhere.Dispose();
    }
}
