using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scheduler.Web.Components.Schedules.Editor;

/// <summary>One condition of a filter, as a person types it.</summary>
/// <param name="Value">A text; what reads as a number, <c>true</c>, <c>false</c>, <c>null</c> or "quoted" JSON is that.</param>
public sealed record FilterRow(string Path, string Op, string Value)
{
    public static readonly IReadOnlyList<(string Op, string Words)> Operators =
    [
        ("equals", "equals"), ("notEquals", "is not"), ("contains", "contains"), ("startsWith", "starts with"), ("matches", "matches (regex)"), ("in", "is one of"),
        ("gt", "is more than"), ("lt", "is less than"), ("exists", "exists"),
    ];

    public static FilterRow Of(JsonNode? node)
    {
        var condition = node as JsonObject;
        var op = TypedValue.Plain(condition?["op"]);
        return new FilterRow(TypedValue.Plain(condition?["path"]), op, condition?.TryGetPropertyValue("value", out var value) == true ? TypedValue.Print(value, op) : op == "exists" ? "true" : "");
    }

    public JsonObject ToJson() => new() { ["path"] = Path.Trim(), ["op"] = Op, ["value"] = TypedValue.Read(Value, Op) };
}

/// <summary>One parameter that an event hands to the job: from a place in it, or a text of its own where nothing is there.</summary>
public sealed record ParameterRow(string Name, string Path, string Default)
{
    public static ParameterRow Of(string name, JsonNode? node) => node is JsonObject both
        ? new ParameterRow(name, TypedValue.Plain(both["path"]), TypedValue.Plain(both["default"]))
        : new ParameterRow(name, TypedValue.Plain(node), "");

    public JsonNode ToJson()
    {
        var (path, otherwise) = (Path.Trim(), Default.Trim());
        if (otherwise.Length == 0) return JsonValue.Create(path);
        var both = new JsonObject();
        if (path.Length > 0) both["path"] = path;
        both["default"] = otherwise;
        return both;
    }
}

/// <summary>JSON values in an input: texts without quotes, as long as nobody could take them for something else.</summary>
internal static class TypedValue
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Plain(JsonNode? node) => node is null ? "" : node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString(Readable);

    public static string Print(JsonNode? value, string op)
    {
        if (op == "in" && value is JsonArray list && list.All(IsPlainWord)) return string.Join(", ", list.Select(Plain));
        if (value is null) return "null";
        return value.GetValueKind() == JsonValueKind.String && IsPlain(value.GetValue<string>()) ? value.GetValue<string>() : value.ToJsonString(Readable);
    }

    public static JsonNode? Read(string text, string op)
    {
        text = text.Trim();
        if (op == "in" && text is not ['[', ..])
            return new JsonArray([.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ReadOne)]);
        return ReadOne(text);
    }

    private static JsonNode? ReadOne(string text)
    {
        try
        {
            return text.Length == 0 ? JsonValue.Create("") : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static bool IsPlain(string text) => text == text.Trim() && ReadOne(text) is JsonValue read && read.GetValueKind() == JsonValueKind.String && read.GetValue<string>() == text;

    private static bool IsPlainWord(JsonNode? node) => node is JsonValue value && (value.GetValueKind() != JsonValueKind.String || (value.GetValue<string>() is { Length: > 0 } text && !text.Contains(',', StringComparison.Ordinal) && text[0] != '[' && IsPlain(text)));
}
