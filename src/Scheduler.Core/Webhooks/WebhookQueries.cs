using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Webhooks;

/// <summary>A webhook as lists show it; without its secret. Its note is a person's text: hostile.</summary>
/// <param name="Accepted">Deliveries that became events, since it was made.</param>
/// <param name="Refused">Deliveries that did not.</param>
/// <param name="LastRefusal">The latest of those; null where there was none.</param>
public sealed record WebhookView(
    string Name, string EventType, WebhookSigning Signing, bool Enabled, int PerMinute, string Note, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset SecretAt,
    DateTimeOffset? LastUsedAt, long Accepted, long Refused, LastWebhookRefusal? LastRefusal);

/// <param name="From">The network address; null where it is not known.</param>
public sealed record LastWebhookRefusal(DateTimeOffset At, WebhookRefusal Why, string? From);

/// <summary>What the door needs to check a delivery.</summary>
/// <param name="ProtectedSecret">As the caller of <see cref="WebhookEditor.CreateAsync"/> gave it.</param>
public sealed record WebhookGate(long Id, string Name, string EventType, WebhookSigning Signing, string ProtectedSecret, bool Enabled, int PerMinute);

/// <summary>What pages and the door ask about webhooks. Never writes.</summary>
public sealed class WebhookQueries(Database database)
{
    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<WebhookView>> ListAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        return (await db.Webhooks.OrderBy(w => w.Name).ToListAsync(ct)).Select(View).ToList();
    }

    public async Task<WebhookView?> GetAsync(string name, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Webhooks.FirstOrDefaultAsync(w => w.Name == name, ct) is { } found ? View(found) : null;
    }

    /// <summary>Null where there is none of this name.</summary>
    public async Task<WebhookGate?> GateAsync(string name, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Webhooks.Where(w => w.Name == name).Select(w => new WebhookGate(w.Id, w.Name, w.EventType, w.Signing, w.ProtectedSecret, w.Enabled, w.PerMinute)).FirstOrDefaultAsync(ct);
    }

    private static WebhookView View(Webhook w) => new(
        w.Name, w.EventType, w.Signing, w.Enabled, w.PerMinute, w.Note, w.CreatedAt, w.CreatedBy, w.SecretAt, w.LastUsedAt, w.Accepted, w.Refused,
        w is { LastRefusedAt: { } at, LastRefusal: { } why } ? new LastWebhookRefusal(at, why, w.LastRefusedFrom) : null);
}
