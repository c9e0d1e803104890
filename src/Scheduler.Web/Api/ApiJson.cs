using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Api;

/// <summary>One page of a list.</summary>
/// <param name="NextCursor">To be sent back as <c>cursor</c> for the next page; null at the end. Opaque.</param>
public sealed record PageJson<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>How the API writes JSON: camelCase, enumerations by name, instants in UTC with Z. The command line reads it with the same.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(PageJson<RunJson>))]
[JsonSerializable(typeof(PageJson<FindingJson>))]
[JsonSerializable(typeof(ScheduleJson))]
[JsonSerializable(typeof(PageJson<ScheduleJson>))]
[JsonSerializable(typeof(PageJson<OccurrenceJson>))]
[JsonSerializable(typeof(WhyJson))]
[JsonSerializable(typeof(QueueJson))]
[JsonSerializable(typeof(PageJson<BlackoutJson>))]
[JsonSerializable(typeof(EmergencyJson))]
[JsonSerializable(typeof(PageJson<EmergencyJson>))]
[JsonSerializable(typeof(PageJson<DowntimeJson>))]
[JsonSerializable(typeof(PageJson<MissedScheduleJson>))]
[JsonSerializable(typeof(BackfillJson))]
[JsonSerializable(typeof(PageJson<BackfillJson>))]
[JsonSerializable(typeof(BackfillPreviewJson))]
[JsonSerializable(typeof(PageJson<SlotJson>))]
[JsonSerializable(typeof(PageJson<GapJson>))]
[JsonSerializable(typeof(EventReceiptJson))]
[JsonSerializable(typeof(EventJson))]
[JsonSerializable(typeof(PageJson<EventJson>))]
[JsonSerializable(typeof(PageJson<EventTrialJson>))]
[JsonSerializable(typeof(SkipJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(StatsJson))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>2026-11-21T08:00:00Z, with milliseconds where there are any.</summary>
internal sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Instants.TryParse(reader.GetString(), out var instant) ? instant : throw new JsonException("not an instant");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Instants.Print(value));
}
