namespace Scheduler.Core.Runs;

/// <summary>Why an occurrence did not run. The list is closed: a further cause is a line here, and its words stand in <see cref="SkipReason"/>. Stored as the number.</summary>
public enum SkipCause
{
    /// <summary>Recorded before causes were kept; the words alone say it.</summary>
    Other = 0,

    /// <summary>An earlier run of the schedule was going on (Forbid).</summary>
    StillRunning = 1,

    /// <summary>An earlier run of the schedule waited to start (Forbid).</summary>
    StillWaiting = 2,

    /// <summary>A later occurrence or event took its place (Replace).</summary>
    Replaced = 3,

    /// <summary>A person paused the schedule between its due time and its start.</summary>
    Paused = 4,

    /// <summary>A blackout was open, and it or the schedule says that what falls into it does not run.</summary>
    Blackout = 5,

    /// <summary>It was found too late for its starting deadline.</summary>
    StartingDeadline = 6,

    /// <summary>It waited for a slot of its pool until its starting deadline was over.</summary>
    NoFreeSlot = 7,

    /// <summary>The scheduler was down (missedRuns: Skip).</summary>
    SchedulerDown = 8,

    /// <summary>The clock was set forward over it, or the machine slept (missedRuns: Skip).</summary>
    ClockSet = 9,

    /// <summary>More occurrences were missed than are caught up.</summary>
    CatchUpLimit = 10,

    /// <summary>A person skipped this very occurrence.</summary>
    SkippedByPerson = 11,

    /// <summary>The schedule's timing could not be read any more.</summary>
    Disabled = 12,

    /// <summary>The schedule was deleted between its due time and its start.</summary>
    Deleted = 13,

    /// <summary>The disk was full: it could not be recorded, or not be started in time.</summary>
    DiskFull = 14,
}

/// <summary>A cause with its words: the only place where they are made.</summary>
/// <param name="Cause">Of the closed list.</param>
/// <param name="Words">A sentence for an operator; instants in UTC.</param>
internal sealed record SkipReason(SkipCause Cause, string Words)
{
    public static SkipReason StillRunning(long runId, DateTimeOffset since) =>
        new(SkipCause.StillRunning, $"Previous run {runId} still going since {Print(since)} (Forbid).");

    public static SkipReason StillWaiting(long runId) => new(SkipCause.StillWaiting, $"Previous run {runId} still waits to start (Forbid).");

    public static SkipReason Replaced(DateTimeOffset? by) => new(SkipCause.Replaced, $"Replaced by the occurrence of {Print(by)} (Replace).");

    public static SkipReason Replaced(long eventId) => new(SkipCause.Replaced, $"Replaced by event {eventId} (Replace).");

    public static SkipReason Paused(string by, DateTimeOffset? until, string reason) =>
        new(SkipCause.Paused, $"Paused by {by}{(reason.Length > 0 ? $" '{reason}'" : "")}{(until is null ? "" : $" until {Print(until)}")} before it could start.");

    /// <param name="until">When no blackout covers the schedule any more.</param>
    public static SkipReason Blackout(string name, DateTimeOffset until) => new(SkipCause.Blackout, $"Blackout '{name}' until {Print(until)}.");

    /// <param name="startBy">What its starting deadline says; the blackout went on for longer.</param>
    public static SkipReason Blackout(DateTimeOffset startBy) => new(SkipCause.Blackout, $"Could not start by {Print(startBy)} (startingDeadlineSeconds): a blackout held it.");

    public static SkipReason StartingDeadline(DateTimeOffset startBy) =>
        new(SkipCause.StartingDeadline, $"Could not start by {Print(startBy)} (startingDeadlineSeconds).");

    public static SkipReason NoFreeSlot(DateTimeOffset startBy, string pool) =>
        new(SkipCause.NoFreeSlot, $"Could not start by {Print(startBy)} (startingDeadlineSeconds): no slot of pool {pool} was free in time.");

    /// <param name="when">As an absence says it: "while the scheduler was down".</param>
    /// <param name="cause">What kept everybody from starting it.</param>
    public static SkipReason Missed(string when, SkipCause cause) => new(cause, $"Missed {when} (missedRuns: Skip).");

    public static SkipReason DiskFull(DateTimeOffset startBy) => new(SkipCause.DiskFull, $"Could not start by {Print(startBy)} (startingDeadlineSeconds): the disk was full.");

    public static SkipReason CatchUpLimit(string when, int limit) =>
        new(SkipCause.CatchUpLimit, $"Missed {when}; more than {limit} were missed, and only the newest {limit} are caught up.");

    public static SkipReason SkippedByPerson(string by, string reason) =>
        new(SkipCause.SkippedByPerson, $"Skipped by {by}{(reason.Length > 0 ? $": {reason}" : ".")}");

    public static SkipReason Disabled(string why) => new(SkipCause.Disabled, $"The schedule was disabled: {why}");

    public static SkipReason Deleted(string by) => new(SkipCause.Deleted, $"Deleted by {by} before it could start.");

    internal static string Print(DateTimeOffset? at) => $"{at?.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
}
