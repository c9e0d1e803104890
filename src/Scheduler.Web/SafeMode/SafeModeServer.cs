using Scheduler.Core;
using Scheduler.Core.Storage;
using Scheduler.Web.Identity;
using Scheduler.Web.Security;

namespace Scheduler.Web.SafeMode;

/// <summary>
/// Stands at the program's address while the database can't be used: says what is wrong and how to put it right, and nothing else. It has no
/// accounts, no pages and no engine, and writes nothing. It looks again every few seconds and makes way once the file is right.
/// </summary>
internal static partial class SafeModeServer
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(3);

    /// <summary>So often at most is the start tried again where the file itself shows nothing.</summary>
    private static readonly TimeSpan StartAgain = TimeSpan.FromSeconds(15);

    /// <summary>Serves until the database can be used, or until the program is asked to stop.</summary>
    /// <returns>Whether the program may start now; false where it was asked to stop.</returns>
    public static async Task<bool> ServeAsync(string[] args, SchedulerOptions options, DatabaseLook look, DatabaseTrouble trouble)
    {
        var builder = Program.CreateBuilder(args);
        builder.Services.AddProblemDetails();
        await using var app = builder.Build();
        var seen = look.Stamp();
        var now = new State(trouble, look.Copies(CancellationToken.None));
        app.UseSecurityHeaders();
        app.Run(context => AnswerAsync(context, options, Volatile.Read(ref now)));
        LogSafeMode(app.Logger, trouble.Reason);
        await app.StartAsync();
        var stopping = app.Lifetime.ApplicationStopping;
        try
        {
            for (var waited = LookAgain; ; waited += LookAgain)
            {
                await Task.Delay(LookAgain, stopping);
                var stamp = look.Stamp();
                // Whether a file is damaged shows in the file alone, and reading all of it every few seconds would be a burden.
                if (stamp == seen && now.Trouble.Fault is not (DatabaseFault.ReadOnly or DatabaseFault.Unusable or DatabaseFault.Network)) continue;
                var copies = stamp == seen ? now.Copies : look.Copies(stopping);
                seen = stamp;
                if (look.Find() is { } found) Volatile.Write(ref now, new State(found, copies));
                else if (trouble.Fault != DatabaseFault.Unusable || waited >= StartAgain) break;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await app.WaitForShutdownAsync();
            return false;
        }
        LogRight(app.Logger, trouble.File);
        await app.StopAsync();
        return true;
    }

    private static async Task AnswerAsync(HttpContext context, SchedulerOptions options, State now)
    {
        var path = context.Request.Path;
        if (path == "/health/live")
        {
            await context.Response.WriteAsync("alive");
            return;
        }
        if (path == SafeModePage.StylePath)
        {
            context.Response.ContentType = "text/css; charset=utf-8";
            await context.Response.WriteAsync(SafeModePage.Style);
            return;
        }
        context.Response.Headers.RetryAfter = "5";
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        if (path.StartsWithSegments("/health")) await context.Response.WriteAsync(now.Trouble.Reason);
        else if (Problems.IsForProgram(path)) await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, $"{now.Trouble.Reason} Nothing is scheduled until it is restored.");
        else
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync(SafeModePage.Html(now.Trouble, now.Copies, options));
        }
    }

    [LoggerMessage(LogLevel.Critical, "Safe mode, nothing is scheduled: {Reason}")]
    private static partial void LogSafeMode(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "{File} can be used again; starting")]
    private static partial void LogRight(ILogger logger, string file);

    private sealed record State(DatabaseTrouble Trouble, IReadOnlyList<DatabaseCopy> Copies);
}
