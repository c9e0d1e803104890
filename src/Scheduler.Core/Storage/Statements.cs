using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Scheduler.Core.Storage;

/// <summary>
/// The compiled statements of one connection. SQLite takes longer to compile most of the writer's statements than to execute them, so each is compiled once and waits here for its
/// next use. They are executed by SQLite's own functions: ADO.NET's command and reader cost more than the statement itself. Not safe for concurrent use.
/// </summary>
/// <param name="connection">Open, and left open.</param>
internal sealed class Statements(SqliteConnection connection) : IDisposable
{
    // The program has some two hundred; text that holds values would otherwise be kept for ever.
    private const int Most = 400;

    private readonly Dictionary<string, Rows> _idle = new(StringComparer.Ordinal);
    private readonly sqlite3 _handle = SqliteNative.HandleOf(connection);
    private bool _isClosed;

    public SqliteConnection Connection => connection;

    /// <summary>What a statement finds. Nothing is executed before the first <see cref="Rows.Read"/>. The caller disposes it.</summary>
    /// <param name="sql">One statement. Its text is constant: what varies comes as a value, so that it is compiled once.</param>
    /// <param name="values">Named by their position: ?1, ?2, …. An instant is stored as milliseconds since 1970, a length of time as milliseconds, a truth as 0 or 1, a choice as its number.</param>
    public Rows Query(string sql, ReadOnlySpan<object?> values)
    {
        // One that is in use twice at the same time is compiled twice, and the second one is let go.
        if (!_idle.Remove(sql, out var rows)) rows = new Rows(this, _handle, sql);
        try
        {
            rows.Bind(values);
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>Executes a statement to its end.</summary>
    /// <returns>How many rows the last change in it concerned.</returns>
    public int Execute(string sql, ReadOnlySpan<object?> values)
    {
        using var rows = Query(sql, values);
        while (rows.Read())
        {
            // What it returns nobody asked for.
        }
        return raw.sqlite3_changes(_handle);
    }

    /// <summary>Adds one row. Sooner than with RETURNING, which makes a table of its answer.</summary>
    /// <returns>The row's number; null where it stood in conflict with another and was left out.</returns>
    public long? Insert(string sql, ReadOnlySpan<object?> values) => Execute(sql, values) == 0 ? null : raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>The first column of the first row, or null.</summary>
    public object? Scalar(string sql, ReadOnlySpan<object?> values)
    {
        using var rows = Query(sql, values);
        return rows.Read() ? rows.GetValue(0) : null;
    }

    public void Dispose()
    {
        _isClosed = true;
        foreach (var rows in _idle.Values) rows.Free();
        _idle.Clear();
    }

    /// <summary>Whether an executed statement is kept for its next use.</summary>
    internal bool Keep(Rows rows) => !_isClosed && _idle.Count < Most && _idle.TryAdd(rows.Sql, rows);
}
