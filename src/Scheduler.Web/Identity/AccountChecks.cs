using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;

namespace Scheduler.Web.Identity;

/// <summary>How an account stands right now.</summary>
public sealed record AccountState(string Id, string Email, Role Role, bool Disabled, string? Stamp);

/// <summary>
/// Tells whether a session still counts. Every request, every circuit and every act of a page asks here, so the answer
/// is kept for at most a second; changes made in this process count at once.
/// </summary>
public sealed class AccountChecks(IDbContextFactory<IdentityDb> contexts, TimeProvider clock)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, (AccountState? State, DateTimeOffset ReadAt)> _known = new(StringComparer.Ordinal);

    /// <summary>The account that the session belongs to, or null when the session has ended: account disabled, role or password changed, signed out everywhere.</summary>
    public async ValueTask<AccountState?> CurrentAsync(ClaimsPrincipal person, CancellationToken ct = default)
    {
        if (person.FindFirstValue(ClaimTypes.NameIdentifier) is not { } id) return null;
        var state = await StateAsync(id, ct);
        return state is { Disabled: false } && state.Stamp == person.FindFirstValue(SessionClaims.Stamp) ? state : null;
    }

    public async ValueTask<AccountState?> StateAsync(string userId, CancellationToken ct = default)
    {
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(userId, out var known) && now - known.ReadAt < Freshness && now >= known.ReadAt) return known.State;

        await using var db = await contexts.CreateDbContextAsync(ct);
        var state = await db.Users.Where(u => u.Id == userId)
            .Select(u => new AccountState(u.Id, u.Email!, u.Role, u.Disabled, u.SecurityStamp)).SingleOrDefaultAsync(ct);
        _known[userId] = (state, now);
        return state;
    }

    /// <summary>To be called after each committed change to an account.</summary>
    public void Forget(string userId) => _known.TryRemove(userId, out _);
}
