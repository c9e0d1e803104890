using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs.Web;

/// <summary>What a scan will look at, after normalising and dropping duplicates.</summary>
/// <param name="Urls">Normalised and distinct, in the author's order.</param>
/// <param name="Notes">What was dropped and why, for the log.</param>
/// <param name="Problem">Why there is nothing to scan, or null.</param>
internal sealed record WebTargets(IReadOnlyList<Uri> Urls, IReadOnlyList<string> Notes, int BadLines, int Duplicates, string? Problem)
{
    private const int MaxFileLength = 10 * 1024 * 1024;
    private const int MaxNotes = 200;

    /// <param name="urls">Inside the scope, as written.</param>
    /// <param name="urlsFile">A file with one URL a line, or null.</param>
    /// <param name="maxUrls">More distinct URLs are a problem, and none is dropped.</param>
    /// <param name="remedy">What a person can do about too many, as the end of a sentence.</param>
    /// <param name="scope">What may be touched; asked for the lines of the file.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<WebTargets> GatherAsync(IReadOnlyList<Uri> urls, string? urlsFile, int maxUrls, string remedy, Scope scope, CancellationToken ct)
    {
        var gathering = new Gathering();
        foreach (var url in urls) gathering.Add(url);
        var problem = urlsFile is null ? null : await ReadFileAsync(urlsFile, scope, gathering, ct);
        if (problem is null && gathering.Urls.Count == 0) problem = $"No targets: {urlsFile} has no usable URL ({gathering.BadLines} bad lines)";
        if (problem is null && gathering.Urls.Count > maxUrls) problem = $"{gathering.Urls.Count} URLs are more than {remedy}";
        return new WebTargets(gathering.Urls, gathering.Notes(), gathering.BadLines, gathering.Duplicates, problem);
    }

    private static async Task<string?> ReadFileAsync(string path, Scope scope, Gathering gathering, CancellationToken ct)
    {
        if (!ScopedFile.TryOpen(scope, path, out var stream, out var refusal)) return $"No targets: {HostileText.Line(refusal, 500)}";
        using var reader = new StreamReader(stream);
        if (stream.Length > MaxFileLength) return $"No targets: {path} is larger than {MaxFileLength / 1024 / 1024} MiB";
        for (var number = 1; await reader.ReadLineAsync(ct) is { } line; number++)
        {
            var text = line.Trim();
            if (text.Length == 0 || text[0] == '#') continue;
            if (!UrlTargets.TryParse(text, out var url, out var error) || !scope.CheckUrl(url, out error)) gathering.Refuse($"{path} line {number}: {error}");
            else gathering.Add(url);
        }
        return null;
    }

    private sealed class Gathering
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly List<string> _notes = [];

        public List<Uri> Urls { get; } = [];
        public int BadLines { get; private set; }
        public int Duplicates { get; private set; }

        public void Add(Uri url)
        {
            var normal = WebUrl.Normalise(url);
            if (_seen.Add(normal.AbsoluteUri)) Urls.Add(normal);
            else
            {
                Duplicates++;
                Note($"dropped {HostileText.Line(url.OriginalString, 300)}: the same as {HostileText.Line(normal.AbsoluteUri, 300)}");
            }
        }

        public void Refuse(string note)
        {
            BadLines++;
            Note(note);
        }

        public List<string> Notes() =>
            BadLines + Duplicates <= MaxNotes ? _notes : [.. _notes, $"and {BadLines + Duplicates - MaxNotes} more bad lines and duplicates"];

        private void Note(string note)
        {
            if (_notes.Count < MaxNotes) _notes.Add(note);
        }
    }
}
