using Microsoft.Data.Sqlite;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Tests.Storage;

public sealed class StatementsTests : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly Statements _statements;

    public StatementsTests()
    {
        _connection.Open();
        _statements = new Statements(_connection);
        _statements.Execute("CREATE TABLE things (id INTEGER PRIMARY KEY, value, name TEXT UNIQUE)", []);
    }

    public static TheoryData<object?, object?> Values => new()
    {
        { null, null },
        { 7, 7L },
        { long.MinValue, long.MinValue },
        { 0, 0L },
        { true, 1L },
        { false, 0L },
        { 0.25, 0.25 },
        { "", "" },
        { "née 🙂", "née 🙂" },
        { new string('ü', 256), new string('ü', 256) },
        { new string('ü', 257), new string('ü', 257) },
        { RunStatus.Skipped, 8L },
        { TimeSpan.FromSeconds(1.5), 1500L },
        { DateTimeOffset.UnixEpoch.AddHours(1).ToOffset(TimeSpan.FromHours(9)), 3_600_000L },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_IsStoredAsSqliteKeepsIt(object? value, object? stored) => Assert.Equal(stored, _statements.Scalar("SELECT ?1", [value]));

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0, 255, 0 })]
    public void Bytes_ComeBackAsTheyWere_AndAreNotNull(byte[] bytes)
    {
        Assert.Equal(bytes, _statements.Scalar("SELECT ?1", [bytes]));
        Assert.Equal("blob", _statements.Scalar("SELECT typeof(?1)", [bytes]));
        using var rows = _statements.Query("SELECT ?1", [bytes]);
        Assert.True(rows.Read());
        Assert.Equal(bytes, rows.GetBytes(0).ToArray());
    }

    [Fact]
    public void TextWithANul_IsStoredWhole() => Assert.Equal("6100620A", _statements.Scalar("SELECT hex(?1)", ["a\0b\n"]));

    [Fact]
    public void EmptyText_IsNotNull() => Assert.Equal("text", _statements.Scalar("SELECT typeof(?1)", [""]));

    [Fact]
    public void Columns_AreReadByTheirTypes_AndNullOnlyWhereItIsAskedFor()
    {
        using var rows = _statements.Query("SELECT 5, 'five', NULL, 0, 86400000", []);
        Assert.True(rows.Read());
        Assert.Equal((5L, 5, true), (rows.GetInt64(0), rows.GetInt32(0), rows.GetBoolean(0)));
        Assert.Equal("five", rows.GetString(1));
        Assert.Equal((0L, false), (rows.GetInt64(3), rows.GetBoolean(3)));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddDays(1), rows.GetInstant(4));
        Assert.True(rows.IsNull(2));
        Assert.Null(rows.GetInstant(2));
        Assert.Null(rows.GetValue(2));
        Assert.Throws<InvalidOperationException>(() => rows.GetInt64(2));
        Assert.Throws<InvalidOperationException>(() => rows.GetString(2));
        Assert.Throws<InvalidOperationException>(() => rows.GetBytes(2).Length);
        Assert.False(rows.Read());
    }

    [Fact]
    public void Execute_SaysHowManyRowsItConcerned()
    {
        Assert.Equal(1, _statements.Execute("INSERT INTO things (value, name) VALUES (1, ?1)", ["one"]));
        Assert.Equal(0, _statements.Execute("INSERT OR IGNORE INTO things (value, name) VALUES (1, ?1)", ["one"]));
        Assert.Equal(1, _statements.Execute("INSERT INTO things (value, name) VALUES (1, ?1)", ["two"]));
        Assert.Equal(2, _statements.Execute("UPDATE things SET value = 2", []));
        Assert.Equal(0, _statements.Execute("UPDATE things SET value = 3 WHERE value = ?1", [1]));
    }

    [Fact]
    public void WhatAChangeReturns_IsRead_AndAllOfItIsDoneBeforeTheFirstRow()
    {
        _statements.Execute("INSERT INTO things (value) VALUES (1), (2), (3)", []);
        Assert.Equal(4L, _statements.Scalar("INSERT INTO things (value) VALUES (4) RETURNING id", []));
        using (var rows = _statements.Query("UPDATE things SET value = 0 RETURNING id", []))
            Assert.True(rows.Read());
        Assert.Equal(4L, _statements.Scalar("SELECT count(*) FROM things WHERE value = 0", []));
    }

    [Fact]
    public void OneStatement_CanBeInUseTwice()
    {
        _statements.Execute("INSERT INTO things (value) VALUES (1), (2)", []);
        const string Sql = "SELECT value FROM things ORDER BY id";
        using var outer = _statements.Query(Sql, []);
        var pairs = new List<(long, long)>();
        while (outer.Read())
        {
            using var inner = _statements.Query(Sql, []);
            while (inner.Read()) pairs.Add((outer.GetInt64(0), inner.GetInt64(0)));
        }
        Assert.Equal([(1, 1), (1, 2), (2, 1), (2, 2)], pairs);
    }

    [Fact]
    public void Statement_IsCompiledOnce_AndForgetsWhatItWasGiven()
    {
        const string Sql = "SELECT ?1";
        var first = _statements.Query(Sql, ["secret"]);
        Assert.True(first.Read());
        first.Dispose();
        using var second = _statements.Query(Sql, [2]);
        Assert.Same(first, second);
        Assert.True(second.Read());
        Assert.Equal(2, second.GetInt64(0));
    }

    [Fact]
    public void WhatSqliteRefuses_IsItsException_AndTheStatementCanBeUsedAgain()
    {
        const string Sql = "INSERT INTO things (name) VALUES (?1)";
        _statements.Execute(Sql, ["one"]);
        var refused = Assert.Throws<SqliteException>(() => _statements.Execute(Sql, ["one"]));
        Assert.Equal(19, refused.SqliteErrorCode); // a constraint
        Assert.Contains("things.name", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, _statements.Execute(Sql, ["two"]));
        Assert.Throws<SqliteException>(() => _statements.Execute("SELECT nothing FROM nowhere", []));
    }

    [Fact]
    public void FewerValuesThanParameters_OrOneThatCannotBeStored_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => _statements.Scalar("SELECT ?2", [1]));
        Assert.Throws<ArgumentException>(() => _statements.Scalar("SELECT ?1", [new object()]));
        Assert.Equal(1L, _statements.Scalar("SELECT ?1", [1]));
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }
}
