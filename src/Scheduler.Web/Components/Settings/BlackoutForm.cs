using System.Globalization;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Components.Settings;

/// <summary>What is typed about a blackout, before it is known to make sense.</summary>
internal sealed class BlackoutForm
{
    private const string Local = "yyyy-MM-dd'T'HH:mm";

    /// <summary>The one that is changed; null for a new one.</summary>
    public string? OldName { get; init; }
    public string Name { get; set; } = "";
    public string Labels { get; set; } = "";
    public BlackoutMode Mode { get; set; }
    public bool Repeats { get; set; } = true;
    public string Opens { get; set; } = "";
    public string Length { get; set; } = "";
    public string From { get; set; } = "";
    public string Until { get; set; } = "";
    public string Zone { get; set; } = "UTC";
    public string Note { get; set; } = "";

    public static BlackoutForm Of(BlackoutDraft draft, string viewerZone)
    {
        var zone = draft.Opens is null ? viewerZone : draft.TimeZone;
        return new BlackoutForm
        {
            OldName = draft.Name, Name = draft.Name, Labels = LabelText.Print(draft.Labels), Mode = draft.Mode, Repeats = draft.Opens is not null,
            Opens = draft.Opens ?? "", Length = draft.Length is { } length ? TriggerText.PrintDuration(length) : "", From = Show(draft.From, zone), Until = Show(draft.Until, zone), Zone = zone, Note = draft.Note,
        };
    }

    /// <summary>The draft, and what is wrong with it, by field.</summary>
    public (BlackoutDraft Draft, IReadOnlyList<FieldError> Errors) Read(DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        var draft = new BlackoutDraft { Name = Name.Trim(), Labels = LabelText.Read(Labels, errors), Mode = Mode, Note = Note.Trim() };
        if (Repeats)
        {
            TimeSpan? length = TriggerText.TryParseDuration(Length.Trim(), out var parsed) ? parsed : null;
            if (length is null && Length.Trim().Length > 0) errors.Add(new FieldError("length", "must be a duration such as 8h, 90m or 2d"));
            draft = draft with { Opens = Opens.Trim(), TimeZone = Zone.Trim(), Length = length };
        }
        else
        {
            if (!TriggerZone.TryFind(Zone.Trim(), out var zone)) errors.Add(new FieldError("timezone", "must be an IANA zone such as Europe/Berlin"));
            else draft = draft with { From = Instant(From, zone), Until = Instant(Until, zone) };
        }
        var known = errors.Select(e => e.Path).ToHashSet();
        errors.AddRange(draft.Check(now).Where(e => !known.Contains(e.Path)));
        return (draft, errors);
    }

    // A local time is read as a one-time trigger reads it: the first instant of it, or the first after a clock gap.
    private static DateTimeOffset? Instant(string local, TriggerZone zone) =>
        DateTime.TryParse(local, CultureInfo.InvariantCulture, out var at) ? new Occurrences(new OnceTrigger(at), zone, default).Next(DateTimeOffset.MinValue) : null;

    private static string Show(DateTimeOffset? at, string zone) =>
        at is { } instant ? (TriggerZone.TryFind(zone, out var found) ? found : TriggerZone.Utc).ToLocal(instant).ToString(Local, CultureInfo.InvariantCulture) : "";
}
