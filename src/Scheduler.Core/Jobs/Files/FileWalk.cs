namespace Scheduler.Core.Jobs.Files;

/// <summary>The files below a folder, or the one file that a path names, in the order of their paths. Links are not followed.</summary>
/// <param name="scope">What may be read.</param>
/// <param name="filter">Which files are meant.</param>
internal sealed class FileWalk(Scope scope, FileFilter filter)
{
    private const int DeepestFolder = 100;

    /// <summary>What could not be looked into, in words; where there is any, nothing below the path is proved gone.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>The folders that could not be looked into, relative with a slash at the end; the empty text for the target itself.</summary>
    public List<string> Unlisted { get; } = [];

    /// <summary>Links that were passed by.</summary>
    public int Links { get; private set; }

    /// <returns>Absolute paths, and the same relative to the target with slashes (the file's name, where the target is a file). Files may be gone by the time they are opened.</returns>
    public IEnumerable<(string Path, string Relative)> Files(string target)
    {
        if (!scope.CheckPath(target, out var root, out var refusal))
        {
            Problems.Add(refusal!);
            return [];
        }
        if (File.Exists(root)) return [(root, Path.GetFileName(root))];
        if (Directory.Exists(root)) return Below(root, "", 0);
        Problems.Add($"{target} does not exist");
        return [];
    }

    private IEnumerable<(string Path, string Relative)> Below(string folder, string prefix, int depth)
    {
        if (depth > DeepestFolder)
        {
            Problems.Add($"{folder} lies deeper than {DeepestFolder} folders");
            Unlisted.Add(prefix);
            yield break;
        }
        foreach (var entry in Entries(folder, prefix))
        {
            var relative = prefix + entry.Name;
            if (entry.LinkTarget is not null) Links++;
            else if (entry is DirectoryInfo)
            {
                if (filter.Excludes(relative)) continue;
                foreach (var file in Below(entry.FullName, relative + "/", depth + 1)) yield return file;
            }
            else if (filter.Wants(relative)) yield return (entry.FullName, relative);
        }
    }

    private FileSystemInfo[] Entries(string folder, string prefix)
    {
        try
        {
            // A folder may have become a link since its parent was listed.
            if (!scope.CheckPath(folder, out var real, out var refusal)) throw new IOException(refusal);
            var entries = new DirectoryInfo(real).GetFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
            Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problems.Add($"{folder} could not be listed: {e.Message}");
            Unlisted.Add(prefix);
            return [];
        }
    }
}
