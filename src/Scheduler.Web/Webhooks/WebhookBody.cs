using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Scheduler.Web.Api;

namespace Scheduler.Web.Webhooks;

/// <summary>What a delivery says: a JSON object, as the body itself or in the form field <c>payload</c>.</summary>
internal static class WebhookBody
{
    /// <summary>The key under which the sender's own words about the delivery stand beside its data. They are not signed.</summary>
    public const string HeadersKey = "_headers";
    private const int LongestHeader = 200;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Header, name under the key: the senders that are most used name their event each in a header of its own.
    private static readonly (string Header, string Name)[] Kept =
    [
        ("X-GitHub-Event", "event"), ("X-Gitea-Event", "event"), ("X-Gitlab-Event", "event"), ("X-Event", "event"), ("X-GitHub-Delivery", "delivery"), ("X-Gitea-Delivery", "delivery"), ("X-Delivery", "delivery"),
    ];

    /// <summary>The event's data.</summary>
    /// <exception cref="RequestFault">It is no JSON object.</exception>
    public static JsonElement Read(HttpRequest request, byte[] body)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            throw new RequestFault(StatusCodes.Status400BadRequest, "The body is not UTF-8.");
        }
        if (text is ['\uFEFF', .. var rest]) text = rest;
        if (RequestBody.TypeOf(request) == "application/x-www-form-urlencoded")
            text = QueryHelpers.ParseQuery(text).TryGetValue("payload", out var payload) && payload is [{ } json]
                ? json : throw new RequestFault(StatusCodes.Status400BadRequest, "A form has its JSON in one field called payload.");
        var data = RequestBody.ParseJson(text);
        if (data.ValueKind != JsonValueKind.Object) throw new RequestFault(StatusCodes.Status400BadRequest, $"The body must be a JSON object, found {data.ValueKind}.");
        return WithHeaders(data, request.Headers);
    }

    private static JsonElement WithHeaders(JsonElement data, IHeaderDictionary headers)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (header, name) in Kept)
            if (headers[header] is [{ Length: > 0 and <= LongestHeader } value]) kept.TryAdd(name, value);
        if (kept.Count == 0 && !data.TryGetProperty(HeadersKey, out _)) return data;

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            foreach (var property in data.EnumerateObject())
                if (!property.NameEquals(HeadersKey)) property.WriteTo(writer);
            writer.WriteStartObject(HeadersKey);
            foreach (var (name, value) in kept) writer.WriteString(name, value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return JsonElement.Parse(buffer.ToArray());
    }
}
