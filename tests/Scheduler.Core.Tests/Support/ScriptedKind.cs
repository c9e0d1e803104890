using System.Collections.Concurrent;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;

namespace Scheduler.Core.Tests.Support;

/// <summary>A job kind that does what the test says: a real implementation of the seam, not a stand-in for ours.</summary>
public sealed class ScriptedKind(Func<JobContext, CancellationToken, Task<JobOutcome>> run, string pool = "scan") : IJobKind
{
    private int _now;

    public string Name => "scripted";
    public string Summary => "Does what the test says.";
    public string DefaultPool => pool;
    public IReadOnlyList<JobField> Fields => [];

    public ConcurrentQueue<long> Started { get; } = [];
    public int MostAtOnce { get; private set; }

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) { }

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        Started.Enqueue(context.RunId);
        var now = Interlocked.Increment(ref _now);
        lock (this) MostAtOnce = Math.Max(MostAtOnce, now);
        try
        {
            return await run(context, stopping);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }

    public static async Task<JobOutcome> UntilStopped(JobContext context, CancellationToken stopping)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, stopping);
        return new JobOutcome.Succeeded("never");
    }

    public static Task<JobOutcome> Succeed(JobContext context, CancellationToken stopping) => Task.FromResult<JobOutcome>(new JobOutcome.Succeeded("done"));
}
