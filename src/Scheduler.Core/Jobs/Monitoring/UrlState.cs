using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Core.Jobs.Files;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>What is remembered of a watched URL. While it does not answer well, what its content was stays.</summary>
/// <param name="Status">Of the last answer.</param>
/// <param name="Place">Where redirects led; hostile.</param>
/// <param name="Hash">SHA-256 in hexadecimal digits: of all bytes, or of what the ignore rules leave of the text. <see cref="TooLong"/> for more than is read; null as long as it never answered well.</param>
/// <param name="Size">Bytes of the content as it came.</param>
/// <param name="Type">The media type of the content; hostile.</param>
/// <param name="Rules">Under which ignore rules it was looked at.</param>
internal sealed record UrlState(int Status, string Place, string? Hash = null, long Size = 0, string Type = "", string Rules = "")
{
    public const string TooLong = "too long";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    [JsonIgnore]
    public string Note => JsonSerializer.Serialize(this, Json);

    public static UrlState Of(string note) => JsonSerializer.Deserialize<UrlState>(note, Json)!;

    [JsonIgnore]
    public bool IsGone => Status is 404 or 410;

    [JsonIgnore]
    public bool IsGood => Status is >= 200 and <= 399;

    /// <summary>"1.2 KiB, text/html, SHA-256 3f…".</summary>
    [JsonIgnore]
    public string Words => $"{(Hash == TooLong ? $"more than {ByteSize.Print(Size)}" : ByteSize.Print(Size))}{(Type.Length > 0 ? $", {Type}" : "")}{(Hash is null or TooLong ? "" : $", SHA-256 {Hash}{(Rules.Length > 0 ? " of what is compared" : "")}")}";
}
