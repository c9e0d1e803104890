using Scheduler.Core.Webhooks;

namespace Scheduler.Web.Components.Settings;

/// <summary>Webhooks in words.</summary>
internal static class WebhookWords
{
    public static string Of(WebhookSigning signing) => signing == WebhookSigning.Bearer ? "Bearer secret" : "HMAC-SHA256";

    public static string Of(WebhookRefusal why) => why switch
    {
        WebhookRefusal.MissingSignature => "No signature",
        WebhookRefusal.WrongSignature => "Wrong signature",
        WebhookRefusal.Replayed => "Replayed",
        WebhookRefusal.Stale => "Signed time too far off",
        WebhookRefusal.Disabled => "Disabled",
        WebhookRefusal.TooMany => "Too many a minute",
        WebhookRefusal.NotJson => "No JSON object",
        _ => "Secret can't be read",
    };

    /// <summary>What to do about it.</summary>
    public static string Explain(WebhookRefusal why) => why switch
    {
        WebhookRefusal.MissingSignature => "The sender gave no secret, or another kind than the webhook takes. Set the secret at the sender.",
        WebhookRefusal.WrongSignature => "The sender has another secret, or something on the way changed the body.",
        WebhookRefusal.Replayed => "The same delivery came before, within seven days.",
        WebhookRefusal.Stale => "The signed time lies more than five minutes from this server's. Look at both clocks.",
        WebhookRefusal.Disabled => "It came while the webhook was disabled.",
        WebhookRefusal.TooMany => "More came in a minute than the webhook takes.",
        WebhookRefusal.NotJson => "It was signed, but its body is no JSON object. At GitHub choose the content type application/json.",
        _ => "The stored secret can't be read with this server's keys, which may have been lost or belong to another server. Give the webhook a new secret.",
    };

    /// <summary>For a shell: sends one delivery.</summary>
    public static string Command(WebhookSigning signing, string address, string secret) => signing == WebhookSigning.Bearer
        ? $$"""
          curl -sS {{address}} \
            -H 'Content-Type: application/json' -H 'Authorization: Bearer {{secret}}' \
            -H "Idempotency-Key: $(date +%s%N)" -d '{"ref":"refs/heads/main"}'
          """
        : $$"""
          body='{"ref":"refs/heads/main","sent":"'$(date +%s%N)'"}'
          signature=$(printf %s "$body" | openssl dgst -sha256 -hmac '{{secret}}' | sed 's/^.* //')
          curl -sS {{address}} -H 'Content-Type: application/json' \
            -H "X-Hub-Signature-256: sha256=$signature" -d "$body"
          """;
}
