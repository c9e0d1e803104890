using System.Text;

namespace Scheduler.Core.Storage;

/// <summary>Whether a folder lies on a file system of another machine: there neither SQLite's locks nor the engine's can be relied on, and two programs may write at once.</summary>
internal static class NetworkFolder
{
    private const int MostLinks = 8;

    // Named one by one, because what is unknown may be a container's or a sandbox's own and as good as local.
    private static readonly HashSet<string> Types = new(StringComparer.OrdinalIgnoreCase) { "nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs" };

    /// <summary>The kind of network file system; null for a local one, or where that can't be told.</summary>
    public static string? TypeOf(string folder)
    {
        try
        {
            var path = Path.GetFullPath(folder);
            if (OperatingSystem.IsLinux()) return TypeOf(File.ReadAllText("/proc/self/mounts"), Real(path));
            return Path.GetPathRoot(path) is { Length: > 0 } root && new DriveInfo(root).DriveType == DriveType.Network ? "network" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <param name="mounts">As in <c>/proc/mounts</c>: a line a mount, with what, where and type first.</param>
    /// <param name="path">Absolute, without links.</param>
    public static string? TypeOf(string mounts, string path)
    {
        var (longest, type) = (-1, "");
        foreach (var fields in mounts.Split('\n').Select(line => line.Split(' ')))
        {
            if (fields is not [_, var where, var kind, ..]) continue;
            var at = Unescape(where).TrimEnd('/');
            // Of two mounts at one place the later one is seen.
            if (at.Length >= longest && (path == at || path.StartsWith(at + "/", StringComparison.Ordinal))) (longest, type) = (at.Length, kind);
        }
        return Types.Contains(type) ? type : null;
    }

    // What is not there yet will be made, and is no link.
    private static string Real(string path)
    {
        for (var tries = 0; tries < MostLinks; tries++)
        {
            var real = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate("/", (parent, name) => new DirectoryInfo(Path.Combine(parent, name)) is { LinkTarget: not null } link
                ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : Path.Combine(parent, name));
            if (real == path) break;
            path = real;
        }
        return path;
    }

    // Blanks and the like stand there as \040.
    private static string Unescape(string text)
    {
        if (!text.Contains('\\')) return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\\' && i + 3 < text.Length && text[(i + 1)..(i + 4)].All(c => c is >= '0' and <= '7'))
            {
                plain.Append((char)Convert.ToInt32(text[(i + 1)..(i + 4)], 8));
                i += 3;
            }
            else plain.Append(text[i]);
        return plain.ToString();
    }
}
