using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Scheduler.Web.Tests.Chaos;

/// <summary>Something that the API acknowledged: it must be on disk, whatever happens next.</summary>
/// <param name="Action">As the audit log says it.</param>
/// <param name="Object">The schedule's name or the run's number.</param>
/// <param name="From">When it was asked for, Unix milliseconds.</param>
/// <param name="To">When the answer was there.</param>
/// <param name="Number">The manifest that was saved.</param>
internal sealed record Acknowledged(string Action, string Object, long From, long To, int? Number = null);

/// <summary>People and programs that change schedules while the server is being killed: several at once, each with schedules of its own.</summary>
internal sealed class ChaosOperator(string token, int seed, int schedules)
{
    private const int Hands = 4;

    // A pause without end that is known to be on disk: only then a resume must leave a row in the audit log.
    private readonly ConcurrentDictionary<string, bool> _pausedForGood = [];
    private readonly ConcurrentDictionary<string, bool> _deleted = [];
    private readonly Random[] _randoms = [.. Enumerable.Range(0, Hands).Select(hand => new Random(seed * 31 + hand))];
    private int _number;

    public ConcurrentQueue<Acknowledged> Acknowledged { get; } = [];

    /// <summary>All that was ever asked for, acknowledged or not.</summary>
    public ConcurrentDictionary<int, ChaosSpec> Specs { get; } = [];

    public ConcurrentDictionary<HttpStatusCode, int> Refused { get; } = [];

    /// <summary>Runs that somebody was told are stopped or will stop.</summary>
    public ConcurrentQueue<long> Cancelled { get; } = [];

    /// <summary>Saves every schedule once.</summary>
    public async Task CreateAllAsync(Uri server)
    {
        using var client = Client(server);
        await Task.WhenAll(Enumerable.Range(0, Hands).Select(async hand =>
        {
            for (var i = hand; i < schedules; i += Hands)
                for (var tries = 1; !await SaveAsync(client, _randoms[hand], $"s{i}"); tries++) Assert.True(tries < 10, $"s{i} could not be saved");
        }));
    }

    /// <summary>Changes this and that until the server is gone or the test has had enough.</summary>
    public Task DisturbAsync(Uri server, CancellationToken enough) => Task.WhenAll(Enumerable.Range(0, Hands).Select(async hand =>
    {
        using var client = Client(server);
        var random = _randoms[hand];
        while (!enough.IsCancellationRequested)
        {
            var name = $"s{random.Next(schedules / Hands) * Hands + hand}";
            try
            {
                await ActAsync(client, random, name);
                await Task.Delay(random.Next(150), enough);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // Killed between the question and the answer: it may have been done or not, and what is known of this schedule no longer holds.
                _pausedForGood.TryRemove(name, out _);
                _deleted.TryRemove(name, out _);
                if (e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }) return;
            }
        }
    }));

    private async Task ActAsync(HttpClient client, Random random, string name)
    {
        if (_deleted.ContainsKey(name) || random.Next(3) == 0)
        {
            await SaveAsync(client, random, name);
            return;
        }
        switch (random.Next(10))
        {
            case < 3:
                var until = random.Next(2) == 0 ? DateTimeOffset.UtcNow.AddMilliseconds(random.Next(500, 6000)) : (DateTimeOffset?)null;
                var body = new { until = until is null ? null : $"{until.Value.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}", reason = $"until={until?.ToUnixTimeMilliseconds() ?? 0}" };
                if (await AskAsync(client, "paused", HttpMethod.Post, $"schedules/{name}/pause", JsonContent.Create(body), audited: name)) _pausedForGood[name] = until is null;
                break;
            case < 6:
                var known = _pausedForGood.TryRemove(name, out var forGood) && forGood;
                await AskAsync(client, "resumed", HttpMethod.Post, $"schedules/{name}/resume", null, audited: known ? name : null);
                break;
            case < 7:
                _pausedForGood.TryRemove(name, out _);
                if (await AskAsync(client, "deleted", HttpMethod.Delete, $"schedules/{name}", null, audited: name)) _deleted[name] = true;
                break;
            case < 9:
                var emergency = random.Next(4) == 0;
                await AskAsync(client, emergency ? "started in an emergency" : "started", HttpMethod.Post, $"schedules/{name}/run",
                    JsonContent.Create(new { emergency, reason = "chaos" }), audited: "");
                break;
            default:
                var runs = await client.GetFromJsonAsync<JsonElement>($"runs?schedule={name}&status=Queued,Running,Retrying&limit=1");
                if (runs.GetProperty("items").EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } run) break;
                var id = run.GetProperty("id").GetInt64();
                if (await AskAsync(client, "cancelled", HttpMethod.Post, $"runs/{id}/cancel", null, audited: $"{id}")) Cancelled.Enqueue(id);
                break;
        }
    }

    private async Task<bool> SaveAsync(HttpClient client, Random random, string name)
    {
        var spec = ChaosSpec.Draw(random, Interlocked.Increment(ref _number), DateTimeOffset.UtcNow);
        Specs[spec.Number] = spec;
        var from = Now;
        using var answer = await client.PutAsync(new Uri($"schedules/{name}", UriKind.Relative), new StringContent(spec.Manifest(name), Encoding.UTF8, "application/json"));
        if (!answer.IsSuccessStatusCode)
        {
            Refused.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
            if (answer.StatusCode == HttpStatusCode.UnprocessableEntity) return false; // no occurrence lies ahead: that happens, by chance
            throw new HttpRequestException(await answer.Content.ReadAsStringAsync());
        }
        _deleted.TryRemove(name, out _);
        Acknowledged.Enqueue(new Acknowledged(answer.StatusCode == HttpStatusCode.Created ? "created" : "changed", name, from, Now, spec.Number));
        return true;
    }

    /// <param name="audited">What the audit row must name; empty: the number in the answer; null: it may have been so already, and then no row is made.</param>
    /// <returns>Whether it was done.</returns>
    private async Task<bool> AskAsync(HttpClient client, string action, HttpMethod method, string path, HttpContent? body, string? audited)
    {
        var from = Now;
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var answer = await client.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
        {
            Refused.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
            return false;
        }
        var text = await answer.Content.ReadAsStringAsync();
        if (audited is not null) Acknowledged.Enqueue(new Acknowledged(action, audited == "" ? JsonElement.Parse(text).GetProperty("id").GetRawText() : audited, from, Now));
        return true;
    }

    private HttpClient Client(Uri server) => new()
    {
        BaseAddress = new Uri(server, "/api/v1/"), Timeout = TimeSpan.FromSeconds(30), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}
