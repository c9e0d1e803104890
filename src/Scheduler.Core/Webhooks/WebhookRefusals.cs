using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Scheduler.Core.Live;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Webhooks;

/// <summary>
/// Counts what webhooks refuse, for the administrator. The sender's answer does not wait for it, so that its time tells nothing; and however
/// many are refused, one write a webhook is under way at a time, which takes the rest along. Thread-safe.
/// </summary>
public sealed partial class WebhookRefusals
{
    private readonly ConcurrentDictionary<long, Tally> _tallies = new();
    private readonly DatabaseWriter _writer;
    private readonly LiveFeed _feed;
    private readonly TimeProvider _clock;
    private readonly ILogger<WebhookRefusals> _log;

    internal WebhookRefusals(DatabaseWriter writer, LiveFeed feed, TimeProvider clock, ILogger<WebhookRefusals> log) => (_writer, _feed, _clock, _log) = (writer, feed, clock, log);

    /// <param name="webhookId">A webhook that is there.</param>
    /// <param name="why">The reason.</param>
    /// <param name="from">The network address, where it is known.</param>
    public void Note(long webhookId, WebhookRefusal why, string? from)
    {
        var tally = _tallies.GetOrAdd(webhookId, _ => new Tally());
        if (tally.Add(new LastWebhookRefusal(_clock.GetUtcNow(), why, from))) _ = WriteAsync(webhookId, tally);
    }

    private async Task WriteAsync(long webhookId, Tally tally)
    {
        try
        {
            while (tally.Take() is var (count, last))
                await _writer.WriteAsync(write =>
                {
                    write.Execute(
                        "UPDATE webhooks SET refused = refused + ?2, last_refused_at = ?3, last_refusal = ?4, last_refused_from = ?5 WHERE id = ?1",
                        webhookId, count, last.At, last.Why, last.From);
                    write.AfterCommit(() => _feed.Publish(new LiveChange.WebhooksChanged()));
                }, CancellationToken.None);
        }
        catch (Exception e)
        {
            tally.Release();
            LogNotCounted(e, webhookId);
        }
    }

    private sealed class Tally
    {
        private readonly Lock _lock = new();
        private int _count;
        private LastWebhookRefusal? _last;
        private bool _isWriting;

        /// <summary>True for the one who has to write.</summary>
        public bool Add(LastWebhookRefusal refusal)
        {
            lock (_lock)
            {
                _count++;
                _last = refusal;
                if (_isWriting) return false;
                return _isWriting = true;
            }
        }

        /// <summary>What is to be written; null, and the writer is free, once there is nothing left.</summary>
        public (int Count, LastWebhookRefusal Last)? Take()
        {
            lock (_lock)
            {
                if (_count == 0)
                {
                    _isWriting = false;
                    return null;
                }
                var taken = (_count, _last!);
                _count = 0;
                return taken;
            }
        }

        public void Release()
        {
            lock (_lock) _isWriting = false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Refusals of webhook {WebhookId} could not be counted")]
    private partial void LogNotCounted(Exception e, long webhookId);
}
