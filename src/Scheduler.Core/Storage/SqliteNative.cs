using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Scheduler.Core.Storage;

/// <summary>Makes the native SQLite library ready before anything opens a connection.</summary>
internal static class SqliteNative
{
    // EF Core 10 is built against SQLitePCLRaw 2.1.13; where a registry has only 2.0.6, the runtime refuses the lower assembly
    // version until a resolver answers. With a newer package the handler is never asked.
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "Must run before EF loads the provider, whoever is the first to use it.")]
    internal static void Initialize()
    {
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name is { Name: "SQLitePCLRaw.core", Version: not null } ? context.LoadFromAssemblyName(new AssemblyName("SQLitePCLRaw.core")) : null;
        Batteries_V2.Init();
    }

    // By its name: a compiler that sees the older package refuses a member whose type is of the newer one, though at run time they are the same.
    private static readonly PropertyInfo Handle = typeof(SqliteConnection).GetProperty(nameof(Handle)) ?? throw new MissingMemberException(nameof(SqliteConnection), nameof(Handle));

    /// <summary>SQLite's own handle of an open connection.</summary>
    public static sqlite3 HandleOf(SqliteConnection connection) => (sqlite3?)Handle.GetValue(connection) ?? throw new InvalidOperationException("The connection is closed.");

    /// <summary>What SQLite says of the last thing that went wrong on a connection.</summary>
    /// <param name="connection">On which it went wrong.</param>
    /// <param name="code">What it returned.</param>
    public static SqliteException Error(sqlite3 connection, int code) =>
        new($"SQLite Error {code}: '{raw.sqlite3_errmsg(connection).utf8_to_string()}'.", code, raw.sqlite3_extended_errcode(connection));
}
