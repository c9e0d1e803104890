namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>What a file monitor remembers: a state for each file by its path, and for each target how it was looked at.</summary>
internal sealed class FileMemory
{
    private const string FilePrefix = "file:";
    private const string TargetPrefix = "target:";

    private readonly JobMemory _memory;
    private readonly Dictionary<string, FileState> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TargetState> _targets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _textSizes = new(StringComparer.Ordinal);
    private readonly TextBudget _budget;

    private FileMemory(JobMemory memory, IReadOnlyDictionary<string, Remembered> notes, long mostText)
    {
        _memory = memory;
        foreach (var (key, note) in notes)
        {
            if (key.StartsWith(TargetPrefix, StringComparison.Ordinal)) _targets[key[TargetPrefix.Length..]] = TargetState.Of(note.Note);
            else if (key.StartsWith(FilePrefix, StringComparison.Ordinal))
            {
                _files[key[FilePrefix.Length..]] = FileState.Of(note.Note);
                _textSizes[key[FilePrefix.Length..]] = note.ContentSize;
            }
            else memory.Forget(key); // the schedule was of another kind before
        }
        _budget = new TextBudget(mostText, _textSizes.Values.Sum(s => (long)s));
    }

    /// <param name="mostText">Bytes that all kept texts may take.</param>
    public static async Task<FileMemory> RecallAsync(JobMemory memory, long mostText, CancellationToken ct) => new(memory, await memory.RecallAsync(ct), mostText);

    /// <summary>As they were at the last look.</summary>
    public IReadOnlyDictionary<string, FileState> Files => _files;

    /// <inheritdoc cref="Files"/>
    public IReadOnlyDictionary<string, TargetState> Targets => _targets;

    /// <summary>How many texts did not fit into what a schedule may keep.</summary>
    public int TextsRefused => _budget.Refused;

    /// <summary>Whether somebody watched the place before, so that what is new there was added since.</summary>
    public bool WasWatched(string path) => _targets.Any(t => Within(t.Key, path) is { } relative && t.Value.CouldSee(relative));

    /// <summary>The text of the last look; null where none was kept.</summary>
    public async Task<string?> TextAsync(string path, CancellationToken ct) =>
        _textSizes.GetValueOrDefault(path) > 0 && await _memory.ContentAsync(FilePrefix + path, ct) is { } packed ? KeptText.Unpack(packed) : null;

    /// <param name="path">The file.</param>
    /// <param name="state">What it is now.</param>
    /// <param name="text">Its text; null: none is kept.</param>
    /// <param name="isSame">Whether the content is that of the last look, so that a text that is kept already stays.</param>
    public void Keep(string path, FileState state, string? text, bool isSame)
    {
        if (!_memory.IsKept) return;
        var had = _textSizes.GetValueOrDefault(path);
        if (isSame && (text is not null) == (had > 0))
        {
            if (_files[path] != state) _memory.Remember(FilePrefix + path, state.Note);
            return;
        }
        var packed = text is null ? null : KeptText.Pack(text);
        if (packed is null) _budget.Free(had);
        else if (!_budget.Take(had, packed.Length)) packed = null;
        if (isSame && packed is null && had == 0 && _files[path] == state) return;
        _memory.Remember(FilePrefix + path, state.Note, packed);
    }

    public void Forget(string path)
    {
        _budget.Free(_textSizes.GetValueOrDefault(path));
        _memory.Forget(FilePrefix + path);
    }

    /// <summary>Puts what the looks of this run were in the place of those before; null leaves a target as it was.</summary>
    public void KeepTargets(IReadOnlyDictionary<string, TargetState?> now)
    {
        foreach (var (target, state) in now)
            if (state is not null && _targets.GetValueOrDefault(target)?.Note != state.Note) _memory.Remember(TargetPrefix + target, state.Note, null);
        foreach (var target in _targets.Keys.Where(t => !now.ContainsKey(t))) _memory.Forget(TargetPrefix + target);
    }

    /// <summary>A path relative to a target, with slashes; the empty text for the target itself, null for what is not in it.</summary>
    public static string? Within(string target, string path)
    {
        if (path == target) return "";
        return path.StartsWith(target, StringComparison.Ordinal) && (target.EndsWith('/') || path[target.Length] == '/') ? path[(target.EndsWith('/') ? target.Length : target.Length + 1)..] : null;
    }
}
