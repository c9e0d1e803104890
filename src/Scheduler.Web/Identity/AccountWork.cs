using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Identity;

/// <summary>
/// One change to the accounts: a context, ASP.NET Core Identity's user manager over it, and an immediate transaction
/// into which the audit row goes as well. Disposing without <see cref="CommitAsync"/> undoes everything.
/// </summary>
public sealed class AccountWork : IAsyncDisposable
{
    private readonly IDbContextTransaction _transaction;
    private readonly TimeProvider _clock;

    internal AccountWork(IdentityDb db, UserManager<AppUser> users, IDbContextTransaction transaction, TimeProvider clock)
    {
        Db = db;
        Users = users;
        _transaction = transaction;
        _clock = clock;
    }

    public IdentityDb Db { get; }
    public UserManager<AppUser> Users { get; }
    public DateTimeOffset Now => _clock.GetUtcNow();

    public void Audit(AuditEntry entry) => AuditChain.Append(_transaction.GetDbTransaction(), entry, Now);

    public async Task CommitAsync(CancellationToken ct)
    {
        await Db.SaveChangesAsync(ct);
        await _transaction.CommitAsync(ct);
    }

    /// <exception cref="InvalidInputException">Identity refused; its reasons stand at the field that they are about.</exception>
    public static void Demand(IdentityResult result, string passwordField = "password")
    {
        if (result.Succeeded) return;
        throw new InvalidInputException([.. result.Errors.Select(e =>
            new FieldError(e.Code.StartsWith("Password", StringComparison.Ordinal) ? passwordField : "email", e.Description))]);
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        Users.Dispose();
        await Db.DisposeAsync();
    }
}

/// <summary>Begins pieces of <see cref="AccountWork"/>. Safe from any thread.</summary>
public sealed class AccountDesk(
    IDbContextFactory<IdentityDb> contexts, IOptions<IdentityOptions> options, IPasswordHasher<AppUser> hasher,
    IEnumerable<IUserValidator<AppUser>> userRules, IEnumerable<IPasswordValidator<AppUser>> passwordRules,
    ILookupNormalizer normalizer, IdentityErrorDescriber errors, IServiceProvider services,
    ILogger<UserManager<AppUser>> logger, TimeProvider clock)
{
    public async Task<AccountWork> BeginAsync(CancellationToken ct)
    {
        var db = await contexts.CreateDbContextAsync(ct);
        try
        {
            // Microsoft.Data.Sqlite begins it as IMMEDIATE: two writers queue up instead of failing at commit.
            var transaction = await db.Database.BeginTransactionAsync(ct);
            var store = new UserOnlyStore<AppUser, IdentityDb>(db);
            var users = new UserManager<AppUser>(store, options, hasher, userRules, passwordRules, normalizer, errors, services, logger);
            return new AccountWork(db, users, transaction, clock);
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }
}
