using Microsoft.Data.Sqlite;
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
    }

    [Fact]
    public void SameText_IsCompiledOnce_AndSeesItsNewValues()
    {
        using var transaction = _connection.BeginTransaction();
        var first = _statements.Take("SELECT ?1 || ?2", transaction, ["a", null]);
        Assert.Equal(DBNull.Value, first.ExecuteScalar());
        first.Dispose();
        using var second = _statements.Take("SELECT ?1 || ?2", transaction, ["b", 7]);
        Assert.Same(first, second);
        Assert.Equal("b7", second.ExecuteScalar());
    }

    [Fact]
    public void SameText_InUseTwice_DoesNotMixTheTwo()
    {
        using var transaction = _connection.BeginTransaction();
        using var outer = _statements.Take("WITH n(i) AS (VALUES (1), (2), (3)) SELECT i + ?1 FROM n", transaction, [10]);
        using var reader = outer.ExecuteReader();
        var seen = new List<(long, long)>();
        while (reader.Read())
        {
            using var inner = _statements.Take("WITH n(i) AS (VALUES (1), (2), (3)) SELECT i + ?1 FROM n", transaction, [reader.GetInt64(0) * 100]);
            seen.Add((reader.GetInt64(0), (long)inner.ExecuteScalar()!));
        }
        Assert.Equal([(11, 1101), (12, 1201), (13, 1301)], seen);
    }

    [Fact]
    public void StatementThatFailed_WorksTheNextTime_InAnotherTransaction()
    {
        using (var transaction = _connection.BeginTransaction())
        {
            Do("CREATE TABLE t (id INTEGER PRIMARY KEY)", transaction);
            Do("INSERT INTO t VALUES (?1)", transaction, 1);
            Assert.Throws<SqliteException>(() => Do("INSERT INTO t VALUES (?1)", transaction, 1));
            transaction.Commit();
        }
        using (var transaction = _connection.BeginTransaction())
        {
            Do("INSERT INTO t VALUES (?1)", transaction, 2);
            transaction.Commit();
        }
        using var count = _connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM t";
        Assert.Equal(2L, count.ExecuteScalar());
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    private void Do(string sql, SqliteTransaction transaction, params object?[] values)
    {
        using var command = _statements.Take(sql, transaction, values);
        command.ExecuteNonQuery();
    }
}
