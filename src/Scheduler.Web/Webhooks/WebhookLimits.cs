using Scheduler.Core.Webhooks;
using Scheduler.Web.Identity;

namespace Scheduler.Web.Webhooks;

/// <summary>How much webhooks take. A forger uses up the share of its own address, never that of the webhook.</summary>
internal sealed class WebhookLimits(TimeProvider clock)
{
    /// <summary>Requests of one network address in a minute, right or wrong: twice what one webhook can be set to.</summary>
    public const int PerAddress = 2 * WebhookDraft.MostPerMinute;

    /// <summary>Refusals of one network address in a minute; then it is not listened to for the rest of it.</summary>
    public const int RefusalsPerAddress = 120;

    private readonly MinuteLimit<string> _addresses = new(clock);
    private readonly MinuteLimit<long> _webhooks = new(clock);
    private readonly FailureLimit _refusals = new(clock, RefusalsPerAddress, TimeSpan.FromMinutes(1));

    /// <summary>Null when the request may be read; otherwise when the address may try again.</summary>
    public DateTimeOffset? TakeAddress(string? address) => _refusals.BlockedUntil(address) ?? _addresses.Take(address ?? "", PerAddress);

    /// <summary>The same for a delivery whose signature is right.</summary>
    public DateTimeOffset? TakeWebhook(WebhookGate webhook) => _webhooks.Take(webhook.Id, webhook.PerMinute);

    public void Refused(string? address) => _refusals.Failed(address);
}
