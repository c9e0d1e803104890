using System.Collections.Frozen;

namespace Scheduler.Core.Runs;

/// <summary>Where a run stands. Stored as the number, so the order is part of the file format.</summary>
public enum RunStatus { Queued = 0, Running = 1, Retrying = 2, Succeeded = 3, Failed = 4, TimedOut = 5, Cancelled = 6, Interrupted = 7, Skipped = 8 }

/// <summary>Why a run was started. Stored as the number.</summary>
public enum TriggerType { Scheduled = 0, CatchUp = 1, Event = 2, Manual = 3, Emergency = 4, Backfill = 5 }

/// <summary>The states of a run and which may follow which.</summary>
public static class RunStates
{
    // DESIGN, run states. Interrupted is a state of rest too: a run stays there where nothing retries it.
    private static readonly FrozenDictionary<RunStatus, RunStatus[]> Next = new Dictionary<RunStatus, RunStatus[]>
    {
        [RunStatus.Queued] = [RunStatus.Running, RunStatus.Skipped, RunStatus.Cancelled],
        [RunStatus.Running] = [RunStatus.Succeeded, RunStatus.Failed, RunStatus.TimedOut, RunStatus.Cancelled, RunStatus.Retrying, RunStatus.Interrupted],
        [RunStatus.Retrying] = [RunStatus.Running, RunStatus.Cancelled],
        [RunStatus.Interrupted] = [RunStatus.Retrying, RunStatus.Failed],
        // A person gives a dead letter another attempt.
        [RunStatus.Failed] = [RunStatus.Retrying],
        [RunStatus.TimedOut] = [RunStatus.Retrying],
    }.ToFrozenDictionary();

    public static bool MayFollow(this RunStatus from, RunStatus to) => Next.TryGetValue(from, out var allowed) && allowed.Contains(to);

    /// <summary>Whether the run is over: it holds no slot and will not go on by itself.</summary>
    public static bool IsTerminal(this RunStatus status) => status is not (RunStatus.Queued or RunStatus.Running or RunStatus.Retrying);

    /// <summary>Ended badly: a person may have to look.</summary>
    public static bool IsBad(this RunStatus status) => status is RunStatus.Failed or RunStatus.TimedOut or RunStatus.Interrupted;

    /// <exception cref="InvalidOperationException">The state may not follow: a bug in the caller, never a user's fault.</exception>
    public static void Demand(RunStatus from, RunStatus to)
    {
        if (!from.MayFollow(to)) throw new InvalidOperationException($"A run can't go from {from} to {to}.");
    }
}
