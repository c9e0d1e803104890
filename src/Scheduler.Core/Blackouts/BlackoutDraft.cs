using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Blackouts;

/// <summary>A blackout as a person writes it: one window (<c>from</c>, <c>until</c>) or one that comes again (<c>opens</c>, <c>timezone</c>, <c>length</c>).</summary>
public sealed record BlackoutDraft
{
    public const int MostLabels = 32;

    public string Name { get; init; } = "";
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>A cron expression; null for a single window.</summary>
    public string? Opens { get; init; }
    public string TimeZone { get; init; } = "UTC";
    public TimeSpan? Length { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? Until { get; init; }
    public BlackoutMode Mode { get; init; }
    public string Note { get; init; } = "";

    /// <summary>Reads an object with the keys name, labels, opens, timezone, length, from, until, mode, note.</summary>
    /// <exception cref="InvalidInputException">A key is unknown or of the wrong kind, by field.</exception>
    public static BlackoutDraft Read(JsonElement json)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(json, "", errors);
        var draft = new BlackoutDraft
        {
            Name = fields.RequiredText("name", "Payments freeze", 100),
            Labels = fields.Map("labels", MostLabels, 200),
            Opens = fields.Text("opens", TriggerText.MaxLength),
            TimeZone = fields.Text("timezone", 100) ?? "UTC",
            Length = fields.Has("length") ? fields.Duration("length", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), BlackoutWindows.MaxLength) : null,
            From = fields.Instant("from"),
            Until = fields.Instant("until"),
            Mode = fields.Choice("mode", BlackoutMode.Skip),
            Note = fields.Text("note", 500) ?? "",
        };
        fields.Close();
        return errors.Count == 0 ? draft : throw new InvalidInputException(errors);
    }

    /// <summary>What is wrong with it, by field; empty when it may be stored.</summary>
    /// <param name="now">A single window must not have passed.</param>
    public IReadOnlyList<FieldError> Check(DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        void Complain(string field, string message) => errors.Add(new FieldError(field, message));

        if (string.IsNullOrWhiteSpace(Name)) Complain("name", "is required, for example Payments freeze");
        else if (Name.Length > 100 || Name.Any(char.IsControl)) Complain("name", "must be at most 100 characters on one line");
        if (Labels.Count > MostLabels || Labels.Any(l => l.Key.Length is 0 or > 200 || l.Value.Length > 200)) Complain("labels", $"must be at most {MostLabels} pairs key=value");
        if (Note.Length > 500) Complain("note", $"must be at most 500 characters, found {Note.Length}");
        if (Opens is null) CheckOnce(now, Complain);
        else CheckRepeating(now, Complain);
        return errors;
    }

    /// <summary>As the engine asks it.</summary>
    /// <remarks>Only for a draft without a complaint.</remarks>
    public BlackoutRule Rule => BlackoutRule.Of(Store(new Blackout { Name = "", Labels = "", TimeZone = "", Mode = Mode, Note = "", ChangedAt = default, ChangedBy = "" }));

    internal Blackout Store(Blackout into)
    {
        (into.Name, into.Labels, into.Mode, into.Note) = (Name.Trim(), JsonSerializer.Serialize(Labels.OrderBy(l => l.Key, StringComparer.Ordinal).ToDictionary()), Mode, Note.Trim());
        (into.Opens, into.TimeZone, into.Length) = (Opens?.Trim(), Opens is null ? "UTC" : TriggerZone.Find(TimeZone).Id, Opens is null ? null : Length);
        (into.OpensAt, into.ClosesAt) = Opens is null ? (From, Until) : (null, null);
        return into;
    }

    private void CheckOnce(DateTimeOffset now, Action<string, string> complain)
    {
        if (Length is not null) complain("length", "goes with opens; a single window has from and until");
        if (From is not { } from) complain("from", "is required for a single window; give opens and length for one that comes again");
        else if (Until is not { } until) complain("until", "is required for a single window");
        else if (until <= from) complain("until", "must lie after from");
        else if (until <= now) complain("until", $"must lie ahead, found {Instants.Print(until)}");
        else if (until - from > TimeSpan.FromDays(366)) complain("until", "must lie at most 366 days after from");
    }

    private void CheckRepeating(DateTimeOffset now, Action<string, string> complain)
    {
        if (From is not null) complain("from", "goes with a single window; one that comes again has opens and length");
        if (Until is not null) complain("until", "goes with a single window; one that comes again has opens and length");
        var zoneKnown = TriggerZone.TryFind(TimeZone, out var zone);
        if (!zoneKnown) complain("timezone", "must be an IANA zone such as Europe/Berlin");
        if (Length is not { } length)
        {
            complain("length", "is required: how long a window stays open, for example 8h");
            length = TimeSpan.Zero;
        }
        else if (length < TimeSpan.FromMinutes(1) || length > BlackoutWindows.MaxLength) complain("length", "must be from 1m to 31d");
        if (!TriggerText.TryParse(Opens, Name, out var trigger, out var error)) complain("opens", error.Message);
        else if (trigger is not CronTrigger) complain("opens", "must be a cron expression, such as 0 22 * * FRI");
        else if (zoneKnown && length > TimeSpan.Zero) CheckGap(new BlackoutWindows.Repeating(new Occurrences(trigger, zone!, default), length), now, complain);
    }

    // A window that is open for ever would keep its schedules from running without a word.
    private static void CheckGap(BlackoutWindows windows, DateTimeOffset now, Action<string, string> complain)
    {
        if (windows.NextFrom(now) is not { } first) complain("opens", "never comes again");
        else if (windows.EndAt(first.Until) is not null || first.Until - first.From > BlackoutWindows.MaxLength)
            complain("length", "leaves no gap before the next window opens: nothing would ever run. Shorten it, or pause the schedules");
    }
}
