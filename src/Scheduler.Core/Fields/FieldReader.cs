using System.Text.Json;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Fields;

/// <summary>
/// Reads one JSON object key by key, with defaults and bounds, and gathers what is wrong by field path.
/// Reading goes on after an error, so that a person sees all of them at once. <see cref="Close"/> complains about
/// keys that nobody asked for: a misspelt option must not be silently ignored.
/// </summary>
public sealed class FieldReader
{
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly List<FieldError> _errors;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <param name="element">An object; undefined or null reads as the empty object.</param>
    /// <param name="path">The object's own path, without a trailing dot; empty for the root.</param>
    /// <param name="errors">Where complaints are gathered.</param>
    public FieldReader(JsonElement element, string path, List<FieldError> errors)
    {
        _path = path;
        _errors = errors;
        _object = element;
        if (element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null))
        {
            errors.Add(new FieldError(path, $"must be an object, found {Kind(element)}"));
            _object = default;
        }
    }

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => Find(key, out _);

    public void Complain(string key, string message) => _errors.Add(new FieldError(PathOf(key), message));

    /// <summary>Text, trimmed; at most <paramref name="maxLength"/> characters; null when absent.</summary>
    public string? Text(string key, int maxLength = 2000)
    {
        if (!Find(key, out var value)) return null;
        // YAML writes `name: 1` and `when: 12` without quotes; a person means the text.
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
        if (text is null) Complain(key, $"must be text, found {Kind(value)}");
        else if (text.Length > maxLength) Complain(key, $"must be at most {maxLength} characters, found {text.Length}");
        else return text;
        return null;
    }

    /// <summary>Text that must be there and not blank; the empty text after a complaint.</summary>
    public string RequiredText(string key, string example, int maxLength = 2000)
    {
        var before = _errors.Count;
        var text = Text(key, maxLength);
        if (!string.IsNullOrEmpty(text)) return text;
        if (_errors.Count == before) Complain(key, $"is required, for example {example}");
        return "";
    }

    /// <summary>A whole number within inclusive bounds.</summary>
    public int Whole(string key, int otherwise, int min, int max)
    {
        if (!Find(key, out var value)) return otherwise;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max) return number;
        Complain(key, $"must be a whole number from {min} to {max}, found {Show(value)}");
        return otherwise;
    }

    /// <summary>A number within inclusive bounds.</summary>
    public double Number(string key, double otherwise, double min, double max)
    {
        if (!Find(key, out var value)) return otherwise;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max) return number;
        Complain(key, FormattableString.Invariant($"must be a number from {min} to {max}, found {Show(value)}"));
        return otherwise;
    }

    public bool Flag(string key, bool otherwise)
    {
        if (!Find(key, out var value)) return otherwise;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Complain(key, $"must be true or false, found {Show(value)}");
        return otherwise;
    }

    /// <summary>A duration such as <c>90s</c>, <c>15m</c>, <c>1h30m</c>, within inclusive bounds.</summary>
    public TimeSpan Duration(string key, TimeSpan otherwise, TimeSpan min, TimeSpan max)
    {
        if (!Find(key, out var value)) return otherwise;
        if (value.ValueKind == JsonValueKind.String && TriggerText.TryParseDuration(value.GetString()!.Trim(), out var length))
        {
            if (length >= min && length <= max) return length;
            Complain(key, $"must be from {TriggerText.PrintDuration(min)} to {TriggerText.PrintDuration(max)}, found {value.GetString()}");
            return otherwise;
        }
        Complain(key, $"must be a duration such as 90s, 15m, 2h or 1h30m, found {Show(value)}");
        return otherwise;
    }

    /// <summary>An ISO 8601 instant with an offset or Z; null when absent.</summary>
    public DateTimeOffset? Instant(string key)
    {
        if (!Find(key, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String && Instants.TryParse(value.GetString(), out var instant)) return instant;
        Complain(key, $"must be an ISO 8601 instant such as 2026-12-24T18:00:00Z, found {Show(value)}");
        return null;
    }

    /// <summary>One of an enumeration's names, exactly as written in <typeparamref name="T"/>.</summary>
    public T Choice<T>(string key, T otherwise) where T : struct, Enum
    {
        if (!Find(key, out var value)) return otherwise;
        if (value.ValueKind == JsonValueKind.String && Array.IndexOf(Enum.GetNames<T>(), value.GetString()) is >= 0 and var index) return Enum.GetValues<T>()[index];
        Complain(key, $"must be one of {string.Join(", ", Enum.GetNames<T>())}, found {Show(value)}");
        return otherwise;
    }

    /// <summary>One of the given words.</summary>
    public string Word(string key, string otherwise, params ReadOnlySpan<string> words)
    {
        if (!Find(key, out var value)) return otherwise;
        if (value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()!)) return value.GetString()!;
        Complain(key, $"must be one of {string.Join(", ", words)}, found {Show(value)}");
        return otherwise;
    }

    /// <summary>A list of texts, or one text, or a text of lines; empty when absent. Blank lines are dropped.</summary>
    public IReadOnlyList<string> Texts(string key, int maxCount, int maxLength = 2000)
    {
        if (!Find(key, out var value)) return [];
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString()!.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (value.ValueKind != JsonValueKind.Array)
        {
            Complain(key, $"must be a list of texts, found {Kind(value)}");
            return [];
        }
        if (value.GetArrayLength() > maxCount)
        {
            Complain(key, $"must have at most {maxCount} entries, found {value.GetArrayLength()}");
            return [];
        }
        var texts = new List<string>();
        foreach (var (index, entry) in value.EnumerateArray().Index())
        {
            if (entry.ValueKind != JsonValueKind.String || entry.GetString()!.Length > maxLength)
                _errors.Add(new FieldError($"{PathOf(key)}[{index}]", $"must be a text of at most {maxLength} characters, found {Show(entry)}"));
            else if (!string.IsNullOrWhiteSpace(entry.GetString()))
                texts.Add(entry.GetString()!.Trim());
        }
        return texts;
    }

    /// <summary>A flat object of texts; empty when absent.</summary>
    public IReadOnlyDictionary<string, string> Map(string key, int maxCount = 64, int maxLength = 2000)
    {
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!Find(key, out var value)) return map;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Complain(key, $"must be an object of texts, found {Kind(value)}");
            return map;
        }
        var inner = new FieldReader(value, PathOf(key), _errors);
        foreach (var property in value.EnumerateObject().Take(maxCount + 1))
        {
            if (map.Count == maxCount) Complain(key, $"must have at most {maxCount} entries");
            else if (inner.Text(property.Name, maxLength) is { } text) map[property.Name] = text;
        }
        return map;
    }

    /// <summary>The value as it stands, undefined when absent or null.</summary>
    public JsonElement Raw(string key) => Find(key, out var value) ? value : default;

    /// <summary>A reader for the object under the key.</summary>
    public FieldReader Nested(string key) => new(Raw(key), PathOf(key), _errors);

    /// <summary>Complains about every key that was not asked for, with the known ones in the message.</summary>
    public void Close()
    {
        if (_object.ValueKind != JsonValueKind.Object) return;
        foreach (var property in _object.EnumerateObject())
            if (!_asked.Contains(property.Name))
                Complain(property.Name, $"unknown key; known here: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
    }

    private bool Find(string key, out JsonElement value)
    {
        _asked.Add(key);
        value = default;
        return _object.ValueKind == JsonValueKind.Object && _object.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };

    private static string Show(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 60 ? text : $"{text.AsSpan(0, 57)}...";
    }
}
