using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Scheduler.Core.Fields;

namespace Scheduler.Core.Schedules;

/// <summary>A regular expression over a stranger's text.</summary>
internal sealed class EventPattern
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 200;

    private readonly Regex _regex;

    private EventPattern(Regex regex) => _regex = regex;

    public static bool TryParse(string text, [NotNullWhen(true)] out EventPattern? pattern, [NotNullWhen(false)] out string? error)
    {
        pattern = LinearPattern.TryParse(text, MaxLength, RegexOptions.None, TimeSpan.FromSeconds(1), out var regex, out error) ? new EventPattern(regex) : null;
        return pattern is not null;
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
}
