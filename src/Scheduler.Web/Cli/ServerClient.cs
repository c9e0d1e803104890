using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Scheduler.Core.Fields;

namespace Scheduler.Web.Cli;

/// <summary>Talks to a server at <c>SCHEDULER_URL</c> with <c>SCHEDULER_TOKEN</c>; what it refuses becomes a <see cref="CliFailure"/>.</summary>
internal sealed class ServerClient : IDisposable
{
    private readonly HttpClient _http;

    private ServerClient(HttpClient http) => _http = http;

    public static Uri Address
    {
        get
        {
            var text = Environment.GetEnvironmentVariable("SCHEDULER_URL") is { Length: > 0 } given ? given : "http://localhost:5080";
            return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? address : throw CliFailure.BadInput("SCHEDULER_URL", $"must be an address such as http://localhost:5080, found {text}");
        }
    }

    public static ServerClient FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("SCHEDULER_TOKEN") is not { Length: > 0 } token)
            throw CliFailure.Refused("No token: set SCHEDULER_TOKEN. Make one with: Scheduler.Web tokens add EMAIL --name cli");
        if (token.AsSpan().ContainsAnyExceptInRange('!', '~')) throw CliFailure.BadInput("SCHEDULER_TOKEN", "is no token: it has characters that a token never has");
        // A server that sends us elsewhere does not get to send our token there.
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            BaseAddress = Address, Timeout = TimeSpan.FromSeconds(100),
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");
        return new ServerClient(http);
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken ct) => (await GetAsync(path, ct)).Deserialize(type)!;

    /// <param name="body">JSON, or null for none.</param>
    public Task<JsonElement> PostAsync(string path, string? body, CancellationToken ct) => SendAsync(HttpMethod.Post, path, body, ct);

    public Task<JsonElement> PutAsync(string path, string body, CancellationToken ct) => SendAsync(HttpMethod.Put, path, body, ct);

    public Task DeleteAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Delete, path, null, ct);

    /// <summary>All items of a list, page by page.</summary>
    /// <param name="query">The list's path with its filters; limit and cursor are added.</param>
    /// <param name="most">Stops after so many.</param>
    public async Task<List<JsonElement>> ListAsync(string query, int most, CancellationToken ct)
    {
        var items = new List<JsonElement>();
        for (string? cursor = null; items.Count < most;)
        {
            var limit = Math.Min(most - items.Count, Api.QueryReader.MostItems);
            var page = await GetAsync($"{query}{(query.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}", ct);
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
            if (cursor is null) break;
        }
        return items;
    }

    /// <summary>The answer itself, with its status looked at by the caller.</summary>
    public async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        }
        catch (HttpRequestException e)
        {
            throw CliFailure.Refused($"No server answers at {_http.BaseAddress}: {e.Message}. Start it, or set SCHEDULER_URL.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw CliFailure.Refused($"The server at {_http.BaseAddress} did not answer in time.");
        }
    }

    /// <exception cref="CliFailure">The status says no.</exception>
    public static async Task DemandSuccessAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (response.IsSuccessStatusCode) return;
        var problem = await ProblemOfAsync(response, ct);
        var detail = problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("detail", out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()! : $"{response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode} {response.ReasonPhrase}";
        var errors = ErrorsOf(problem);
        throw new CliFailure(ExitCodeOf(response.StatusCode), errors.Count > 0 ? "" : detail, errors);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await AskAsync(request, ct);
        await DemandSuccessAsync(response, ct);
        if (response.StatusCode == HttpStatusCode.NoContent) return default;
        var text = await response.Content.ReadAsStringAsync(ct);
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            throw CliFailure.Refused($"{_http.BaseAddress} is no Scheduler server: it does not answer in JSON.");
        }
    }

    private static async Task<JsonElement> ProblemOfAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            return response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
                ? JsonElement.Parse(await response.Content.ReadAsStringAsync(ct)) : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static List<FieldError> ErrorsOf(JsonElement problem) =>
        problem.ValueKind != JsonValueKind.Object || !problem.TryGetProperty("errors", out var errors) || errors.ValueKind != JsonValueKind.Object ? []
            : errors.EnumerateObject().SelectMany(field => field.Value.EnumerateArray().Select(message => new FieldError(field.Name, message.GetString() ?? ""))).ToList();

    private static int ExitCodeOf(HttpStatusCode status) => (int)status switch
    {
        404 => ExitCode.NotFound,
        400 or 413 or 415 or 422 => ExitCode.BadInput,
        _ => ExitCode.Refused,
    };
}
