using System.Text.Json;

namespace Scheduler.Core.Fields;

/// <summary>Compares JSON values by what they mean.</summary>
public static class JsonValues
{
    /// <summary>Equal texts, numbers, lists or objects; the order of keys does not matter. 1 equals 1.0; a text never equals a number.</summary>
    public static bool AreEqual(JsonElement one, JsonElement other) =>
        one.ValueKind == JsonValueKind.Number && other.ValueKind == JsonValueKind.Number ? Compare(one, other) == 0 : JsonElement.DeepEquals(one, other);

    /// <summary>The order of two numbers; null where they are too large to be told apart.</summary>
    public static int? Compare(JsonElement one, JsonElement other)
    {
        if (one.TryGetDecimal(out var exact) && other.TryGetDecimal(out var otherExact)) return exact.CompareTo(otherExact);
        if (!one.TryGetDouble(out var near) || !other.TryGetDouble(out var otherNear) || (double.IsInfinity(near) && near.Equals(otherNear)))
            return JsonElement.DeepEquals(one, other) ? 0 : null;
        return near.CompareTo(otherNear);
    }
}
