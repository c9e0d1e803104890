namespace Scheduler.Core.Schedules;

/// <summary>
/// The one schedule that is nobody's: the self-check's. It has a row only while a check goes on, and its run has the same number. EF leaves both out of every
/// query that does not ask for them; plain SQL that lists or counts has to do so itself.
/// </summary>
internal static class SystemSchedule
{
    public const long Id = -1;

    /// <summary>No person can give such a name.</summary>
    public const string Name = "~self-check";
}
