using Scheduler.Core.Runs;

namespace Scheduler.Core.Tests.Support;

internal static class Claims
{
    /// <summary>Takes one run for a slot, or for the emergency lane.</summary>
    public static async Task<ClaimedRun?> TryClaimAsync(this RunQueue queue, string pool, bool emergencyOnly, long bootId, CancellationToken ct)
    {
        var claimed = await queue.ClaimAsync(pool, emergencyOnly ? new PoolRoom(0, true) : new PoolRoom(1, false), bootId, ct);
        return claimed is [var run] ? run : null;
    }

    /// <summary>Ends an attempt; its slot takes no other run.</summary>
    public static Task CompleteAsync(this RunQueue queue, ClaimedRun run, RunEnding ending, CancellationToken ct) => queue.CompleteAsync(run, ending, () => false, 0, ct);
}
