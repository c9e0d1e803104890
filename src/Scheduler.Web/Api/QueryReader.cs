using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Api;

/// <summary>Reads query parameters and gathers what is wrong with them by name. <see cref="Demand"/> ends the request if anything is.</summary>
internal sealed class QueryReader(IQueryCollection query)
{
    public const int MostItems = 500;
    private const int LongestText = 200;

    private readonly List<FieldError> _errors = [];

    public int Limit(int otherwise = 50, int most = MostItems)
    {
        if (One("limit") is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= most) return limit;
        Complain("limit", $"must be a whole number from 1 to {most}, found {Show(text)}");
        return otherwise;
    }

    public string? Text(string name)
    {
        if (One(name) is not { } text) return null;
        if (text.Length <= LongestText) return text;
        Complain(name, $"must be at most {LongestText} characters");
        return null;
    }

    /// <summary>A row's number.</summary>
    public long? Number(string name)
    {
        if (One(name) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        Complain(name, $"must be a number, found {Show(text)}");
        return null;
    }

    public DateTimeOffset? Instant(string name)
    {
        if (One(name) is not { } text) return null;
        if (Instants.TryParse(text, out var instant)) return instant;
        // A plus sign in a query means a space; an offset that was not encoded arrives as one.
        var hint = text.Contains(' ', StringComparison.Ordinal) ? "; write the + of an offset as %2B" : "";
        Complain(name, $"must be an ISO 8601 instant with Z or an offset, such as 2026-12-24T18:00:00Z, found {Show(text)}{hint}");
        return null;
    }

    public T? Choice<T>(string name) where T : struct, Enum => One(name) is { } text && TryChoose<T>(name, text, out var value) ? value : null;

    /// <summary>May be repeated, and each may be a list with commas.</summary>
    public IReadOnlyList<T> Choices<T>(string name) where T : struct, Enum
    {
        var chosen = new List<T>();
        foreach (var text in query[name].SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
            if (TryChoose<T>(name, text, out var value) && !chosen.Contains(value)) chosen.Add(value);
        return chosen;
    }

    /// <summary><c>label=team=web</c>, may be repeated; all must hold.</summary>
    public IReadOnlyDictionary<string, string> Labels()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in query["label"].OfType<string>().Where(t => t.Length > 0))
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) Complain("label", $"must be key=value, found {Show(text)}");
            else if (!labels.TryAdd(text[..at], text[(at + 1)..]) && labels[text[..at]] != text[(at + 1)..])
                Complain("label", $"asks for two values of {Show(text[..at])}; no schedule has both");
        }
        return labels;
    }

    /// <summary>Where the page before ended, as <see cref="CursorOf"/> wrote it; null for the first page.</summary>
    /// <param name="list">The list's letter, so that a cursor of another list is noticed.</param>
    public string? Cursor(char list)
    {
        if (One("cursor") is not { } text) return null;
        try
        {
            if (Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(text)) is [var letter, ':', .. var place] && letter == list) return place;
        }
        catch (FormatException)
        {
            // said below
        }
        Complain("cursor", "is not one that this list has given; begin without a cursor");
        return null;
    }

    /// <summary>The same for lists that go by number.</summary>
    public long? NumberCursor(char list)
    {
        if (Cursor(list) is not { } place) return null;
        if (long.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        Complain("cursor", "is not one that this list has given; begin without a cursor");
        return null;
    }

    public static string CursorOf(char list, string place) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($"{list}:{place}"));

    public static string CursorOf(char list, long place) => CursorOf(list, place.ToString(CultureInfo.InvariantCulture));

    public void Complain(string name, string message) => _errors.Add(new FieldError(name, message));

    /// <exception cref="RequestFault">400, with the parameters by name.</exception>
    public void Demand()
    {
        if (_errors.Count > 0)
            throw new RequestFault(StatusCodes.Status400BadRequest, string.Join("; ", _errors.Select(e => $"{e.Path} {e.Message}")) + ".", _errors);
    }

    private bool TryChoose<T>(string name, string text, out T value) where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
            if (string.Equals(candidate.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                value = candidate;
                return true;
            }
        Complain(name, $"must be {string.Join(", ", Enum.GetNames<T>())}; found {Show(text)}");
        value = default;
        return false;
    }

    private string? One(string name)
    {
        var values = query[name];
        if (values.Count > 1) Complain(name, "may be given once");
        return values is [{ Length: > 0 } only] ? only : null;
    }

    private static string Show(string text) => $"\"{(text.Length <= 60 ? text : text[..60] + "…")}\"";
}
