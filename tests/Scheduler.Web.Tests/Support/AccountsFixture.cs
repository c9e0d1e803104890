using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Storage;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Tests.Support;

/// <summary>The accounts over a real file, without a server around them.</summary>
internal sealed class AccountsFixture : IAsyncDisposable
{
    public const string Password = "correct horse battery";
    public static readonly Actor Root = new("root@example.com", Role.Administrator, "page", "10.0.0.1");

    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services;

    private AccountsFixture()
    {
        Options = new SchedulerOptions { DataFolder = _folder.Path };
        var services = new ServiceCollection().AddLogging();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddScheduler(Options);
        services.AddAccounts(Options);
        services.Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = 100);
        services.AddSingleton<SignIn>();
        services.AddSingleton<FirstAdministrator>();
        _services = services.BuildServiceProvider(validateScopes: true);
    }

    public ManualTime Clock { get; } = new(new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));
    public SchedulerOptions Options { get; }
    public UserAccounts Accounts => _services.GetRequiredService<UserAccounts>();
    public ApiTokens Tokens => _services.GetRequiredService<ApiTokens>();
    public AccountChecks Checks => _services.GetRequiredService<AccountChecks>();
    public SignIn SignIn => _services.GetRequiredService<SignIn>();
    public FirstAdministrator First => _services.GetRequiredService<FirstAdministrator>();
    public IReadOnlyList<string> Audit => AuditLog.Read(Options.DatabaseFile);

    public static async Task<AccountsFixture> CreateAsync(bool withRoot = true)
    {
        var fixture = new AccountsFixture();
        var startup = fixture._services.GetRequiredService<DatabaseStartup>();
        await startup.PrepareAsync(CancellationToken.None);
        await using (var db = await fixture.DbAsync()) await startup.MigrateAsync(db, "accounts", CancellationToken.None);
        if (withRoot) await fixture.Accounts.AddFirstAsync(Root.Name, Password, _ => Root, CancellationToken.None);
        return fixture;
    }

    /// <summary>Somebody who has accepted the invitation.</summary>
    public async Task<Actor> AddAsync(string email, Role role)
    {
        var link = await Accounts.AddAsync(email, role, Root);
        await Accounts.AcceptAsync(link.Token, Password, null, CancellationToken.None);
        return new Actor(email, role, "page");
    }

    public Task<IdentityDb> DbAsync() => _services.GetRequiredService<IDbContextFactory<IdentityDb>>().CreateDbContextAsync();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }
}
