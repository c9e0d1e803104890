using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Workers;

/// <summary>
/// Carries out one attempt of a claimed run: reads what it does, links time-out, cancel and shutdown, calls the job kind, and turns
/// whatever happens, exceptions included, into an ending that is on disk before the slot is free again.
/// </summary>
internal sealed partial class RunExecution(
    RunQueue queue, RunJournal journal, RunningRuns running, JobCatalog catalog, ManifestReader manifests, ScopeStore scopes, Database database,
    TimeProvider clock, ILogger<RunExecution> log)
{
    /// <summary>How long a job that was told to stop may take before its slot is taken from it: the ten seconds of its processes, and a moment for their end by force.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(12);

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Never throws for anything the job does; ends when the run's ending is committed.</summary>
    /// <param name="run">The claimed run.</param>
    /// <param name="mayTakeNext">Whether the slot may go on with another run; asked when this one has ended.</param>
    /// <param name="bootId">This process start.</param>
    /// <param name="shutdown">Fires when the drain time is over.</param>
    /// <returns>The run that the slot goes on with.</returns>
    public async Task<ClaimedRun?> ExecuteAsync(ClaimedRun run, Func<bool> mayTakeNext, long bootId, CancellationToken shutdown)
    {
        var entry = running.Add(run.Id);
        try
        {
            // A cancel may have been asked for while this attempt was being claimed.
            if (run.CancelRequestedBy is { } by) entry.Cancel(by);
            var ending = await AttemptAsync(run, entry, shutdown);
            var next = await queue.CompleteAsync(run, ending, mayTakeNext, bootId, shutdown);
            LogEnded(run.Id, run.ScheduleName, ending.Status, ending.Reason);
            return next;
        }
        catch (Exception e)
        {
            // The ending could not be written (the file is gone, or the disk was full until the stop). The run stays Running on disk and is found at the next start.
            LogNotRecorded(e, run.Id, run.ScheduleName);
            return null;
        }
        finally
        {
            running.Remove(run.Id);
        }
    }

    private async Task<RunEnding> AttemptAsync(ClaimedRun run, RunningRuns.Entry entry, CancellationToken shutdown)
    {
        var events = RunJournal.NewChannel();
        var jobEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var kept = journal.KeepAsync(run.Id, run.ScheduleName, events.Reader, jobEnded.Task, CancellationToken.None);
        var memory = JobMemory.Of(database, run.ScheduleId);
        Verdict verdict;
        ScheduleSpec? spec = null;
        try
        {
            (verdict, spec) = await DecideAsync(run, entry, events.Writer, memory, shutdown);
            await events.Writer.WriteAsync(new JobEvent.LogLine(clock.GetUtcNow(), verdict.Status == RunStatus.Succeeded ? LogStream.Info : LogStream.Warn, $"{verdict.Status}: {verdict.Reason}"), CancellationToken.None);
        }
        finally
        {
            events.Writer.TryComplete();
            jobEnded.SetResult();
        }
        var reported = await kept;
        return Ending(run, verdict, spec, reported.Covered) with { Happened = reported.Happened, Before = Store };

        void Store(WriteBatch write)
        {
            reported.Store(write);
            // What a backfill saw stands for no instant of its own: the schedule's next run compares with the last one that was.
            if (verdict.Status == RunStatus.Succeeded && run.TriggerType != TriggerType.Backfill) memory.Store(write);
        }
    }

    private async Task<(Verdict, ScheduleSpec?)> DecideAsync(ClaimedRun run, RunningRuns.Entry entry, ChannelWriter<JobEvent> events, JobMemory memory, CancellationToken shutdown)
    {
        ScheduleSpec? spec = null;
        try
        {
            spec = manifests.ReadStored(run.Manifest ?? throw new InvalidDataException($"The manifest of {run.ScheduleName}, generation {run.Generation}, is gone.")).Spec;
            var kind = catalog.Find(run.JobKind);
            if (kind is null) return (Verdict.Hopeless($"This version has no job kind \"{run.JobKind}\"."), spec);
            var job = ManifestReader.Resolve(spec.Job);
            var scope = scopes.Current;
            var complaints = new List<Fields.FieldError>();
            kind.Check(job, scope, "spec.job", complaints);
            if (complaints.Count > 0) return (Verdict.Hopeless(string.Join("; ", complaints.Select(c => $"{c.Path}: {c.Message}"))), spec);

            var parameters = ParametersOf(run, spec);
            var context = new JobContext(run.Id, run.ScheduleName, run.Attempt, job, scope, clock, events, run.OverridesRateLimits, run.AsOf, parameters, memory);
            var from = run.Attempt > 1 ? $"Attempt {run.Attempt} of {run.MaxAttempts}: " : "";
            await context.LogAsync($"{from}{run.JobKind} of {run.ScheduleName}, generation {run.Generation}, {run.TriggerType}, time-out {TriggerText.PrintDuration(spec.Timeout)}.", shutdown);
            foreach (var (name, value) in parameters) await context.LogAsync($"Parameter {name} = {JsonSerializer.Serialize(value, Readable)}", shutdown);
            return (await RunJobAsync(kind, context, spec.Timeout, entry, shutdown), spec);
        }
        catch (OperationCanceledException) when (shutdown.IsCancellationRequested)
        {
            return (Verdict.Shutdown, spec);
        }
        catch (Exception e)
        {
            LogCrashed(e, run.Id, run.JobKind);
            return (new Verdict(RunStatus.Failed, $"{run.JobKind} failed: {e.Message}", e.Message, true), spec);
        }
    }

    // Those of the event; without one the defaults.
    private static IReadOnlyDictionary<string, string> ParametersOf(ClaimedRun run, ScheduleSpec spec) => run.Parameters is { } stored
        ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(stored)!
        : EventParameters.Read(spec.Parameters, "", []).Resolve(null);

    private async Task<Verdict> RunJobAsync(IJobKind kind, JobContext context, TimeSpan timeout, RunningRuns.Entry entry, CancellationToken shutdown)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, entry.Cancelled, shutdown);
        // On the pool: a kind that blocks before its first await must not hold the claiming loop.
        var job = Task.Run(() => kind.RunAsync(context, stop.Token), CancellationToken.None);
        try
        {
            var outcome = await job.WaitAsync(stop.Token);
            return Verdict.Of(outcome);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            var ended = await EndedInTimeAsync(job);
            // It may have ended well in the very moment it was told to stop; then that is what happened.
            if (job.IsCompletedSuccessfully && !entry.Cancelled.IsCancellationRequested) return Verdict.Of(job.Result);
            var stuck = ended ? "" : $" It did not stop within {StopGrace.TotalSeconds:0} s and was left behind.";
            if (entry.By is { } by) return new Verdict(RunStatus.Cancelled, $"Cancelled by {by}.{stuck}", null, false);
            return timer.IsCancellationRequested
                ? new Verdict(RunStatus.TimedOut, $"Timed out after {TriggerText.PrintDuration(timeout)}.{stuck}", "Timed out", true)
                : Verdict.Shutdown;
        }
    }

    private async Task<bool> EndedInTimeAsync(Task job)
    {
        try
        {
            await job.WaitAsync(StopGrace, clock);
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (Exception)
        {
            // However it ended after being told to stop, what counts is that it was told.
        }
        return true;
    }

    private RunEnding Ending(ClaimedRun run, Verdict verdict, ScheduleSpec? spec, IReadOnlyCollection<string> covered)
    {
        // A stop costs a run what a crash does: its attempt. But nobody would go on with what the command line was told to stop.
        var mayRetry = spec is not null && (verdict.Status is RunStatus.Failed or RunStatus.TimedOut || (verdict.Status == RunStatus.Interrupted && run.Pool != RunQueue.ConsolePool));
        if (!mayRetry || RetryDecision.For(spec!.Retry, run.Attempt, verdict.Retryable, Random.Shared.NextDouble()) is not RetryDecision.After(var delay))
            return new RunEnding(verdict.Status, verdict.Reason, verdict.Error, null, covered);
        var at = clock.GetUtcNow() + delay;
        return new RunEnding(RunStatus.Retrying, $"{verdict.Reason} Attempt {run.Attempt + 1} of {run.MaxAttempts} at {at.UtcDateTime:HH:mm:ss} UTC.", verdict.Error ?? verdict.Reason, at, []) { AttemptStatus = verdict.Status };
    }

    private sealed record Verdict(RunStatus Status, string Reason, string? Error, bool Retryable)
    {
        public static Verdict Shutdown { get; } = new(RunStatus.Interrupted, "Scheduler was stopped while it ran.", "Interrupted", true);

        public static Verdict Hopeless(string why) => new(RunStatus.Failed, why, why, false);

        public static Verdict Of(JobOutcome outcome) => outcome switch
        {
            JobOutcome.Succeeded done => new Verdict(RunStatus.Succeeded, done.Reason, null, false),
            JobOutcome.Failed failed => new Verdict(RunStatus.Failed, failed.Reason, failed.Reason, failed.Retryable),
            _ => throw new InvalidOperationException($"Unknown outcome {outcome}."),
        };
    }

    [LoggerMessage(LogLevel.Information, "Run {RunId} of {ScheduleName} ended {Status}: {Reason}")]
    private partial void LogEnded(long runId, string scheduleName, RunStatus status, string reason);

    [LoggerMessage(LogLevel.Warning, "Run {RunId}: job kind {JobKind} threw")]
    private partial void LogCrashed(Exception e, long runId, string jobKind);

    [LoggerMessage(LogLevel.Error, "Run {RunId} of {ScheduleName} ended, but that could not be recorded")]
    private partial void LogNotRecorded(Exception e, long runId, string scheduleName);
}
