using System.Text;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Files;

namespace Scheduler.Core.Jobs.Secrets.Git;

/// <summary>A file of a commit.</summary>
/// <param name="Path">Relative to the target, with slashes; hostile.</param>
internal sealed record GitFile(string Path, string Id);

/// <summary>A git repository, read and never written, and only as far as the scope allows. Not for concurrent use.</summary>
internal sealed class GitRepository : IDisposable
{
    private const int MostCommits = 5_000_000;
    private const int MostEntries = 2_000_000;
    private const int DeepestTree = 100;
    private const long LargestTree = 64 << 20;

    private readonly Scope _scope;
    private readonly string _root;
    private readonly string _gitFolder;
    private readonly string _common;
    private readonly Lazy<GitStore> _store;

    private GitRepository(Scope scope, string root, string gitFolder)
    {
        (_scope, _root, _gitFolder) = (scope, root, gitFolder);
        // A second work tree keeps its own HEAD and shares the rest.
        _common = ReadText(Path.Combine(gitFolder, "commondir")) is { } common ? Path.GetFullPath(common, gitFolder) : gitFolder;
        _store = new Lazy<GitStore>(() => new GitStore(scope, Path.Combine(_common, "objects")));
    }

    /// <summary>What HEAD names: a branch, or a commit.</summary>
    public string Branch => ReadText(Path.Combine(_gitFolder, "HEAD")) is { } head ? head.StartsWith("ref: refs/heads/", StringComparison.Ordinal) ? head[16..] : head : "HEAD";

    /// <summary>The repository that a file or folder belongs to; null for none within the scope.</summary>
    public static GitRepository? FindAround(Scope scope, string path)
    {
        if (!scope.CheckPath(path, out var real, out _)) return null;
        for (var folder = real; folder is not null && scope.AllowsRealPath(folder); folder = Path.GetDirectoryName(folder))
        {
            var dotGit = Path.Combine(folder, ".git");
            if (Directory.Exists(dotGit) && scope.CheckPath(dotGit, out var inside, out _)) return new GitRepository(scope, folder, inside);
            if (Read(scope, dotGit) is { } pointer && pointer.StartsWith("gitdir: ", StringComparison.Ordinal) && scope.CheckPath(Path.GetFullPath(pointer[8..], folder), out var elsewhere, out _))
                return new GitRepository(scope, folder, elsewhere);
            if (File.Exists(Path.Combine(folder, "HEAD")) && Directory.Exists(Path.Combine(folder, "objects")) && Directory.Exists(Path.Combine(folder, "refs"))) return new GitRepository(scope, folder, folder);
        }
        return null;
    }

    /// <summary>What the branch was at: the newest commit along first parents that was committed at the instant or before.</summary>
    /// <remarks>Along first parents, because a merge brings in older commits of other branches at which this one never was.</remarks>
    /// <returns>Null when the branch is younger, or has no commit at all.</returns>
    /// <exception cref="GitException">The repository can't be read that far back.</exception>
    public GitCommit? CommitAt(DateTimeOffset instant, CancellationToken ct)
    {
        var shallow = (ReadText(Path.Combine(_common, "shallow")) ?? "").Split('\n').ToHashSet(StringComparer.Ordinal);
        var id = Head();
        for (var seen = 0; id is not null; seen++)
        {
            ct.ThrowIfCancellationRequested();
            if (seen > MostCommits) throw new GitException($"more than {MostCommits} commits lie after {instant:yyyy-MM-dd}");
            var commit = GitCommit.Parse(id, Demand(id, GitType.Commit, LargestTree));
            if (commit.At <= instant) return commit;
            if (shallow.Contains(id)) throw new GitException($"the clone is shallow: its history begins on {commit.At:yyyy-MM-dd}, after {instant:yyyy-MM-dd}; git fetch --unshallow brings the rest");
            id = commit.FirstParent;
        }
        return null;
    }

    /// <summary>The files of a commit at and below a path. Links and submodules are left out.</summary>
    /// <param name="target">The path, absolute, at or below the repository's folder.</param>
    /// <exception cref="GitException">The repository can't be read.</exception>
    public IEnumerable<GitFile> FilesOf(GitCommit commit, string target, FileFilter filter, CancellationToken ct)
    {
        var tree = commit.Tree;
        var parts = _scope.CheckPath(target, out var real, out _) ? Path.GetRelativePath(_root, real).Split('/', StringSplitOptions.RemoveEmptyEntries) : [];
        // A bare repository, or its own folder as the target, means all of it.
        if (parts is ["."] || real.StartsWith(_gitFolder, StringComparison.Ordinal)) parts = [];
        foreach (var (index, part) in parts.Index())
        {
            if (Entries(tree).FirstOrDefault(e => e.Name == part) is not { } entry) yield break;
            if (entry.IsFile && index == parts.Length - 1) yield return new GitFile(part, entry.Id);
            if (!entry.IsTree) yield break;
            tree = entry.Id;
        }
        var seen = 0;
        var waiting = new Stack<(string Path, string Tree, int Depth)>([("", tree, 0)]);
        while (waiting.TryPop(out var next))
        {
            ct.ThrowIfCancellationRequested();
            if (next.Depth > DeepestTree) throw new GitException($"{HostileText.Line(next.Path, 200)} lies deeper than {DeepestTree} folders");
            foreach (var entry in Entries(next.Tree))
            {
                // Trees may hold one another many times over, and a few small ones then stand for more files than there are disks.
                if (++seen > MostEntries) throw new GitException($"the commit has more than {MostEntries} files and folders");
                var path = next.Path.Length == 0 ? entry.Name : $"{next.Path}/{entry.Name}";
                if (entry.IsTree && !filter.Excludes(path)) waiting.Push((path, entry.Id, next.Depth + 1));
                else if (entry.IsFile && filter.Wants(path)) yield return new GitFile(path, entry.Id);
            }
        }
    }

    /// <returns>The content; null when it is larger than <paramref name="most"/>, with its size.</returns>
    /// <exception cref="GitException">It is missing or damaged.</exception>
    public byte[]? ReadBlob(string id, long most, out long size) => Read(id, GitType.Blob, most, out size)?.Content;

    public void Dispose()
    {
        if (_store.IsValueCreated) _store.Value.Dispose();
    }

    private string? Head()
    {
        var head = ReadText(Path.Combine(_gitFolder, "HEAD")) ?? throw new GitException("its HEAD can't be read");
        for (var links = 0; links < 5; links++)
        {
            if (GitId.IsWhole(head)) return head;
            if (GitId.IsLong(head)) throw new GitException("it uses SHA-256 for its objects, which is not known here");
            if (!head.StartsWith("ref: ", StringComparison.Ordinal) || !IsRef(head[5..])) throw new GitException("its HEAD names nothing");
            if (head == "ref: refs/heads/.invalid") throw new GitException("it keeps its branches in the form \"reftable\", which is not known here");
            var name = head[5..];
            if ((ReadText(Path.Combine(_gitFolder, name)) ?? ReadText(Path.Combine(_common, name)) ?? Packed(name)) is not { } next) return null;
            head = next;
        }
        throw new GitException("its HEAD leads in a circle");
    }

    private static bool IsRef(string name) =>
        name.StartsWith("refs/", StringComparison.Ordinal) && name.Length < 300 && !name.Contains("..", StringComparison.Ordinal) && !name.Any(c => char.IsControl(c) || c is '\\' or ' ');

    private string? Packed(string name)
    {
        if (!ScopedFile.TryOpen(_scope, Path.Combine(_common, "packed-refs"), out var file, out _)) return null;
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } line)
            if (line.Length > 41 && line.AsSpan(41).SequenceEqual(name)) return line[..40];
        return null;
    }

    private List<TreeEntry> Entries(string tree)
    {
        var content = Demand(tree, GitType.Tree, LargestTree).AsSpan();
        var entries = new List<TreeEntry>();
        while (content.Length > 0)
        {
            var (space, end) = (content.IndexOf((byte)' '), content.IndexOf((byte)0));
            if (space is < 5 or > 6 || end < space || content.Length < end + 1 + GitId.Bytes) throw new GitException($"tree {tree} is damaged");
            entries.Add(new TreeEntry(Encoding.ASCII.GetString(content[..space]), Encoding.UTF8.GetString(content[(space + 1)..end]), Convert.ToHexStringLower(content.Slice(end + 1, GitId.Bytes))));
            content = content[(end + 1 + GitId.Bytes)..];
        }
        return entries;
    }

    private byte[] Demand(string id, GitType type, long most) => Read(id, type, most, out var size)?.Content ?? throw new GitException($"object {id} has {size} bytes, more than is read");

    private GitObject? Read(string id, GitType type, long most, out long size)
    {
        try
        {
            var found = _store.Value.Read(id, most, out size);
            if (size < 0) throw new GitException($"object {id} is missing; is this a partial clone, or does it borrow from a folder outside the scope?");
            return found is null || found.Type == type ? found : throw new GitException($"object {id} is not what it should be");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new GitException($"object {id} can't be read: {e.Message}", e);
        }
    }

    private string? ReadText(string path) => Read(_scope, path);

    private static string? Read(Scope scope, string path)
    {
        if (!ScopedFile.TryOpen(scope, path, out var file, out _)) return null;
        using (file)
        {
            if (file.Length > 1 << 20) return null;
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Trim();
        }
    }

    private sealed record TreeEntry(string Mode, string Name, string Id)
    {
        public bool IsTree => Mode == "40000";
        public bool IsFile => Mode.StartsWith("100", StringComparison.Ordinal);
    }
}
