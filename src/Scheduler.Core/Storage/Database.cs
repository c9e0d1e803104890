using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Scheduler.Core.Storage;

/// <summary>The one SQLite file: how connections to it are opened. Thread-safe.</summary>
public sealed class Database(SchedulerOptions options) : IDisposable
{
    // FULL: what a person was told is done survives a power cut; group commit makes it affordable.
    private const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY;";

    private readonly string _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = options.DatabaseFile,
        Mode = SqliteOpenMode.ReadWriteCreate,
        ForeignKeys = true,
        DefaultTimeout = 30,
    }.ToString();

    public string File => options.DatabaseFile;

    /// <summary>An open connection with this product's pragmas. The caller disposes it.</summary>
    internal SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        Prepare(connection);
        return connection;
    }

    /// <summary>A context for reading; queries through it track nothing.</summary>
    internal SchedulerDb Read() => new(Configure(new DbContextOptionsBuilder<SchedulerDb>()).Options);

    /// <summary>Adds this file and its pragmas to a context's options; the accounts' own context uses the same.</summary>
    public DbContextOptionsBuilder<T> Configure<T>(DbContextOptionsBuilder<T> builder) where T : DbContext
    {
        Configure((DbContextOptionsBuilder)builder);
        return builder;
    }

    /// <inheritdoc cref="Configure{T}"/>
    public void Configure(DbContextOptionsBuilder builder) => builder
        .UseSqlite(_connectionString)
        .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
        .AddInterceptors(PragmaInterceptor.Instance);

    /// <summary>Closes the pooled connections to this file, and no others.</summary>
    public void Dispose()
    {
        using var any = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(any);
    }

    private static void Prepare(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    private sealed class PragmaInterceptor : DbConnectionInterceptor
    {
        public static readonly PragmaInterceptor Instance = new();

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Prepare(connection);

        public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            Prepare(connection);
            return Task.CompletedTask;
        }
    }
}
