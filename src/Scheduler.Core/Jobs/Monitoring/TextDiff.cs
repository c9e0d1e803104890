using System.Globalization;
using System.Text;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>Shows what differs between two texts, line by line, as far as it fits: <c>-</c> before lines that went, <c>+</c> before lines that came, a space before those around them.</summary>
internal static class TextDiff
{
    /// <summary>How a stretch of changes begins; the number is the line's in the text of after.</summary>
    public const string HunkMark = "@@ ";

    private const int Around = 2;
    private const int LongestLine = 180;
    private const int MostOfOneSide = 20;

    /// <param name="before">Hostile, as <paramref name="after"/> is.</param>
    /// <param name="maxLength">Characters; what does not fit is counted.</param>
    /// <returns>Clean lines; a sentence for equal texts, whose bytes may differ all the same.</returns>
    public static string Show(string before, string after, int maxLength)
    {
        var (old, now) = (before.Split('\n'), after.Split('\n'));
        var shown = new Paper(maxLength);
        var hunks = Hunks(LineEdits.Between(old, now));
        foreach (var hunk in hunks) Show(shown, hunk, old, now);
        return hunks.Count == 0 ? "Other bytes, but they stand for the same text." : shown.ToString();
    }

    // Changes with a few lines between them are shown together.
    private static List<List<LineRun>> Hunks(IReadOnlyList<LineRun> runs)
    {
        var hunks = new List<List<LineRun>>();
        for (var i = 0; i < runs.Count; i++)
        {
            var run = runs[i];
            if (run.Fate != LineFate.Kept)
            {
                if (hunks.Count == 0 || (i > 0 && runs[i - 1] is { Fate: LineFate.Kept, Count: > 2 * Around })) hunks.Add([]);
                hunks[^1].Add(run);
            }
            else if (hunks.Count > 0 && i < runs.Count - 1 && run.Count <= 2 * Around) hunks[^1].Add(run);
        }
        return hunks;
    }

    private static void Show(Paper shown, List<LineRun> hunk, string[] old, string[] now)
    {
        var (first, last) = (hunk[0], hunk[^1]);
        var from = Math.Max(0, first.After - Around);
        shown.Add(string.Create(CultureInfo.InvariantCulture, $"{HunkMark}line {from + 1} @@"), changes: 0);
        for (var i = from; i < first.After; i++) shown.Add(" " + Clean(now[i]), changes: 0);
        for (var i = 0; i < hunk.Count;)
        {
            if (hunk[i].Fate == LineFate.Kept)
            {
                for (var line = hunk[i].After; line < hunk[i].After + hunk[i].Count; line++) shown.Add(" " + Clean(now[line]), changes: 0);
                i++;
                continue;
            }
            var (removed, added) = (new List<string>(), new List<string>());
            for (; i < hunk.Count && hunk[i].Fate != LineFate.Kept; i++)
            {
                if (hunk[i].Fate == LineFate.Removed) removed.AddRange(old[hunk[i].Before..(hunk[i].Before + hunk[i].Count)]);
                else added.AddRange(now[hunk[i].After..(hunk[i].After + hunk[i].Count)]);
            }
            Show(shown, '-', removed, added);
            Show(shown, '+', added, removed);
        }
        var end = last.Fate == LineFate.Removed ? last.After : last.After + last.Count;
        for (var i = end; i < Math.Min(now.Length, end + Around); i++) shown.Add(" " + Clean(now[i]), changes: 0);
    }

    private static void Show(Paper shown, char mark, List<string> lines, List<string> others)
    {
        for (var i = 0; i < Math.Min(lines.Count, MostOfOneSide); i++)
            shown.Add(mark + (i < others.Count ? Excerpt(lines[i], others[i]) : Clean(lines[i])), changes: 1);
        if (lines.Count > MostOfOneSide)
            shown.Add(string.Create(CultureInfo.InvariantCulture, $"{mark} … {lines.Count - MostOfOneSide} more lines"), lines.Count - MostOfOneSide);
    }

    // Of a long line the part where it begins to differ from the one that stands in its place.
    private static string Excerpt(string line, string other)
    {
        if (line.Length <= LongestLine) return Clean(line);
        var same = line.AsSpan().CommonPrefixLength(other);
        var from = Math.Clamp(same - LongestLine / 3, 0, line.Length - LongestLine);
        if (from > 0 && char.IsLowSurrogate(line[from])) from--;
        return (from > 0 ? "…" : "") + HostileText.Verbatim(line.AsSpan(from, Math.Min(line.Length - from, LongestLine + 1)), LongestLine);
    }

    private static string Clean(string line) => HostileText.Verbatim(line.AsSpan(0, Math.Min(line.Length, LongestLine + 1)), LongestLine);

    private sealed class Paper(int maxLength)
    {
        private const int RoomForTheRest = 60;
        private readonly StringBuilder _text = new();
        private bool _isFull;
        private int _left;

        /// <param name="changes">How many changed lines it stands for.</param>
        public void Add(string line, int changes)
        {
            _isFull |= _text.Length + line.Length + 1 > maxLength - RoomForTheRest;
            if (_isFull) _left += changes;
            else _text.Append(line).Append('\n');
        }

        public override string ToString()
        {
            if (_left > 0) _text.Append(CultureInfo.InvariantCulture, $"… {ScanWords.Count(_left, "further changed line")}");
            return _text.ToString().TrimEnd('\n');
        }
    }
}
