using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Core.Jobs.Files;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>How a file was looked at.</summary>
internal enum SeenAs
{
    /// <summary>Read from end to end.</summary>
    Whole,

    /// <summary>Larger than is read: its size and its time of last write alone.</summary>
    Outline,

    /// <summary>It is there, and could not be read: nothing is known of it.</summary>
    Unread,
}

/// <summary>What is remembered of a watched file.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256 of all bytes in hexadecimal digits; null unless it was read.</param>
/// <param name="WrittenAt">Time of last write in UTC milliseconds since 1970; null unless only its outline is known.</param>
internal sealed record FileState(SeenAs As, long Size = 0, string? Hash = null, long? WrittenAt = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    [JsonIgnore]
    public string Note => JsonSerializer.Serialize(this, Json);

    public static FileState Of(string note) => JsonSerializer.Deserialize<FileState>(note, Json)!;

    /// <summary>Whether it is certain that the content is another one. What was not seen can't be compared.</summary>
    public bool IsChangeFrom(FileState before)
    {
        if (As == SeenAs.Unread || before.As == SeenAs.Unread) return false;
        if (As == SeenAs.Whole && before.As == SeenAs.Whole) return Hash != before.Hash;
        return Size != before.Size || (As == before.As && WrittenAt != before.WrittenAt);
    }

    /// <summary>What tells this state from others in a finding's identity.</summary>
    [JsonIgnore]
    public string Mark => Hash?[..12] ?? (WrittenAt is { } at ? $"{Size}-{at}" : $"{Size}");

    /// <summary>"1.2 KiB, SHA-256 3f…", or what is known instead.</summary>
    [JsonIgnore]
    public string Words => As switch
    {
        SeenAs.Whole => $"{ByteSize.Print(Size)}, SHA-256 {Hash}",
        SeenAs.Outline => $"{ByteSize.Print(Size)}, not read for its size, last written {DateTimeOffset.FromUnixTimeMilliseconds(WrittenAt ?? 0):yyyy-MM-dd HH:mm:ss} UTC",
        _ => "could not be read",
    };
}

/// <summary>How a target was looked at: what that look could not see is not new when a later one sees it.</summary>
/// <param name="Include">The filter's patterns.</param>
/// <param name="Exclude">The filter's patterns.</param>
/// <param name="Unlisted">Folders that no look could list so far, relative with a slash at the end.</param>
internal sealed record TargetState(IReadOnlyList<string> Include, IReadOnlyList<string> Exclude, IReadOnlyList<string> Unlisted)
{
    private FileFilter? _filter;

    [JsonIgnore]
    public string Note => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    public static TargetState Of(string note) => JsonSerializer.Deserialize<TargetState>(note, JsonSerializerOptions.Web)!;

    /// <summary>Whether a file would have been seen if it had been there.</summary>
    /// <param name="relative">To the target; the empty text for the target itself.</param>
    public bool CouldSee(string relative) =>
        !Unlisted.Any(u => relative.StartsWith(u, StringComparison.Ordinal)) && (relative.Length == 0 || (_filter ??= FileFilter.Of(Include, Exclude)).Wants(relative));
}
