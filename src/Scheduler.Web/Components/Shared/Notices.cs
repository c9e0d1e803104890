using Radzen;

namespace Scheduler.Web.Components.Shared;

/// <summary>Short words in the corner after an act: <c>Notices.Done("Paused shop-nightly.")</c>.</summary>
public static class Notices
{
    public static void Done(this NotificationService notices, string text, string? detail = null) => Show(notices, NotificationSeverity.Success, text, detail, seconds: 4);

    /// <summary>Stays longer: what happened, what it means, what to do.</summary>
    public static void Failed(this NotificationService notices, string text, string? detail = null) => Show(notices, NotificationSeverity.Error, text, detail, seconds: 12);

    private static void Show(NotificationService notices, NotificationSeverity severity, string text, string? detail, int seconds) =>
        notices.Notify(new NotificationMessage { Severity = severity, Summary = text, Detail = detail ?? "", Duration = seconds * 1000, CloseOnClick = true });
}
