using System.Globalization;
using System.Text;

namespace Scheduler.Web.Components.Runs.Log;

/// <summary>A stretch of a log line's text.</summary>
/// <param name="Text">To be encoded like any hostile text; holds no escape sequence and no invisible character.</param>
/// <param name="Style">Class names of our own, or empty.</param>
/// <param name="Marked">It is what was searched for.</param>
public readonly record struct LogPiece(string Text, string Style, bool Marked = false);

/// <summary>
/// Makes harmless pieces of what a program wrote. Of ANSI escape sequences the sixteen colours, bold, dim and underline live on as
/// class names; every other sequence goes. Characters that hide or turn text around are shown by their number.
/// </summary>
internal static class LogPieces
{
    private const char Escape = '\e';

    private static readonly string[] Colours = ["ansi-dim", "ansi-red", "ansi-green", "ansi-yellow", "ansi-blue", "ansi-magenta", "ansi-cyan", ""];

    public static IReadOnlyList<LogPiece> Of(string text)
    {
        if (text.Length == 0) return [];
        if (!text.Contains(Escape, StringComparison.Ordinal)) return [new LogPiece(Visible(text), "")];
        var pieces = new List<LogPiece>();
        var style = new Style();
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var escape = rest.IndexOf(Escape);
            var plain = escape < 0 ? rest : rest[..escape];
            if (plain.Length > 0) pieces.Add(new LogPiece(Visible(plain.ToString()), style.Classes));
            if (escape < 0) break;
            rest = rest[escape..];
            rest = rest[Sequence(rest, ref style)..];
        }
        return pieces;
    }

    /// <summary>What a reader sees: the pieces without their styles.</summary>
    public static string Plain(IReadOnlyList<LogPiece> pieces) => pieces is [var only] ? only.Text : string.Concat(pieces.Select(p => p.Text));

    /// <summary>The same pieces, cut so that every occurrence of the query is one or more marked pieces.</summary>
    public static IReadOnlyList<LogPiece> Mark(IReadOnlyList<LogPiece> pieces, string query)
    {
        if (query.Length == 0) return pieces;
        var plain = Plain(pieces);
        var found = plain.IndexOf(query, StringComparison.OrdinalIgnoreCase);
        if (found < 0) return pieces;
        var marked = new List<LogPiece>();
        var offset = 0;
        foreach (var piece in pieces)
        {
            for (var at = 0; at < piece.Text.Length;)
            {
                while (found >= 0 && offset + at >= found + query.Length) found = Next(found);
                var inside = found >= 0 && offset + at >= found;
                var end = Math.Min(piece.Text.Length, (found < 0 ? int.MaxValue : inside ? found + query.Length : found) - offset);
                marked.Add(new LogPiece(piece.Text[at..end], piece.Style, inside));
                at = end;
            }
            offset += piece.Text.Length;
        }
        return marked;

        int Next(int after) => plain.IndexOf(query, after + query.Length, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>How many characters the escape sequence at the start has; a colour changes the style.</summary>
    private static int Sequence(ReadOnlySpan<char> text, ref Style style)
    {
        if (text.Length < 2) return 1;
        switch (text[1])
        {
            case '[':
                var end = 2;
                while (end < text.Length && text[end] is >= '\x20' and <= '\x3f') end++;
                if (end == text.Length) return end;
                if (text[end] == 'm') style.Apply(text[2..end]);
                return text[end] is >= '@' and <= '~' ? end + 1 : end;
            case ']' or 'P' or '^' or '_' or 'X':
                // Strings (titles, links) end with ST; the log has put U+FFFD in place of a BEL. Without an end only the introducer goes.
                var stop = text[2..].IndexOfAny('�', Escape);
                if (stop < 0) return 2;
                return text[2 + stop] == '�' ? 2 + stop + 1 : Math.Min(text.Length, 2 + stop + 2);
            case >= '\x20' and <= '\x2f':
                return Math.Min(text.Length, 3);
            default:
                return 2;
        }
    }

    private static string Visible(string text)
    {
        if (!HasInvisible(text)) return text;
        var clean = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsInvisible(rune)) clean.Append(CultureInfo.InvariantCulture, $"[U+{rune.Value:X4}]");
            else clean.Append(rune.ToString());
        }
        return clean.ToString();
    }

    private static bool HasInvisible(string text)
    {
        if (System.Text.Ascii.IsValid(text) && !text.AsSpan().ContainsAnyInRange('\0', '\b')) return false;
        foreach (var rune in text.EnumerateRunes())
            if (IsInvisible(rune)) return true;
        return false;
    }

    // Joiners shape many scripts and emoji; all other format characters, and controls beside the tab, have no place in a log.
    private static bool IsInvisible(Rune rune) => rune.Value is not (0x200C or 0x200D or '\t')
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private struct Style
    {
        private bool _bold;
        private bool _dim;
        private bool _underline;
        private string? _colour;

        public readonly string Classes => string.Join(' ', new[] { _bold ? "ansi-bold" : null, _dim ? "ansi-dim" : null, _underline ? "ansi-underline" : null, _colour }.Where(c => !string.IsNullOrEmpty(c)));

        public void Apply(ReadOnlySpan<char> codes)
        {
            foreach (var range in codes.Split(';'))
            {
                if (!int.TryParse(codes[range], NumberStyles.None, CultureInfo.InvariantCulture, out var code)) code = codes[range].IsEmpty ? 0 : -1;
                // 38 and 48 introduce a colour out of thousands; what follows them is no code of its own.
                if (code is 38 or 48) return;
                Apply(code);
            }
        }

        private void Apply(int code)
        {
            switch (code)
            {
                case 0: this = default; break;
                case 1: _bold = true; break;
                case 2: _dim = true; break;
                case 4: _underline = true; break;
                case 22: (_bold, _dim) = (false, false); break;
                case 24: _underline = false; break;
                case >= 30 and <= 37: _colour = Colours[code - 30]; break;
                case 39: _colour = null; break;
                case >= 90 and <= 97: _colour = Colours[code - 90]; break;
            }
        }
    }
}
