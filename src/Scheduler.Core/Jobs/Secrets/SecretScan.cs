using System.Globalization;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Files;
using Scheduler.Core.Jobs.Secrets.Git;
using static Scheduler.Core.Jobs.ScanWords;

namespace Scheduler.Core.Jobs.Secrets;

/// <summary>One run of <c>secret-scan</c>: reads file by file, and tells where secrets stand without telling them.</summary>
internal sealed class SecretScan(JobContext context, SecretScanOptions options)
{
    private const int MostNotes = 100;
    private const int TellEvery = 200;
    private const string Remedy = "Take it out of the file, make it invalid where it was issued, and issue a new one: whoever could read the file may have it. Keep secrets in a vault or in the environment.";

    private readonly List<Finding> _findings = [];
    private int _files, _tooLarge, _binary, _notes, _targets, _unreadable;
    private long _bytes;

    public async Task<JobOutcome> RunAsync(CancellationToken stopping)
    {
        string? firstProblem = null;
        foreach (var (index, path) in options.Paths.Index())
        {
            await context.ProgressAsync((double)index / options.Paths.Count, path, stopping);
            var problem = context.AsOf is { } instant && GitRepository.FindAround(context.Scope, path) is { } repository
                ? await ScanCommitAsync(repository, path, instant, stopping)
                : await ScanFolderAsync(path, stopping);
            if (problem is null) _targets++;
            firstProblem ??= problem;
        }
        (string, double)[] metrics = [("assetsScanned", _targets), ("files", _files), ("bytes", _bytes), ("tooLarge", _tooLarge), ("binary", _binary), ("unreadable", _unreadable), ("findings", _findings.Count)];
        foreach (var (name, value) in metrics) await context.MetricAsync(name, value, stopping);
        await context.ProgressAsync(1, null, stopping);
        return Outcome(firstProblem);
    }

    /// <returns>What kept it from being looked at from end to end; null for nothing.</returns>
    private async Task<string?> ScanFolderAsync(string target, CancellationToken ct)
    {
        if (context.AsOf is { } instant)
            await context.LogAsync(LogStream.Warn, $"{HostileText.Line(target, 300)} is no git repository: it is looked at as it is now, not as of {instant:yyyy-MM-dd HH:mm} UTC", ct);
        var walk = new FileWalk(context.Scope, options.Files);
        var (problem, before) = ((string?)null, _files);
        foreach (var (path, relative) in walk.Files(target))
        {
            ct.ThrowIfCancellationRequested();
            if (!ScopedFile.TryOpen(context.Scope, path, out var stream, out var refusal))
            {
                // Nothing stands in an empty file, and what has gone since it was listed is gone.
                if (new FileInfo(path) is not { Exists: true, Length: > 0 }) continue;
                _unreadable++;
                problem ??= refusal;
                await NoteAsync(refusal!, ct);
                continue;
            }
            await using (stream)
            {
                if (stream.Length > options.MaxFileSize) await TooLargeAsync(relative, stream.Length, ct);
                else await SearchAsync(target, relative, await ReadAsync(stream, ct), past: null, ct);
            }
            if (_files % TellEvery == 0) await context.ProgressAsync(0.5, relative, ct);
        }
        foreach (var trouble in walk.Problems) await NoteAsync(trouble, ct);
        problem ??= walk.Problems.FirstOrDefault();
        await context.LogAsync($"{HostileText.Line(target, 300)}: {Count(_files - before, "file")}{(walk.Links > 0 ? $", {Count(walk.Links, "link")} not followed" : "")}", ct);
        if (problem is null) await context.CoveredAsync(target, ct);
        return problem;
    }

    private async Task<string?> ScanCommitAsync(GitRepository repository, string target, DateTimeOffset instant, CancellationToken ct)
    {
        using var _ = repository;
        var before = _files;
        try
        {
            if (repository.CommitAt(instant, ct) is not { } commit)
            {
                await context.LogAsync(LogStream.Warn, $"{HostileText.Line(target, 300)}: the repository has no commit as old as {instant:yyyy-MM-dd HH:mm:ss} UTC; there was nothing to look at", ct);
                return null;
            }
            await context.LogAsync($"{HostileText.Line(target, 300)}: commit {commit.Id} of {commit.At:yyyy-MM-dd HH:mm:ss} UTC, the newest of {HostileText.Line(repository.Branch, 100)} at {instant:yyyy-MM-dd HH:mm:ss} UTC", ct);
            foreach (var file in repository.FilesOf(commit, target, options.Files, ct))
            {
                ct.ThrowIfCancellationRequested();
                if (repository.ReadBlob(file.Id, options.MaxFileSize, out var size) is { } content) await SearchAsync(target, file.Path, content, commit, ct);
                else await TooLargeAsync(file.Path, size, ct);
                if (_files % TellEvery == 0) await context.ProgressAsync(0.5, file.Path, ct);
            }
            await context.LogAsync($"{HostileText.Line(target, 300)}: {Count(_files - before, "file")} at commit {commit.Id[..10]}", ct);
            return null;
        }
        catch (GitException e)
        {
            var why = HostileText.Line($"{target}: {e.Message}", 500);
            await context.LogAsync(LogStream.Err, why, ct);
            _unreadable++;
            return why;
        }
    }

    private async Task SearchAsync(string target, string relative, byte[] content, GitCommit? past, CancellationToken ct)
    {
        _files++;
        _bytes += content.Length;
        if (FileText.Of(content) is not { } text)
        {
            _binary++;
            return;
        }
        foreach (var hit in SecretSearch.Find(text, relative).DistinctBy(h => h.Mark))
        {
            var finding = new Finding
            {
                Rule = hit.Rule.Id,
                Severity = hit.Rule.Severity,
                Title = $"{hit.Rule.Title} in {HostileText.Line(relative, 200)}",
                Asset = target,
                Location = $"{HostileText.Line(relative, 1000)} [{hit.Mark}]",
                Evidence = string.Create(CultureInfo.InvariantCulture, $"line {hit.Line}, column {hit.Column}: {HostileText.Line(hit.Masked, 60)}{(past is null ? "" : $", in commit {past.Id[..10]}")}"),
                Remedy = Remedy,
                Reference = "https://cwe.mitre.org/data/definitions/798.html",
                OfThePast = past is not null,
            };
            _findings.Add(finding);
            await context.FoundAsync(finding, ct);
        }
    }

    // A file may grow while it is read: what is beyond the bound is left for the next run.
    private async Task<byte[]> ReadAsync(Stream stream, CancellationToken ct)
    {
        var content = new byte[(int)Math.Min(stream.Length, options.MaxFileSize)];
        var read = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, ct);
        return read == content.Length ? content : content[..read];
    }

    private async Task TooLargeAsync(string relative, long size, CancellationToken ct)
    {
        _tooLarge++;
        await NoteAsync($"{relative} has {ByteSize.Print(size)}, more than {ByteSize.Print(options.MaxFileSize)} (maxFileSize): passed by", ct);
    }

    private async Task NoteAsync(string text, CancellationToken ct)
    {
        if (++_notes <= MostNotes) await context.LogAsync(LogStream.Warn, HostileText.Line(text, 500), ct);
        else if (_notes == MostNotes + 1) await context.LogAsync(LogStream.Warn, "Further notes of this sort are left out.", ct);
    }

    private JobOutcome Outcome(string? firstProblem)
    {
        if (_targets == 0 && _files == 0 && firstProblem is not null) return new JobOutcome.Failed(firstProblem, Retryable: false);
        var grave = _findings.Where(f => f.Severity >= options.FailOn).OrderByDescending(f => f.Severity).ToList();
        var parts = new List<string>();
        if (grave.Count > 0) parts.Add($"{Count(grave.Count, "finding")} at or above {Word(options.FailOn!.Value)}: {string.Join(", ", grave.Take(3).Select(f => f.Title))}{(grave.Count > 3 ? $" and {grave.Count - 3} more" : "")}");
        if (firstProblem is not null) parts.Add($"completed with issues: {HostileText.Line(firstProblem, 300)}");
        parts.Add(Summary(Count(_files, "file"), _findings));
        return ScanWords.Outcome(parts, grave.Count > 0);
    }
}
