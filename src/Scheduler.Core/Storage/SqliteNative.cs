using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

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
        SQLitePCL.Batteries_V2.Init();
    }
}
