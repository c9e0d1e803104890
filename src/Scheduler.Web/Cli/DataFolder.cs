using Microsoft.Extensions.Logging.Console;
using Scheduler.Core;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Cli;

/// <summary>The data folder, for verbs that work on it in this very process, whether or not a server runs on it.</summary>
internal static class DataFolder
{
    public static string Path => Environment.GetEnvironmentVariable("SCHEDULER_DATA") is { Length: > 0 } folder ? folder : "data";

    /// <summary>The core and the accounts over the folder, without the engine. The caller disposes it.</summary>
    /// <param name="mayCreate">Whether a folder that is not there is made; otherwise that is an error, because a mistyped folder would look empty.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<ServiceProvider> OpenAsync(bool mayCreate, CancellationToken ct)
    {
        var provider = Wire(mayCreate);
        try
        {
            await provider.PrepareDatabaseAsync(ct);
            return provider;
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same over a database that must be there, without bringing it to this build's schema first: damaged or old as it may be.</summary>
    public static ServiceProvider OpenAsItIs() => Wire(mayCreate: false);

    private static ServiceProvider Wire(bool mayCreate)
    {
        var options = new SchedulerOptions { DataFolder = Path };
        if (!mayCreate && !File.Exists(options.DatabaseFile))
            throw CliFailure.NotFound($"There is no database in {System.IO.Path.GetFullPath(Path)}. Set SCHEDULER_DATA to the server's data folder, or start the server there first.");
        var services = new ServiceCollection();
        // Standard output belongs to the result.
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true));
        services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        services.AddScheduler(options);
        services.AddAccounts(options);
        return services.BuildServiceProvider();
    }
}
