using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Radzen;
using Scheduler.Core;
using Scheduler.Core.Analytics;
using Scheduler.Core.Storage;
using Scheduler.Web.Api;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Live;
using Scheduler.Web.Time;
using Scheduler.Web.Webhooks;

namespace Scheduler.Web;

/// <summary>The one registration of this project, grouped by folder: its table of contents.</summary>
internal static class SchedulerWeb
{
    public static IServiceCollection AddSchedulerWeb(this IServiceCollection services, SchedulerOptions options)
    {
        CreateOwnerOnly(options.DataFolder);
        var keys = CreateOwnerOnly(options.KeyFolder);

        // Core: schedules, runs, and the engine that drives them
        services.AddScheduler(options);
        services.AddSchedulerEngine();
        // The host waits for the drain time and for what is interrupted after it.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTime + TimeSpan.FromSeconds(15));

        // Identity: who is there, and what they may do
        services.AddAccounts(options);
        services.AddSessions();
        services.AddDataProtection().SetApplicationName("Scheduler").PersistKeysToFileSystem(keys);
        services.AddAntiforgery(forms =>
        {
            forms.Cookie.Name = "scheduler-form";
            forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            forms.SuppressXFrameOptionsHeader = true;  // Security/ sets it for every answer
        });

        // Components: pages, their dialogs and notices
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddHttpContextAccessor();
        services.AddRadzenComponents();
        services.AddScoped<Confirmation>();
        services.AddScoped<Acts>();

        // Live: pages that update by themselves
        services.AddSingleton<LivePages>();

        // Time: the viewer's zone and formats
        services.AddScoped<ViewerTime>();

        // Api, Live: the doors for programs
        services.AddSchedulerApi();

        // Webhooks: the door for other systems
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookLimits>();
        return services;
    }

    /// <summary>Brings the tables up to date. The core's go first: its migrations make the audit log that accounts write to.</summary>
    public static async Task PrepareDatabaseAsync(this IServiceProvider services, CancellationToken ct)
    {
        var startup = services.GetRequiredService<DatabaseStartup>();
        await startup.PrepareAsync(ct);
        await using var db = await services.GetRequiredService<IDbContextFactory<IdentityDb>>().CreateDbContextAsync(ct);
        await startup.MigrateAsync(db, "accounts", ct);
        await services.GetRequiredService<StatisticsUpkeep>().BuildIfMissingAsync(ct);
    }

    private static DirectoryInfo CreateOwnerOnly(string folder) =>
        OperatingSystem.IsWindows() ? Directory.CreateDirectory(folder) : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
