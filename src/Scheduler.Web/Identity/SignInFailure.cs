using Microsoft.EntityFrameworkCore;

namespace Scheduler.Web.Identity;

/// <summary>
/// Wrong tries for one e-mail address, whether an account has it or not, so that lock-out says nothing about who exists.
/// A device that the account once signed in from counts for itself: guessers elsewhere don't lock its owner out.
/// </summary>
internal sealed class SignInFailure
{
    public const int Allowed = 5;
    public static readonly TimeSpan LockTime = TimeSpan.FromMinutes(15);

    /// <summary>Hash of the address and the known device: what people mistype into the address field is often their password.</summary>
    public required string Key { get; init; }
    public int Failures { get; set; }
    public DateTimeOffset LastAt { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }

    public static string KeyOf(string normalizedEmail, string? deviceId) => SecretText.Hash($"{normalizedEmail}\n{deviceId}");

    /// <summary>Counts one more wrong try; the fifth within a quarter of an hour locks.</summary>
    public void Count(DateTimeOffset now)
    {
        if (now - LastAt >= LockTime) (Failures, LockedUntil) = (0, null);
        Failures++;
        LastAt = now;
        if (Failures >= Allowed) LockedUntil = now + LockTime;
    }

    public static void Map(ModelBuilder model) => model.Entity<SignInFailure>(failure =>
    {
        failure.ToTable("sign_in_failures");
        failure.HasKey(f => f.Key);
        failure.HasIndex(f => f.LastAt);
    });
}
