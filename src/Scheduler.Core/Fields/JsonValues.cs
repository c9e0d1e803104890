using System.Text.Json;

namespace Scheduler.Core.Fields;

/// <summary>Compares JSON values by what they mean.</summary>
public static class JsonValues
{
    /// <summary>Equal texts, numbers, lists or objects; the order of keys does not matter. 1 equals 1.0; a text never equals a number.</summary>
    public static bool AreEqual(JsonElement one, JsonElement other) => JsonElement.DeepEquals(one, other);

    /// <summary>The order of two numbers; null where they differ by less than a machine can tell.</summary>
    public static int? Compare(JsonElement one, JsonElement other)
    {
        if (AreEqual(one, other)) return 0;
        // Both ways round what they can't hold; then two different numbers look equal.
        if (one.TryGetDecimal(out var exact) && other.TryGetDecimal(out var otherExact) && exact != otherExact) return exact.CompareTo(otherExact);
        return one.TryGetDouble(out var near) && other.TryGetDouble(out var otherNear) && !near.Equals(otherNear) ? near.CompareTo(otherNear) : null;
    }
}
