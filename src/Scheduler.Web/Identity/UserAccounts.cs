using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Identity;

/// <summary>An account as lists show it.</summary>
/// <param name="HasPassword">False until the person has followed the invitation.</param>
public sealed record UserRow(string Id, string Email, Role Role, bool Disabled, bool HasPassword, DateTimeOffset CreatedAt, DateTimeOffset? LastSignInAt);

/// <summary>No account has this e-mail address.</summary>
public sealed class UnknownAccountException(string email) : Exception($"No account has the e-mail address {email}.");

/// <summary>
/// The only writer of accounts. Each act is one transaction with its audit row, takes the actor and checks their role.
/// Bad input is an <see cref="InvalidInputException"/> by field: <c>email</c>, <c>password</c>, <c>current</c>, <c>role</c>, <c>token</c>.
/// Safe from any thread.
/// </summary>
public sealed class UserAccounts(
    AccountDesk desk, AccountChecks checks, IDbContextFactory<IdentityDb> contexts, IPasswordHasher<AppUser> hasher, TimeProvider clock)
{
    /// <summary>All accounts by e-mail address.</summary>
    public async Task<IReadOnlyList<UserRow>> ListAsync(CancellationToken ct = default)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Users.OrderBy(u => u.NormalizedEmail)
            .Select(u => new UserRow(u.Id, u.Email!, u.Role, u.Disabled, u.PasswordHash != null, u.CreatedAt, u.LastSignInAt)).ToListAsync(ct);
    }

    /// <summary>Whether there is any account at all, active or not.</summary>
    public async Task<bool> AnyAsync(CancellationToken ct = default)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Users.AnyAsync(ct);
    }

    /// <summary>Makes an account without a password; the person sets one by the link.</summary>
    public async Task<InvitationLink> AddAsync(string email, Role role, Actor actor, CancellationToken ct = default)
    {
        actor.Require(Role.Administrator, "add people");
        email = CheckedEmail(email);
        await using var work = await desk.BeginAsync(ct);
        if (await work.Users.FindByEmailAsync(email) is not null) throw new InvalidInputException("email", $"{email} has an account already.");
        var user = new AppUser { UserName = email, Email = email, Role = CheckedRole(role), CreatedAt = work.Now };
        AccountWork.Demand(await work.Users.CreateAsync(user));
        var link = Invite(work, user);
        work.Audit(new AuditEntry(actor, "added", "user", email, $"as {role}"));
        await work.CommitAsync(ct);
        return link;
    }

    /// <summary>Takes the password away, ends all sessions and gives a new link: for somebody who forgot it or whose password is known.</summary>
    public Task<InvitationLink> ResetAsync(string email, Actor actor, CancellationToken ct = default) =>
        ChangeAsync(email, actor, "reset people's passwords", async (work, user) =>
        {
            if (user.Disabled) throw new InvalidInputException("email", $"{user.Email} is disabled; enable the account first.");
            user.PasswordHash = null;
            await EndSessionsAsync(work, user);
            await work.Db.SignInFailures.Where(f => f.Key == SignInFailure.KeyOf(user.NormalizedEmail!, null)).ExecuteDeleteAsync(ct);
            work.Audit(new AuditEntry(actor, "reset the password of", "user", user.Email!));
            return Invite(work, user);
        }, ct);

    /// <summary>Gives another role and ends the person's sessions.</summary>
    public Task ChangeRoleAsync(string email, Role role, Actor actor, CancellationToken ct = default) =>
        ChangeAsync(email, actor, "change people's roles", async (work, user) =>
        {
            var before = user.Role;
            if (before == CheckedRole(role)) return 0;
            if (role < Role.Administrator) await KeepAnAdministratorAsync(work, user, "role", ct);
            user.Role = role;
            await EndSessionsAsync(work, user);
            work.Audit(new AuditEntry(actor, "changed the role of", "user", user.Email!, $"{before} to {role}"));
            return 0;
        }, ct);

    /// <summary>Shuts the account: its sessions end and its tokens are refused.</summary>
    public Task DisableAsync(string email, Actor actor, CancellationToken ct = default) =>
        ChangeAsync(email, actor, "disable accounts", async (work, user) =>
        {
            if (user.Disabled) return 0;
            await KeepAnAdministratorAsync(work, user, "email", ct);
            user.Disabled = true;
            await work.Db.Invitations.Where(i => i.UserId == user.Id).ExecuteDeleteAsync(ct);
            await EndSessionsAsync(work, user);
            work.Audit(new AuditEntry(actor, "disabled", "user", user.Email!));
            return 0;
        }, ct);

    public Task EnableAsync(string email, Actor actor, CancellationToken ct = default) =>
        ChangeAsync(email, actor, "enable accounts", async (work, user) =>
        {
            if (!user.Disabled) return 0;
            user.Disabled = false;
            await EndSessionsAsync(work, user);
            work.Audit(new AuditEntry(actor, "enabled", "user", user.Email!));
            return 0;
        }, ct);

    /// <summary>Ends every session of one's own account; of another's, that takes an administrator.</summary>
    public Task SignOutEverywhereAsync(string email, Actor actor, CancellationToken ct = default) =>
        ChangeAsync(email, actor, "end the sessions of others", async (work, user) =>
        {
            await EndSessionsAsync(work, user);
            work.Audit(new AuditEntry(actor, "ended all sessions of", "user", user.Email!));
            return 0;
        }, ct, ownIsFine: true);

    /// <summary>The e-mail address that a valid invitation is for, or null.</summary>
    public async Task<string?> InvitedAsync(string token, CancellationToken ct = default)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return (await InvitedUserAsync(db, token, clock.GetUtcNow(), ct))?.Email;
    }

    /// <summary>Sets the password of an invited account and uses the link up.</summary>
    internal async Task<AppUser> AcceptAsync(string token, string password, string? address, CancellationToken ct)
    {
        var email = await InvitedAsync(token, ct) ?? throw Expired();
        var hash = HashOf(email, password);
        await using var work = await desk.BeginAsync(ct);
        var user = await InvitedUserAsync(work.Db, token, work.Now, ct) ?? throw Expired();
        user.PasswordHash = hash;
        user.LastSignInAt = work.Now;
        await EndSessionsAsync(work, user);
        await work.Db.Invitations.Where(i => i.UserId == user.Id).ExecuteDeleteAsync(ct);
        work.Audit(new AuditEntry(new Actor(user.Email!, user.Role, "page", address), "accepted the invitation for", "user", user.Email!));
        await work.CommitAsync(ct);
        checks.Forget(user.Id);
        return user;

        static InvalidInputException Expired() => new("token", "This link has been used or has expired. Ask an administrator for a new one.");
    }

    /// <summary>Gives the account a new password and ends its other sessions. The caller has verified the old one.</summary>
    internal async Task<AppUser> SetPasswordAsync(Actor actor, string password, CancellationToken ct)
    {
        var hash = HashOf(actor.Name, password);
        await using var work = await desk.BeginAsync(ct);
        var user = await FindAsync(work, actor.Name);
        user.PasswordHash = hash;
        await EndSessionsAsync(work, user);
        work.Audit(new AuditEntry(actor, "changed the password of", "user", user.Email!));
        await work.CommitAsync(ct);
        checks.Forget(user.Id);
        return user;
    }

    /// <summary>Makes the first account, which is an administrator's. Null when there is an account already.</summary>
    internal async Task<AppUser?> AddFirstAsync(string email, string password, Func<string, Actor> actor, CancellationToken ct)
    {
        email = CheckedEmail(email);
        var hash = HashOf(email, password);
        await using var work = await desk.BeginAsync(ct);
        if (await work.Db.Users.AnyAsync(ct)) return null;
        var user = new AppUser { UserName = email, Email = email, Role = Role.Administrator, CreatedAt = work.Now, LastSignInAt = work.Now, PasswordHash = hash };
        AccountWork.Demand(await work.Users.CreateAsync(user));
        work.Audit(new AuditEntry(actor(email), "added", "user", email, "as the first Administrator"));
        await work.CommitAsync(ct);
        return user;
    }

    private async Task<T> ChangeAsync<T>(string email, Actor actor, string act, Func<AccountWork, AppUser, Task<T>> change, CancellationToken ct, bool ownIsFine = false)
    {
        if (!ownIsFine || !actor.Name.Equals(email, StringComparison.OrdinalIgnoreCase)) actor.Require(Role.Administrator, act);
        await using var work = await desk.BeginAsync(ct);
        var user = await FindAsync(work, email);
        var answer = await change(work, user);
        await work.CommitAsync(ct);
        checks.Forget(user.Id);
        return answer;
    }

    private static async Task<AppUser> FindAsync(AccountWork work, string email) =>
        await work.Users.FindByEmailAsync(email.Trim()) ?? throw new UnknownAccountException(email.Trim());

    private static async Task EndSessionsAsync(AccountWork work, AppUser user) => AccountWork.Demand(await work.Users.UpdateSecurityStampAsync(user));

    private static async Task KeepAnAdministratorAsync(AccountWork work, AppUser user, string field, CancellationToken ct)
    {
        if (user is not { Role: Role.Administrator, IsActive: true }) return;
        var others = await work.Db.Users.AnyAsync(u => u.Id != user.Id && u.Role == Role.Administrator && !u.Disabled && u.PasswordHash != null, ct);
        if (!others) throw new InvalidInputException(field, $"{user.Email} is the last administrator who can sign in. Make somebody else administrator first.");
    }

    private static InvitationLink Invite(AccountWork work, AppUser user)
    {
        // One open link a person: a newer one replaces what was handed out before.
        work.Db.Invitations.RemoveRange(work.Db.Invitations.Where(i => i.UserId == user.Id));
        var token = SecretText.Create();
        var invitation = new Invitation { TokenHash = SecretText.Hash(token), UserId = user.Id, CreatedAt = work.Now, ExpiresAt = work.Now + Invitation.Lifetime };
        work.Db.Invitations.Add(invitation);
        return new InvitationLink(user.Email!, token, invitation.ExpiresAt);
    }

    private static async Task<AppUser?> InvitedUserAsync(IdentityDb db, string token, DateTimeOffset now, CancellationToken ct)
    {
        var hash = SecretText.Hash(token);
        return await db.Users.SingleOrDefaultAsync(
            u => !u.Disabled && db.Invitations.Any(i => i.UserId == u.Id && i.TokenHash == hash && i.ExpiresAt > now), ct);
    }

    // Hashing is slow on purpose, so it happens before the write lock is taken.
    private string HashOf(string email, string password)
    {
        if (PasswordRules.Complaint(email, password) is { } complaint) throw new InvalidInputException("password", complaint);
        return hasher.HashPassword(new AppUser { Email = email }, password);
    }

    private static string CheckedEmail(string email)
    {
        email = email.Trim();
        var valid = email.Length is > 2 and <= 254 && new EmailAddressAttribute().IsValid(email) && !email.Any(c => char.IsControl(c) || char.IsWhiteSpace(c));
        return valid ? email : throw new InvalidInputException("email", "Write an e-mail address, such as ana@example.com.");
    }

    private static Role CheckedRole(Role role) =>
        Enum.IsDefined(role) ? role : throw new InvalidInputException("role", "The role is viewer, operator or administrator.");
}
