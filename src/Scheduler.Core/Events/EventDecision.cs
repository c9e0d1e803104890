using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Events;

/// <summary>A schedule that follows a type of event, as the intake reads it.</summary>
internal sealed record Follower
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required int Generation { get; init; }
    public required ScheduleState State { get; init; }
    public required string StateReason { get; init; }
    public DateTimeOffset? StartAt { get; init; }
    public DateTimeOffset? EndAt { get; init; }
    public DateTimeOffset? PausedUntil { get; init; }
    public string? PausedBy { get; init; }
    public string? PauseReason { get; init; }
    public DateTimeOffset? FiredAt { get; init; }
    public required int Priority { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }
    public required int MaxAttempts { get; init; }
    public required ConcurrencyPolicy Policy { get; init; }
    public TimeSpan? StartingDeadline { get; init; }
}

/// <summary>Whether an event starts a schedule, as far as that can be said without the queue. Pure.</summary>
/// <param name="Outcome">Fired, or what keeps it from that.</param>
/// <param name="Words">Why not; empty where it fires.</param>
internal readonly record struct EventDecision(EventOutcome Outcome, string Words)
{
    /// <summary>The most schedules that a chain may have.</summary>
    public const int MostLinks = 16;

    private static readonly EventDecision Fire = new(EventOutcome.Fired, "");

    /// <param name="follower">The schedule.</param>
    /// <param name="rules">What its manifest says of events.</param>
    /// <param name="e">The event.</param>
    /// <param name="chain">The schedules that led to it.</param>
    /// <param name="now">The instant at which it is accepted.</param>
    public static EventDecision For(Follower follower, Subscription rules, EventFacts e, IReadOnlyList<string> chain, DateTimeOffset now)
    {
        // First: what does not concern a schedule is not kept from it by a pause.
        if (rules.Filter.FirstMismatch(e) is { } mismatch) return new(EventOutcome.Filtered, mismatch);
        if (follower.State == ScheduleState.Paused && !(follower.PausedUntil <= now)) return new(EventOutcome.Paused, PauseWords(follower));
        if (InactiveWords(follower, now) is { } words) return new(EventOutcome.NotActive, words);
        if (CircleWords(follower.Name, chain) is { } circle) return new(EventOutcome.Circle, circle);
        if (rules.Mode == DebounceMode.Leading && IsTooSoon(rules.Debounce, follower.FiredAt, now))
            return new(EventOutcome.Debounced, $"Within {TriggerText.PrintDuration(rules.Debounce)} (debounce) of the event that fired at {SkipReason.Print(follower.FiredAt)}.");
        return Fire;
    }

    /// <summary>Whether an event comes within the debounce of one that fired. At exactly that distance it is not too soon; nor after a clock that was set back.</summary>
    public static bool IsTooSoon(TimeSpan debounce, DateTimeOffset? firedAt, DateTimeOffset now) => debounce > TimeSpan.Zero && now - firedAt is { } elapsed && elapsed >= TimeSpan.Zero && elapsed < debounce;

    private static string PauseWords(Follower f) =>
        $"Paused by {f.PausedBy}{(string.IsNullOrEmpty(f.PauseReason) ? "" : $" '{f.PauseReason}'")}{(f.PausedUntil is { } until ? $" until {SkipReason.Print(until)}" : "")}.";

    private static string? InactiveWords(Follower f, DateTimeOffset now) => f.State switch
    {
        ScheduleState.Disabled => $"The schedule is disabled: {f.StateReason}",
        ScheduleState.Completed => $"The schedule is completed: {f.StateReason}",
        _ when f.StartAt > now => $"It starts to count at {SkipReason.Print(f.StartAt)} (startAt).",
        _ when f.EndAt < now => $"It has ended at {SkipReason.Print(f.EndAt)} (endAt).",
        _ => null,
    };

    private static string? CircleWords(string name, IReadOnlyList<string> chain)
    {
        if (chain.Contains(name, StringComparer.OrdinalIgnoreCase)) return $"It would go round in a circle: {Chain(chain.SkipWhile(n => !n.Equals(name, StringComparison.OrdinalIgnoreCase)).Append(name))}.";
        return chain.Count >= MostLinks ? $"The chain has {MostLinks} schedules already: {Chain(chain)}." : null;
    }

    private static string Chain(IEnumerable<string> names) => string.Join(" → ", names);
}
