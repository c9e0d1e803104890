using Scheduler.Core.Schedules;

namespace Scheduler.Core.Workers;

/// <summary>Whether a failed attempt is tried again, and after which wait.</summary>
internal abstract record RetryDecision
{
    public sealed record After(TimeSpan Delay) : RetryDecision;

    public sealed record GiveUp : RetryDecision;

    /// <param name="policy">The schedule's.</param>
    /// <param name="attempt">The attempt that has ended, 1 for the first.</param>
    /// <param name="retryable">Whether another try could help.</param>
    /// <param name="jitter">0 to 1, drawn by the caller: spreads runs that failed together over a tenth of the wait.</param>
    public static RetryDecision For(RetryPolicy policy, int attempt, bool retryable, double jitter)
    {
        if (!retryable || attempt >= policy.Attempts) return new GiveUp();
        var delay = policy.DelayBefore(attempt + 1);
        return new After(delay + delay * 0.1 * jitter);
    }
}
