using System.Globalization;
using System.Text;

namespace Scheduler.Web.Components.Runs.Log;

/// <summary>One line of a run's log.</summary>
/// <param name="Position">Where its first byte is, in all that was ever written.</param>
/// <param name="Number">From 1; null where what lies before it is no longer kept, so that nobody can count.</param>
/// <param name="At">When it was written; null where the line does not say.</param>
/// <param name="Stream">info, out, err or warn; empty where the line does not say.</param>
/// <param name="Pieces">Its text.</param>
/// <param name="Cut">So many characters at its end are not shown.</param>
public sealed record LogLine(long Position, long? Number, DateTimeOffset? At, string Stream, IReadOnlyList<LogPiece> Pieces, int Cut)
{
    /// <summary>A longer text is cut on the page; the download has it whole.</summary>
    public const int LongestShown = 2000;

    private const int TimeLength = 24;

    /// <summary>The id of its element, and what a link to it ends with: <c>L120</c>, or <c>B52428800</c> where lines can't be counted.</summary>
    public string Anchor => AnchorOf(Number, Position);

    public static string AnchorOf(long? number, long position) =>
        number is { } n ? string.Create(CultureInfo.InvariantCulture, $"L{n}") : string.Create(CultureInfo.InvariantCulture, $"B{position}");

    /// <summary>Reads <c>2026-11-21T08:00:00.000Z out text</c>; anything else is text as a whole.</summary>
    /// <param name="position">Of the first byte.</param>
    /// <param name="number">Null: unknown.</param>
    /// <param name="bytes">Without the line break.</param>
    public static LogLine Read(long position, long? number, ReadOnlySpan<byte> bytes)
    {
        var (at, stream, text) = Split(Encoding.UTF8.GetString(bytes));
        var cut = Math.Max(0, text.Length - LongestShown);
        if (cut > 0) text = text[..(char.IsHighSurrogate(text[LongestShown - 1]) ? LongestShown - 1 : LongestShown)];
        return new LogLine(position, number, at, stream, LogPieces.Of(text), cut);
    }

    /// <summary>The text alone, as searches see it.</summary>
    public static string TextOf(ReadOnlySpan<byte> bytes)
    {
        var (_, _, text) = Split(Encoding.UTF8.GetString(bytes));
        return text.Contains('\e', StringComparison.Ordinal) ? LogPieces.Plain(LogPieces.Of(text)) : text;
    }

    private static (DateTimeOffset? At, string Stream, string Text) Split(string line)
    {
        if (line.Length > TimeLength && line[TimeLength] == ' '
            && DateTimeOffset.TryParseExact(line.AsSpan(0, TimeLength), "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && line.IndexOf(' ', TimeLength + 1) is > 0 and var space && line[(TimeLength + 1)..space] is "info" or "out" or "err" or "warn")
            return (at, line[(TimeLength + 1)..space], line[(space + 1)..]);
        return (null, "", line);
    }
}

/// <summary>Some lines that follow each other; drawn as a whole, so that a growing log costs only its last chunk.</summary>
/// <param name="Lines">At least one.</param>
/// <param name="End">One past the last byte.</param>
/// <param name="LeftOutBefore">So many bytes before it are no longer kept.</param>
public sealed record LogChunk(IReadOnlyList<LogLine> Lines, long End, long LeftOutBefore)
{
    public long Start => Lines[0].Position;
}
