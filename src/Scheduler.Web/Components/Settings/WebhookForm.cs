using System.Globalization;
using Scheduler.Core.Fields;
using Scheduler.Core.Webhooks;

namespace Scheduler.Web.Components.Settings;

/// <summary>What is typed about a webhook, before it is known to make sense.</summary>
internal sealed class WebhookForm
{
    /// <summary>The one that is changed; null for a new one.</summary>
    public string? OldName { get; init; }
    public string Name { get; set; } = "";
    public string EventType { get; set; } = "";
    public WebhookSigning Signing { get; set; }
    public string PerMinute { get; set; } = "60";
    public string Note { get; set; } = "";

    public static WebhookForm Of(WebhookView webhook) => new()
    {
        OldName = webhook.Name, Name = webhook.Name, EventType = webhook.EventType, Signing = webhook.Signing,
        PerMinute = webhook.PerMinute.ToString(CultureInfo.InvariantCulture), Note = webhook.Note,
    };

    /// <summary>The draft, and what is wrong with it, by field.</summary>
    public (WebhookDraft Draft, IReadOnlyList<FieldError> Errors) Read()
    {
        var isNumber = int.TryParse(PerMinute.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var perMinute);
        var draft = new WebhookDraft { Name = Name.Trim(), EventType = EventType.Trim(), Signing = Signing, PerMinute = isNumber ? perMinute : 60, Note = Note.Trim() };
        IReadOnlyList<FieldError> errors = isNumber ? draft.Check() : [.. draft.Check(), new FieldError("perMinute", $"must be a whole number from 1 to {WebhookDraft.MostPerMinute}")];
        return (draft, errors);
    }
}
