using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Jobs.SelfCheck;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.SelfChecks;

/// <summary>
/// Every so often makes a schedule that falls due a moment later, and looks whether everything comes of it that should: the dispatcher, a worker, the job, the log,
/// the findings and the live feed that work for people work for it. What it made is gone afterwards.
/// </summary>
internal sealed partial class SelfCheck(
    SchedulerOptions options, SelfCheckReport report, Database database, DatabaseWriter writer, ScheduleChanges changes, RunLog logs, LiveFeed feed, TimeProvider clock, ILogger<SelfCheck> log)
{
    /// <summary>The start has enough to do; and who starts it to look at a page is not kept waiting.</summary>
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SinkPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterAFailure = TimeSpan.FromMinutes(5);

    /// <summary>Checks until <paramref name="stopping"/>; at once ends where it is switched off.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!report.IsOn) return;
        try
        {
            await Task.Delay(Shorter(options.SelfCheckEvery, FirstAfter), clock, stopping);
            while (true)
                await Task.Delay(await HasPassedAsync(stopping) ? options.SelfCheckEvery : Shorter(options.SelfCheckEvery, AfterAFailure), clock, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What is half done is not shown to anybody, and goes with the next check.
        }
    }

    private async Task<bool> HasPassedAsync(CancellationToken stopping)
    {
        try
        {
            return (await CheckAsync(stopping)).FailedAt is null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogBroken(e);
            return false;
        }
    }

    /// <summary>One check, from setting up to tidying up.</summary>
    internal async Task<SelfCheckResult> CheckAsync(CancellationToken ct)
    {
        var passedAt = report.Last?.PassedAt;
        var started = clock.GetTimestamp();
        var (step, why) = await FindFaultAsync(ct);
        var now = clock.GetUtcNow();
        var result = new SelfCheckResult(now, step, why, step is null ? now : passedAt, clock.GetElapsedTime(started));
        report.Tell(result);
        if (step is null) LogPassed(result.Took);
        else LogFailed(step.Value, why);
        try
        {
            await writer.WriteAsync(write =>
            {
                Remove(write);
                SelfCheckReport.Store(write, result);
            }, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotStored(e);
        }
        logs.Delete(SystemSchedule.Id);
        feed.Publish(new LiveChange.SelfChecked());
        return result;
    }

    private async Task<(SelfCheckStep?, string)> FindFaultAsync(CancellationToken ct)
    {
        // Subscribed first: nothing that happens may be missed.
        using var watch = feed.Watch(change => change is LiveChange.RunChanged { RunId: SystemSchedule.Id } or LiveChange.Everything);
        try
        {
            var word = RandomNumberGenerator.GetHexString(16, lowercase: true);
            var due = await SetUpAsync(word, ct);
            var (run, isTold) = await WaitAsync(watch, due, ct);
            return await FindFaultAsync(run, isTold, word, due, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return (SelfCheckStep.Due, $"The check itself failed: {e.Message}");
        }
    }

    private async Task<DateTimeOffset> SetUpAsync(string word, CancellationToken ct)
    {
        logs.Delete(SystemSchedule.Id);
        var due = await writer.WriteAsync(write =>
        {
            Remove(write);
            // In whole milliseconds, as it is stored.
            var at = DateTimeOffset.FromUnixTimeMilliseconds((write.Now + Ahead).ToUnixTimeMilliseconds());
            var schedule = Schedule(word, at, write.Now);
            write.Db.Schedules.Add(schedule);
            write.Db.Revisions.Add(new Revision { ScheduleId = schedule.Id, Generation = 1, Spec = schedule.Spec, At = write.Now, By = schedule.CreatedBy });
            write.Db.SaveChanges();
            return at;
        }, ct);
        changes.Notify();
        return due;
    }

    private async Task<(Run? Run, bool IsTold)> WaitAsync(LiveWatch watch, DateTimeOffset due, CancellationToken ct)
    {
        long? endedSince = null;
        while (true)
        {
            var isTold = await IsToldAsync(watch, ct);
            await using var db = database.Read();
            var run = await db.Runs.IgnoreQueryFilters().FirstOrDefaultAsync(r => r.Id == SystemSchedule.Id, ct);
            var hasEnded = run?.Status.IsTerminal() == true;
            if (hasEnded) endedSince ??= clock.GetTimestamp();
            if (hasEnded && (isTold || clock.GetElapsedTime(endedSince!.Value) > SinkPatience)) return (run, isTold);
            if (!hasEnded && clock.GetUtcNow() > due + Patience) return (run, isTold);
        }
    }

    // Looks again even where nobody tells: that nobody does is what it may have to find out.
    private async Task<bool> IsToldAsync(LiveWatch watch, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(LookAgain, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, ct);
        try
        {
            await watch.TakeAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<(SelfCheckStep?, string)> FindFaultAsync(Run? run, bool isTold, string word, DateTimeOffset due, CancellationToken ct) => run switch
    {
        null => (SelfCheckStep.Due, $"The due time {Print(due)} was not recorded within {Patience.TotalSeconds:0} s."),
        { Status: RunStatus.Skipped } => (SelfCheckStep.Due, $"The due time {Print(due)} was skipped: {run.Reason}"),
        { Status: RunStatus.Queued } => (SelfCheckStep.Claim, $"No slot of pool {run.Pool} took the run within {Patience.TotalSeconds:0} s."),
        { Status: not RunStatus.Succeeded } => (SelfCheckStep.Job, run.Status.IsTerminal() ? $"The run ended {run.Status}: {run.Reason}" : $"The run did not end within {Patience.TotalSeconds:0} s."),
        _ when !HasLog(word, out var size) => (SelfCheckStep.Log, $"What the job wrote is not in the run's log, which holds {size} bytes."),
        _ when !await IsFoundAsync(word, ct) => (SelfCheckStep.Finding, "The finding that the job reported is not among the findings."),
        _ when !isTold => (SelfCheckStep.Sink, $"Nobody was told of the run's end within {SinkPatience.TotalSeconds:0} s."),
        _ => (null, ""),
    };

    private bool HasLog(string word, out int size)
    {
        var bytes = logs.Read(SystemSchedule.Id, 0, 64 * 1024).Bytes;
        size = bytes.Length;
        return Encoding.UTF8.GetString(bytes).Contains(SelfCheckKind.LastLineOf(word), StringComparison.Ordinal);
    }

    private async Task<bool> IsFoundAsync(string word, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Findings.IgnoreQueryFilters().AnyAsync(f => f.ScheduleName == SystemSchedule.Name && f.Rule == SelfCheckKind.Rule && f.Asset == word && f.LastRunId == SystemSchedule.Id, ct);
    }

    private static Schedule Schedule(string word, DateTimeOffset due, DateTimeOffset now)
    {
        var trigger = $"at({due.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)})";
        return new Schedule
        {
            Id = SystemSchedule.Id, Name = SystemSchedule.Name, Uid = Guid.NewGuid(), Generation = 1, State = ScheduleState.Active, TriggerText = trigger, TimeZone = "UTC",
            Spec = JsonSerializer.Serialize(new
            {
                apiVersion = Manifest.ApiVersion, kind = Manifest.KindName, metadata = new { name = SystemSchedule.Name },
                spec = new { schedule = "manual", timeout = "30s", job = new { kind = SelfCheckKind.KindName, options = new { word } } },
            }),
            AnchorAt = now, HasStart = false, Priority = 100, Pool = "light", JobKind = SelfCheckKind.KindName, ConcurrencyPolicy = ConcurrencyPolicy.Allow, MissedRuns = MissedRunsPolicy.Latest,
            MaxAttempts = 1, NextRunAt = due, CreatedAt = now, CreatedBy = "scheduler", ChangedAt = now, ChangedBy = "scheduler",
        };
    }

    private static void Remove(WriteBatch write)
    {
        write.Execute("DELETE FROM run_findings WHERE run_id = ?1", SystemSchedule.Id);
        write.Execute("DELETE FROM findings WHERE schedule_name = ?1", SystemSchedule.Name);
        write.Execute("DELETE FROM attempts WHERE run_id = ?1", SystemSchedule.Id);
        write.Execute("DELETE FROM short_logs WHERE run_id = ?1", SystemSchedule.Id);
        write.Execute("DELETE FROM runs WHERE id = ?1", SystemSchedule.Id);
        write.Execute("DELETE FROM revisions WHERE schedule_id = ?1", SystemSchedule.Id);
        write.Execute("DELETE FROM schedules WHERE id = ?1", SystemSchedule.Id);
    }

    private static string Print(DateTimeOffset at) => $"{at.UtcDateTime:HH:mm:ss} UTC";

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(LogLevel.Debug, "The self-check passed within {Took}")]
    private partial void LogPassed(TimeSpan took);

    [LoggerMessage(LogLevel.Error, "The self-check failed at step {Step}: {Why}")]
    private partial void LogFailed(SelfCheckStep step, string why);

    [LoggerMessage(LogLevel.Error, "The self-check could not be made")]
    private partial void LogBroken(Exception e);

    [LoggerMessage(LogLevel.Warning, "The result of the self-check could not be stored")]
    private partial void LogNotStored(Exception e);
}
