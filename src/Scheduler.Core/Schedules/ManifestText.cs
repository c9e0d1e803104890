using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Scheduler.Core.Fields;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Core.Schedules;

/// <summary>Manifests as text: YAML or JSON in, YAML out. Input is hostile: bounded in size, depth and number of nodes.</summary>
public static partial class ManifestText
{
    public const int MaxLength = 256 * 1024;
    private const int MaxDepth = 32;
    private const int MaxNodes = 20_000;

    /// <summary>Reads one document.</summary>
    /// <exception cref="InvalidInputException">The text is no YAML or JSON, or more than one document; the message has the line.</exception>
    public static JsonElement ReadOne(string text) => ReadAll(text) switch
    {
        [var one] => one,
        [] => throw new InvalidInputException("", "the manifest is empty"),
        var many => throw new InvalidInputException("", $"one manifest was expected, found {many.Count} documents"),
    };

    /// <summary>Reads every document of a text; YAML separates them by <c>---</c>.</summary>
    /// <exception cref="InvalidInputException">The text is no YAML or JSON; the message has the line.</exception>
    public static IReadOnlyList<JsonElement> ReadAll(string text)
    {
        if (text.Length > MaxLength) throw new InvalidInputException("", $"a manifest may have {MaxLength} characters, found {text.Length}");
        try
        {
            return text.AsSpan().TrimStart() is ['{' or '[', ..] ? [ReadJson(text)] : ReadYaml(text);
        }
        catch (JsonException e)
        {
            throw new InvalidInputException("", $"not valid JSON at line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}");
        }
        catch (YamlException e)
        {
            throw new InvalidInputException("", $"not valid YAML at line {e.Start.Line}, column {e.Start.Column}: {e.Message}");
        }
    }

    /// <summary>The same content as YAML, keys in the order of the JSON.</summary>
    public static string ToYaml(string json)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(2, int.MaxValue, false, 1024, indentSequences: true));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart());
        Emit(emitter, JsonElement.Parse(json));
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString().TrimEnd('.', '\n', ' ') + "\n";
    }

    private static JsonElement ReadJson(string text) =>
        JsonTexts.Parse(text, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false });

    private static List<JsonElement> ReadYaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var nodes = 0;
        // Aliases are walked like copies, so a few lines could stand for millions of nodes: hence the count.
        return stream.Documents.Where(d => d.RootNode is not YamlScalarNode { Value: "" or null })
            .Select(d => JsonSerializer.SerializeToElement(ToJson(d.RootNode, 0, ref nodes))).ToList();
    }

    private static JsonNode? ToJson(YamlNode node, int depth, ref int nodes)
    {
        if (depth > MaxDepth || ++nodes > MaxNodes)
            throw new InvalidInputException("", $"a manifest may have {MaxNodes} values, {MaxDepth} levels deep; this one has more");
        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                    result[(key as YamlScalarNode)?.Value ?? throw new InvalidInputException("", $"line {key.Start.Line}: a key must be text")] = ToJson(value, depth + 1, ref nodes);
                return result;
            case YamlSequenceNode sequence:
                var list = new JsonArray();
                foreach (var entry in sequence.Children) list.Add(ToJson(entry, depth + 1, ref nodes));
                return list;
            case YamlScalarNode { Style: not ScalarStyle.Plain } quoted:
                return JsonValue.Create(quoted.Value ?? "");
            case YamlScalarNode plain:
                return PlainScalar(plain.Value ?? "");
            default:
                throw new InvalidInputException("", $"line {node.Start.Line}: {node.NodeType} is not allowed here");
        }
    }

    // The YAML 1.2 core schema; other plain words are texts, "no" and "on" among them.
    private static JsonNode? PlainScalar(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when NumberPattern().IsMatch(text) => JsonNode.Parse(text.TrimStart('+')),
        _ => JsonValue.Create(text),
    };

    private static void Emit(Emitter emitter, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var empty = !value.EnumerateObject().Any();
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, empty ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var property in value.EnumerateObject())
                {
                    EmitText(emitter, property.Name);
                    Emit(emitter, property.Value);
                }
                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                var scalars = value.EnumerateArray().All(e => e.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array));
                var flow = value.GetArrayLength() == 0 || (scalars && value.GetArrayLength() <= 1);
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, flow ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var entry in value.EnumerateArray()) Emit(emitter, entry);
                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                EmitText(emitter, value.GetString()!);
                break;
            default:
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value.ValueKind == JsonValueKind.Null ? "null" : value.GetRawText(), ScalarStyle.Plain, true, false));
                break;
        }
    }

    private static void EmitText(Emitter emitter, string text)
    {
        var style = SafePlainPattern().IsMatch(text) && PlainScalar(text)?.GetValueKind() == JsonValueKind.String ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted;
        emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, true, true));
    }

    [GeneratedRegex(@"\A[-+]?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?([eE][-+]?[0-9]{1,2})?\z")]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_/][A-Za-z0-9_./+ -]*(?<! )\z")]
    private static partial Regex SafePlainPattern();
}
