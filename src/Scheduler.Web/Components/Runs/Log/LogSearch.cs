using System.Text;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Components.Runs.Log;

/// <summary>Where a text occurs in a whole log.</summary>
/// <param name="Query">What was looked for, upper and lower case alike.</param>
/// <param name="Lines">The positions of the lines that hold it, in order; at most <see cref="LogSearch.MostFound"/>.</param>
/// <param name="More">There are more than that.</param>
internal sealed record LogMatches(string Query, IReadOnlyList<long> Lines, bool More)
{
    /// <summary>The first match at or after a position, else the first of all; null where there is none.</summary>
    public int? FirstFrom(long position)
    {
        if (Lines.Count == 0) return null;
        for (var i = 0; i < Lines.Count; i++)
            if (Lines[i] >= position) return i;
        return 0;
    }
}

/// <summary>Reads a log from end to end for a text. A log is capped, so the work is too.</summary>
internal static class LogSearch
{
    public const int MostFound = 10_000;
    public const int LongestQuery = 200;

    /// <param name="log">All logs.</param>
    /// <param name="runId">The run.</param>
    /// <param name="query">Not empty.</param>
    /// <param name="ended">Nobody writes any more.</param>
    /// <param name="ct">Cancels: the reader has typed something else.</param>
    public static LogMatches Run(RunLog log, long runId, string query, bool ended, CancellationToken ct)
    {
        var reader = new LogReader(log, runId);
        var found = new List<long>();
        for (var position = 0L; ;)
        {
            ct.ThrowIfCancellationRequested();
            var read = reader.Forward(position, ended);
            if (read.Lines.Count == 0) return new LogMatches(query, found, false);
            foreach (var line in read.Lines)
            {
                if (!MayHold(line.Bytes.Span, query) || !LogLine.TextOf(line.Bytes.Span).Contains(query, StringComparison.OrdinalIgnoreCase)) continue;
                if (found.Count == MostFound) return new LogMatches(query, found, true);
                found.Add(line.Position);
            }
            position = read.Lines[^1].End;
        }
    }

    // Most lines do not even have the query's first letter: telling so from the bytes saves making a text of them.
    private static bool MayHold(ReadOnlySpan<byte> line, string query)
    {
        var first = query[0];
        if (!char.IsAscii(first)) return true;
        // Two letters beyond ASCII fold to ASCII ones; lines that hold any such byte get the full look.
        return line.IndexOfAny((byte)char.ToLowerInvariant(first), (byte)char.ToUpperInvariant(first)) >= 0 || !Ascii.IsValid(line);
    }
}
