using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Scheduler.Web.Components.Events;

/// <summary>A stranger's JSON for people's eyes: indented, cut, and with characters escaped that are not seen or turn text around. Razor encodes it on top.</summary>
internal static class JsonView
{
    public const int MostCharacters = 60_000;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="compact">JSON.</param>
    /// <param name="cut">Whether something was left out at the end.</param>
    public static string Pretty(string compact, out bool cut)
    {
        string text;
        try
        {
            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer, Indented)) JsonElement.Parse(compact).WriteTo(writer);
            text = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        }
        catch (JsonException)
        {
            text = compact; // only a file that was changed by hand holds such a one
        }
        cut = text.Length > MostCharacters;
        return Visible(cut ? text[..MostCharacters] : text);
    }

    private static string Visible(string text)
    {
        StringBuilder? shown = null;
        for (var i = 0; i < text.Length; i++)
        {
            var isHidden = char.GetUnicodeCategory(text[i]) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator && text[i] != '\n';
            if (isHidden) shown ??= new StringBuilder(text, 0, i, text.Length + 64);
            if (isHidden) shown!.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}");
            else shown?.Append(text[i]);
        }
        return shown?.ToString() ?? text;
    }
}
