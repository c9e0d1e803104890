using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Fields;

namespace Scheduler.Core.Schedules;

/// <summary>An event as filters and parameters look at it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="By">Who sent it.</param>
/// <param name="Data">A JSON value; undefined reads as missing.</param>
public sealed record EventFacts(long Id, string Type, string Source, string By, DateTimeOffset At, JsonElement Data);

/// <summary>A place in an event: <c>type</c>, <c>source</c>, <c>by</c>, <c>id</c>, <c>at</c>, or <c>data</c> with keys and indexes behind it, such as <c>data.commits[0].id</c> or <c>data["a.b"]</c>.</summary>
/// <remarks>Pure and immutable.</remarks>
public sealed class EventPath
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 200;

    private const int MostSteps = 32;
    private const string Right = "a path is type, source, by, id, at or data with keys and indexes behind it, such as data.commits[0].id or data[\"a.b\"]";

    private readonly string _root;
    private readonly IReadOnlyList<Step> _steps;

    private EventPath(string text, string root, IReadOnlyList<Step> steps) => (Text, _root, _steps) = (text, root, steps);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out EventPath? path, [NotNullWhen(false)] out string? error)
    {
        (path, error) = (null, null);
        text ??= "";
        if (text.Length is 0 or > MaxLength)
        {
            error = text.Length == 0 ? $"is empty; {Right}" : $"must be at most {MaxLength} characters, found {text.Length}";
            return false;
        }
        var end = text.AsSpan().IndexOfAny('.', '[') is >= 0 and var at ? at : text.Length;
        var root = text[..end];
        var steps = new List<Step>();
        if (root is not ("type" or "source" or "by" or "id" or "at" or "data")) error = $"begins with \"{root}\"; {Right}";
        else if (root != "data" && end < text.Length) error = $"goes on behind \"{root}\", which has no parts; {Right}";
        else if (!TryReadSteps(text, end, steps)) error = $"can't be read behind \"{root}\"; {Right}";
        else if (steps.Count > MostSteps) error = $"must have at most {MostSteps} keys and indexes";
        if (error is null) path = new EventPath(text, root, steps);
        return error is null;
    }

    /// <summary>What stands there; null where nothing does. A JSON null counts as nothing.</summary>
    public JsonElement? Find(EventFacts e)
    {
        var at = _root switch
        {
            "type" => JsonSerializer.SerializeToElement(e.Type),
            "source" => JsonSerializer.SerializeToElement(e.Source),
            "by" => JsonSerializer.SerializeToElement(e.By),
            "id" => JsonSerializer.SerializeToElement(e.Id),
            "at" => JsonSerializer.SerializeToElement(Instants.Print(e.At)),
            _ => e.Data,
        };
        foreach (var step in _steps)
            if (!step.TryFollow(ref at)) return null;
        return at.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : at;
    }

    private static bool TryReadSteps(string text, int at, List<Step> steps)
    {
        while (at < text.Length)
        {
            if (text[at] == '.')
            {
                var end = text.AsSpan(at + 1).IndexOfAny('.', '[') is >= 0 and var length ? at + 1 + length : text.Length;
                if (end == at + 1) return false;
                steps.Add(new Step(text[(at + 1)..end], -1));
                at = end;
            }
            else if (text.AsSpan(at).StartsWith("[\"", StringComparison.Ordinal))
            {
                var end = text.IndexOf("\"]", at + 2, StringComparison.Ordinal);
                if (end < 0) return false;
                steps.Add(new Step(text[(at + 2)..end], -1));
                at = end + 2;
            }
            else if (text[at] == '[' && text.IndexOf(']', at) is > 0 and var close && int.TryParse(text.AsSpan(at + 1, close - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                steps.Add(new Step("", index));
                at = close + 1;
            }
            else return false;
        }
        return true;
    }

    // A key, or an index where that is not negative.
    private readonly record struct Step(string Key, int Index)
    {
        public bool TryFollow(ref JsonElement at)
        {
            if (Index < 0) return at.ValueKind == JsonValueKind.Object && at.TryGetProperty(Key, out at);
            if (at.ValueKind != JsonValueKind.Array || Index >= at.GetArrayLength()) return false;
            at = at[Index];
            return true;
        }
    }
}
