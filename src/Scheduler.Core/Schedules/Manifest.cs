using System.Text.Json;
using Scheduler.Core.Jobs;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Schedules;

/// <summary>A schedule as its author writes it: who it is, when it runs, under which rules, and what it does.</summary>
public sealed record Manifest
{
    public const string ApiVersion = "scheduler/v1";
    public const string KindName = "ScanSchedule";

    /// <summary>A letter, then letters, digits, _ or -, 64 at most.</summary>
    public required string Name { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
    public required ScheduleSpec Spec { get; init; }
}

/// <summary>How a failed attempt is tried again.</summary>
/// <param name="Attempts">The first try included; 1 means no retry.</param>
/// <param name="Delay">Before the second try.</param>
/// <param name="Multiplier">Each further wait is the one before times this.</param>
/// <param name="MaxDelay">No wait is longer.</param>
public sealed record RetryPolicy(int Attempts, TimeSpan Delay, double Multiplier, TimeSpan MaxDelay)
{
    public static RetryPolicy None { get; } = new(1, TimeSpan.FromMinutes(1), 2.0, TimeSpan.FromMinutes(60));

    /// <summary>The wait before try <paramref name="attempt"/> (2 or more), without jitter.</summary>
    public TimeSpan DelayBefore(int attempt)
    {
        var seconds = Delay.TotalSeconds * Math.Pow(Multiplier, attempt - 2);
        return seconds >= MaxDelay.TotalSeconds ? MaxDelay : TimeSpan.FromSeconds(seconds);
    }
}

/// <summary>Which event of a burst counts.</summary>
public enum DebounceMode
{
    /// <summary>The first; what follows within the debounce starts nothing.</summary>
    Leading = 0,

    /// <summary>The last; its run waits until no further one has come for as long as the debounce says.</summary>
    Trailing = 1,
}

/// <summary>When, under which rules, and what.</summary>
public sealed record ScheduleSpec
{
    /// <summary>The trigger's text as its author wrote it.</summary>
    public required string Schedule { get; init; }
    public required Trigger Trigger { get; init; }

    /// <summary>An IANA name.</summary>
    public string TimeZone { get; init; } = "UTC";
    public DateTimeOffset? StartAt { get; init; }
    public DateTimeOffset? EndAt { get; init; }

    /// <summary>True: created or kept paused; false: resumed; null: left as it is (a new schedule starts active).</summary>
    public bool? Suspend { get; init; }

    /// <summary>-100 to 100, higher first.</summary>
    public int Priority { get; init; }

    /// <summary>Null: the job kind's own pool.</summary>
    public string? Pool { get; init; }
    public ConcurrencyPolicy ConcurrencyPolicy { get; init; }
    public TimeSpan? StartingDeadline { get; init; }
    public MissedRunsPolicy MissedRuns { get; init; }

    /// <summary>The longest one attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(2);
    public RetryPolicy Retry { get; init; } = RetryPolicy.None;
    public int SuccessfulRunsHistoryLimit { get; init; } = 30;
    public int FailedRunsHistoryLimit { get; init; } = 10;

    /// <summary>A run that starts later than this after its due time counts as late; null: never.</summary>
    public TimeSpan? LateAfter { get; init; }
    public TimeSpan Debounce { get; init; }
    public DebounceMode DebounceMode { get; init; }

    /// <summary>A list, or undefined.</summary>
    public JsonElement EventFilter { get; init; }

    /// <summary>Which parts of an event reach the job, by name: an object, or undefined.</summary>
    public JsonElement Parameters { get; init; }

    /// <summary>A list, or undefined.</summary>
    public JsonElement Notifications { get; init; }

    /// <summary>Where the job runs; this build knows <c>local</c> alone.</summary>
    public string Backend { get; init; } = "local";
    public required JobSpec Job { get; init; }
}
