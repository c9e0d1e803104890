using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Audit;

/// <summary>A stored row of the audit log. Rows are only ever appended.</summary>
public sealed class AuditRow
{
    /// <summary>1, 2, 3, … without a gap.</summary>
    public required long Id { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Actor { get; init; }
    public required string Role { get; init; }
    public required string Door { get; init; }
    public string? Address { get; init; }
    public required string Action { get; init; }
    public required string ObjectKind { get; init; }
    public required string ObjectName { get; init; }
    public required string Details { get; init; }
    public required string PreviousHash { get; init; }
    public required string Hash { get; init; }
}

internal static class AuditTable
{
    public static void Map(ModelBuilder model) => model.Entity<AuditRow>(audit =>
    {
        audit.ToTable("audit");
        audit.HasKey(a => a.Id);
        audit.Property(a => a.Id).ValueGeneratedNever();
        audit.HasIndex(a => new { a.ObjectKind, a.ObjectName, a.Id });
    });
}
