using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.StaticWebAssets;
using Microsoft.Data.Sqlite;
using Scheduler.Core;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Web.Api;
using Scheduler.Web.Cli;
using Scheduler.Web.Components;
using Scheduler.Web.Identity;
using Scheduler.Web.Metrics;
using Scheduler.Web.SafeMode;
using Scheduler.Web.Security;
using Scheduler.Web.Webhooks;

namespace Scheduler.Web;

/// <summary>The program: one process that serves the pages and the API and runs the schedules.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => CommandLine.IsServe(args) ? ServeAsync(args) : CommandLine.RunAsync(args);

    private static async Task<int> ServeAsync(string[] args)
    {
        if (args is ["serve", .. var rest]) args = rest;
        try
        {
            SelfCheckSetting.Read(CreateBuilder(args).Configuration[SelfCheckSetting.Name]);
        }
        catch (InvalidInputException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.BadInput;
        }
        var options = new SchedulerOptions { DataFolder = CreateBuilder(args).Configuration["SCHEDULER_DATA"] ?? "data" };
        var look = new DatabaseLook(options, IdentityDb.KnownMigrations);
        var trouble = look.Find();
        while (true)
        {
            if (trouble is not null && !await SafeModeServer.ServeAsync(args, options, look, trouble)) return ExitCode.Done;
            SqliteConnection.ClearAllPools(); // what a start that failed had open may be another file's by now
            WebApplication built;
            try
            {
                built = BuildServer(args);
            }
            catch (InvalidInputException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return ExitCode.BadInput;
            }
            await using var server = built;
            try
            {
                await StartServerAsync(server, Console.Out, CancellationToken.None);
            }
            catch (IOException e) when (e.InnerException is AddressInUseException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return ExitCode.Refused;
            }
            catch (Exception e) when (look.Of(e) is { } found)
            {
                trouble = found;
                continue;
            }
            await server.WaitForShutdownAsync();
            return ExitCode.Done;
        }
    }

    /// <summary>The host's settings: address, log and folder, from the environment and the arguments.</summary>
    internal static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args, ApplicationName = typeof(Program).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseDefaultAddress(builder.Configuration, "http://localhost:5080");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        return builder;
    }

    /// <summary>Everything that serves, wired but not started. Tests build theirs here too.</summary>
    internal static WebApplication BuildServer(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = CreateBuilder(args);
        StaticWebAssetsLoader.UseStaticWebAssets(builder.Environment, builder.Configuration);

        var options = new SchedulerOptions { DataFolder = builder.Configuration["SCHEDULER_DATA"] ?? "data", SelfCheckEvery = SelfCheckSetting.Read(builder.Configuration[SelfCheckSetting.Name]) };
        options.CatchUpAsk = ServerSettings.CatchUpAsk(builder.Configuration) ?? options.CatchUpAsk;
        builder.Services.AddSchedulerWeb(options);
        adjust?.Invoke(builder);

        var app = builder.Build();
        app.UseExceptionHandler("/error", createScopeForErrors: true);
        app.UseStatusCodePagesForPeople();
        app.UseSecurityHeaders();
        app.UseSameOrigin();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();

        app.MapStaticAssets().AllowAnonymous();
        app.MapHealth();
        app.MapAccount();
        app.MapSchedulerApi();
        app.MapWebhooks();
        app.MapMetrics();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(server => server.ContentSecurityFrameAncestorsPolicy = null);
        return app;
    }

    /// <summary>Brings the database up to date, listens, and tells how to make the first account if there is none.</summary>
    internal static async Task StartServerAsync(WebApplication app, TextWriter console, CancellationToken ct)
    {
        await app.Services.PrepareDatabaseAsync(ct);
        await app.StartAsync(ct);
        await app.Services.GetRequiredService<FirstAdministrator>()
            .AnnounceAsync(app.Configuration, app.Services.GetRequiredService<IServer>(), console, ct);
    }
}
