using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Scheduler.Core.Fields;

/// <summary>Reads regular expressions that a stranger's text can't make slow: no backtracking, no look-around, no back reference, and no large repetition.</summary>
internal static partial class LinearPattern
{
    // Each repetition is unrolled as it is read: {100} within {100} would be ten thousand copies.
    private const int MostCopies = 1000;

    /// <param name="text">The expression.</param>
    /// <param name="maxLength">Characters.</param>
    /// <param name="more">Options beside those that keep it linear.</param>
    /// <param name="timeout">Of one search; one that takes longer throws <see cref="RegexMatchTimeoutException"/>.</param>
    /// <param name="pattern">The expression, ready for use.</param>
    /// <param name="error">What is wrong, as the rest of a sentence about it; null after success.</param>
    public static bool TryParse(string text, int maxLength, RegexOptions more, TimeSpan timeout, [NotNullWhen(true)] out Regex? pattern, [NotNullWhen(false)] out string? error)
    {
        (pattern, error) = (null, null);
        if (text.Length > maxLength) error = $"must be a pattern of at most {maxLength} characters, found {text.Length}";
        else if (Copies(text) > MostCopies) error = $"repeats too much: its numbers in braces may multiply to {MostCopies} at most";
        else
            try
            {
                pattern = new Regex(text, more | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, timeout);
            }
            catch (NotSupportedException)
            {
                error = "must do without look-around, back references and atomic groups";
            }
            catch (ArgumentException e)
            {
                error = $"is no regular expression: {e.Message}";
            }
        return pattern is not null;
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
