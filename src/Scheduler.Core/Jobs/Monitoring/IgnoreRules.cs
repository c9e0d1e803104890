using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>
/// What of a text does not count when it is compared. An entry between slashes is a regular expression, whose matches are left out (<c>^</c> and <c>$</c> meet at lines, an <c>i</c>
/// behind the second slash ignores case); any other is a selector, whose elements are left out of HTML pages.
/// </summary>
/// <param name="Selectors">Elements that are left out.</param>
/// <param name="Patterns">Applied to what is left then.</param>
internal sealed record IgnoreRules(IReadOnlyList<PageSelector> Selectors, IReadOnlyList<Regex> Patterns)
{
    private const int MostEntries = 50;
    private const int LongestPattern = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public bool IsEmpty => Selectors.Count == 0 && Patterns.Count == 0;

    /// <summary>Changes when a rule does; empty for no rules. What was compared under other rules can't be compared.</summary>
    public required string Mark { get; init; }

    public static IgnoreRules Read(FieldReader options, string path, List<FieldError> errors)
    {
        var entries = options.Texts("ignore", MostEntries, PageSelector.MaxLength);
        if (entries.Count > MostEntries) options.Complain("ignore", $"must have at most {MostEntries} entries, found {entries.Count}");
        var (selectors, patterns) = (new List<PageSelector>(), new List<Regex>());
        foreach (var (index, entry) in entries.Take(MostEntries).Index())
        {
            var error = entry.StartsWith('/') ? ReadPattern(entry, patterns) : ReadSelector(entry, selectors);
            if (error is not null) errors.Add(new FieldError($"{path}.ignore[{index}]", error));
        }
        return new IgnoreRules(selectors, patterns) { Mark = entries.Count == 0 ? "" : MarkOf(entries) };
    }

    /// <summary>What is left of a text.</summary>
    /// <param name="isHtml">Whether selectors mean anything in it.</param>
    /// <exception cref="RegexMatchTimeoutException">It took too long.</exception>
    public string Apply(string text, bool isHtml, CancellationToken ct)
    {
        if (isHtml && Selectors.Count > 0) text = PageCuts.Without(text, Selectors, ct);
        foreach (var pattern in Patterns)
        {
            ct.ThrowIfCancellationRequested();
            text = pattern.Replace(text, "");
        }
        return text;
    }

    private static string? ReadPattern(string entry, List<Regex> patterns)
    {
        var ignoresCase = entry.EndsWith("/i", StringComparison.Ordinal) && entry.Length > 2;
        var end = ignoresCase ? entry.Length - 2 : entry.Length - 1;
        if (end < 2 || entry[end] != '/') return $"must be a regular expression between slashes, such as /\\d+ visitors/ or /build [0-9a-f]+/i, found {Show(entry)}";
        if (!LinearPattern.TryParse(entry[1..end], LongestPattern, RegexOptions.Multiline | (ignoresCase ? RegexOptions.IgnoreCase : 0), Patience, out var pattern, out var error)) return error;
        patterns.Add(pattern);
        return null;
    }

    private static string? ReadSelector(string entry, List<PageSelector> selectors)
    {
        if (!PageSelector.TryParse(entry, out var selector))
            return $"must be a selector of {PageSelector.Supported}, or a regular expression between slashes, found {Show(entry)}";
        selectors.Add(selector);
        return null;
    }

    private static string MarkOf(IEnumerable<string> entries) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', entries))).AsSpan(0, 8));

    private static string Show(string entry) => $"\"{HostileText.Line(entry, 80)}\"";
}
