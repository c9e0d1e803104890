using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>One element's part of a selector. All that it says must hold.</summary>
/// <param name="Tag">In lower case; null for any.</param>
/// <param name="Classes">By case, as pages write them.</param>
/// <param name="Attributes">Names in lower case, with the whole value or null for any.</param>
internal sealed record SelectorPart(string? Tag, IReadOnlyList<string> Classes, IReadOnlyList<(string Name, string? Value)> Attributes)
{
    /// <param name="tag">The element's name in lower case.</param>
    /// <param name="attribute">Gives an attribute's value by its name in lower case; null where it is not there.</param>
    public bool Matches(string tag, Func<string, string?> attribute)
    {
        if (Tag is not null && Tag != tag) return false;
        foreach (var (name, value) in Attributes)
            if (attribute(name) is not { } found || (value is not null && found != value)) return false;
        if (Classes.Count == 0) return true;
        var classes = (attribute("class") ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return Classes.All(c => classes.Contains(c, StringComparer.Ordinal));
    }
}

/// <summary>Elements of a page by a small part of CSS: a tag, <c>#id</c>, <c>.class</c>, <c>[attr]</c>, <c>[attr=value]</c>, together, and behind each other for what lies within.</summary>
/// <param name="Parts">From the outermost to the element itself; at least one.</param>
internal sealed partial record PageSelector(IReadOnlyList<SelectorPart> Parts)
{
    public const int MaxLength = 500;

    /// <summary>What may be written.</summary>
    public const string Supported = "a tag, #id, .class, [attr], [attr=value], these together, and behind each other for what lies within (nav .price)";

    private const int MostParts = 10;

    public static bool TryParse(string text, [NotNullWhen(true)] out PageSelector? selector)
    {
        selector = null;
        var parts = new List<SelectorPart>();
        for (var at = 0; at < text.Length;)
        {
            if (PartPattern().Match(text, at) is not { Success: true, Length: > 0 } match || parts.Count == MostParts) return false;
            parts.Add(Part(match));
            at += match.Length;
        }
        if (parts.Count > 0) selector = new PageSelector(parts);
        return selector is not null;
    }

#pragma warning disable CA1308 // HTML's names are written in lower case.
    private static SelectorPart Part(Match match)
    {
        var (names, values) = (match.Groups["name"].Captures, match.Groups["value"].Captures);
        // An attribute without a value captures the empty text there; with quotes the quotes come along.
        var attributes = names.Select((name, i) => (name.Value.ToLowerInvariant(), values[i].Length == 0 ? null : values[i].Value[1..].Trim('"', '\''))).ToList();
        attributes.AddRange(match.Groups["id"].Captures.Select(id => ("id", (string?)id.Value)));
        return new SelectorPart(match.Groups["tag"] is { Success: true } tag ? tag.Value.ToLowerInvariant() : null, [.. match.Groups["class"].Captures.Select(c => c.Value)], attributes);
    }
#pragma warning restore CA1308

    // One element's part, and the space behind it.
    [GeneratedRegex("""\G(?<tag>[A-Za-z][A-Za-z0-9-]*)?(?:#(?<id>[\w-]+)|\.(?<class>[\w-]+)|\[\s*(?<name>[A-Za-z_:][\w:.-]*)\s*(?<value>(?:=(?:"[^"]*"|'[^']*'|[\w-]+))?)\s*\])*(?:\s+|$)""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PartPattern();
}
