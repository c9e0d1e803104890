using System.Text;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Schedules;

/// <summary>One term of what stands in the filter box.</summary>
/// <param name="Key">label, state, kind or owner; null for a word of the name.</param>
/// <param name="Value">Without quotes.</param>
public sealed record SearchTerm(string? Key, string Value)
{
    public override string ToString()
    {
        var value = Value.Any(char.IsWhiteSpace) || Value.Length == 0 || (Key is null && Value.Contains(':', StringComparison.Ordinal)) ? $"\"{Value}\"" : Value;
        return Key is null ? value : $"{Key}:{value}";
    }
}

/// <summary>
/// What stands in the filter box of the list: <c>label:env=prod state:failing kind:web-scan owner:ana shop</c>. All terms must hold, but states, kinds and owners
/// of one sort are alternatives. What is not understood gives a hint and is left out; nothing is ever refused.
/// </summary>
public sealed record ScheduleSearch(IReadOnlyList<SearchTerm> Terms, IReadOnlyList<string> Hints)
{
    public const int MostTerms = 30;
    private const int MostCharacters = 1000;

    /// <summary>What may follow <c>state:</c>, with its words on the screen.</summary>
    public static readonly IReadOnlyList<(string Value, string Text)> States =
    [
        ("active", "Active"), ("paused", "Paused"), ("completed", "Completed"), ("disabled", "Disabled"),
        ("failing", "Failing"), ("never-ran", "Never ran"), ("overdue", "Not run in 2 periods"), ("mine", "Mine"),
    ];

    private static readonly string[] Keys = ["label", "state", "kind", "owner"];

    /// <summary>The terms as they are typed.</summary>
    public string Text => string.Join(' ', Terms);

    public bool IsEmpty => Terms.Count == 0;

    public static ScheduleSearch Parse(string? text)
    {
        var terms = new List<SearchTerm>();
        var hints = new List<string>();
        text ??= "";
        if (text.Length > MostCharacters) hints.Add($"Only the first {MostCharacters} characters count.");
        foreach (var token in Tokens(text.Length > MostCharacters ? text[..MostCharacters] : text))
        {
            if (terms.Count == MostTerms)
            {
                hints.Add($"Only the first {MostTerms} terms count.");
                break;
            }
            if (Term(token, hints) is { } term && !terms.Contains(term)) terms.Add(term);
        }
        return new ScheduleSearch(terms, hints);
    }

    public ScheduleSearch With(string key, string value) => Terms.Contains(new(key, value)) ? this : this with { Terms = [.. Terms, new(key, value)] };

    public ScheduleSearch Without(SearchTerm term) => this with { Terms = Terms.Where(t => t != term).ToList() };

    public ScheduleSearch Without(string key) => this with { Terms = Terms.Where(t => t.Key != key).ToList() };

    /// <param name="me">The account's name, for <c>state:mine</c> and <c>owner:me</c>.</param>
    public ScheduleFilter Filter(string me)
    {
        var states = Values("state").ToList();
        return new ScheduleFilter
        {
            Words = Values(null).ToList(),
            Labels = Values("label").Where(v => v.Contains('=', StringComparison.Ordinal)).Select(v => v.Split('=', 2)).GroupBy(p => p[0], StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Last()[1], StringComparer.Ordinal),
            LabelKeys = Values("label").Where(v => !v.Contains('=', StringComparison.Ordinal)).ToList(),
            States = states.Select(s => Enum.TryParse<ScheduleState>(s, ignoreCase: true, out var state) ? (ScheduleState?)state : null).OfType<ScheduleState>().ToList(),
            Failing = states.Contains("failing"),
            NeverRan = states.Contains("never-ran"),
            NotRunInTwoPeriods = states.Contains("overdue"),
            Kinds = Values("kind").ToList(),
            Owners = Values("owner").Where(o => o != "me").ToList(),
            OwnedBy = states.Contains("mine") || Values("owner").Contains("me") ? me : null,
        };
    }

    private IEnumerable<string> Values(string? key) => Terms.Where(t => t.Key == key).Select(t => t.Value);

    private static SearchTerm? Term((string? Key, string Value) token, List<string> hints)
    {
        if (token.Key is not { } typed) return new SearchTerm(null, token.Value);
        var key = typed.ToLowerInvariant();
        var value = token.Value;
        if (!Keys.Contains(key))
        {
            hints.Add($"There is no \"{Short(typed)}:\"; there are {string.Join(", ", Keys.Select(k => k + ":"))} and words of the name.");
            return null;
        }
        if (value.Length == 0)
        {
            hints.Add($"\"{key}:\" needs a value, such as {Example(key)}.");
            return null;
        }
        if (key != "label") value = value.ToLowerInvariant();
        if (key == "state" && States.All(s => s.Value != value))
        {
            hints.Add($"There is no state \"{Short(value)}\"; there are {string.Join(", ", States.Select(s => s.Value))}.");
            return null;
        }
        if (key == "label" && value.StartsWith('='))
        {
            hints.Add("A label needs a key before the =, such as label:env=prod.");
            return null;
        }
        return new SearchTerm(key, value);
    }

    private static string Example(string key) => key switch { "label" => "label:env=prod", "state" => "state:failing", "kind" => "kind:web-scan", _ => "owner:ana" };

    private static string Short(string text) => text.Length > 40 ? text[..40] + "…" : text;

    // Words part at white space; within quotes they don't. A quote that is not closed reaches to the end.
    private static IEnumerable<(string? Key, string Value)> Tokens(string text)
    {
        string? key = null;
        var (word, quoted, began) = (new StringBuilder(), false, false);
        foreach (var c in text)
        {
            if (c == '"') (quoted, began) = (!quoted, true);
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (began) yield return (key, word.ToString());
                (key, began) = (null, false);
                word.Clear();
            }
            else if (c == ':' && key is null && !quoted && word.Length > 0)
            {
                key = word.ToString();
                word.Clear();
            }
            else
            {
                if (!char.IsControl(c)) word.Append(c);
                began = true;
            }
        }
        if (began) yield return (key, word.ToString());
    }
}
