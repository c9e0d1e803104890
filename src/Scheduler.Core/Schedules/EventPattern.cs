using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Scheduler.Core.Schedules;

/// <summary>A regular expression that a stranger's text can't make slow: no backtracking, no look-around, no back reference, and no large repetition.</summary>
internal sealed partial class EventPattern
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 200;

    // Each repetition is unrolled as it is read: {100} within {100} would be ten thousand copies.
    private const int MostCopies = 1000;

    private readonly Regex _regex;

    private EventPattern(Regex regex) => _regex = regex;

    public static bool TryParse(string text, [NotNullWhen(true)] out EventPattern? pattern, [NotNullWhen(false)] out string? error)
    {
        (pattern, error) = (null, null);
        if (text.Length > MaxLength) error = $"must be a pattern of at most {MaxLength} characters, found {text.Length}";
        else if (Copies(text) > MostCopies) error = $"repeats too much: its numbers in braces may multiply to {MostCopies} at most";
        else
            try
            {
                pattern = new EventPattern(new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)));
            }
            catch (NotSupportedException)
            {
                error = "must do without look-around, back references and atomic groups";
            }
            catch (ArgumentException e)
            {
                error = $"is no regular expression: {e.Message}";
            }
        return error is null;
    }

    /// <summary>Whether it matches anywhere in the text. False where a very long text took it more than a second.</summary>
    public bool IsIn(string text)
    {
        try
        {
            return _regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static long Copies(string text)
    {
        var product = 1L;
        foreach (Match number in Braces().Matches(text))
        {
            var (least, most) = (Number(number.Groups[1].Value), Number(number.Groups[2].Value));
            product *= Math.Max(1, Math.Max(least, most));
            if (product > MostCopies) return product;
        }
        return product;
    }

    private static long Number(string text) => text.Length == 0 ? 0 : text.Length > 6 ? MostCopies + 1 : long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{([0-9]*),?([0-9]*)\}")]
    private static partial Regex Braces();
}
