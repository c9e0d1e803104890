using System.Text.Json;

namespace Scheduler.Core.Fields;

/// <summary>JSON may hold texts that are no Unicode, an escape of half a surrogate pair (RFC 8259, section 8.2). Reading one throws, wherever it is read first.</summary>
public static class JsonTexts
{
    /// <summary>What is wrong with such a text, as the rest of a sentence.</summary>
    public const string HalfPair = "holds a text that is no Unicode: half of a surrogate pair";

    /// <summary>Parses a value whose texts can all be read.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidInputException">It holds such a text; the error has its path.</exception>
    public static JsonElement Parse(string json, JsonDocumentOptions options)
    {
        JsonElement value;
        try
        {
            value = JsonElement.Parse(json, options);
        }
        catch (InvalidOperationException)
        {
            // A parser that looks for keys that come twice reads them all.
            throw new InvalidInputException("", $"{HalfPair}, in a key");
        }
        return FirstHalfPair(value) is { } path ? throw new InvalidInputException(path, HalfPair) : value;
    }

    /// <summary>Where the first such text stands; null where there is none.</summary>
    /// <param name="value">Not deeper than its parser allowed.</param>
    /// <returns>A path such as <c>metadata.labels.env</c>, empty for the value itself; for a key that is no text, the path of its object.</returns>
    public static string? FirstHalfPair(JsonElement value)
    {
        try
        {
            // The path is put together on the way back: on the way down, long keys above many values would be copied for each of them.
            switch (value.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var property in value.EnumerateObject())
                    {
                        var name = property.Name;
                        if (FirstHalfPair(property.Value) is { } within) return Join(name, within);
                    }
                    return null;
                case JsonValueKind.Array:
                    foreach (var (index, item) in value.EnumerateArray().Index())
                        if (FirstHalfPair(item) is { } within) return Join($"[{index}]", within);
                    return null;
                case JsonValueKind.String:
                    _ = value.GetString();
                    return null;
                default:
                    return null;
            }
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private static string Join(string step, string within) => within is "" or ['[', ..] ? step + within : $"{step}.{within}";
}
