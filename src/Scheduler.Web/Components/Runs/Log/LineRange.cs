using System.Globalization;
using System.Text.RegularExpressions;

namespace Scheduler.Web.Components.Runs.Log;

/// <summary>The lines that an address names: <c>#L120</c>, <c>#L120-140</c>, or <c>#B52428800</c> by position where lines can't be counted.</summary>
/// <param name="From">The first line's number, or position.</param>
/// <param name="To">The last one's, inclusive.</param>
/// <param name="ByPosition">Positions rather than numbers.</param>
public sealed partial record LineRange(long From, long To, bool ByPosition)
{
    public string Anchor => LogLine.AnchorOf(ByPosition ? null : From, From);

    /// <summary>Null when the fragment names no lines.</summary>
    /// <param name="fragment">With its #, or empty.</param>
    public static LineRange? Read(string fragment)
    {
        if (Pattern().Match(fragment) is not { Success: true } match) return null;
        var from = long.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        var to = match.Groups[3].Success ? long.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture) : from;
        return new LineRange(Math.Min(from, to), Math.Max(from, to), match.Groups[1].Value == "B");
    }

    public bool Holds(LogLine line) => (ByPosition ? line.Position : line.Number) is { } at && at >= From && at <= To;

    [GeneratedRegex(@"\A#([LB])([0-9]{1,15})(?:-L?([0-9]{1,15}))?\z")]
    private static partial Regex Pattern();
}
