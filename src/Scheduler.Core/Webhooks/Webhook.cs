namespace Scheduler.Core.Webhooks;

/// <summary>How a sender proves that a delivery is its own. Stored as the number.</summary>
public enum WebhookSigning
{
    /// <summary><c>X-Hub-Signature-256</c>: HMAC-SHA256 of the body under the secret, as GitHub, Gitea and many others send it.</summary>
    GitHubHmac = 0,

    /// <summary><c>Authorization: Bearer</c> and the secret: for senders that can't sign.</summary>
    Bearer = 1,
}

/// <summary>Why a delivery was refused. The sender is told nothing of it; the administrator reads it on the webhook's page. Stored as the number.</summary>
public enum WebhookRefusal
{
    MissingSignature = 0,
    WrongSignature = 1,

    /// <summary>The same delivery came before.</summary>
    Replayed = 2,

    /// <summary>Its signed time lies too far from ours.</summary>
    Stale = 3,
    Disabled = 4,

    /// <summary>More deliveries in a minute than the webhook takes.</summary>
    TooMany = 5,

    /// <summary>Signed, but no JSON object.</summary>
    NotJson = 6,

    /// <summary>The stored secret can't be read with this server's keys.</summary>
    UnreadableSecret = 7,
}

/// <summary>A stored webhook: an address at which a sender that knows its secret makes events of one type.</summary>
internal sealed class Webhook
{
    public long Id { get; init; }

    /// <summary>The last part of its address.</summary>
    public required string Name { get; init; }
    public required string EventType { get; set; }
    public required WebhookSigning Signing { get; set; }

    /// <summary>The secret, protected by whoever made it: never the plain text.</summary>
    public required string ProtectedSecret { get; set; }
    public required bool Enabled { get; set; }

    /// <summary>How many deliveries it takes in a minute.</summary>
    public required int PerMinute { get; set; }
    public required string Note { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }

    /// <summary>When the secret was made.</summary>
    public required DateTimeOffset SecretAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>Deliveries that became events.</summary>
    public long Accepted { get; set; }
    public long Refused { get; set; }
    public DateTimeOffset? LastRefusedAt { get; set; }
    public WebhookRefusal? LastRefusal { get; set; }

    /// <summary>The network address that the last refused delivery came from.</summary>
    public string? LastRefusedFrom { get; set; }
}

/// <summary>A delivery that was accepted: what a replay is known by.</summary>
internal sealed class WebhookDelivery
{
    /// <summary>Rises with every delivery, whatever its webhook.</summary>
    public long Id { get; init; }
    public required long WebhookId { get; init; }

    /// <summary>SHA-256 of what was signed, or of the key that the sender gave, in hexadecimal.</summary>
    public required string Fingerprint { get; init; }
    public required DateTimeOffset At { get; init; }
}
