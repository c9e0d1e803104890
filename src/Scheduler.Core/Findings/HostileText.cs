using System.Globalization;
using System.Text;

namespace Scheduler.Core.Findings;

/// <summary>Makes one harmless line of a text that came from a scanned target. Encoding for HTML, CSV or a terminal stays with whoever shows it.</summary>
public static class HostileText
{
    /// <summary>
    /// The text as one line of at most <paramref name="maxLength"/> characters: control characters, line and paragraph separators become a space (a run
    /// of them one space), invisible and direction-changing characters go, half surrogate pairs become U+FFFD; a cut is marked with an ellipsis.
    /// Null reads as the empty text.
    /// </summary>
    public static string Line(string? text, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        if (string.IsNullOrEmpty(text)) return "";
        var clean = new StringBuilder(Math.Min(text.Length, maxLength));
        var spaceDue = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsInvisible(rune)) continue;
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                spaceDue = clean.Length > 0;
                continue;
            }
            if (clean.Length + (spaceDue ? 1 : 0) + rune.Utf16SequenceLength > maxLength) return Cut(clean, maxLength);
            if (spaceDue) clean.Append(' ');
            spaceDue = false;
            clean.Append(rune.ToString());
        }
        return clean.ToString();
    }

    /// <summary>
    /// The text as one line with its spaces and tabs as they are. What can't be seen, or would change how the rest is seen, is shown by its number, such as <c>‹U+202E›</c>: where lines
    /// are compared that may be the very change.
    /// </summary>
    /// <param name="maxLength">A cut is marked with an ellipsis.</param>
    public static string Verbatim(ReadOnlySpan<char> text, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        var clean = new StringBuilder(Math.Min(text.Length, maxLength));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length > maxLength) break;
            if (rune.Value != '\t' && (Rune.IsControl(rune) || IsInvisible(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator))
                clean.Append(CultureInfo.InvariantCulture, $"‹U+{rune.Value:X4}›");
            else clean.Append(rune.ToString());
        }
        return clean.Length > maxLength ? Cut(clean, maxLength) : clean.ToString();
    }

    // Format characters turn text around (U+202E) or hide it (U+200B, tag characters). The two joiners are kept: many scripts and emoji need them.
    private static bool IsInvisible(Rune rune) =>
        rune.Value is not (0x200C or 0x200D) && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    private static string Cut(StringBuilder clean, int maxLength)
    {
        var length = Math.Min(clean.Length, maxLength - 1);
        if (length > 0 && char.IsHighSurrogate(clean[length - 1])) length--;
        clean.Length = length;
        return clean.Append('…').ToString();
    }
}
