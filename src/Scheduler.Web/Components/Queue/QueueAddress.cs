using Scheduler.Core.Runs;

namespace Scheduler.Web.Components.Queue;

/// <summary>What the queue shows, as its address says it: a copied link shows the same.</summary>
public sealed record QueueAddress
{
    public const int PageSize = 50;

    public string? Pool { get; init; }

    /// <summary>Only runs that wait for this.</summary>
    public WaitCause? Cause { get; init; }

    /// <summary>The page after this place in the queue.</summary>
    public string? After { get; init; }

    public bool IsFiltered => Pool is not null || Cause is not null;

    /// <summary>Reads what the address bar has. What makes no sense is left out.</summary>
    public static QueueAddress Read(string? pool, string? why, string? after) => new()
    {
        Pool = string.IsNullOrWhiteSpace(pool) ? null : pool.Trim(),
        Cause = Enum.TryParse<WaitCause>(why, ignoreCase: true, out var cause) && Enum.IsDefined(cause) && !int.TryParse(why, out _) ? cause : null,
        After = after is not null && QueueQueries.IsCursor(after) ? after : null,
    };

    public QueueFilter Filter => new() { Pool = Pool, Cause = Cause, After = After, Limit = PageSize };

    public string Href
    {
        get
        {
            string[] parts = [.. Part("pool", Pool), .. Part("why", Cause?.ToString()), .. Part("after", After)];
            return parts.Length == 0 ? "/queue" : $"/queue?{string.Join('&', parts)}";
        }
    }

    private static string[] Part(string name, string? value) => value is null ? [] : [$"{name}={Uri.EscapeDataString(value)}"];
}
