using System.Text;
using System.Text.RegularExpressions;

namespace Scheduler.Core.Jobs.Files;

/// <summary>
/// A pattern over paths below a folder, with <c>/</c> between their parts: <c>*</c> and <c>?</c> stay within a part, <c>**</c> crosses them. A pattern without a slash
/// meets a file or folder of that name anywhere; one that meets a folder meets all below it.
/// </summary>
internal sealed class Glob
{
    public const int MaxLength = 500;

    private readonly Regex _whole;

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <param name="pattern">Not blank, at most <see cref="MaxLength"/> characters.</param>
    public Glob(string pattern)
    {
        Text = pattern;
        var text = pattern.Trim().Replace('\\', '/').TrimEnd('/');
        if (text.StartsWith("./", StringComparison.Ordinal)) text = text[2..];
        var anywhere = !text.Contains('/');
        // Time in the length of the path whatever the pattern: patterns come from people, names from whoever can write a file.
        _whole = new Regex($"^{(anywhere ? "(?:.*/)?" : "")}{Translate(text.TrimStart('/'))}(?:/.*)?$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <param name="path">Relative, with slashes, without one at either end.</param>
    public bool Matches(string path) => _whole.IsMatch(path);

    private static string Translate(string pattern)
    {
        var regex = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '?') regex.Append("[^/]");
            else if (pattern[i] != '*') regex.Append(Regex.Escape(pattern[i].ToString()));
            else if (i + 1 >= pattern.Length || pattern[i + 1] != '*') regex.Append("[^/]*");
            else if (i + 2 < pattern.Length && pattern[i + 2] == '/')
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else
            {
                regex.Append(".*");
                i++;
            }
        }
        return regex.ToString();
    }
}
