using Scheduler.Core.Triggers;

namespace Scheduler.Benchmarks;

/// <summary>A zone as either engine wants it.</summary>
public sealed record Zone(string Id)
{
    /// <summary>One whose clock rests and one whose clock changes twice a year.</summary>
    public static IReadOnlyList<Zone> All { get; } = [new("UTC"), new("America/New_York")];

    /// <summary>For this project's engine.</summary>
    public TriggerZone Trigger { get; } = TriggerZone.Find(Id);

    /// <summary>For Quartz.</summary>
    public TimeZoneInfo Info { get; } = Id == "UTC" ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(Id);

    /// <inheritdoc/>
    public override string ToString() => Id;
}
