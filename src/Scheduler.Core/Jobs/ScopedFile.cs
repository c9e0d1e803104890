using System.Diagnostics.CodeAnalysis;

namespace Scheduler.Core.Jobs;

/// <summary>Opens files for reading, but only inside the scope's folders.</summary>
public static class ScopedFile
{
    private const int MaxLinks = 40;

    /// <summary>Opens a regular, non-empty file. What was opened is checked again, so that a link swapped in between does not help.</summary>
    /// <param name="scope">What may be read.</param>
    /// <param name="path">An absolute path.</param>
    /// <param name="stream">The open file, asynchronous; the caller disposes it.</param>
    /// <param name="refusal">Why not, in words; null after success.</param>
    public static bool TryOpen(Scope scope, string path, [NotNullWhen(true)] out FileStream? stream, out string? refusal)
    {
        stream = null;
        if (!scope.CheckPath(path, out var realPath, out refusal)) return false;
        try
        {
            // Pipes and devices say that they have no length; opening a pipe would wait for its writer.
            var file = new FileInfo(realPath);
            if (!file.Exists) refusal = Directory.Exists(realPath) ? $"{path} is a folder, not a file" : $"{path} does not exist";
            else if (file.Length == 0) refusal = $"{path} is empty";
            if (refusal is not null) return false;
            var opened = new FileStream(realPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 16 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
            if (scope.AllowsRealPath(PathOfOpened(opened) ?? realPath))
            {
                stream = opened;
                return true;
            }
            opened.Dispose();
            refusal = $"{path} is outside the scope; {Scope.Remedy}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            refusal = $"{path} cannot be read: {e.Message}";
        }
        return false;
    }

    /// <summary>
    /// The absolute path with every link on the way followed, as the operating system would: <c>..</c> after a link means the parent of its target.
    /// What does not exist is taken as it is written.
    /// </summary>
    /// <returns>False for a relative path, a circle of links, or a path with a NUL.</returns>
    public static bool TryResolve(string path, out string realPath)
    {
        realPath = "";
        if (path.Contains('\0') || !Path.IsPathFullyQualified(path)) return false;
        var root = Path.GetPathRoot(path)!;
        var current = root;
        var ahead = new Stack<string>(Parts(path[root.Length..]));
        for (var links = 0; ahead.TryPop(out var part);)
        {
            if (part == ".") continue;
            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? root;
                continue;
            }
            var next = Path.Combine(current, part);
            if (LinkTarget(next) is not { } target)
            {
                current = next;
                continue;
            }
            if (++links > MaxLinks) return false;
            if (Path.IsPathRooted(target)) current = Path.GetPathRoot(target)!;
            foreach (var piece in Parts(target[(Path.GetPathRoot(target)?.Length ?? 0)..])) ahead.Push(piece);
        }
        realPath = current;
        return true;
    }

    private static IEnumerable<string> Parts(string path) =>
        path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries).Reverse();

    private static string? LinkTarget(string path)
    {
        try { return new FileInfo(path).LinkTarget; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }

    private static string? PathOfOpened(FileStream opened)
    {
        if (!OperatingSystem.IsLinux()) return null;
        try { return new FileInfo($"/proc/self/fd/{opened.SafeFileHandle.DangerousGetHandle()}").LinkTarget; }
        catch (IOException) { return null; }
    }
}
