using System.IO.Compression;
using System.Text;

namespace Scheduler.Core.Jobs.Secrets.Git;

/// <summary>The objects of a repository, loose and packed, and those of the stores that it borrows from, as far as the scope allows. Not for concurrent use.</summary>
/// <remarks>
/// Reads the files itself rather than ask the program <c>git</c>, which runs what a repository's settings tell it to and follows whatever path they name:
/// every file here is opened through the scope, and nothing is executed.
/// </remarks>
internal sealed class GitStore : IDisposable
{
    /// <summary>Bytes. Larger objects are not read, whatever they are.</summary>
    public const long LargestObject = 128 << 20;

    private const int MostBorrowed = 5;

    private readonly Scope _scope;
    private readonly List<string> _folders = [];
    private readonly List<GitPack> _packs = [];

    /// <param name="scope">What may be read.</param>
    /// <param name="objects">The folder <c>objects</c>.</param>
    public GitStore(Scope scope, string objects)
    {
        _scope = scope;
        Add(objects);
        foreach (var folder in _folders) OpenPacks(folder);
    }

    /// <summary>Reads an object.</summary>
    /// <param name="most">Bytes; of a larger object only the size is told.</param>
    /// <returns>Null when it is larger, or, with a size of -1, not there.</returns>
    /// <exception cref="GitException">It is damaged.</exception>
    public GitObject? Read(string id, long most, out long size)
    {
        foreach (var folder in _folders)
            if (ScopedFile.TryOpen(_scope, Path.Combine(folder, id[..2], id[2..]), out var loose, out _))
                using (loose)
                    return ReadLoose(id, loose, most, out size);
        var name = Convert.FromHexString(id);
        foreach (var pack in _packs)
            if (pack.Find(name) is { } offset)
                return pack.Read(offset, most, out size, baseId => Read(Convert.ToHexStringLower(baseId), LargestObject, out _));
        size = -1;
        return null;
    }

    public void Dispose()
    {
        foreach (var pack in _packs) pack.Dispose();
    }

    private void Add(string folder)
    {
        if (_folders.Count > MostBorrowed || _folders.Contains(folder) || !_scope.CheckPath(folder, out _, out _)) return;
        _folders.Add(folder);
        // A clone with --shared has its objects elsewhere; where that is outside the scope they are missing.
        if (!ScopedFile.TryOpen(_scope, Path.Combine(folder, "info", "alternates"), out var alternates, out _)) return;
        using var reader = new StreamReader(alternates);
        for (var lines = 0; lines < MostBorrowed && reader.ReadLine() is { } line; lines++)
            if (line.Length is > 0 and < 4096 && line[0] != '#') Add(Path.GetFullPath(line, folder));
    }

    private void OpenPacks(string folder)
    {
        var packs = Path.Combine(folder, "pack");
        if (!_scope.CheckPath(packs, out var real, out _) || !Directory.Exists(real)) return;
        foreach (var path in Directory.EnumerateFiles(real, "*.idx").Order(StringComparer.Ordinal))
        {
            // A pack that is being replaced may lack its other half for a moment.
            if (!ScopedFile.TryOpen(_scope, path, out var index, out _)) continue;
            if (ScopedFile.TryOpen(_scope, Path.ChangeExtension(path, ".pack"), out var pack, out _)) _packs.Add(new GitPack(index, pack));
            else index.Dispose();
        }
    }

    private static GitObject? ReadLoose(string id, FileStream file, long most, out long size)
    {
        using var zlib = new ZLibStream(file, CompressionMode.Decompress);
        var head = new StringBuilder();
        for (int next; (next = zlib.ReadByte()) != 0; head.Append((char)next))
            if (next < 0 || head.Length > 32) throw new GitException($"object {id} is damaged");
        if (head.ToString().Split(' ') is not [var word, var length] || !long.TryParse(length, out size) || size < 0) throw new GitException($"object {id} is damaged");
        var type = word switch { "commit" => GitType.Commit, "tree" => GitType.Tree, "blob" => GitType.Blob, "tag" => GitType.Tag, _ => throw new GitException($"object {id} is damaged") };
        if (size > most) return null;
        var content = new byte[size];
        zlib.ReadExactly(content);
        return new GitObject(type, content);
    }
}
