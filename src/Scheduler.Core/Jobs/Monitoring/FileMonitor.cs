using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Files;
using static Scheduler.Core.Jobs.ScanWords;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>One run of <c>file-monitor</c>: looks at file by file, compares with what the last run remembers, and remembers what is there now.</summary>
/// <param name="mostText">Bytes that the kept texts of a schedule may take.</param>
internal sealed class FileMonitor(JobContext context, FileMonitorOptions options, long mostText = TextBudget.Most)
{
    /// <summary>A run that meets more is refused, never cut.</summary>
    public const int MostFiles = 100_000;

    private const int MostNotes = 100;
    private const int TellEvery = 200;

    private readonly ChangeReport _report = new(context, "path");
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TargetLook> _looks = new(StringComparer.Ordinal);
    private FileMemory _memory = null!;
    private int _targets, _firstSeen, _forgotten, _outlines, _notes;
    private long _bytes;
    private string? _firstProblem;

    /// <summary>What this run could see of a target.</summary>
    /// <param name="Problem">Why nothing of it could be seen, or null.</param>
    /// <param name="Unlisted">Folders that could not be listed, relative with a slash at the end.</param>
    private sealed record TargetLook(string? Problem, IReadOnlyList<string> Unlisted)
    {
        public bool CouldSee(string relative) => Problem is null && !Unlisted.Any(u => relative.StartsWith(u, StringComparison.Ordinal));
    }

    public async Task<JobOutcome> RunAsync(CancellationToken stopping)
    {
        _memory = await FileMemory.RecallAsync(context.Memory, mostText, stopping);
        foreach (var (index, target) in options.Paths.Index())
        {
            await context.ProgressAsync((double)index / options.Paths.Count, target, stopping);
            if (!await LookAsync(target, stopping))
                return new JobOutcome.Failed($"There are more than {MostFiles} files; narrow them with include and exclude, or split the schedule", Retryable: false);
        }
        if (_targets == 0) return new JobOutcome.Failed(_firstProblem ?? "There was nothing to look at", Retryable: false);
        MissWhatIsGone();
        _memory.KeepTargets(_looks.ToDictionary(l => l.Key, l => StateOf(l.Key, l.Value)));
        if (_memory.TextsRefused > 0)
            await NoteAsync($"The text of {Count(_memory.TextsRefused, "file")} is not kept for a comparison line by line: the schedule keeps {ByteSize.Print(mostText)} already. That it changed will be told all the same", stopping);
        await _report.TellAsync(options.NotifyOnChanges ? FileMonitorKind.Changed : null, stopping);
        if (context.AsOf is null)
            foreach (var (target, _) in _looks.Where(l => l.Value is { Problem: null, Unlisted: [] })) await context.CoveredAsync(target, stopping);
        (string, double)[] metrics =
        [
            ("assetsScanned", _targets), ("files", _seen.Count), ("bytes", _bytes), ("added", _report.Of(ChangeKind.Added)), ("removed", _report.Of(ChangeKind.Removed)),
            ("changed", _report.Of(ChangeKind.Changed)), ("unreadable", _report.Of(ChangeKind.Failed)), ("tooLarge", _outlines),
        ];
        foreach (var (name, value) in metrics) await context.MetricAsync(name, value, stopping);
        await context.ProgressAsync(1, null, stopping);
        return Outcome(Parts(), isGrave: false);
    }

    /// <returns>False where there are too many files.</returns>
    private async Task<bool> LookAsync(string target, CancellationToken ct)
    {
        var (isFolder, isMissing, problem) = Kind(target);
        // What was never there may be a slip of the pen; what was there once is gone.
        if (isMissing && !_memory.Targets.ContainsKey(target)) problem = $"{target} does not exist";
        if (isMissing || problem is not null) await ProblemAsync(problem ?? $"{target} does not exist any more", ct);
        _looks[target] = new TargetLook(problem, []);
        if (problem is not null) return true;
        _targets++;
        if (isMissing) return true;

        var before = _seen.Count;
        var walk = new FileWalk(context.Scope, options.Files);
        foreach (var (path, relative) in walk.Files(target))
        {
            ct.ThrowIfCancellationRequested();
            await TakeAsync(target, isFolder ? relative : "", path, ct);
            if (_seen.Count > MostFiles) return false;
            if (_seen.Count % TellEvery == 0) await context.ProgressAsync(0.5, relative, ct);
        }
        foreach (var trouble in walk.Problems) await ProblemAsync(trouble, ct);
        _looks[target] = new TargetLook(null, walk.Unlisted);
        await context.LogAsync($"{HostileText.Line(target, 300)}: {Count(_seen.Count - before, "file")}{(walk.Links > 0 ? $", {Count(walk.Links, "link")} not followed" : "")}", ct);
        return true;
    }

    private (bool IsFolder, bool IsMissing, string? Problem) Kind(string target)
    {
        if (!context.Scope.CheckPath(target, out var real, out var refusal)) return (false, false, refusal);
        try
        {
            return (File.GetAttributes(real).HasFlag(FileAttributes.Directory), false, null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (false, true, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (false, false, $"{target} could not be looked at: {e.Message}");
        }
    }

    private async Task TakeAsync(string target, string relative, string real, CancellationToken ct)
    {
        var path = relative.Length == 0 ? target : target.EndsWith('/') ? target + relative : $"{target}/{relative}";
        if (_seen.Contains(path) || (await FileLook.AtAsync(context.Scope, real, options.MaxFileSize, options.Diff, ct) ?? FileLook.Nameless(real)) is not { } look) return;
        _seen.Add(path);
        _bytes += look.State.As == SeenAs.Whole ? look.State.Size : 0;
        if (look.State.As == SeenAs.Outline) _outlines++;
        var name = HostileText.Line(relative.Length == 0 ? Path.GetFileName(path) : relative, 1000);
        if (look.Problem is { } problem)
        {
            await NoteAsync(problem, ct);
            _report.Add(ChangeKind.Failed, path, Of("file-unreadable", Severity.Low, target, name, "could not be read", "", problem) with
            {
                Remedy = "Let the account under which Scheduler runs read it, or leave it out with exclude. What was remembered of it stays for the comparison with the next look that succeeds.",
            });
        }
        var before = _memory.Files.GetValueOrDefault(path);
        if (before is null)
        {
            if (_memory.WasWatched(path) && look.Problem is null)
                _report.Add(ChangeKind.Added, path, Of("file-added", Severity.Medium, target, name, "was added", look.State.Mark, $"now: {look.State.Words}"));
            else _firstSeen++;
            _memory.Keep(path, look.State, look.Text, isSame: false);
        }
        else if (look.Problem is null)
        {
            var isChange = look.State.IsChangeFrom(before);
            if (isChange)
                _report.Add(ChangeKind.Changed, path, Of("file-changed", Severity.Medium, target, name, "has changed", look.State.Mark, await EvidenceAsync(path, before, look, ct)));
            _memory.Keep(path, look.State, look.Text, isSame: !isChange && look.State.Hash == before.Hash);
        }
    }

    private async Task<string> EvidenceAsync(string path, FileState before, FileLook look, CancellationToken ct)
    {
        var head = $"before: {before.Words}\nnow: {look.State.Words}\n\n";
        if (!options.Diff) return head.TrimEnd();
        if (look.Text is null) return $"{head}It is no text of up to {ByteSize.Print(KeptText.MostBytes)}, so there is no comparison line by line.";
        if (await _memory.TextAsync(path, ct) is not { } text) return $"{head}The text of before was not kept, so there is no comparison line by line.";
        return head + TextDiff.Show(text, look.Text, Finding.MaxText - head.Length);
    }

    private void MissWhatIsGone()
    {
        foreach (var (path, before) in _memory.Files.Where(f => !_seen.Contains(f.Key)).OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            var owners = _looks.Where(l => FileMemory.Within(l.Key, path) is not null).Select(l => (Target: l.Key, Look: l.Value, Relative: FileMemory.Within(l.Key, path)!)).ToList();
            if (owners.Exists(o => !o.Look.CouldSee(o.Relative))) continue;
            var owner = owners.Find(o => o.Relative.Length == 0 || options.Files.Wants(o.Relative));
            if (owner.Target is null) _forgotten++;
            else
            {
                var name = HostileText.Line(owner.Relative.Length == 0 ? Path.GetFileName(path) : owner.Relative, 1000);
                _report.Add(ChangeKind.Removed, path, Of("file-removed", Severity.Medium, owner.Target, name, "is gone", "", $"before: {before.Words}"));
            }
            _memory.Forget(path);
        }
    }

    /// <returns>Null where nothing of it was seen: then what was known of it stays.</returns>
    private TargetState? StateOf(string target, TargetLook look)
    {
        if (look.Problem is not null) return _memory.Targets.GetValueOrDefault(target);
        var now = new TargetState(options.Files.Include, options.Files.Exclude, []);
        // A folder that some look could list is known; one that none could is first seen when one can.
        var before = _memory.Targets.GetValueOrDefault(target);
        var isKnown = before is not null && (before with { Unlisted = [] }).Note == now.Note;
        return now with { Unlisted = [.. look.Unlisted.Where(u => !isKnown || before!.Unlisted.Any(b => u.StartsWith(b, StringComparison.Ordinal)))] };
    }

    private static Finding Of(string rule, Severity severity, string target, string name, string fate, string mark, string evidence) => new()
    {
        Rule = rule,
        Severity = severity,
        Title = $"{HostileText.Line(name, 200)} {fate}",
        Asset = target,
        Location = mark.Length > 0 ? $"{name} [{mark}]" : name,
        Evidence = evidence,
    };

    private async Task ProblemAsync(string text, CancellationToken ct)
    {
        _firstProblem ??= HostileText.Line(text, 500);
        await NoteAsync(text, ct);
    }

    private async Task NoteAsync(string text, CancellationToken ct)
    {
        if (++_notes <= MostNotes) await context.LogAsync(LogStream.Warn, HostileText.Line(text, 500), ct);
        else if (_notes == MostNotes + 1) await context.LogAsync(LogStream.Warn, "Further notes of this sort are left out.", ct);
    }

    private IEnumerable<string> Parts()
    {
        if (_firstProblem is not null) yield return $"completed with issues: {HostileText.Line(_firstProblem, 300)}";
        yield return MonitorWords.Told(context, Count(_seen.Count, "file"), _seen.Count, _firstSeen, _report);
        if (_forgotten > 0) yield return $"{Count(_forgotten, "file")} no longer watched";
    }
}
