using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Monitoring;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Events;

/// <summary>An event as somebody sends it.</summary>
/// <param name="Type">1 to 128 letters, digits or <c>. _ - : /</c>; compared by case. The scheduler's own types may not be sent.</param>
/// <param name="Source">Where it comes from, one line of at most <see cref="MostSource"/> characters; may be empty.</param>
/// <param name="Data">Any JSON value, <see cref="MostBytes"/> and <see cref="MostDepth"/> at most; undefined reads as the empty object.</param>
public sealed record NewEvent(string Type, string? Source = null, JsonElement Data = default)
{
    /// <summary>Bytes of the data as compact JSON.</summary>
    public const int MostBytes = 256 * 1024;

    /// <summary>Lists and objects within each other.</summary>
    public const int MostDepth = 32;

    /// <summary>Characters.</summary>
    public const int MostSource = 200;

    /// <summary>What types of the scheduler's own begin with.</summary>
    public static readonly IReadOnlyList<string> OwnPrefixes = ["run.", "findings.", "change.", "backfill.", "scheduler.", FileMonitorKind.Changed, UrlMonitorKind.Changed];

    /// <summary>The event as it is stored.</summary>
    /// <exception cref="InvalidInputException">It can't be accepted, by field.</exception>
    internal AcceptedEvent Read()
    {
        var errors = new List<FieldError>();
        if (!OnEventTrigger.IsType(Type)) errors.Add(new FieldError("type", Type.Length == 0 ? "is required, for example data_available" : $"must be 1 to {OnEventTrigger.MaxTypeLength} letters, digits or . _ - : /, found {Show(Type)}"));
        else if (OwnPrefixes.FirstOrDefault(own => Type.StartsWith(own, StringComparison.OrdinalIgnoreCase)) is { } own)
            errors.Add(new FieldError("type", $"must not begin with {own}: such events the scheduler raises itself"));
        var source = Source?.Trim() ?? "";
        if (source.Length > MostSource) errors.Add(new FieldError("source", $"must be at most {MostSource} characters, found {source.Length}"));
        else if (source != HostileText.Line(source, MostSource)) errors.Add(new FieldError("source", "must be one line of visible characters, without two spaces in a row"));
        var data = "{}";
        if (Data.ValueKind != JsonValueKind.Undefined && !TryStore(Data, out data, out var wrong)) errors.Add(new FieldError("data", wrong));
        return errors.Count == 0 ? new AcceptedEvent(Type, source, data) : throw new InvalidInputException(errors);
    }

    private static bool TryStore(JsonElement value, out string stored, out string wrong)
    {
        (stored, wrong) = ("", "");
        if (!IsShallow(value, 1)) wrong = $"must have at most {MostDepth} lists and objects within each other";
        // Whoever looks at the event later can read every text of it.
        else if (JsonTexts.FirstHalfPair(value) is not null) wrong = JsonTexts.HalfPair;
        else stored = Compact(value);
        if (wrong.Length == 0 && System.Text.Encoding.UTF8.GetByteCount(stored) is > MostBytes and var size) wrong = $"must be at most {MostBytes / 1024} KiB of JSON, found {(size + 1023) / 1024} KiB";
        return wrong.Length == 0;
    }

    private static bool IsShallow(JsonElement value, int depth) => value.ValueKind switch
    {
        JsonValueKind.Object => depth <= MostDepth && value.EnumerateObject().All(property => IsShallow(property.Value, depth + 1)),
        JsonValueKind.Array => depth <= MostDepth && value.EnumerateArray().All(item => IsShallow(item, depth + 1)),
        _ => true,
    };

    private static string Compact(JsonElement value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) value.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static string Show(string text) => $"\"{HostileText.Line(text, 60)}\"";
}

/// <summary>An event that was looked at and may be stored.</summary>
/// <param name="Data">Compact JSON.</param>
internal sealed record AcceptedEvent(string Type, string Source, string Data)
{
    public int Size => System.Text.Encoding.UTF8.GetByteCount(Data);
}

/// <summary>What became of an event for one schedule that follows its type.</summary>
/// <param name="Words">Why, as a sentence; may quote the event: hostile.</param>
/// <param name="RunId">The run that it started, or that is recorded as skipped.</param>
public sealed record EventVerdictView(long ScheduleId, string Schedule, EventOutcome Outcome, string Words, long? RunId);

/// <summary>That an event was accepted: it and all that came of it are on disk.</summary>
/// <param name="Verdicts">One for each schedule that follows its type, in the order of their making; empty where none does.</param>
public sealed record EventReceipt(long Id, DateTimeOffset At, IReadOnlyList<EventVerdictView> Verdicts)
{
    /// <summary>The runs that it started.</summary>
    public IEnumerable<long> Fired => Verdicts.Where(v => v.Outcome == EventOutcome.Fired).Select(v => v.RunId!.Value);

    /// <summary>The schedules that it did not start.</summary>
    public IEnumerable<EventVerdictView> Ignored => Verdicts.Where(v => v.Outcome != EventOutcome.Fired);
}

/// <summary>More events come than are accepted. Nothing was stored; the same event may be sent again later.</summary>
public sealed class TooManyEventsException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>After this there is room again.</summary>
    public TimeSpan RetryAfter => retryAfter;
}
