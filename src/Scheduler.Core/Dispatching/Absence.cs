using Scheduler.Core.Runs;

namespace Scheduler.Core.Dispatching;

/// <summary>The time before the dispatcher came on duty, in which nobody was there to start anything.</summary>
/// <param name="Until">From here on, inclusive, occurrences are started; those before it were missed.</param>
/// <param name="Since">The last sign of life before; null where there is none.</param>
/// <param name="ClockWasSet">The process lived, but the wall clock jumped forward, or the machine slept.</param>
internal sealed record Absence(DateTimeOffset Until, DateTimeOffset? Since = null, bool ClockWasSet = false)
{
    /// <summary>What was missed in an absence longer than this waits for a person to say whether it still runs; zero: nothing ever does.</summary>
    public TimeSpan AskAfter { get; init; }

    /// <summary>It was so long that nothing it made wait runs without an answer.</summary>
    public bool Asks => AskAfter > TimeSpan.Zero && Until - Since > AskAfter;

    /// <summary>As part of a sentence: "while the scheduler was down".</summary>
    public string When => ClockWasSet
        ? $"when the clock jumped from {SkipReason.Print(Since)} to {SkipReason.Print(Until)}"
        : $"while the scheduler was down{(Since is null ? "" : $" from {SkipReason.Print(Since)} to {SkipReason.Print(Until)}")}";
}
