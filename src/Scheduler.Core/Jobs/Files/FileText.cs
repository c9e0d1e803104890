using System.Text;

namespace Scheduler.Core.Jobs.Files;

/// <summary>Tells text from what is none.</summary>
internal static class FileText
{
    private const int LookedAt = 8000;

    /// <summary>The text of a content: UTF-8, or UTF-16 that says so; what is no valid character reads as U+FFFD. Null for what is no text.</summary>
    public static string? Of(ReadOnlySpan<byte> content)
    {
        if (content is [0xFF, 0xFE, ..]) return Encoding.Unicode.GetString(content[2..]);
        if (content is [0xFE, 0xFF, ..]) return Encoding.BigEndianUnicode.GetString(content[2..]);
        return IsText(content) ? Encoding.UTF8.GetString(content) : null;
    }

    /// <summary>Whether the beginning looks like text: it says that it is UTF-16, or has no NUL.</summary>
    public static bool IsText(ReadOnlySpan<byte> content) => content is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] || !content[..Math.Min(content.Length, LookedAt)].Contains((byte)0);
}
