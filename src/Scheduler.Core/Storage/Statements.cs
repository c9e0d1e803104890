using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Scheduler.Core.Storage;

/// <summary>
/// The compiled statements of one connection. SQLite takes longer to compile most of the writer's statements than to execute them,
/// so each is compiled once: a disposed command waits here for its next use. Not safe for concurrent use.
/// </summary>
internal sealed class Statements(SqliteConnection connection) : IDisposable
{
    // The program has some two hundred; text that holds values would otherwise be kept for ever.
    private const int Most = 400;

    private readonly Dictionary<string, Kept> _idle = new(StringComparer.Ordinal);
    private bool _isClosed;

    public SqliteConnection Connection => connection;

    /// <summary>A command with its parameters bound by position: ?1, ?2, …. The caller disposes it, after its reader.</summary>
    [SuppressMessage("Security", "CA2100", Justification = "Statements are the program's own; values are parameters.")]
    public SqliteCommand Take(string sql, SqliteTransaction? transaction, ReadOnlySpan<object?> values)
    {
        if (!_idle.Remove(sql, out var command)) command = new Kept(this) { Connection = connection, CommandText = sql };
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
        {
            if (i < command.Parameters.Count) command.Parameters[i].Value = Stored(values[i]);
            else command.Parameters.AddWithValue($"?{i + 1}", Stored(values[i]));
        }
        return command;
    }

    public void Dispose()
    {
        _isClosed = true;
        foreach (var command in _idle.Values) command.Dispose();
        _idle.Clear();
    }

    private static object Stored(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset at => at.ToUnixTimeMilliseconds(),
        TimeSpan length => (long)length.TotalMilliseconds,
        Enum e => Convert.ToInt64(e, System.Globalization.CultureInfo.InvariantCulture),
        bool flag => flag ? 1L : 0L,
        _ => value,
    };

    private sealed class Kept(Statements statements) : SqliteCommand
    {
        protected override void Dispose(bool disposing)
        {
            // One that is in use twice at the same time is compiled twice, and the second one is let go.
            if (disposing && !statements._isClosed && statements._idle.Count < Most && statements._idle.TryAdd(CommandText, this)) return;
            base.Dispose(disposing);
        }
    }
}
