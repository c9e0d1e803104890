using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Files;

/// <summary>Sizes of files as people write them: <c>500</c>, <c>64 KiB</c>, <c>1 MiB</c>, <c>1.5 GiB</c>; KB and MB mean the same, since nobody means the other.</summary>
internal static class ByteSize
{
    private static readonly (string Unit, long Factor)[] Units =
        [("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("KB", 1L << 10), ("MB", 1L << 20), ("GB", 1L << 30), ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("B", 1)];

    /// <summary>Reads a size in bytes within inclusive bounds, as a number or as text.</summary>
    public static long Read(FieldReader fields, string key, long otherwise, long min, long max)
    {
        if (!fields.Has(key)) return otherwise;
        var raw = fields.Raw(key);
        if (raw.ValueKind is JsonValueKind.Number or JsonValueKind.String && TryParse(raw.ToString(), out var size) && size >= min && size <= max) return size;
        fields.Complain(key, $"must be a size from {Print(min)} to {Print(max)}, such as 500 KiB or 1 MiB");
        return otherwise;
    }

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var word = text.Trim();
        if (word.Length is 0 or > 30) return false;
        var (unit, factor) = Array.Find(Units, u => word.EndsWith(u.Unit, StringComparison.OrdinalIgnoreCase));
        var number = unit is null ? word : word[..^unit.Length].TrimEnd();
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return false;
        var product = value * (unit is null ? 1 : factor);
        if (product > long.MaxValue / 2) return false;
        bytes = (long)Math.Round(product);
        return true;
    }

    public static string Print(long bytes)
    {
        var (unit, factor) = bytes >= 1L << 30 ? ("GiB", 1L << 30) : bytes >= 1L << 20 ? ("MiB", 1L << 20) : bytes >= 1L << 10 ? ("KiB", 1L << 10) : ("B", 1L);
        return string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / factor:0.#} {unit}");
    }
}
