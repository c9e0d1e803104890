using Scheduler.Core.Fields;

namespace Scheduler.Web.Components.Shared;

/// <summary>Labels as people type them: <c>team=web, environment=production</c>.</summary>
internal static class LabelText
{
    /// <summary>What was typed, up to the first pair that is none.</summary>
    /// <param name="errors">Gets what is wrong, at <c>labels</c>.</param>
    public static Dictionary<string, string> Read(string text, List<FieldError> errors)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && labels.TryAdd(pair[..at].Trim(), pair[(at + 1)..].Trim())) continue;
            errors.Add(new FieldError("labels", at > 0 ? $"names `{pair[..at]}` twice" : $"must be key=value, found `{pair}`"));
            break;
        }
        return labels;
    }

    public static string Print(IEnumerable<KeyValuePair<string, string>> labels) => string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}"));
}
