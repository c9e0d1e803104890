using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Schedules;

/// <summary>Which events of its type a schedule follows: all conditions must hold.</summary>
/// <remarks>
/// Pure and immutable. Texts compare by case, numbers as numbers (1 equals 1.0), and a text never equals a number. Where nothing stands at a path, or a JSON null,
/// a condition does not hold, but for <c>notEquals</c> and <c>exists: false</c>. <c>matches</c> looks for its pattern anywhere in a text, in time that grows with the text alone.
/// </remarks>
public sealed class EventFilter
{
    public const int MostConditions = 32;

    private readonly IReadOnlyList<EventCondition> _conditions;

    private EventFilter(IReadOnlyList<EventCondition> conditions) => _conditions = conditions;

    /// <summary>Lets every event through.</summary>
    public static EventFilter All { get; } = new([]);

    public IReadOnlyList<EventCondition> Conditions => _conditions;

    /// <summary>Reads a list of <c>{ path, op, value }</c>; undefined reads as no condition.</summary>
    /// <param name="list">The list.</param>
    /// <param name="path">Its own path, such as <c>spec.eventFilter</c>; complaints stand below it.</param>
    /// <param name="errors">Where complaints are gathered. What is wrong is left out of the filter.</param>
    public static EventFilter Read(JsonElement list, string path, List<FieldError> errors)
    {
        if (list.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return All;
        if (list.ValueKind != JsonValueKind.Array)
        {
            errors.Add(new FieldError(path, "must be a list of { path, op, value }"));
            return All;
        }
        if (list.GetArrayLength() > MostConditions)
        {
            errors.Add(new FieldError(path, $"must have at most {MostConditions} conditions, found {list.GetArrayLength()}"));
            return All;
        }
        return new EventFilter(list.EnumerateArray().Index().Select(c => EventCondition.Read(c.Item, $"{path}[{c.Index}]", errors)).OfType<EventCondition>().ToList());
    }

    public bool Matches(EventFacts e) => _conditions.All(c => c.Holds(c.Path.Find(e)));

    /// <summary>The first condition that does not hold and what was found instead, as one clean line; null where all hold.</summary>
    public string? FirstMismatch(EventFacts e)
    {
        foreach (var condition in _conditions)
            if (condition.Path.Find(e) is var found && !condition.Holds(found))
                return $"{condition.Words}: found {(found is { } value ? EventCondition.Show(value) : "nothing there")}.";
        return null;
    }
}

/// <summary>One condition of a filter.</summary>
public sealed class EventCondition
{
    private const int MostText = 1000;
    private const int MostChoices = 100;
    private static readonly string[] Operators = ["equals", "notEquals", "contains", "startsWith", "matches", "in", "gt", "lt", "exists"];
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Func<JsonElement?, bool> _holds;

    private EventCondition(EventPath path, string op, JsonElement value, Func<JsonElement?, bool> holds) => (Path, Operator, Value, _holds) = (path, op, value, holds);

    public EventPath Path { get; }
    public string Operator { get; }

    /// <summary>What it compares with; undefined for an <c>exists</c> that says nothing.</summary>
    public JsonElement Value { get; }

    /// <summary>The condition as one clean line: data.bucket equals "shop".</summary>
    public string Words => HostileText.Line($"{Path.Text} {Operator}{(Value.ValueKind == JsonValueKind.Undefined ? "" : $" {Show(Value)}")}", 300);

    /// <param name="found">What stands at the path; null where nothing does.</param>
    public bool Holds(JsonElement? found) => _holds(found);

    internal static EventCondition? Read(JsonElement element, string path, List<FieldError> errors)
    {
        var before = errors.Count;
        var fields = new FieldReader(element, path, errors);
        EventPath? at = null;
        if (fields.RequiredText("path", "data.bucket", EventPath.MaxLength) is { Length: > 0 } text && !EventPath.TryParse(text, out at, out var wrong)) fields.Complain("path", wrong);
        var op = fields.Word("op", "", Operators);
        if (!fields.Has("op")) fields.Complain("op", "is required: equals, notEquals, contains, startsWith, matches, in, gt, lt or exists");
        var value = fields.Raw("value");
        fields.Close();
        if (errors.Count > before) return null;
        var holds = TestOf(op, value, fields);
        return errors.Count > before ? null : new EventCondition(at!, op, value, holds);
    }

    private static Func<JsonElement?, bool> TestOf(string op, JsonElement value, FieldReader fields)
    {
        if (op == "exists")
        {
            if (value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.True or JsonValueKind.False)) fields.Complain("value", "must be true or false for exists, or be left out");
            var wanted = value.ValueKind != JsonValueKind.False;
            return found => found is not null == wanted;
        }
        if (value.ValueKind == JsonValueKind.Undefined) fields.Complain("value", $"is required for {op}");
        else if (value.GetRawText().Length > (op == "in" ? MostChoices : 1) * MostText) fields.Complain("value", $"must be at most {MostText} characters");
        else
            switch (op)
            {
                case "equals":
                    return found => found is { } f && JsonValues.AreEqual(f, value);
                case "notEquals":
                    return found => found is not { } f || !JsonValues.AreEqual(f, value);
                case "contains":
                    return found => found is { } f && Contains(f, value);
                case "in" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= MostChoices:
                    return found => found is { } f && value.EnumerateArray().Any(choice => JsonValues.AreEqual(f, choice));
                case "in":
                    fields.Complain("value", $"must be a list of at most {MostChoices} values for in");
                    break;
                case "gt" or "lt" when value.ValueKind == JsonValueKind.Number:
                    return found => found is { ValueKind: JsonValueKind.Number } f && JsonValues.Compare(f, value) is { } order && (op == "gt" ? order > 0 : order < 0);
                case "gt" or "lt":
                    fields.Complain("value", $"must be a number for {op}");
                    break;
                case "startsWith" when value.ValueKind == JsonValueKind.String:
                    return found => found is { ValueKind: JsonValueKind.String } f && f.GetString()!.StartsWith(value.GetString()!, StringComparison.Ordinal);
                case "matches" when value.ValueKind == JsonValueKind.String:
                    if (EventPattern.TryParse(value.GetString()!, out var pattern, out var error)) return found => found is { ValueKind: JsonValueKind.String } f && pattern.IsIn(f.GetString()!);
                    fields.Complain("value", error);
                    break;
                default:
                    fields.Complain("value", $"must be a text for {op}");
                    break;
            }
        return _ => false;
    }

    // A part of a text, or an item of a list.
    private static bool Contains(JsonElement found, JsonElement value) => found.ValueKind switch
    {
        JsonValueKind.String => value.ValueKind == JsonValueKind.String && found.GetString()!.Contains(value.GetString()!, StringComparison.Ordinal),
        JsonValueKind.Array => found.EnumerateArray().Any(item => JsonValues.AreEqual(item, value)),
        _ => false,
    };

    /// <summary>A value as one clean line of JSON, cut.</summary>
    internal static string Show(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && value.GetRawText().Length > 2000) return value.ValueKind == JsonValueKind.Object ? "a large object" : "a long list";
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Readable)) value.WriteTo(writer);
        return HostileText.Line(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length), 80);
    }
}
