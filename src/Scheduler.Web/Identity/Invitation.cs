using Microsoft.EntityFrameworkCore;

namespace Scheduler.Web.Identity;

/// <summary>A link by which one person sets their password, once. Only the token's hash is kept.</summary>
internal sealed class Invitation
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(72);

    public required string TokenHash { get; init; }
    public required string UserId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    public static void Map(ModelBuilder model) => model.Entity<Invitation>(invitation =>
    {
        invitation.ToTable("invitations");
        invitation.HasKey(i => i.TokenHash);
        invitation.HasIndex(i => i.UserId);
        invitation.HasOne<AppUser>().WithMany().HasForeignKey(i => i.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}

/// <summary>What whoever invited hands on to the person: shown once, kept nowhere.</summary>
/// <param name="Email">Whose account it opens.</param>
/// <param name="Token">The secret.</param>
/// <param name="ExpiresAt">From then on the link no longer works.</param>
public sealed record InvitationLink(string Email, string Token, DateTimeOffset ExpiresAt)
{
    /// <summary>Below the server's address.</summary>
    public string Path => $"/account/accept?token={Token}";
}
