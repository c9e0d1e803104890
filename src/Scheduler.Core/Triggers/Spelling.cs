namespace Scheduler.Core.Triggers;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>The word with the fewest changed letters, case ignored; null when each needs more than <paramref name="atMost"/>.</summary>
    internal static string? Nearest(string word, IEnumerable<string> words, int atMost)
    {
        string? best = null;
        var fewest = atMost + 1;
        foreach (var candidate in words)
        {
            if (Math.Abs(candidate.Length - word.Length) >= fewest) continue;
            var changes = Changes(word, candidate);
            if (changes < fewest) (best, fewest) = (candidate, changes);
        }
        return best;
    }

    /// <summary>The Levenshtein distance, case ignored.</summary>
    private static int Changes(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                var cheapest = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + same);
                diagonal = row[j];
                row[j] = cheapest;
            }
        }
        return row[b.Length];
    }
}
