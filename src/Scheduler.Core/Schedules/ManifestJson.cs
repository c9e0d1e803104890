using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Schedules;

/// <summary>Writes a manifest as JSON with every key, defaults included, in the order of the documentation.</summary>
public static class ManifestJson
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Manifest manifest) => Write(writer => Write(writer, manifest, null, null));

    /// <summary>Runs <paramref name="write"/> over a JSON writer and gives the text.</summary>
    internal static string Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Readable)) write(writer);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <param name="writer">Where to.</param>
    /// <param name="manifest">What.</param>
    /// <param name="metadata">Further keys of metadata, or null.</param>
    /// <param name="status">Writes the status object, or null for none.</param>
    internal static void Write(Utf8JsonWriter writer, Manifest manifest, Action<Utf8JsonWriter>? metadata, Action<Utf8JsonWriter>? status)
    {
        writer.WriteStartObject();
        writer.WriteString("apiVersion", Manifest.ApiVersion);
        writer.WriteString("kind", Manifest.KindName);
        writer.WriteStartObject("metadata");
        writer.WriteString("name", manifest.Name);
        WriteMap(writer, "labels", manifest.Labels);
        WriteMap(writer, "annotations", manifest.Annotations);
        metadata?.Invoke(writer);
        writer.WriteEndObject();
        WriteSpec(writer, manifest.Spec);
        if (status is not null)
        {
            writer.WritePropertyName("status");
            status(writer);
        }
        writer.WriteEndObject();
    }

    private static void WriteSpec(Utf8JsonWriter writer, ScheduleSpec spec)
    {
        writer.WriteStartObject("spec");
        writer.WriteString("schedule", spec.Schedule);
        writer.WriteString("timezone", spec.TimeZone);
        WriteInstant(writer, "startAt", spec.StartAt);
        WriteInstant(writer, "endAt", spec.EndAt);
        if (spec.Suspend is { } suspend) writer.WriteBoolean("suspend", suspend);
        writer.WriteNumber("priority", spec.Priority);
        if (spec.Pool is null) writer.WriteNull("pool");
        else writer.WriteString("pool", spec.Pool);
        writer.WriteString("concurrencyPolicy", spec.ConcurrencyPolicy.ToString());
        if (spec.StartingDeadline is { } deadline) writer.WriteNumber("startingDeadlineSeconds", (int)deadline.TotalSeconds);
        else writer.WriteNull("startingDeadlineSeconds");
        writer.WriteString("missedRuns", spec.MissedRuns.ToString());
        writer.WriteString("timeout", TriggerText.PrintDuration(spec.Timeout));
        writer.WriteStartObject("retry");
        writer.WriteNumber("attempts", spec.Retry.Attempts);
        writer.WriteString("delay", TriggerText.PrintDuration(spec.Retry.Delay));
        writer.WriteNumber("multiplier", spec.Retry.Multiplier);
        writer.WriteString("maxDelay", TriggerText.PrintDuration(spec.Retry.MaxDelay));
        writer.WriteEndObject();
        writer.WriteNumber("successfulRunsHistoryLimit", spec.SuccessfulRunsHistoryLimit);
        writer.WriteNumber("failedRunsHistoryLimit", spec.FailedRunsHistoryLimit);
        if (spec.LateAfter is { } late) writer.WriteString("lateAfter", TriggerText.PrintDuration(late));
        writer.WriteString("debounce", TriggerText.PrintDuration(spec.Debounce));
        if (spec.DebounceMode != DebounceMode.Leading) writer.WriteString("debounceMode", "trailing");
        WriteList(writer, "eventFilter", spec.EventFilter);
        if (spec.Parameters.ValueKind == JsonValueKind.Object)
        {
            writer.WritePropertyName("parameters");
            spec.Parameters.WriteTo(writer);
        }
        writer.WriteStartObject("job");
        writer.WriteString("kind", spec.Job.Kind);
        if (spec.Job.Profile is not null) writer.WriteString("profile", spec.Job.Profile);
        WriteObject(writer, "targets", spec.Job.Targets);
        WriteObject(writer, "options", spec.Job.Options);
        writer.WriteEndObject();
        WriteList(writer, "notifications", spec.Notifications);
        writer.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> map)
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal)) writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter writer, string name, DateTimeOffset? at)
    {
        if (at is null) writer.WriteNull(name);
        else writer.WriteString(name, Instants.Print(at.Value));
    }

    private static void WriteList(Utf8JsonWriter writer, string name, JsonElement list)
    {
        writer.WritePropertyName(name);
        if (list.ValueKind == JsonValueKind.Array) list.WriteTo(writer);
        else writer.WriteRawValue("[]");
    }

    private static void WriteObject(Utf8JsonWriter writer, string name, JsonElement value)
    {
        writer.WritePropertyName(name);
        if (value.ValueKind == JsonValueKind.Object) value.WriteTo(writer);
        else writer.WriteRawValue("{}");
    }
}
