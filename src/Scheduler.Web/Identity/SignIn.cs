using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Web.Time;

namespace Scheduler.Web.Identity;

/// <summary>What came of somebody's try to sign in.</summary>
internal abstract record SignInOutcome
{
    public sealed record SignedIn(AppUser User) : SignInOutcome;

    /// <summary>Unknown address, wrong password, disabled account: the same answer after the same time.</summary>
    public sealed record Refused : SignInOutcome;

    /// <summary>Too many wrong tries; nothing was evaluated.</summary>
    public sealed record LockedOut(DateTimeOffset Until) : SignInOutcome;
}

/// <summary>Checks e-mail address and password. Safe from any thread.</summary>
internal sealed partial class SignIn(
    AccountDesk desk, IDbContextFactory<IdentityDb> contexts, IPasswordHasher<AppUser> hasher, ILookupNormalizer normalizer,
    TimeProvider clock, ILogger<SignIn> log) : IDisposable
{
    // An address that guesses across many accounts is stopped here; one account is guarded by its own count.
    private readonly FailureLimit _byAddress = new(clock, allowed: 20, window: TimeSpan.FromMinutes(10));

    // Tries for one account wait for each other: otherwise a thousand at once would all be evaluated before the fifth failure is counted.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];

    private readonly string _hashOfNobody = hasher.HashPassword(new AppUser(), SecretText.Create());

    /// <param name="email">As typed.</param>
    /// <param name="password">As typed.</param>
    /// <param name="address">The remote network address.</param>
    /// <param name="deviceId">Of a device from which this account signed in before, else null.</param>
    /// <param name="ct">Stops waiting; a try that is being evaluated is still counted.</param>
    public Task<SignInOutcome> TryAsync(string email, string password, string? address, string? deviceId, CancellationToken ct) =>
        TryAsync(email, password, address, deviceId, again: false, ct);

    /// <summary>Asks somebody who is signed in for their password again. Wrong tries have a count of their own, so that they don't lock the sign-in page.</summary>
    /// <exception cref="InvalidInputException">At <c>current</c>: the password is wrong, or there were too many tries.</exception>
    public async Task ConfirmAsync(Actor actor, string password, CancellationToken ct)
    {
        switch (await TryAsync(actor.Name, password, actor.Address, "signed in", again: true, ct))
        {
            case SignInOutcome.SignedIn: return;
            case SignInOutcome.LockedOut(var until): throw new InvalidInputException("current", $"Too many wrong tries. Try again {InstantText.RelativeText(until - clock.GetUtcNow())}.");
            default: throw new InvalidInputException("current", "This is not your password.");
        }
    }

    /// <summary>Notes that a session was ended by its person.</summary>
    public async Task LeaveAsync(Actor actor, CancellationToken ct)
    {
        await using var work = await desk.BeginAsync(ct);
        work.Audit(new AuditEntry(actor, "signed out", "session", actor.Name));
        await work.CommitAsync(ct);
    }

    private async Task<SignInOutcome> TryAsync(string email, string password, string? address, string? deviceId, bool again, CancellationToken ct)
    {
        var name = normalizer.NormalizeEmail(email.Trim()) ?? "";
        var key = SignInFailure.KeyOf(name, deviceId);
        var turn = _turns[Convert.ToByte(key[..2], 16) % _turns.Length];
        await turn.WaitAsync(ct);
        try
        {
            if (_byAddress.BlockedUntil(address) is { } until) return new SignInOutcome.LockedOut(until);
            var (user, failure) = await LookAsync(name, key, ct);
            if (failure?.LockedUntil is { } locked && locked > clock.GetUtcNow()) return new SignInOutcome.LockedOut(locked);

            var right = hasher.VerifyHashedPassword(user ?? new AppUser(), user?.PasswordHash ?? _hashOfNobody, password) != PasswordVerificationResult.Failed;
            if (right && user is { IsActive: true }) return await WelcomeAsync(user, key, address, again);
            return await RefuseAsync(email, user, right, key, address, again);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<(AppUser? User, SignInFailure? Failure)> LookAsync(string name, string key, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var user = await db.Users.AsNoTracking().SingleOrDefaultAsync(u => u.NormalizedEmail == name, ct);
        return (user, await db.SignInFailures.AsNoTracking().SingleOrDefaultAsync(f => f.Key == key, ct));
    }

    private async Task<SignInOutcome> WelcomeAsync(AppUser found, string key, string? address, bool again)
    {
        await using var work = await desk.BeginAsync(CancellationToken.None);
        var user = await work.Db.Users.SingleAsync(u => u.Id == found.Id);
        // Between the look and here the account may have been shut, or its password changed.
        if (!user.IsActive || user.PasswordHash != found.PasswordHash) return new SignInOutcome.Refused();
        await work.Db.SignInFailures.Where(f => f.Key == key).ExecuteDeleteAsync();
        if (!again)
        {
            user.LastSignInAt = work.Now;
            work.Audit(new AuditEntry(new Actor(user.Email!, user.Role, "page", address), "signed in", "session", user.Email!));
        }
        await work.CommitAsync(CancellationToken.None);
        return new SignInOutcome.SignedIn(user);
    }

    private async Task<SignInOutcome> RefuseAsync(string email, AppUser? user, bool right, string key, string? address, bool again)
    {
        _byAddress.Failed(address);
        await using var work = await desk.BeginAsync(CancellationToken.None);
        var failure = await work.Db.SignInFailures.SingleOrDefaultAsync(f => f.Key == key);
        if (failure is null) work.Db.SignInFailures.Add(failure = new SignInFailure { Key = key });
        failure.Count(work.Now);
        var stale = work.Now - SignInFailure.LockTime;
        await work.Db.SignInFailures.Where(f => f.LastAt < stale && f.Key != key).ExecuteDeleteAsync();

        var who = email.Trim() is { Length: > 254 } long_ ? long_[..254] : email.Trim();
        var why = (user, right) switch
        {
            (null, _) => "no such account",
            ({ Disabled: true }, _) => "the account is disabled",
            ({ PasswordHash: null }, _) => "the invitation has not been accepted",
            _ => "wrong password",
        };
        var locks = failure.LockedUntil is null ? "" : $"; locked until {failure.LockedUntil:u}";
        work.Audit(new AuditEntry(new Actor(who, Role.Viewer, "page", address), again ? "was denied to confirm the password" : "was denied to sign in", "session", who, why + locks));
        await work.CommitAsync(CancellationToken.None);
        LogRefused(address, why);
        return failure.LockedUntil is { } until ? new SignInOutcome.LockedOut(until) : new SignInOutcome.Refused();
    }

    public void Dispose()
    {
        foreach (var turn in _turns) turn.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "Sign-in from {Address} refused: {Reason}")]
    private partial void LogRefused(string? address, string reason);
}
