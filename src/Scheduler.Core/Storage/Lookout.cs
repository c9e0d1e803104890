using Microsoft.Data.Sqlite;

namespace Scheduler.Core.Storage;

/// <summary>
/// The small questions that loops ask all day long whether there is anything to do: over one connection that stays open, each compiled once.
/// That costs some microseconds where a context and a connection cost hundreds. Thread-safe; one question at a time.
/// </summary>
internal sealed class Lookout(Database database) : IDisposable
{
    private readonly Lock _lock = new();
    private Statements? _statements;
    private bool _isClosed;

    /// <summary>Reads what a question finds. It must be quick: others wait.</summary>
    /// <param name="sql">Constant; what varies comes as a value.</param>
    /// <param name="read">Gets the answer before its first row.</param>
    /// <param name="values">Named by their position: ?1, ?2, …</param>
    public T Ask<T>(string sql, Func<Rows, T> read, params ReadOnlySpan<object?> values)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _statements ??= new Statements(database.Open());
            try
            {
                using var rows = _statements.Query(sql, values);
                return read(rows);
            }
            catch (SqliteException)
            {
                // Whatever it was, the next question gets a sound connection.
                Close();
                throw;
            }
        }
    }

    /// <summary>The first column of the first row, which is a number; null where there is none.</summary>
    public long? Number(string sql, params ReadOnlySpan<object?> values) => Ask(sql, static r => r.Read() && !r.IsNull(0) ? r.GetInt64(0) : (long?)null, values);

    /// <summary>Whether there is a row.</summary>
    public bool Any(string sql, params ReadOnlySpan<object?> values) => Ask(sql, static r => r.Read(), values);

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            Close();
        }
    }

    private void Close()
    {
        _statements?.Dispose();
        _statements?.Connection.Dispose();
        _statements = null;
    }
}
