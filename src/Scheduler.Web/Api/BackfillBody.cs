using System.Text.Json;
using Scheduler.Core.Backfills;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Api;

/// <summary>Reads what is asked of a backfill, and knows the words of its choices.</summary>
internal static class BackfillBody
{
    public const string Shape = "{ schedule, from, to, maxParallel, mode: all|missing|missing-or-failed, onFailure: continue|fail-fast|retry, order: oldest-first|newest-first, " +
        "hours: \"22:00-06:00\", priority, exclude: [instants], note, dryRun }: from and to are inclusive; without an offset they are times or dates of the schedule's zone";

    public static readonly string[] Modes = ["all", "missing", "missing-or-failed"], OnFailures = ["continue", "fail-fast", "retry"], Orders = ["oldest-first", "newest-first"];

    public static string Word(BackfillMode mode) => Modes[(int)mode];

    public static string Word(BackfillOnFailure onFailure) => OnFailures[(int)onFailure];

    public static string Word(BackfillOrder order) => Orders[(int)order];

    /// <exception cref="InvalidInputException">Something is wrong, by field.</exception>
    public static (BackfillRequest Request, bool DryRun) Read(JsonElement body)
    {
        var errors = new List<FieldError>();
        var fields = new FieldReader(body, "", errors);
        var request = new BackfillRequest
        {
            Schedule = fields.RequiredText("schedule", "shop-nightly", 200),
            From = fields.RequiredText("from", "2026-03-01T02:00:00Z", 100),
            To = fields.RequiredText("to", "2026-03-31T02:00:00Z", 100),
            Parallel = fields.Has("maxParallel") ? fields.Whole("maxParallel", 1, int.MinValue, int.MaxValue) : null,
            Mode = (BackfillMode)Array.IndexOf(Modes, fields.Word("mode", "missing", Modes)),
            OnFailure = (BackfillOnFailure)Array.IndexOf(OnFailures, fields.Word("onFailure", "continue", OnFailures)),
            Order = (BackfillOrder)Array.IndexOf(Orders, fields.Word("order", "oldest-first", Orders)),
            Hours = Hours(fields),
            Priority = fields.Has("priority") ? fields.Whole("priority", 0, -200, 100) : null,
            Excluded = Excluded(fields, errors),
            Note = fields.Text("note", 500),
        };
        var dryRun = fields.Flag("dryRun", false);
        fields.Close();
        return errors.Count == 0 ? (request, dryRun) : throw new InvalidInputException(errors);
    }

    private static HoursWindow? Hours(FieldReader fields)
    {
        if (fields.Text("hours", 20) is not { Length: > 0 } text) return null;
        if (HoursWindow.TryParse(text, out var hours)) return hours;
        fields.Complain("hours", $"must be two times of day such as 22:00-06:00, found {text}");
        return null;
    }

    private static List<DateTimeOffset> Excluded(FieldReader fields, List<FieldError> errors)
    {
        var excluded = new List<DateTimeOffset>();
        foreach (var (index, text) in fields.Texts("exclude", BackfillRequest.MostSlots, 40).Index())
            if (Instants.TryParse(text, out var at)) excluded.Add(at);
            else errors.Add(new FieldError($"exclude[{index}]", $"must be an instant such as 2026-03-01T02:00:00Z, found {text}"));
        return excluded;
    }
}
