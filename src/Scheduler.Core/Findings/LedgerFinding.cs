using Microsoft.EntityFrameworkCore;

namespace Scheduler.Core.Findings;

/// <summary>What a run says of a finding. Stored as the number.</summary>
public enum FindingChange
{
    /// <summary>Not open before this run.</summary>
    New = 0,

    /// <summary>Open already, and seen again.</summary>
    Existing = 1,

    /// <summary>Open before, and no longer found although its asset was covered from end to end.</summary>
    Gone = 2,

    /// <summary>Seen in a state of the past, whatever is there now.</summary>
    Past = 3,
}

/// <summary>A weakness over its whole life: one row a schedule and fingerprint.</summary>
internal sealed class LedgerFinding
{
    public long Id { get; init; }

    /// <summary>The schedule's or ad-hoc job's name.</summary>
    public required string ScheduleName { get; init; }
    public required string Fingerprint { get; init; }
    public required string Rule { get; init; }
    public required Severity Severity { get; set; }
    public required string Title { get; set; }
    public required string Asset { get; init; }
    public required string Location { get; init; }
    public required string Evidence { get; set; }
    public required string Remedy { get; set; }
    public required string Reference { get; set; }
    public required bool Open { get; set; }
    public required long FirstRunId { get; init; }
    public required DateTimeOffset FirstSeenAt { get; init; }
    public required long LastRunId { get; set; }
    public required DateTimeOffset LastSeenAt { get; set; }

    /// <summary>The run that proves it gone.</summary>
    public long? GoneRunId { get; set; }
}

/// <summary>That one run saw a finding, or proved it gone; with the evidence of that run.</summary>
internal sealed class RunFinding
{
    public required long RunId { get; init; }
    public required long FindingId { get; init; }
    public required FindingChange Change { get; init; }
    public required Severity Severity { get; init; }
    public required string Evidence { get; init; }
}

internal static class FindingTable
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<LedgerFinding>(finding =>
        {
            finding.ToTable("findings");
            finding.HasIndex(f => new { f.ScheduleName, f.Fingerprint }).IsUnique();
        });
        model.Entity<RunFinding>(seen =>
        {
            seen.ToTable("run_findings");
            seen.HasKey(f => new { f.RunId, f.FindingId });
        });
    }
}
