using Scheduler.Core.Runs;

namespace Scheduler.Core.Dispatching;

/// <summary>The time before the dispatcher came on duty, in which nobody was there to start anything.</summary>
/// <param name="Until">From here on, inclusive, occurrences are started; those before it were missed.</param>
/// <param name="Since">The last sign of life before; null where there is none.</param>
/// <param name="ClockWasSet">The process lived, but the wall clock jumped forward, or the machine slept.</param>
/// <param name="DiskWasFull">The process lived, but what fell due could not be recorded.</param>
internal sealed record Absence(DateTimeOffset Until, DateTimeOffset? Since = null, bool ClockWasSet = false, bool DiskWasFull = false)
{
    /// <summary>The absence before this one, of which there may be something left to record; null for none.</summary>
    public Absence? Before { get; init; }

    /// <summary>Why an occurrence was missed, where nothing catches it up.</summary>
    public SkipCause Cause => DiskWasFull ? SkipCause.DiskFull : ClockWasSet ? SkipCause.ClockSet : SkipCause.SchedulerDown;

    /// <summary>The one that a missed occurrence fell into.</summary>
    public Absence Over(DateTimeOffset at) => Before is { } earlier && at < earlier.Until ? earlier.Over(at) : this;

    /// <summary>Whether something that had to be written by then could not be.</summary>
    public bool HadFullDiskAt(DateTimeOffset at) => DiskWasFull && Since <= at && at < Until;

    /// <summary>What was missed in an absence longer than this waits for a person to say whether it still runs; zero: nothing ever does.</summary>
    public TimeSpan AskAfter { get; init; }

    /// <summary>It was so long that nothing it made wait runs without an answer.</summary>
    public bool Asks => AskAfter > TimeSpan.Zero && Until - Since > AskAfter;

    /// <summary>As part of a sentence: "while the scheduler was down".</summary>
    public string When => DiskWasFull
        ? $"while the disk was full from {SkipReason.Print(Since)} to {SkipReason.Print(Until)}"
        : ClockWasSet
        ? $"when the clock jumped from {SkipReason.Print(Since)} to {SkipReason.Print(Until)}"
        : $"while the scheduler was down{(Since is null ? "" : $" from {SkipReason.Print(Since)} to {SkipReason.Print(Until)}")}";
}
