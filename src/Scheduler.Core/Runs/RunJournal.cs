using System.Text.Json;
using System.Threading.Channels;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>
/// Takes what a job reports off its bounded channel in batches: log lines to the capped file, progress, metrics and findings to the
/// database in one write a batch. The job waits when the journal can't keep up, so a chatty scan neither fills memory nor loses a line.
/// </summary>
internal sealed class RunJournal(DatabaseWriter writer, RunLog log, StorageHealth health, LiveFeed feed, TimeProvider clock)
{
    private const int ChannelBound = 1024;
    private const int MostInBatch = 4096;
    private static readonly TimeSpan BatchEvery = TimeSpan.FromMilliseconds(100);

    public static Channel<JobEvent> NewChannel() => Channel.CreateBounded<JobEvent>(new BoundedChannelOptions(ChannelBound) { SingleReader = true });

    /// <summary>Reads until the channel is completed and everything in it is on disk.</summary>
    /// <param name="jobEnded">Completes with the job: its last words are not kept waiting for the end of a rest.</param>
    /// <returns>The assets that the job covered from end to end.</returns>
    public async Task<IReadOnlyCollection<string>> KeepAsync(long runId, string scheduleName, ChannelReader<JobEvent> events, Task jobEnded, CancellationToken ct)
    {
        using var file = new RunLines(log, runId, health, clock);
        var covered = new HashSet<string>(StringComparer.Ordinal);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        while (await events.WaitToReadAsync(ct))
        {
            var batch = new Batch();
            while (batch.Count < MostInBatch && events.TryRead(out var next)) Take(next, batch, file, covered, metrics);
            if (batch.Lines > 0)
            {
                file.Flush();
                feed.Publish(new LiveChange.LogGrew(runId));
            }
            if (batch.HasState)
            {
                var figures = batch.MetricsChanged ? JsonSerializer.Serialize(metrics) : null;
                var assets = metrics.TryGetValue("assetsScanned", out var scanned) ? (int?)scanned : null;
                await writer.WriteSurelyAsync(write => Store(write, runId, scheduleName, batch, figures, assets), ct);
            }
            // Rest between batches, but not while the job waits for room, and not once it is over.
            if (!jobEnded.IsCompleted && batch.Count < ChannelBound / 2) await Task.WhenAny(jobEnded, Task.Delay(BatchEvery, clock, ct));
        }
        return covered;
    }

    private static void Take(JobEvent next, Batch batch, RunLines file, HashSet<string> covered, SortedDictionary<string, double> metrics)
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
        }
    }

    private void Store(WriteBatch write, long runId, string scheduleName, Batch batch, string? metrics, int? assets)
    {
        write.Execute(
            "UPDATE runs SET progress = coalesce(?2, progress), activity = coalesce(?3, activity), metrics = coalesce(?4, metrics), assets_scanned = coalesce(?5, assets_scanned) WHERE id = ?1",
            runId, batch.Progress?.Fraction, batch.Progress?.Activity is { Length: > 200 } activity ? activity[..200] : batch.Progress?.Activity, metrics, assets);
        FindingLedger.Record(write, runId, scheduleName, batch.Findings);
        write.AfterCommit(() => feed.Publish(new LiveChange.RunChanged(runId, scheduleName)));
    }

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
