using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Scheduler.Core.Jobs.Http;

/// <summary>A set of HTTP statuses, written as a list of codes and inclusive ranges: <c>200,204,300-399</c>.</summary>
public sealed class StatusRanges
{
    private const int Lowest = 100;
    private const int Highest = 599;

    private readonly IReadOnlyList<(int From, int To)> _ranges;

    private StatusRanges(IReadOnlyList<(int, int)> ranges) => _ranges = ranges;

    /// <summary>200 to 399: an answer that is neither an error of ours nor of the server.</summary>
    public static StatusRanges Default { get; } = new([(200, 399)]);

    public bool Contains(int status) => _ranges.Any(r => r.From <= status && status <= r.To);

    /// <summary>Whether only redirects are expected, so that they must not be followed.</summary>
    public bool AreAllRedirects => _ranges.All(r => r is { From: >= 300, To: <= 399 });

    public override string ToString() => string.Join(",", _ranges.Select(r => r.From == r.To ? $"{r.From}" : $"{r.From}-{r.To}"));

    /// <summary>Reads a list; spaces around codes are allowed, anything else is an error that says what.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out StatusRanges? ranges, [NotNullWhen(false)] out string? error)
    {
        var read = new List<(int, int)>();
        ranges = null;
        error = null;
        foreach (var part in text.Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var isRead = dash < 0
                ? TryCode(part, out var from) & TryCode(part, out var to)
                : TryCode(part[..dash], out from) & TryCode(part[(dash + 1)..], out to);
            if (!isRead) error = $"must be codes from {Lowest} to {Highest} and ranges, such as 200,204,300-399; found \"{text}\"";
            else if (from > to) error = $"has a range that runs backwards: {part.Trim()}";
            if (error is not null) return false;
            read.Add((from, to));
        }
        ranges = new StatusRanges(read);
        return true;
    }

    private static bool TryCode(string text, out int code) =>
        int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= Lowest and <= Highest;
}
