using Scheduler.Core.Blackouts;
using Scheduler.Core.Triggers;

namespace Scheduler.Web.Api;

/// <summary>A blackout as the API writes it; what is read has the keys down to <c>note</c>.</summary>
/// <param name="Labels">A schedule must have all of them; none selects every schedule.</param>
/// <param name="Opens">A cron expression at whose occurrences a window opens; null for a single window, which has from and until.</param>
/// <param name="Length">How long each window stays open: 8h.</param>
/// <param name="Open">Whether it is open now.</param>
/// <param name="Window">The window that is open, its rest, or else the next; null where none comes.</param>
/// <param name="Problem">Why it holds nothing back, where it can't be read any more.</param>
public sealed record BlackoutJson(
    string Name, IReadOnlyDictionary<string, string> Labels, string? Opens, string? Timezone, string? Length, DateTimeOffset? From, DateTimeOffset? Until, BlackoutMode Mode, string Note,
    bool Open, BlackoutWindow? Window, string? Problem, DateTimeOffset ChangedAt, string ChangedBy)
{
    public static BlackoutJson Of(BlackoutView view) => new(
        view.Draft.Name, view.Draft.Labels, view.Draft.Opens, view.Draft.Opens is null ? null : view.Draft.TimeZone, view.Draft.Length is { } length ? TriggerText.PrintDuration(length) : null,
        view.Draft.From, view.Draft.Until, view.Draft.Mode, view.Draft.Note, view.IsOpen, view.Window, view.Problem, view.ChangedAt, view.ChangedBy);
}
