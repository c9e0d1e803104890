using System.Text;

namespace Scheduler.Core.Jobs.Secrets.Git;

/// <summary>What an object is. The numbers are those of the pack format.</summary>
internal enum GitType { Commit = 1, Tree = 2, Blob = 3, Tag = 4 }

/// <summary>An object's content.</summary>
internal sealed record GitObject(GitType Type, byte[] Content);

/// <param name="Id">40 hexadecimal digits.</param>
/// <param name="Tree">The id of its tree.</param>
/// <param name="FirstParent">The commit that the branch was at before; null for the first of all.</param>
/// <param name="At">When it was committed, by the clock of whoever did.</param>
internal sealed record GitCommit(string Id, string Tree, string? FirstParent, DateTimeOffset At)
{
    /// <exception cref="GitException">It is no commit.</exception>
    public static GitCommit Parse(string id, byte[] content)
    {
        string? tree = null, parent = null;
        long? seconds = null;
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            if (line.Length == 0) break;
            if (line.StartsWith("tree ", StringComparison.Ordinal)) tree = line[5..];
            else if (parent is null && line.StartsWith("parent ", StringComparison.Ordinal)) parent = line[7..];
            else if (line.StartsWith("committer ", StringComparison.Ordinal)) seconds = SecondsIn(line);
        }
        if (tree is null || seconds is not { } at || !GitId.IsWhole(tree) || parent is not null && !GitId.IsWhole(parent)) throw new GitException($"commit {id} is damaged");
        return new GitCommit(id, tree, parent, DateTimeOffset.FromUnixTimeSeconds(at));
    }

    // committer Name <mail> 1767225600 +0100
    private static long? SecondsIn(string line)
    {
        var words = line[(line.LastIndexOf('>') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 && long.TryParse(words[0], out var seconds) && seconds is >= 0 and < 253_402_300_800 ? seconds : null;
    }
}

/// <summary>Ids of objects, as 40 hexadecimal digits.</summary>
internal static class GitId
{
    public const int Bytes = 20;

    public static bool IsWhole(string text) => text.Length == 2 * Bytes && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The form of a repository with the longer ids, which nothing here reads.</summary>
    public static bool IsLong(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
