using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Processes;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Workers;

/// <summary>Names this process start, and finds the runs of process starts that are no more.</summary>
internal sealed partial class AbandonedRuns(Database database, Lookout lookout, DatabaseWriter writer, RunQueue queue, ManifestReader manifests, ChildProcesses children, TimeProvider clock, ILogger<AbandonedRuns> log)
{
    /// <summary>How often an engine says on disk that it lives.</summary>
    public static readonly TimeSpan SeenEvery = TimeSpan.FromSeconds(30);

    /// <summary>The last sign of life of any engine on this data folder; null where there was none.</summary>
    public async Task<DateTimeOffset?> LastSeenAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        return LastEngine.Of(db)?.SeenAt;
    }

    /// <summary>Says every so often, until it is stopped, that this process lives: so that a later one can tell how long nobody was there.</summary>
    public async Task StaySeenAsync(long bootId, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await Task.Delay(SeenEvery, clock, stopping);
                try
                {
                    await writer.WriteAsync(write => { write.Execute("UPDATE boots SET seen_at = ?2 WHERE id = ?1", bootId, write.Now); }, stopping);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogNotSeen(e);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The stop itself is recorded when the last run has ended.
        }
    }

    /// <summary>Records this process as one that executes runs.</summary>
    /// <param name="isEngine">Whether this process holds the engine's lock, rather than executing one run from the command line.</param>
    /// <returns>The boot's number, which its runs carry.</returns>
    public Task<long> BootAsync(bool isEngine, CancellationToken ct) => writer.WriteSurelyAsync(write =>
    {
        using var self = Process.GetCurrentProcess();
        var boot = new Boot { Host = Environment.MachineName, ProcessId = Environment.ProcessId, IsEngine = isEngine, ProcessStartedAt = StartOf(self), StartedAt = write.Now };
        var before = isEngine ? LastEngine.Of(write.Db) : null;
        write.Db.Boots.Add(boot);
        write.Db.SaveChanges();
        // In one transaction: a death between the two would make a downtime of days look like one of seconds.
        DowntimeLedger.EngineBegan(write, boot.Id, before);
        return boot.Id;
    }, ct);

    /// <summary>The engine has dealt with what earlier ones left behind, and is about to start what they missed.</summary>
    public Task BeginDutyAsync(long bootId, CancellationToken ct) => writer.WriteSurelyAsync(write => { DowntimeLedger.EngineOnDuty(write, bootId); }, ct);

    public Task StopAsync(long bootId, CancellationToken ct) =>
        writer.WriteAsync(write => { write.Execute("UPDATE boots SET stopped_at = ?2 WHERE id = ?1", bootId, write.Now); }, ct);

    /// <summary>Every run that a dead process left running becomes Interrupted, and is tried again where its policy allows. What it had started is ended first.</summary>
    /// <returns>How many.</returns>
    public async Task<int> InterruptAsync(long ownBootId, CancellationToken ct)
    {
        var ended = await EndProcessesAsync();
        if (!lookout.Any("SELECT 1 FROM runs WHERE (status = 1 OR (status = 2 AND pool = ?1)) AND boot_id IS NOT ?2", RunQueue.ConsolePool, ownBootId)) return 0;
        await using var db = database.Read();
        var left = await (
            from run in db.Runs
            where (run.Status == RunStatus.Running || (run.Status == RunStatus.Retrying && run.Pool == RunQueue.ConsolePool)) && run.BootId != ownBootId
            join boot in db.Boots on run.BootId equals boot.Id into boots
            from boot in boots.DefaultIfEmpty()
            join revision in db.Revisions on new { Id = run.ScheduleId ?? 0, run.Generation } equals new { Id = revision.ScheduleId, revision.Generation } into revisions
            from revision in revisions.DefaultIfEmpty()
            select new { Run = run, Boot = boot, Spec = run.Job ?? revision.Spec }).ToListAsync(ct);
        var dead = left.Where(l => l.Boot is null || !IsAlive(l.Boot)).ToList();
        if (dead.Count == 0) return 0;

        var interrupted = await writer.WriteSurelyAsync(write =>
        {
            var count = 0;
            foreach (var (run, spec) in dead.Select(d => (d.Run, d.Spec)))
            {
                // A process of the command line may have ended its run, and itself, since we read.
                if (write.Scalar("SELECT 1 FROM runs WHERE id = ?1 AND status = ?2 AND attempt = ?3", run.Id, run.Status, run.Attempt) is null) continue;
                count++;
                // Nobody but the process that died would have tried a console's run again.
                if (run.Pool == RunQueue.ConsolePool && queue.CancelWaiting(write, run.Id, "The process that would have tried it again has ended.")) continue;
                var claimed = new ClaimedRun(run.Id, run.ScheduleId, run.ScheduleName, run.Generation, run.TriggerType, run.JobKind, run.Job, run.Attempt, run.MaxAttempts,
                    run.AttemptStartedAt ?? run.StartedAt ?? run.QueuedAt, run.CancelRequestedBy, run.Pool);
                var policy = spec is null ? RetryPolicy.None : manifests.ReadStored(spec).Spec.Retry;
                var retry = RetryDecision.For(policy, run.Attempt, retryable: run.CancelRequestedBy is null && run.Pool != RunQueue.ConsolePool, Random.Shared.NextDouble());
                queue.Interrupt(write, claimed, retry is RetryDecision.After(var delay) ? write.Now + delay : null, NoteOn(ended.GetValueOrDefault(run.Id)));
            }
            return count;
        }, ct);
        if (interrupted > 0) LogInterrupted(interrupted);
        return interrupted;
    }

    private async Task<IReadOnlyDictionary<long, int>> EndProcessesAsync()
    {
        try
        {
            return await children.EndLeftoversAsync();
        }
        catch (Exception e)
        {
            // Whatever the system refuses to tell: the runs have to be interrupted all the same.
            LogNotLooked(e);
            return new Dictionary<long, int>();
        }
    }

    private static string NoteOn(int processes) => processes switch
    {
        0 => "",
        1 => " A process that it had started was ended.",
        _ => $" {processes} processes that it had started were ended.",
    };

    // We hold the engine's lock, so no other engine lives. A single run from the command line may: process ids are used again, so its
    // start time must agree too. A data folder is used from one host, so a process of another host was a container that is gone.
    private static bool IsAlive(Boot boot)
    {
        if (boot.IsEngine || boot.StoppedAt is not null || boot.Host != Environment.MachineName) return false;
        try
        {
            using var process = Process.GetProcessById(boot.ProcessId);
            return Math.Abs((StartOf(process) - boot.ProcessStartedAt).TotalSeconds) < 2;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static DateTimeOffset StartOf(Process process) => new DateTimeOffset(process.StartTime).ToUniversalTime();

    [LoggerMessage(LogLevel.Warning, "That this process lives could not be recorded")]
    private partial void LogNotSeen(Exception e);

    [LoggerMessage(LogLevel.Error, "What dead processes have left running could not be looked for")]
    private partial void LogNotLooked(Exception e);

    [LoggerMessage(LogLevel.Warning, "{Count} runs were left behind by a process that died; they are interrupted")]
    private partial void LogInterrupted(int count);
}
