namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>What became of a line: it stayed, went, or came.</summary>
internal enum LineFate { Kept, Removed, Added }

/// <summary>A stretch of lines with the same fate.</summary>
/// <param name="Before">Where it begins in the text of before, from 0; for added lines, where they would stand.</param>
/// <param name="After">The same in the text of after.</param>
/// <param name="Count">How many lines.</param>
internal readonly record struct LineRun(LineFate Fate, int Before, int After, int Count);

/// <summary>The shortest way from one list of lines to another, as far as it is short; where too much has changed, one stretch goes and one comes.</summary>
internal static class LineEdits
{
    // Both time and memory grow with it: time by the lines as well.
    private const int MostEdits = 300;

    public static IReadOnlyList<LineRun> Between(string[] before, string[] after)
    {
        var (a, b) = Numbered(before, after);
        var start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start]) start++;
        var end = 0;
        while (end < a.Length - start && end < b.Length - start && a[^(end + 1)] == b[^(end + 1)]) end++;
        var runs = new List<LineRun>();
        Add(runs, new LineRun(LineFate.Kept, 0, 0, start));
        Middle(runs, a[start..^end], b[start..^end], start);
        Add(runs, new LineRun(LineFate.Kept, a.Length - end, b.Length - end, end));
        return runs;
    }

    // Comparing numbers instead of texts: equal lines get the same one.
    private static (int[] Before, int[] After) Numbered(string[] before, string[] after)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return (Array.ConvertAll(before, Number), Array.ConvertAll(after, Number));

        int Number(string line)
        {
            if (!numbers.TryGetValue(line, out var number)) numbers[line] = number = numbers.Count;
            return number;
        }
    }

    private static void Middle(List<LineRun> runs, int[] a, int[] b, int offset)
    {
        if (Trace(a, b) is not { } trace)
        {
            Add(runs, new LineRun(LineFate.Removed, offset, offset, a.Length));
            Add(runs, new LineRun(LineFate.Added, offset + a.Length, offset, b.Length));
            return;
        }
        var steps = new Stack<LineRun>();
        var (x, y) = (a.Length, b.Length);
        for (var d = trace.Count - 1; d >= 0; d--)
        {
            var reach = trace[d];
            var k = x - y;
            var down = k == -d || (k != d && reach[k - 1 + d] < reach[k + 1 + d]);
            var fromK = down ? k + 1 : k - 1;
            var fromX = d == 0 ? 0 : reach[fromK + d];
            var fromY = d == 0 ? 0 : fromX - fromK;
            // First what was kept after the step, then the step itself.
            var keptFromX = d == 0 ? 0 : down ? fromX : fromX + 1;
            steps.Push(new LineRun(LineFate.Kept, offset + keptFromX, offset + keptFromX - k, x - keptFromX));
            if (d > 0) steps.Push(down ? new LineRun(LineFate.Added, offset + fromX, offset + fromY, 1) : new LineRun(LineFate.Removed, offset + fromX, offset + fromY, 1));
            (x, y) = (fromX, fromY);
        }
        while (steps.TryPop(out var step)) Add(runs, step);
    }

    /// <summary>Myers' search: how far each diagonal reaches with so many edits, before that many were made. Null where more than <see cref="MostEdits"/> are needed.</summary>
    private static List<int[]>? Trace(int[] a, int[] b)
    {
        var reach = new int[2 * MostEdits + 3]; // diagonal k stands at k + MostEdits + 1
        const int Middle = MostEdits + 1;
        var trace = new List<int[]>();
        for (var d = 0; d <= MostEdits; d++)
        {
            // What the way back needs of it: the diagonals from -d to d, as they were before.
            trace.Add(reach[(Middle - d)..(Middle + d + 1)]);
            for (var k = -d; k <= d; k += 2)
            {
                var down = k == -d || (k != d && reach[Middle + k - 1] < reach[Middle + k + 1]);
                var x = d == 0 ? 0 : down ? reach[Middle + k + 1] : reach[Middle + k - 1] + 1;
                var y = x - k;
                while (x < a.Length && y < b.Length && a[x] == b[y]) (x, y) = (x + 1, y + 1);
                reach[Middle + k] = x;
                if (x >= a.Length && y >= b.Length) return trace;
            }
        }
        return null;
    }

    private static void Add(List<LineRun> runs, LineRun run)
    {
        if (run.Count == 0) return;
        if (runs.Count > 0 && runs[^1].Fate == run.Fate) runs[^1] = runs[^1] with { Count = runs[^1].Count + run.Count };
        else runs.Add(run);
    }
}
