using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Web.Cli;

/// <summary>Occurrences as the CLI and the API write them.</summary>
internal static class OccurrenceText
{
    /// <summary>On the zone's wall clock, with its offset.</summary>
    public static string Local(DateTimeOffset at) =>
        at.ToString(at.Millisecond == 0 ? "yyyy-MM-dd'T'HH:mm:sszzz" : "yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);

    /// <summary>What a clock change did to it; null: nothing.</summary>
    public static string? Note(OccurrenceNote note) => note switch
    {
        OccurrenceNote.Shifted => "shifted",
        OccurrenceNote.FirstOfTwo => "first-of-two",
        _ => null,
    };

    public static void Write(Utf8JsonWriter writer, IEnumerable<Occurrence> occurrences)
    {
        writer.WriteStartArray();
        foreach (var occurrence in occurrences)
        {
            writer.WriteStartObject();
            writer.WriteString("at", Local(occurrence.At));
            writer.WriteString("utc", Instants.Print(occurrence.At));
            writer.WriteString("note", Note(occurrence.Note));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
