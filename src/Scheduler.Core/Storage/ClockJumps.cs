using System.Globalization;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Downtimes;

namespace Scheduler.Core.Storage;

/// <summary>Writes down that the machine's clock was set, or that the machine slept: in the audit log, where people look for what changed.</summary>
internal sealed class ClockJumps(DatabaseWriter writer)
{
    /// <param name="jump">How far the wall clock moved beyond the time that passed; negative: back.</param>
    /// <param name="to">What it showed after.</param>
    public Task RecordAsync(TimeSpan jump, DateTimeOffset to, CancellationToken ct) =>
        writer.WriteAsync(write =>
        {
            AuditChain.Append(write.Transaction, new AuditEntry(Actor.System, jump > TimeSpan.Zero ? "jumped forward" : "jumped back", "clock", "wall clock", Details(jump, to)), write.Now);
            DowntimeLedger.ClockJumped(write, jump, to);
        }, ct);

    private static string Details(TimeSpan jump, DateTimeOffset to) => string.Create(CultureInfo.InvariantCulture,
        $"by {jump.Duration():d\\.hh\\:mm\\:ss}, to {to.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. {(jump > TimeSpan.Zero ? "What fell due in between was missed: each schedule's missed-runs rule applies." : "Nothing is done twice; the next runs stay where they were.")}");
}
