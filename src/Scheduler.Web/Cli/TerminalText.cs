using System.Globalization;
using System.Text;

namespace Scheduler.Web.Cli;

/// <summary>
/// Makes text from outside harmless on a terminal: a control, invisible or direction-changing character is shown as the escape that
/// YAML and C# know it by, so nothing can move the cursor, change colours or titles, or turn a line around.
/// </summary>
internal static class TerminalText
{
    /// <summary>Tabs stay; line breaks are escaped like other control characters.</summary>
    public static string Line(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        foreach (var c in text)
            if (c is < ' ' or > '~' && c != '\t') return Escape(text);
        return text;
    }

    /// <summary>Several lines, each harmless.</summary>
    public static string Lines(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(Line));

    private static string Escape(string text)
    {
        var clean = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t' || !IsDangerous(rune)) clean.Append(rune.ToString());
            else if (rune.Value <= 0xFF) clean.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:X2}");
            else if (rune.Value <= 0xFFFF) clean.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else clean.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}");
        }
        return clean.ToString();
    }

    // The two joiners are kept: many scripts and emoji need them.
    private static bool IsDangerous(Rune rune) => rune.Value is not (0x200C or 0x200D) && Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse;
}
