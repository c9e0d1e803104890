using Scheduler.Core.Blackouts;

namespace Scheduler.Core.Impact;

/// <summary>A run ahead that would start later than without the batch.</summary>
/// <param name="By">How much later.</param>
public sealed record LateStart(string Schedule, DateTimeOffset DueAt, TimeSpan By);

/// <summary>A blackout that would hold runs of the batch back.</summary>
/// <param name="Window">The first of its windows that they meet.</param>
public sealed record CrossedBlackout(string Name, BlackoutWindow Window);

/// <summary>What a batch of runs of one schedule would do to everything else.</summary>
public sealed record BlastRadius
{
    /// <summary>Runs that would be made.</summary>
    public required int Runs { get; init; }

    /// <summary>Targets that the job names; a file of targets counts as one.</summary>
    public required int Targets { get; init; }

    /// <summary>What is wrong with the job today, above all targets outside the scope. Nothing may be launched while there is any.</summary>
    public required IReadOnlyList<string> Refused { get; init; }

    /// <summary>How many of <see cref="Refused"/> are targets without permission.</summary>
    public required int OutOfScope { get; init; }

    /// <summary>How long one run lasts as a rule.</summary>
    public required TimeSpan EachRun { get; init; }

    /// <summary>Whether that is known from runs of the schedule; otherwise it is a guess.</summary>
    public required bool IsMeasured { get; init; }

    /// <summary>Until the last of them has ended, if nothing else took the slots; hours in which it may not run included.</summary>
    public required TimeSpan Lasts { get; init; }

    /// <summary>How many requests all of them send, by what earlier runs have sent; null where none has told.</summary>
    public double? Requests { get; init; }

    /// <summary>Runs of the coming 24 hours that would start later, the latest first.</summary>
    public required IReadOnlyList<LateStart> Late { get; init; }
    public required IReadOnlyList<CrossedBlackout> Blackouts { get; init; }
}
