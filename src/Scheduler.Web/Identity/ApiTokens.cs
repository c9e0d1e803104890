using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Identity;

/// <summary>A token as lists show it.</summary>
public sealed record TokenRow(
    string Id, string Email, string Name, Role Role, string Prefix, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt)
{
    public bool WorksAt(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now;
}

/// <summary>A new token; the only moment at which its text is known.</summary>
public sealed record CreatedToken(string Text, string Id, string Name, Role Role, DateTimeOffset ExpiresAt);

/// <summary>API tokens: made, listed, revoked, checked. Safe from any thread.</summary>
public sealed class ApiTokens(AccountDesk desk, AccountChecks checks, IDbContextFactory<IdentityDb> contexts, TimeProvider clock)
{
    public const string TextPrefix = "sch_";
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(90);
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(366 * 2);
    private static readonly TimeSpan NoteUseEvery = TimeSpan.FromMinutes(1);
    private const int MaxTokensEach = 100;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _notedAt = new(StringComparer.Ordinal);

    /// <param name="email">Whose token; one's own, or anybody's for an administrator.</param>
    /// <param name="name">What it is for, at most 64 characters.</param>
    /// <param name="role">At most the person's own; null for the person's own.</param>
    /// <param name="expires">In the future, at most two years; null for 90 days.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<CreatedToken> CreateAsync(string email, string name, Role? role, DateTimeOffset? expires, Actor actor, CancellationToken ct = default)
    {
        RequireOwnOr(Role.Administrator, email, actor, "make tokens for others");
        await using var work = await desk.BeginAsync(ct);
        var user = await work.Users.FindByEmailAsync(email.Trim()) ?? throw new UnknownAccountException(email.Trim());
        var expiresAt = expires ?? work.Now + DefaultLifetime;
        name = name.Trim();
        var errors = new List<FieldError>();
        if (user.Disabled) errors.Add(new("email", $"{user.Email} is disabled."));
        if (name.Length is 0 or > 64) errors.Add(new("name", "Say in 1 to 64 characters what the token is for."));
        if (role > user.Role || (role is { } asked && !Enum.IsDefined(asked))) errors.Add(new("role", $"{user.Email} is {user.Role}; a token can't be more."));
        if (expiresAt <= work.Now || expiresAt > work.Now + LongestLifetime) errors.Add(new("expires", "The token must expire in the future, within two years."));
        if (await work.Db.ApiTokens.CountAsync(t => t.UserId == user.Id && t.RevokedAt == null && t.ExpiresAt > work.Now, ct) >= MaxTokensEach)
            errors.Add(new("name", $"There are {MaxTokensEach} tokens already. Revoke some first."));
        if (errors.Count > 0) throw new InvalidInputException(errors);

        var text = SecretText.Create(TextPrefix);
        var token = new ApiToken
        {
            Id = Guid.CreateVersion7().ToString("n"), UserId = user.Id, Name = name, Role = role ?? user.Role, Hash = SecretText.Hash(text),
            Prefix = text[..(TextPrefix.Length + 4)], CreatedAt = work.Now, ExpiresAt = expiresAt,
        };
        work.Db.ApiTokens.Add(token);
        work.Audit(new AuditEntry(actor, "made", "token", $"{user.Email}/{name}", $"{token.Prefix}…, {token.Role}, until {token.ExpiresAt:u}"));
        await work.CommitAsync(ct);
        return new CreatedToken(text, token.Id, name, token.Role, token.ExpiresAt);
    }

    /// <summary>Newest first; of one person, or of all when <paramref name="email"/> is null. Revoked ones included.</summary>
    public async Task<IReadOnlyList<TokenRow>> ListAsync(string? email, Actor actor, CancellationToken ct = default)
    {
        RequireOwnOr(Role.Administrator, email, actor, "see the tokens of others");
        await using var db = await contexts.CreateDbContextAsync(ct);
        var name = email?.Trim().ToUpperInvariant();
        return await db.ApiTokens.Join(db.Users, t => t.UserId, u => u.Id, (t, u) => new { Token = t, User = u })
            .Where(row => name == null || row.User.NormalizedEmail == name).OrderByDescending(row => row.Token.CreatedAt)
            .Select(row => new TokenRow(row.Token.Id, row.User.Email!, row.Token.Name, row.Token.Role, row.Token.Prefix,
                row.Token.CreatedAt, row.Token.ExpiresAt, row.Token.LastUsedAt, row.Token.RevokedAt))
            .ToListAsync(ct);
    }

    /// <summary>Ends a token. False when there is none with this id that the actor may end.</summary>
    public async Task<bool> RevokeAsync(string id, Actor actor, CancellationToken ct = default)
    {
        await using var work = await desk.BeginAsync(ct);
        var token = await work.Db.ApiTokens.SingleOrDefaultAsync(t => t.Id == id, ct);
        var user = token is null ? null : await work.Users.FindByIdAsync(token.UserId);
        if (token is null || user is null) return false;
        RequireOwnOr(Role.Administrator, user.Email, actor, "revoke the tokens of others");
        if (token.RevokedAt is not null) return true;
        token.RevokedAt = work.Now;
        work.Audit(new AuditEntry(actor, "revoked", "token", $"{user.Email}/{token.Name}", $"{token.Prefix}…"));
        await work.CommitAsync(ct);
        return true;
    }

    /// <summary>The person and the role that the token stands for now, or null when it is unknown, expired, revoked, or the account is disabled.</summary>
    internal async Task<(AccountState User, Role Role, string TokenId)?> CheckAsync(string text, CancellationToken ct)
    {
        if (text.Length > 100 || !text.StartsWith(TextPrefix, StringComparison.Ordinal)) return null;
        var hash = SecretText.Hash(text);
        var now = clock.GetUtcNow();
        await using var db = await contexts.CreateDbContextAsync(ct);
        var token = await db.ApiTokens.AsNoTracking().SingleOrDefaultAsync(t => t.Hash == hash, ct);
        if (token is null || token.RevokedAt is not null || token.ExpiresAt <= now) return null;
        if (await checks.StateAsync(token.UserId, ct) is not { Disabled: false } user) return null;

        if (token.LastUsedAt is not { } used || now - used > NoteUseEvery) await NoteUseAsync(db, token.Id, now, ct);
        return (user, (Role)Math.Min((int)token.Role, (int)user.Role), token.Id);
    }

    // A busy script need not cost a write a call: a minute is exact enough, and of many calls at once one notes it. Where the database is busy or the disk is full
    // the call itself goes on: when a token was last used is for people to look at.
    private async Task NoteUseAsync(IdentityDb db, string tokenId, DateTimeOffset now, CancellationToken ct)
    {
        if (_notedAt.TryGetValue(tokenId, out var tried) && (now - tried).Duration() <= NoteUseEvery) return;
        _notedAt[tokenId] = now;
        db.Database.SetCommandTimeout(1);
        try
        {
            await db.ApiTokens.Where(t => t.Id == tokenId).ExecuteUpdateAsync(set => set.SetProperty(t => t.LastUsedAt, now), ct);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 5 or 6 or 13)
        {
            // Noted by a call in a minute.
        }
    }

    private static void RequireOwnOr(Role least, string? email, Actor actor, string act)
    {
        if (!string.Equals(actor.Name, email?.Trim(), StringComparison.OrdinalIgnoreCase)) actor.Require(least, act);
    }
}
