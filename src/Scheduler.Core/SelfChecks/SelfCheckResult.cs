using System.Text.Json;
using Scheduler.Core.Storage;

namespace Scheduler.Core.SelfChecks;

/// <summary>What the self-check goes through, in order. Stored as the number.</summary>
public enum SelfCheckStep
{
    /// <summary>The dispatcher records a due time.</summary>
    Due = 0,

    /// <summary>A worker takes the run.</summary>
    Claim = 1,

    /// <summary>The job does its work and its end is on disk.</summary>
    Job = 2,

    /// <summary>What it wrote stands in the run's log.</summary>
    Log = 3,

    /// <summary>What it found stands among the findings.</summary>
    Finding = 4,

    /// <summary>Whoever watches was told: pages and the hub. There are no other notifications in this version.</summary>
    Sink = 5,
}

/// <summary>How the last self-check ended.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="FailedAt">The first step that did not work; null where all did.</param>
/// <param name="Why">A sentence; empty where all did.</param>
/// <param name="PassedAt">When all steps worked the last time; null: never so far.</param>
/// <param name="Took">From the due time to the end.</param>
public sealed record SelfCheckResult(DateTimeOffset At, SelfCheckStep? FailedAt, string Why, DateTimeOffset? PassedAt, TimeSpan Took);

/// <summary>What is known of the self-check, for pages, health and metrics. Thread-safe.</summary>
public sealed class SelfCheckReport(SchedulerOptions options, Database database)
{
    private const string Key = "self-check";

    // A check that is late by no fault of its own is not yet a reason to worry.
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(5);

    private volatile SelfCheckResult? _own;

    public bool IsOn => options.SelfCheckEvery > TimeSpan.Zero;

    /// <summary>The last result: this process's, or what is stored of another one's or an earlier one's. Null: none yet.</summary>
    public SelfCheckResult? Last => _own ?? Stored();

    /// <summary>Whether the last check passed, and one passed lately enough to count.</summary>
    public bool IsGood(DateTimeOffset now) => Last is { FailedAt: null, PassedAt: { } at } && now - at < 2 * options.SelfCheckEvery + Late;

    internal void Tell(SelfCheckResult result) => _own = result;

    internal static void Store(WriteBatch write, SelfCheckResult result) => write.Execute(
        "INSERT INTO settings (key, value, changed_at, changed_by) VALUES (?1, ?2, ?3, 'scheduler') ON CONFLICT (key) DO UPDATE SET value = ?2, changed_at = ?3", Key, JsonSerializer.Serialize(result), write.Now);

    private SelfCheckResult? Stored()
    {
        using var db = database.Read();
        return db.Settings.Where(s => s.Key == Key).Select(s => s.Value).FirstOrDefault() is { } json ? JsonSerializer.Deserialize<SelfCheckResult>(json) : null;
    }
}
