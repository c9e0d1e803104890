using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Radzen;
using Scheduler.Core;
using Scheduler.Core.Storage;
using Scheduler.Web.Api;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Time;

namespace Scheduler.Web;

/// <summary>The one registration of this project, grouped by folder: its table of contents.</summary>
internal static class SchedulerWeb
{
    public static IServiceCollection AddSchedulerWeb(this IServiceCollection services, SchedulerOptions options)
    {
        CreateOwnerOnly(options.DataFolder);
        var keys = CreateOwnerOnly(Path.Combine(options.DataFolder, "keys"));

        // The scheduler itself
        services.AddScheduler(options).AddSchedulerEngine();

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

        // Time: the viewer's zone and formats
        services.AddScoped<ViewerTime>();

        // Api, Live: the doors for programs
        services.AddSchedulerApi();
        return services;
    }

    /// <summary>Brings the tables up to date. The core's go first: its migrations make the audit log that accounts write to.</summary>
    public static async Task PrepareDatabaseAsync(this IServiceProvider services, CancellationToken ct)
    {
        var startup = services.GetRequiredService<DatabaseStartup>();
        await startup.PrepareAsync(ct);
        await using var db = await services.GetRequiredService<IDbContextFactory<IdentityDb>>().CreateDbContextAsync(ct);
        await startup.MigrateAsync(db, "accounts", ct);
        await InterimAuditAsync(db, ct);
    }

    // Until the core's migrations make this table.
    private static Task<int> InterimAuditAsync(IdentityDb db, CancellationToken ct) => db.Database.ExecuteSqlRawAsync("""
        CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, door TEXT NOT NULL, address TEXT,
            action TEXT NOT NULL, object_kind TEXT NOT NULL, object_name TEXT NOT NULL, details TEXT NOT NULL, previous_hash TEXT NOT NULL, hash TEXT NOT NULL)
        """, ct);

    private static DirectoryInfo CreateOwnerOnly(string folder) =>
        OperatingSystem.IsWindows() ? Directory.CreateDirectory(folder) : Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
