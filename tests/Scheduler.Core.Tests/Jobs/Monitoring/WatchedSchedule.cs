using Scheduler.Core.Jobs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Jobs.Monitoring;

/// <summary>A schedule whose runs a test makes one by one, each with what the last one left in a real file.</summary>
internal sealed class WatchedSchedule : IAsyncDisposable
{
    private readonly TestScheduler _scheduler;
    private readonly long _id;

    private WatchedSchedule(TestScheduler scheduler, long id) => (_scheduler, _id) = (scheduler, id);

    public static async Task<WatchedSchedule> CreateAsync()
    {
        var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("watch", "manual");
        await using var db = scheduler.Database.Read();
        return new WatchedSchedule(scheduler, db.Schedules.Single(s => s.Name == "watch").Id);
    }

    /// <summary>Runs a job; what it leaves is stored where it ends well, as the engine does.</summary>
    public async Task<JobProbe> RunAsync(JobSpec job, Scope scope, Func<JobContext, CancellationToken, Task<JobOutcome>> run, DateTimeOffset? asOf = null)
    {
        var memory = JobMemory.Of(_scheduler.Database, _id);
        var probe = await new JobProbe(job, scope, asOf: asOf, memory: memory).RunAsync(run);
        if (probe.Outcome is JobOutcome.Succeeded && asOf is null) await _scheduler.Writer.WriteAsync(memory.Store, default);
        return probe;
    }

    public Task<IReadOnlyDictionary<string, Remembered>> RecallAsync() => JobMemory.Of(_scheduler.Database, _id).RecallAsync(default);

    public ValueTask DisposeAsync() => _scheduler.DisposeAsync();
}
