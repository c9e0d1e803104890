using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs;

/// <summary>Reads <c>targets.urls</c>, the same for every kind that takes URLs.</summary>
internal static class UrlTargets
{
    public const int MaxUrls = 10_000;
    private const int MaxLength = 2000;

    /// <summary>The URLs that are right; what is wrong with the others stands at their place, such as <c>targets.urls[2]</c>.</summary>
    /// <param name="targets">A reader for the targets.</param>
    /// <param name="path">The targets' own path.</param>
    /// <param name="scope">Null where the scope is not asked.</param>
    /// <param name="errors">Where complaints are gathered.</param>
    public static List<Uri> Read(FieldReader targets, string path, Scope? scope, List<FieldError> errors)
    {
        var raw = targets.Raw("urls");
        var texts = targets.Texts("urls", MaxUrls, MaxLength);
        if (texts.Count > MaxUrls) targets.Complain("urls", $"must have at most {MaxUrls} entries, found {texts.Count}");
        var urls = new List<Uri>();
        foreach (var (index, text) in Places(raw).Zip(texts))
        {
            var place = raw.ValueKind == JsonValueKind.Array ? $"{path}.urls[{index}]" : $"{path}.urls";
            if (!TryParse(text, out var url, out var error)) errors.Add(new FieldError(place, error));
            else if (scope is not null && !scope.CheckUrl(url, out var refusal)) errors.Add(new FieldError(place, refusal!));
            else urls.Add(url);
        }
        return urls;
    }

    /// <summary>Reads <c>urls</c> and <c>urlsFile</c>, of which one must be there, and complains about all other targets.</summary>
    /// <returns>URLs inside the scope, as written; and a file inside the scope's folders, or null.</returns>
    public static (IReadOnlyList<Uri> Urls, string? File) ReadWithFile(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var targets = new FieldReader(job.Targets, $"{path}.targets", errors);
        var before = errors.Count;
        var urls = Read(targets, $"{path}.targets", scope, errors);
        var file = targets.Text("urlsFile", 4096);
        if (file is { Length: 0 }) file = null;
        if (file is not null && !scope.CheckPath(file, out _, out var refusal)) targets.Complain("urlsFile", refusal!);
        if (urls.Count == 0 && file is null && errors.Count == before)
            targets.Complain("urls", "is required (or urlsFile), for example [\"https://shop.example.com/\"]");
        targets.Close();
        return (urls, file);
    }

    /// <summary>Reads one URL that a person wrote; the scope is not asked.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? error)
    {
        url = null;
        error = null;
        var shown = HostileText.Line(text, 100);
        if (text.Length > MaxLength) error = $"must be at most {MaxLength} characters, found {text.Length}";
        else if (text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == '\\')) error = $"must not have spaces, control characters or backslashes; found \"{shown}\"";
        else if (!Uri.TryCreate(text, UriKind.Absolute, out var read) || (read.Scheme != Uri.UriSchemeHttp && read.Scheme != Uri.UriSchemeHttps))
            error = $"must be an http or https address such as https://shop.example.com/, found \"{shown}\"";
        else if (read.UserInfo.Length > 0) error = "must not have a user name or password in it";
        else if (read.Port == 0) error = "must have a port from 1 to 65535";
        else if (!ScopeHost.TryRead(read, out var host, out var hostError)) error = $"{hostError}; found \"{shown}\"";
        else url = host.Rewrite(read);
        return url is not null;
    }

    // The reader drops blank entries; the places of the others in the author's list must not move.
    private static IEnumerable<int> Places(JsonElement raw) => raw.ValueKind == JsonValueKind.Array
        ? raw.EnumerateArray().Index().Where(e => e.Item.ValueKind == JsonValueKind.String && e.Item.GetString()!.Length <= MaxLength && !string.IsNullOrWhiteSpace(e.Item.GetString())).Select(e => e.Index)
        : Enumerable.Range(0, MaxUrls);
}
