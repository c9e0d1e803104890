using System.Collections.Concurrent;
using System.Globalization;

namespace Scheduler.Core.Jobs.Web;

/// <summary>
/// Asks for a page, and when the server says that it is asked too much (429, or 503 with Retry-After), leaves that server alone for as long
/// as it wishes and asks again: twice at most, and never after a wish of more than 30 seconds. A server that has refused to the end once is asked
/// once for each further page. One instance serves one run.
/// </summary>
/// <param name="isHasty">An emergency that overrides rate limits: it asks again at once, as often as it would after waiting.</param>
internal sealed class HostPatience(ScopedHttp http, TimeProvider clock, bool isHasty = false)
{
    private const int MaxTries = 3;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WaitWithoutWish = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _restUntil = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _givenUp = new(StringComparer.Ordinal);

    /// <param name="onWait">Told before a wait that a server asked for, or that it is not granted.</param>
    public async Task<HttpExchange> AskAsync(Uri url, Func<string, ValueTask> onWait, CancellationToken ct)
    {
        var host = WebUrl.Endpoint(url);
        for (var attempt = 1; ; attempt++)
        {
            await RestAsync(host, ct);
            var exchange = await http.AskAsync(HttpMethod.Get, url, ct);
            if (exchange.Final is not { } final || WishOf(final, clock.GetUtcNow()) is not { } wish) return exchange;
            if (attempt == MaxTries || (wish > LongestWait && !isHasty) || _givenUp.ContainsKey(host))
            {
                _givenUp.TryAdd(host, true);
                return exchange;
            }
            if (!isHasty) _restUntil.AddOrUpdate(host, clock.GetUtcNow() + wish, (_, until) => Later(until, clock.GetUtcNow() + wish));
            var answer = isHasty ? $"{host} wants to be left alone for {Seconds(wish)}; asking again at once, as this run overrides rate limits" : $"leaving {host} alone for {Seconds(wish)}";
            await onWait($"{url} answered {final.Status}: {answer}");
        }
    }

    /// <summary>How long the server wants to be left alone; null when it does not ask for that.</summary>
    internal static TimeSpan? WishOf(HttpHop answer, DateTimeOffset now)
    {
        var text = answer.Header("Retry-After");
        if (answer.Status is not 429 && !(answer.Status is 503 && text is not null)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return TimeSpan.FromSeconds(seconds);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return at > now ? at - now : TimeSpan.Zero;
        return answer.Status is 429 ? WaitWithoutWish : null;
    }

    private static string Seconds(TimeSpan wish) => string.Create(CultureInfo.InvariantCulture, $"{wish.TotalSeconds:0.#} s");

    private async Task RestAsync(string host, CancellationToken ct)
    {
        while (_restUntil.TryGetValue(host, out var until) && until - clock.GetUtcNow() is { Ticks: > 0 } wait) await Task.Delay(wait, clock, ct);
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
