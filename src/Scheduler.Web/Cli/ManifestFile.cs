using System.Text;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Cli;

/// <summary>Manifests in a file, or on standard input.</summary>
internal static class ManifestFile
{
    /// <summary>Every document, with the name that it gives itself.</summary>
    /// <param name="file">A path, or - for standard input.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="CliFailure">There is no such file, or it holds no manifest.</exception>
    public static async Task<IReadOnlyList<(string Name, JsonElement Manifest)>> ReadAsync(string file, CancellationToken ct)
    {
        var about = file == "-" ? "standard input" : file;
        try
        {
            var manifests = ManifestText.ReadAll(await ReadTextAsync(file, ct));
            return manifests.Count > 0 ? manifests.Select(m => (NameOf(m), m)).ToList() : throw CliFailure.BadInput([new FieldError("", "there is no manifest in it")], about);
        }
        catch (InvalidInputException e)
        {
            throw CliFailure.BadInput(e.Errors, about);
        }
        catch (DecoderFallbackException)
        {
            throw CliFailure.BadInput([new FieldError("", "it is not UTF-8")], about);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CliFailure.NotFound($"There is no file {file}.");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw CliFailure.BadInput([new FieldError("", e.Message)], about);
        }
    }

    private static async Task<string> ReadTextAsync(string file, CancellationToken ct)
    {
        await using var stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        // One more than allowed is enough to know that it is too long, however long it is.
        var text = new char[ManifestText.MaxLength + 1];
        return new string(text, 0, await reader.ReadBlockAsync(text, ct));
    }

    private static string NameOf(JsonElement manifest) =>
        manifest.ValueKind == JsonValueKind.Object && manifest.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object
            && metadata.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.GetString() is { Length: > 0 } text
            ? text : throw new InvalidInputException("metadata.name", "is required, for example shop-nightly");
}
