namespace Scheduler.Core.Triggers;

/// <summary>One field of a cron text as it is being typed, faulty or not.</summary>
/// <param name="Name">"hour", "day of week", …</param>
/// <param name="Position">Where it begins in the text, in characters from 0.</param>
/// <param name="Length">In characters; 0 where it is still to be written.</param>
/// <param name="Allowed">The values that it takes, as in "0-23".</param>
/// <param name="Signs">What else it understands, as in "* , - / L W"; never empty.</param>
public readonly record struct TriggerField(string Name, int Position, int Length, string Allowed, string Signs)
{
    private static readonly CronField[] Six = [CronField.Second, CronField.Minute, CronField.Hour, CronField.DayOfMonth, CronField.Month, CronField.DayOfWeek];
    private static readonly CronField[] Aws = [CronField.Minute, CronField.Hour, CronField.DayOfMonth, CronField.Month, CronField.AwsDayOfWeek, CronField.Year];

    /// <summary>The fields of a text, in order, as far as it looks like cron: words apart by spaces, five or six of them, or inside <c>cron(…)</c>. Empty for other triggers.</summary>
    /// <remarks>A text with fewer than five words counts as the beginning of five fields.</remarks>
    public static IReadOnlyList<TriggerField> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > TriggerText.MaxLength) return [];
        var isAws = text.TrimStart().StartsWith(AwsCron.Opening, StringComparison.OrdinalIgnoreCase);
        var from = isAws ? text.IndexOf('(', StringComparison.Ordinal) + 1 : 0;
        var words = WordsOf(text, from);
        if (words.Count is 0 or > 6 || !isAws && !LooksLikeCron(text.AsSpan(words[0].Start, words[0].Length))) return [];
        var kinds = isAws ? Aws : words.Count == 6 ? Six : Six[1..];
        return words.Select((word, i) => new TriggerField(kinds[i].Name, word.Start, word.Length, kinds[i].Allowed, SignsOf(kinds[i], isAws))).ToList();
    }

    /// <summary>The field that the caret stands in or right behind; null in front of the first, and for texts without fields.</summary>
    /// <param name="caret">In characters from 0.</param>
    public static TriggerField? At(string text, int caret)
    {
        foreach (var field in Of(text))
            if (caret >= field.Position && caret <= field.Position + field.Length) return field;
        return null;
    }

    private static List<(int Start, int Length)> WordsOf(string text, int from)
    {
        var words = new List<(int, int)>();
        for (var at = from; at < text.Length; at++)
        {
            if (text[at] is ' ' or '\t' or ')') continue;
            var start = at;
            while (at < text.Length && text[at] is not (' ' or '\t' or ')')) at++;
            words.Add((start, at - start));
        }
        return words;
    }

    // A first field begins with a digit, a star, H or ?; an interval such as 15m has a unit, every other text begins with a word or @.
    private static bool LooksLikeCron(ReadOnlySpan<char> word) =>
        (word[0] is '*' or '?' or 'H' or 'h' || char.IsAsciiDigit(word[0])) && !(char.IsAsciiDigit(word[0]) && char.IsAsciiLetter(word[^1]));

    private static string SignsOf(CronField field, bool isAws) => field.Kind switch
    {
        FieldKind.DayOfMonth => isAws ? "* ? , - / L W" : "* ? , - / L W H",
        FieldKind.DayOfWeek => isAws ? "* ? , - L #" : "* ? , - / L # H",
        FieldKind.Year => "* , - /",
        _ => isAws ? "* , - /" : "* , - / H",
    };
}
