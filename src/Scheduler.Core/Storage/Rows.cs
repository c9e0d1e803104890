using System.Text;
using SQLitePCL;

namespace Scheduler.Core.Storage;

/// <summary>A compiled statement in use: what it finds, row by row. Disposing it gives it back.</summary>
internal sealed class Rows : IDisposable
{
    private const int Integer = 1, Real = 2, Text = 3, Blob = 4, Null = 5;

    private readonly Statements _home;
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private readonly int _parameters;

    internal Rows(Statements home, sqlite3 connection, string sql)
    {
        (_home, _connection, Sql) = (home, connection, sql);
        Demand(raw.sqlite3_prepare_v2(connection, sql, out _statement));
        _parameters = raw.sqlite3_bind_parameter_count(_statement);
    }

    internal string Sql { get; }

    /// <summary>Goes to the next row; at first it executes the statement, whose changes are made whole by then.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">What SQLite says of it.</exception>
    public bool Read()
    {
        var result = raw.sqlite3_step(_statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE)) throw SqliteNative.Error(_connection, result);
        return result == raw.SQLITE_ROW;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == Null;

    /// <exception cref="InvalidOperationException">It is NULL; so for all of these but <see cref="GetValue"/>.</exception>
    public long GetInt64(int column)
    {
        var value = raw.sqlite3_column_int64(_statement, column);
        if (value == 0) DemandValue(column);
        return value;
    }

    public int GetInt32(int column) => checked((int)GetInt64(column));

    public bool GetBoolean(int column) => GetInt64(column) != 0;

    public string GetString(int column)
    {
        DemandValue(column);
        return raw.sqlite3_column_text(_statement, column).utf8_to_string();
    }

    /// <summary>The bytes of a column; they are gone with the row.</summary>
    public ReadOnlySpan<byte> GetBytes(int column)
    {
        DemandValue(column);
        return raw.sqlite3_column_blob(_statement, column);
    }

    /// <summary>An instant, which is stored as milliseconds since 1970; null where it is NULL.</summary>
    public DateTimeOffset? GetInstant(int column) => IsNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(GetInt64(column));

    /// <summary>As a long, a double, a string or bytes; null where it is NULL.</summary>
    public object? GetValue(int column) => raw.sqlite3_column_type(_statement, column) switch
    {
        Integer => raw.sqlite3_column_int64(_statement, column),
        Real => raw.sqlite3_column_double(_statement, column),
        Text => raw.sqlite3_column_text(_statement, column).utf8_to_string(),
        Blob => raw.sqlite3_column_blob(_statement, column).ToArray(),
        _ => null,
    };

    public void Dispose()
    {
        // Says again what the last step said, which its caller knows.
        raw.sqlite3_reset(_statement);
        raw.sqlite3_clear_bindings(_statement);
        if (!_home.Keep(this)) Free();
    }

    internal void Free() => _statement.Dispose();

    internal void Bind(ReadOnlySpan<object?> values)
    {
        if (values.Length < _parameters) throw new ArgumentException($"The statement has {_parameters} parameters and got {values.Length} values: {Sql}", nameof(values));
        for (var i = 0; i < _parameters; i++) Demand(Bind(i + 1, values[i]));
    }

    private int Bind(int parameter, object? value) => value switch
    {
        null => raw.sqlite3_bind_null(_statement, parameter),
        string text => BindText(parameter, text),
        long number => raw.sqlite3_bind_int64(_statement, parameter, number),
        int number => raw.sqlite3_bind_int64(_statement, parameter, number),
        bool flag => raw.sqlite3_bind_int64(_statement, parameter, flag ? 1 : 0),
        DateTimeOffset at => raw.sqlite3_bind_int64(_statement, parameter, at.ToUnixTimeMilliseconds()),
        TimeSpan length => raw.sqlite3_bind_int64(_statement, parameter, (long)length.TotalMilliseconds),
        double number => raw.sqlite3_bind_double(_statement, parameter, number),
        Enum choice => raw.sqlite3_bind_int64(_statement, parameter, Convert.ToInt64(choice, System.Globalization.CultureInfo.InvariantCulture)),
        byte[] { Length: 0 } => raw.sqlite3_bind_zeroblob(_statement, parameter, 0),
        byte[] bytes => raw.sqlite3_bind_blob(_statement, parameter, bytes),
        _ => throw new ArgumentException($"A {value.GetType()} can't be stored.", nameof(value)),
    };

    // With its length, so that a NUL in it ends nothing. An empty span has no address, which SQLite would take for NULL.
    private int BindText(int parameter, string text)
    {
        if (text.Length == 0) return raw.sqlite3_bind_text(_statement, parameter, "");
        if (text.Length > 256) return raw.sqlite3_bind_text(_statement, parameter, Encoding.UTF8.GetBytes(text).AsSpan());
        Span<byte> bytes = stackalloc byte[3 * 256];
        return raw.sqlite3_bind_text(_statement, parameter, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    private void DemandValue(int column)
    {
        if (IsNull(column)) throw new InvalidOperationException($"Column {column} is NULL: {Sql}");
    }

    private void Demand(int result)
    {
        if (result != raw.SQLITE_OK) throw SqliteNative.Error(_connection, result);
    }
}
