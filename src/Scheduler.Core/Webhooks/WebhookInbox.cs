using System.Text.Json;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Webhooks;

/// <summary>What became of a delivery whose signature is right.</summary>
public abstract record WebhookOutcome
{
    /// <summary>It is an event now.</summary>
    public sealed record Accepted(long EventId) : WebhookOutcome;

    /// <summary>It came before, within <see cref="WebhookInbox.Memory"/>.</summary>
    public sealed record Replayed : WebhookOutcome;

    /// <summary>The webhook was deleted, disabled, or given another secret while the delivery was checked.</summary>
    public sealed record Gone : WebhookOutcome;
}

/// <summary>Turns deliveries into events. The event, its runs and the memory of the delivery are one transaction: a replay after a crash starts nothing twice.</summary>
public sealed class WebhookInbox
{
    /// <summary>For so long a delivery is known again.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(7);

    /// <summary>So many deliveries are kept in memory at most, of all webhooks; beyond that the oldest are forgotten early.</summary>
    public const int MostKept = 1_000_000;
    private const int SweptAtOnce = 20;

    private readonly EventIntake _intake;

    internal WebhookInbox(EventIntake intake) => _intake = intake;

    /// <param name="gate">The webhook as it was when the signature was checked.</param>
    /// <param name="fingerprint">What a replay is known by; null where the sender gave nothing.</param>
    /// <param name="data">A JSON object.</param>
    /// <param name="address">The network address that it came from.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidInputException">The data can't be an event's.</exception>
    /// <exception cref="TooManyEventsException">Too many events come, from here or in all.</exception>
    public async Task<WebhookOutcome> AcceptAsync(WebhookGate gate, string? fingerprint, JsonElement data, string? address, CancellationToken ct)
    {
        WebhookOutcome refused = new WebhookOutcome.Gone();
        var receipt = await _intake.SendFromWebhookAsync(new NewEvent(gate.EventType, $"webhook:{gate.Name}", data), gate.Name, address, write => Admits(write, gate, fingerprint, out refused), ct);
        return receipt is null ? refused : new WebhookOutcome.Accepted(receipt.Id);
    }

    private static bool Admits(WriteBatch write, WebhookGate gate, string? fingerprint, out WebhookOutcome refused)
    {
        refused = new WebhookOutcome.Gone();
        if (write.Scalar("SELECT 1 FROM webhooks WHERE id = ?1 AND enabled AND protected_secret = ?2 AND event_type = ?3", gate.Id, gate.ProtectedSecret, gate.EventType) is null) return false;
        refused = new WebhookOutcome.Replayed();
        if (fingerprint is not null && !Remember(write, gate.Id, fingerprint)) return false;
        write.Execute("UPDATE webhooks SET accepted = accepted + 1, last_used_at = ?2 WHERE id = ?1", gate.Id, write.Now);
        return true;
    }

    // A few old rows go with every new one, so that the table needs nobody to sweep it.
    private static bool Remember(WriteBatch write, long webhookId, string fingerprint)
    {
        if (write.Scalar("SELECT at FROM webhook_deliveries WHERE webhook_id = ?1 AND fingerprint = ?2", webhookId, fingerprint) is long at)
        {
            if (write.Now.ToUnixTimeMilliseconds() - at < (long)Memory.TotalMilliseconds) return false;
            write.Execute("DELETE FROM webhook_deliveries WHERE webhook_id = ?1 AND fingerprint = ?2", webhookId, fingerprint);
        }
        write.Execute("INSERT INTO webhook_deliveries (webhook_id, fingerprint, at) VALUES (?1, ?2, ?3)", webhookId, fingerprint, write.Now);
        write.Execute(
            "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM (SELECT id, at FROM webhook_deliveries ORDER BY id LIMIT ?1) WHERE at <= ?2 OR id <= last_insert_rowid() - ?3)",
            SweptAtOnce, write.Now - Memory, MostKept);
        return true;
    }
}
