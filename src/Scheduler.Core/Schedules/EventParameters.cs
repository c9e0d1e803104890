using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Scheduler.Core.Fields;

namespace Scheduler.Core.Schedules;

/// <summary>Which parts of an event reach the job, and by which names: the declared ones, and nothing else. They are texts, and never become targets.</summary>
/// <remarks>Pure and immutable.</remarks>
public sealed partial class EventParameters
{
    public const int MostParameters = 32;

    /// <summary>Bytes of a value; what is longer is cut.</summary>
    public const int MostBytes = 4096;

    private const string Right = "must be a path such as data.ref, or { path: data.ref, default: main }, or { default: main }";

    private readonly IReadOnlyList<(string Name, EventPath? Path, string? Default)> _declared;

    private EventParameters(IReadOnlyList<(string, EventPath?, string?)> declared) => _declared = declared;

    public static EventParameters None { get; } = new([]);

    public IEnumerable<string> Names => _declared.Select(p => p.Name);

    /// <summary>Reads an object of names; undefined reads as none.</summary>
    /// <param name="declared">The object.</param>
    /// <param name="path">Its own path, such as <c>spec.parameters</c>.</param>
    /// <param name="errors">Where complaints are gathered.</param>
    public static EventParameters Read(JsonElement declared, string path, List<FieldError> errors)
    {
        if (declared.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return None;
        if (declared.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError(path, "must be an object of names, such as { branch: data.ref }"));
            return None;
        }
        var read = new List<(string, EventPath?, string?)>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in declared.EnumerateObject())
        {
            var own = $"{path}.{property.Name}";
            if (read.Count == MostParameters) errors.Add(new FieldError(path, $"must have at most {MostParameters} names"));
            if (read.Count == MostParameters) break;
            if (!NamePattern().IsMatch(property.Name)) errors.Add(new FieldError(path, $"a name must be a letter or _, then letters, digits or _, 64 at most; found \"{(property.Name.Length > 80 ? property.Name[..80] + "…" : property.Name)}\""));
            else if (!names.Add(property.Name)) errors.Add(new FieldError(own, "differs from another name by case alone; jobs get both by one name"));
            else if (ReadOne(property.Value, own, errors) is var (from, otherwise)) read.Add((property.Name, from, otherwise));
        }
        return new EventParameters(read);
    }

    /// <summary>The values for an event, or without one: then the defaults alone. What is nowhere and has no default is left out.</summary>
    public IReadOnlyDictionary<string, string> Resolve(EventFacts? e)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, path, otherwise) in _declared)
            if ((e is not null && path?.Find(e) is { } found ? TextOf(found) : otherwise) is { } value) values[name] = Cap(value);
        return values;
    }

    private static (EventPath?, string?)? ReadOne(JsonElement value, string own, List<FieldError> errors)
    {
        var before = errors.Count;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : null;
        string? otherwise = null;
        if (value.ValueKind == JsonValueKind.Object)
        {
            var fields = new FieldReader(value, own, errors);
            text = fields.Text("path", EventPath.MaxLength);
            otherwise = fields.Text("default", MostBytes);
            fields.Close();
            if (text is null && otherwise is null && errors.Count == before) errors.Add(new FieldError(own, Right));
        }
        else if (text is null) errors.Add(new FieldError(own, Right));
        EventPath? path = null;
        if (text is not null && !EventPath.TryParse(text, out path, out var wrong)) errors.Add(new FieldError(own, $"{wrong}. A fixed text is written {{ default: main }}"));
        return errors.Count == before ? (path, otherwise) : null;
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    // A process can't be given a zero character.
    private static string Cap(string text)
    {
        text = text.Replace('\0', '\uFFFD');
        if (Encoding.UTF8.GetByteCount(text) <= MostBytes) return text;
        var (cut, bytes) = (new StringBuilder(MostBytes), 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > MostBytes) break;
            cut.Append(rune.ToString());
        }
        return cut.ToString();
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,63}\z")]
    private static partial Regex NamePattern();
}
