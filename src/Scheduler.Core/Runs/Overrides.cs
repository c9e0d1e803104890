namespace Scheduler.Core.Runs;

/// <summary>What an emergency run does not wait for. Each is asked for by itself: none follows from another.</summary>
/// <param name="Concurrency">It runs beside a run of its schedule that goes on.</param>
/// <param name="Blackouts">It starts while a blackout covers its schedule.</param>
/// <param name="RateLimits">It does not leave a server alone that asks for it.</param>
public sealed record Overrides(bool Concurrency = false, bool Blackouts = false, bool RateLimits = false)
{
    public static Overrides None { get; } = new();

    /// <summary>"concurrency, blackouts and rate limits"; empty where nothing is overridden.</summary>
    public string Words
    {
        get
        {
            var words = new List<string>(3);
            if (Concurrency) words.Add("concurrency");
            if (Blackouts) words.Add("blackouts");
            if (RateLimits) words.Add("rate limits");
            return words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} and {words[^1]}";
        }
    }
}
