using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Scheduler.Core.Fields;
using Scheduler.Core.Findings;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Api;

/// <summary>Bodies of requests: bounded, of a type that was said, and well-formed before anything looks at their content.</summary>
internal static class RequestBody
{
    public const int MostBytes = 256 * 1024;
    private const int MaxDepth = 32;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <summary>One manifest, as JSON or YAML by the type of its content.</summary>
    public static async Task<JsonElement> ReadManifestAsync(HttpRequest request, CancellationToken ct)
    {
        var isYaml = TypeOf(request) switch
        {
            "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml" => true,
            "application/json" => false,
            _ => throw new RequestFault(StatusCodes.Status415UnsupportedMediaType, "A manifest is sent with Content-Type application/json or application/yaml."),
        };
        var text = await ReadTextAsync(request, ct);
        if (!isYaml) return ParseJson(text);
        try
        {
            return ManifestText.ReadOne(text);
        }
        catch (InvalidInputException e)
        {
            throw new RequestFault(StatusCodes.Status400BadRequest, Sentence(e.Message));
        }
    }

    /// <summary>A JSON object, or undefined where there is no body.</summary>
    public static async Task<JsonElement> ReadOptionalJsonAsync(HttpRequest request, CancellationToken ct)
    {
        var text = await ReadTextAsync(request, ct);
        if (text.Length == 0) return default;
        if (TypeOf(request) != "application/json") throw new RequestFault(StatusCodes.Status415UnsupportedMediaType, "The body is sent with Content-Type application/json.");
        return ParseJson(text);
    }

    /// <summary>The type of its content in small letters; null where it has none, or another character set than UTF-8.</summary>
    public static string? TypeOf(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            ? type.MediaType.Value?.ToLowerInvariant() : null;

    /// <exception cref="RequestFault">It is no JSON, too deep, names a property twice, or holds a text that is no Unicode.</exception>
    public static JsonElement ParseJson(string text)
    {
        try
        {
            return JsonTexts.Parse(text, Strict);
        }
        catch (JsonException e)
        {
            throw new RequestFault(StatusCodes.Status400BadRequest, $"The body is not valid JSON (line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}).");
        }
        catch (InvalidInputException e)
        {
            var (path, message) = (e.Errors[0].Path, e.Errors[0].Message);
            throw new RequestFault(StatusCodes.Status400BadRequest, $"The body {message}{(path.Length == 0 ? "" : $", at {HostileText.Line(path, 200)}")}.");
        }
    }

    /// <summary>The body as it came.</summary>
    /// <exception cref="RequestFault">It is larger than <see cref="MostBytes"/>.</exception>
    public static async Task<byte[]> ReadBytesAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MostBytes) throw TooLarge();
        var bytes = ArrayPool<byte>.Shared.Rent(MostBytes + 1);
        try
        {
            var count = await request.Body.ReadAtLeastAsync(bytes, MostBytes + 1, throwOnEndOfStream: false, ct);
            return count <= MostBytes ? bytes[..count] : throw TooLarge();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static async Task<string> ReadTextAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MostBytes) throw TooLarge();
        var bytes = ArrayPool<byte>.Shared.Rent(MostBytes + 1);
        try
        {
            var count = await request.Body.ReadAtLeastAsync(bytes, MostBytes + 1, throwOnEndOfStream: false, ct);
            if (count > MostBytes) throw TooLarge();
            var text = StrictUtf8.GetString(bytes, 0, count);
            return text is ['\uFEFF', .. var rest] ? rest : text;
        }
        catch (DecoderFallbackException)
        {
            throw new RequestFault(StatusCodes.Status400BadRequest, "The body is not UTF-8.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static RequestFault TooLarge() => new(StatusCodes.Status413PayloadTooLarge, $"A body may have {MostBytes / 1024} KiB.");

    private static string Sentence(string message) => message.EndsWith('.') ? message : char.ToUpperInvariant(message[0]) + message[1..] + ".";
}
