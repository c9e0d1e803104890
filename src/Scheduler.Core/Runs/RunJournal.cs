using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>What is left of a run's reports when its job is over.</summary>
/// <param name="Covered">The assets that the job covered from end to end.</param>
/// <param name="Happened">What its ending raises, if it ends well.</param>
/// <param name="Store">Stores the last of it.</param>
internal sealed record JournalEnd(IReadOnlyCollection<string> Covered, IReadOnlyCollection<JobEvent.Happened> Happened, Action<WriteBatch> Store);

/// <summary>
/// Takes what a job reports off its bounded channel in batches: log lines to the capped file, progress, metrics and findings to the
/// database in one write a batch. The job waits when the journal can't keep up, so a chatty scan neither fills memory nor loses a line.
/// </summary>
internal sealed partial class RunJournal(DatabaseWriter writer, RunLog log, StorageHealth health, LiveFeed feed, TimeProvider clock, ILogger<RunJournal> logger)
{
    private const int ChannelBound = 1024;
    private const int MostInBatch = 4096;
    private static readonly TimeSpan BatchEvery = TimeSpan.FromMilliseconds(100);

    public static Channel<JobEvent> NewChannel() => Channel.CreateBounded<JobEvent>(new BoundedChannelOptions(ChannelBound) { SingleReader = true });

    /// <summary>Reads until the channel is completed. All but the last is on disk then; the last is handed over, for the transaction that ends the attempt.</summary>
    /// <param name="jobEnded">Completes with the job: its last words are not kept waiting for the end of a rest.</param>
    public async Task<JournalEnd> KeepAsync(long runId, string scheduleName, ChannelReader<JobEvent> events, Task jobEnded, CancellationToken ct)
    {
        using var file = new RunLines(log, runId, health, e => LogNotWritten(e, runId), clock);
        var covered = new HashSet<string>(StringComparer.Ordinal);
        var happened = new Dictionary<string, JobEvent.Happened>(StringComparer.Ordinal);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        var batch = new Batch();
        while (await events.WaitToReadAsync(ct))
        {
            while (batch.Count < MostInBatch && events.TryRead(out var next)) Take(next, batch, file, covered, happened, metrics);
            // More may follow soon, and a run that is over soon is written at once; but the job must not wait for room.
            if (!jobEnded.IsCompleted && batch.Count < ChannelBound / 2) await Task.WhenAny(jobEnded, Task.Delay(BatchEvery, clock, ct));
            if (jobEnded.IsCompleted && batch.Count < MostInBatch) continue;
            if (batch.Lines > 0)
            {
                file.Flush();
                feed.Publish(new LiveChange.LogGrew(runId));
            }
            if (batch.HasState)
            {
                var stored = batch;
                await writer.WriteSurelyAsync(write => Store(write, runId, scheduleName, stored, metrics), ct);
            }
            batch = new Batch();
        }
        var text = file.TakeShort();
        if (text is null && batch.Lines > 0) file.Flush();
        return new JournalEnd(covered, happened.Values, write =>
        {
            if (text is not null) RunLog.KeepShort(write, runId, text);
            if (batch.HasState) Store(write, runId, scheduleName, batch, metrics);
            write.AfterCommit(() => feed.Publish(new LiveChange.LogGrew(runId)));
        });
    }

    private static void Take(
        JobEvent next, Batch batch, RunLines file, HashSet<string> covered, Dictionary<string, JobEvent.Happened> happened, SortedDictionary<string, double> metrics)
    {
        batch.Count++;
        switch (next)
        {
            case JobEvent.LogLine line:
                file.Append(line);
                batch.Lines++;
                break;
            case JobEvent.Progress progress:
                batch.Progress = progress;
                break;
            case JobEvent.Metric metric when double.IsFinite(metric.Value) && (metrics.ContainsKey(metric.Name) || metrics.Count < 200):
                metrics[metric.Name] = metric.Value;
                batch.MetricsChanged = true;
                break;
            case JobEvent.Found found:
                batch.Findings.Add(found.Finding);
                break;
            case JobEvent.Covered asset:
                covered.Add(asset.Asset);
                break;
            case JobEvent.Happened what:
                happened[what.Type] = what;
                break;
        }
    }

    private void Store(WriteBatch write, long runId, string scheduleName, Batch batch, SortedDictionary<string, double> all)
    {
        var metrics = batch.MetricsChanged ? JsonSerializer.Serialize(all) : null;
        var assets = all.TryGetValue("assetsScanned", out var scanned) ? (int?)scanned : null;
        write.Execute(
            "UPDATE runs SET progress = coalesce(?2, progress), activity = coalesce(?3, activity), metrics = coalesce(?4, metrics), assets_scanned = coalesce(?5, assets_scanned) WHERE id = ?1",
            runId, batch.Progress?.Fraction, batch.Progress?.Activity is { Length: > 200 } activity ? activity[..200] : batch.Progress?.Activity, metrics, assets);
        FindingLedger.Record(write, runId, scheduleName, batch.Findings);
        write.AfterCommit(() => feed.Publish(new LiveChange.RunChanged(runId, scheduleName)));
    }

    [LoggerMessage(LogLevel.Error, "Lines of run {RunId} could not be written to its log")]
    private partial void LogNotWritten(Exception e, long runId);

    private sealed class Batch
    {
        public int Count;
        public int Lines;
        public JobEvent.Progress? Progress;
        public bool MetricsChanged;
        public readonly List<Finding> Findings = [];

        public bool HasState => Progress is not null || MetricsChanged || Findings.Count > 0;
    }
}
