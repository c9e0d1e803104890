using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;

namespace Scheduler.Web.Identity;

/// <summary>A key by which a program acts for a person. Only the hash is kept; the prefix lets people tell tokens apart.</summary>
internal sealed class ApiToken
{
    public required string Id { get; init; }
    public required string UserId { get; init; }
    public required string Name { get; init; }
    public required Role Role { get; init; }
    public required string Hash { get; init; }
    public required string Prefix { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }

    public static void Map(ModelBuilder model) => model.Entity<ApiToken>(token =>
    {
        token.ToTable("api_tokens");
        token.HasKey(t => t.Id);
        token.HasIndex(t => t.Hash).IsUnique();
        token.HasIndex(t => t.UserId);
        token.HasOne<AppUser>().WithMany().HasForeignKey(t => t.UserId).OnDelete(DeleteBehavior.Cascade);
    });
}
