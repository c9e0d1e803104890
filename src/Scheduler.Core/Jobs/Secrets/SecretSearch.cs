using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Scheduler.Core.Jobs.Secrets;

/// <summary>A secret in a text. <paramref name="Value"/> never leaves the job: what is told of it is <see cref="Masked"/>.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in characters.</param>
internal sealed record SecretHit(SecretRule Rule, string Value, int Line, int Column)
{
    /// <summary>Enough to find it by, too little to use it: four characters of sixteen or more, none of a shorter one.</summary>
    public string Masked => Value.Length >= 16 ? $"{Value[..4]}… ({Value.Length} characters)" : $"{Value.Length} characters";

    /// <summary>Tells two secrets of one file apart, in every run the same. So short that a guessed password can't be confirmed by it with any certainty.</summary>
    public string Mark => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Rule.Id}\n{Value}")).AsSpan(0, 2));
}

/// <summary>Finds what looks like a secret in a text, line by line, in time that grows with the text alone.</summary>
internal static class SecretSearch
{
    /// <summary>Of a longer line (minified code) so many characters on either side of what gives a secret away.</summary>
    private const int Reach = 1200;

    private const int LongestSecret = 2000;

    private static readonly (SecretRule Rule, SearchValues<string> Anchors)[] Rules = [.. SecretRules.All.Select(rule =>
        (rule, SearchValues.Create([.. rule.Anchors], rule.AnyCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal)))];

    private static readonly SearchValues<char> Brackets = SearchValues.Create("()[]{}");

    private static readonly string[] SettingsEndings =
        [".env", ".ini", ".cfg", ".conf", ".config", ".properties", ".toml", ".yml", ".yaml", ".json", ".tfvars", ".netrc", ".npmrc", ".pypirc", ".pgpass", ".credentials"];

    private static readonly string[] Placeholders =
        ["example", "placeholder", "changeme", "change_me", "change-me", "your_", "your-", "yourpass", "xxxx", "****", "....", "dummy", "redacted", "<", "${", "$(", "{{", "%(", "#{", "env.", "getenv", "environ", "secretkeyref", "valuefrom"];

    /// <param name="text">The file's text.</param>
    /// <param name="path">Relative; its ending tells whether values stand without quotes.</param>
    public static IReadOnlyList<SecretHit> Find(string text, string path)
    {
        var found = new List<(int Start, int End, SecretHit Hit)>();
        var isSettings = IsSettings(path);
        foreach (var (rule, anchors) in Rules)
        {
            for (var at = 0; at < text.Length && text.AsSpan(at).IndexOfAny(anchors) is >= 0 and var next;)
            {
                var anchor = at + next;
                var (from, to) = LineAround(text, anchor);
                foreach (var match in rule.Pattern.EnumerateMatches(text.AsSpan(from, to - from)))
                {
                    var secret = rule.Pattern.Match(text.Substring(from + match.Index, match.Length + Math.Min(1, to - from - match.Index - match.Length))).Groups["s"];
                    if (!secret.Success || secret.Length > LongestSecret) continue;
                    var start = from + match.Index + secret.Index;
                    var end = start + secret.Length;
                    if (found.Any(f => start < f.End && f.Start < end) || !Convinces(rule, secret.Value, text, start, end, isSettings)) continue;
                    found.Add((start, end, new SecretHit(rule, secret.Value, 0, 0)));
                }
                at = Math.Max(to, anchor + 1);
            }
        }
        return Placed(text, found);
    }

    private static (int From, int To) LineAround(string text, int at)
    {
        var from = at - Math.Min(at, Reach);
        var before = text.AsSpan(from, at - from).LastIndexOfAny('\n', '\r');
        var length = Math.Min(text.Length - at, Reach);
        var after = text.AsSpan(at, length).IndexOfAny('\n', '\r');
        return (from + before + 1, at + (after < 0 ? length : after));
    }

    private static bool Convinces(SecretRule rule, string secret, string text, int start, int end, bool isSettings)
    {
        if (rule.Id == "secret.private-key") return HasKeyMaterial(text.AsSpan(end, Math.Min(2000, text.Length - end)));
        if (secret.Contains("EXAMPLE", StringComparison.Ordinal) || secret.Distinct().Count() < Math.Min(5, secret.Length / 2)) return false;
        if (!rule.IsGeneric) return true;
        if (Placeholders.Any(p => secret.Contains(p, StringComparison.OrdinalIgnoreCase))) return false;
        if (!rule.QuotedOutsideSettings) return true;
        var isQuoted = start > 0 && text[start - 1] is '"' or '\'';
        return (isQuoted || isSettings) && LooksMade(secret, isQuoted);
    }

    // "PASSWORD = os.path" and "token: required" are no secrets. What people and machines make up has letters and digits, or marks, and few repetitions.
    private static bool LooksMade(string value, bool isQuoted)
    {
        if (!isQuoted && value.AsSpan().ContainsAny(Brackets)) return false;
        if (value.StartsWith('/') || value.StartsWith("./", StringComparison.Ordinal) || value.Contains("://", StringComparison.Ordinal)) return false;
        var kinds = (value.Any(char.IsAsciiLetterLower) ? 1 : 0) + (value.Any(char.IsAsciiLetterUpper) ? 1 : 0) + (value.Any(char.IsAsciiDigit) ? 2 : 0) + (value.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.')) ? 1 : 0);
        return kinds >= 2 && BitsPerCharacter(value) >= 2.8 && (value.Any(char.IsAsciiDigit) || kinds >= 3);
    }

    /// <summary>Shannon's entropy of the characters.</summary>
    private static double BitsPerCharacter(string value) =>
        value.GroupBy(c => c).Select(g => (double)g.Count() / value.Length).Sum(share => -share * Math.Log2(share));

    // A document that speaks of keys has no forty characters of one behind the head line. Within JSON the lines are joined by "\n".
    private static bool HasKeyMaterial(ReadOnlySpan<char> after)
    {
        var run = 0;
        for (var i = 0; i < after.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(after[i]) || after[i] is '+' or '/' or '=') run++;
            else if (after[i] is '\\' && i + 1 < after.Length && after[i + 1] is 'n' or 'r') (run, i) = (0, i + 1);
            else run = 0;
            if (run >= 40) return true;
        }
        return false;
    }

    private static bool IsSettings(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name.StartsWith(".env", StringComparison.OrdinalIgnoreCase) || SettingsEndings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));
    }

    private static List<SecretHit> Placed(string text, List<(int Start, int End, SecretHit Hit)> found)
    {
        var hits = new List<SecretHit>(found.Count);
        var (line, lineStart, at) = (1, 0, 0);
        foreach (var (start, _, hit) in found.OrderBy(f => f.Start))
        {
            for (; at < start; at++)
                if (text[at] == '\n') (line, lineStart) = (line + 1, at + 1);
            hits.Add(hit with { Line = line, Column = start - lineStart + 1 });
        }
        return hits;
    }
}
