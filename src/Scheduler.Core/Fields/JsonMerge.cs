using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scheduler.Core.Fields;

public static class JsonMerge
{
    /// <summary>An object with the keys of both; where both have one, <paramref name="over"/>'s value stands. Not deep: an option is replaced whole.</summary>
    public static JsonElement Over(JsonElement under, JsonElement over)
    {
        var merged = new JsonObject();
        foreach (var side in (JsonElement[])[under, over])
            if (side.ValueKind == JsonValueKind.Object)
                foreach (var property in side.EnumerateObject())
                    merged[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        return JsonSerializer.SerializeToElement(merged);
    }
}
