using System.Text.Json;
using System.Text.Json.Nodes;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Schedules.Editor;

/// <summary>
/// The manifest behind the form, as JSON that fields read and write by their path. What the form does not show stays as it was, and an
/// emptied field is left out, so that the default counts.
/// </summary>
public sealed class ScheduleForm
{
    private JsonObject _document;

    private ScheduleForm(JsonObject document) => _document = document;

    public static ScheduleForm New() => new((JsonObject)JsonNode.Parse(
        $$"""
        { "apiVersion": "{{Manifest.ApiVersion}}", "kind": "{{Manifest.KindName}}", "metadata": { "name": "" },
          "spec": { "schedule": "", "timezone": "UTC", "job": { "kind": "web-scan", "targets": {}, "options": {} } } }
        """)!);

    public static ScheduleForm Of(Manifest manifest) => new((JsonObject)JsonNode.Parse(ManifestJson.Write(manifest))!);

    public JsonElement ToJson() => JsonSerializer.SerializeToElement(_document);

    /// <summary>The whole manifest as YAML, keys in the order in which they were written.</summary>
    public string Yaml => ManifestText.ToYaml(_document.ToJsonString());

    /// <summary>Takes over a manifest that was written as YAML or JSON; what it lacks is gone from the form too.</summary>
    /// <exception cref="InvalidInputException">It is no YAML or JSON, or not one object; the form stays as it was.</exception>
    public void Replace(string text)
    {
        var manifest = ManifestText.ReadOne(text);
        _document = manifest.ValueKind == JsonValueKind.Object ? JsonObject.Create(manifest)! : throw new InvalidInputException("", "a manifest is a set of keys: apiVersion, kind, metadata and spec");
    }

    /// <summary>The value as a person types it; empty when absent.</summary>
    public string Text(string path) => Find(path) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonArray list => string.Join('\n', list.Select(entry => entry?.ToString() ?? "")),
        { } other => other.ToJsonString(),
        null => "",
    };

    public void SetText(string path, string? value, JobFieldType type = JobFieldType.Text)
    {
        var text = value?.Trim() ?? "";
        Put(path, text.Length == 0 ? null : type switch
        {
            JobFieldType.Lines => new JsonArray([.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => JsonValue.Create(line))]),
            // What is no number goes on as text, so that the complaint can say what was found.
            JobFieldType.Number when int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            JobFieldType.Flag => JsonValue.Create(text == "true"),
            _ => JsonValue.Create(text),
        });
    }

    /// <summary><c>team=web, environment=production</c>.</summary>
    public string Labels
    {
        get => Find("metadata.labels") is JsonObject labels ? string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}")) : "";
        set
        {
            var labels = new JsonObject();
            foreach (var pair in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = pair.Split('=', 2, StringSplitOptions.TrimEntries);
                labels[parts[0]] = parts.Length == 2 ? parts[1] : "";
            }
            Put("metadata.labels", labels.Count == 0 ? null : labels);
        }
    }

    /// <summary>The conditions of its filter for events, in order.</summary>
    public IReadOnlyList<FilterRow> EventFilter
    {
        get => Find("spec.eventFilter") is JsonArray list ? list.Select(FilterRow.Of).ToList() : [];
        set => Put("spec.eventFilter", value.Count == 0 ? null : new JsonArray([.. value.Select(row => row.ToJson())]));
    }

    /// <summary>What of an event its job gets, each under a name of its own.</summary>
    public IReadOnlyList<ParameterRow> Parameters
    {
        get => Find("spec.parameters") is JsonObject named ? named.Select(p => ParameterRow.Of(p.Key, p.Value)).ToList() : [];
        set => Put("spec.parameters", value.Count == 0 ? null : new JsonObject(value.Select(row => KeyValuePair.Create(row.Name, (JsonNode?)row.ToJson()))));
    }

    /// <summary>Turns to another kind; targets and options that the new kind has too are kept.</summary>
    public void ChangeKind(IJobKind kind)
    {
        Put("spec.job.kind", kind.Name);
        Put("spec.job.profile", null);
        foreach (var part in (string[])["targets", "options"])
        {
            var known = kind.Fields.Where(f => f.Path.StartsWith(part + ".", StringComparison.Ordinal)).Select(f => f.Path[(part.Length + 1)..]).ToHashSet(StringComparer.Ordinal);
            if (Find($"spec.job.{part}") is not JsonObject held) continue;
            foreach (var key in held.Select(p => p.Key).Where(k => !known.Contains(k)).ToList()) held.Remove(key);
        }
    }

    private JsonNode? Find(string path)
    {
        JsonNode? node = _document;
        foreach (var key in path.Split('.')) node = (node as JsonObject)?[key];
        return node;
    }

    private void Put(string path, JsonNode? value)
    {
        var keys = path.Split('.');
        var holder = _document;
        foreach (var key in keys[..^1])
        {
            if (holder[key] is not JsonObject next) holder[key] = next = [];
            holder = next;
        }
        if (value is null) holder.Remove(keys[^1]);
        else holder[keys[^1]] = value;
    }
}
