namespace Scheduler.Core.Triggers;

/// <summary>What a clock change did to an occurrence.</summary>
public enum OccurrenceNote
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its time fell into a clock gap, so it was moved to the first instant after.</summary>
    Shifted,

    /// <summary>Its local time comes twice, and this is the first.</summary>
    FirstOfTwo,
}

/// <summary>One instant at which a trigger fires.</summary>
/// <param name="At">On the zone's wall clock, with its offset.</param>
/// <param name="Note">What a clock change did to it; always None for intervals and for exact instants.</param>
public readonly record struct Occurrence(DateTimeOffset At, OccurrenceNote Note)
{
    /// <summary>The same instant in UTC.</summary>
    public DateTimeOffset Utc => At.ToUniversalTime();
}
