using Scheduler.Core.Findings;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Api;

/// <summary>A run as the API, the hub and the command line's <c>--json</c> write it.</summary>
public sealed record RunJson
{
    public required long Id { get; init; }
    public required string Schedule { get; init; }
    public required int Generation { get; init; }
    public required TriggerType TriggerType { get; init; }
    public required DateTimeOffset? ScheduledFor { get; init; }

    /// <summary>How many missed occurrences a catch-up run stands for, itself included.</summary>
    public required int StandsFor { get; init; }
    public required RunStatus Status { get; init; }

    /// <summary>Why it stands where it stands; what brought it about while there is nothing else to say.</summary>
    public required string Reason { get; init; }

    /// <summary>What brought it about where the trigger type does not say it all: a person's reason, the run that it repeats, what a catch-up stands for. May be empty.</summary>
    public string Occasion { get; init; } = "";

    /// <summary>Of concurrency, blackout and rateLimits those that an emergency run does not wait for.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>Why it did not run, of a closed list; null where it ran or may yet.</summary>
    public SkipCause? Cause { get; init; }
    public required int Priority { get; init; }
    public required string Pool { get; init; }
    public required string JobKind { get; init; }
    public required int Attempt { get; init; }
    public required int MaxAttempts { get; init; }
    public required DateTimeOffset QueuedAt { get; init; }
    public required DateTimeOffset? StartedAt { get; init; }
    public required DateTimeOffset? FinishedAt { get; init; }
    public required long? DurationMs { get; init; }

    /// <summary>When a Retrying run may start again.</summary>
    public required DateTimeOffset? RetryAt { get; init; }

    /// <summary>0 to 1, or null.</summary>
    public required double? Progress { get; init; }
    public required string? Activity { get; init; }
    public required int AssetsScanned { get; init; }
    public required FindingCountsJson Findings { get; init; }
    public required string? Error { get; init; }
    public required string? RequestedBy { get; init; }

    /// <summary>Who asked a running run to stop.</summary>
    public required string? CancelRequestedBy { get; init; }
    /// <summary>Who said that nothing more is needed, when it ended badly.</summary>
    public RunDismissal? Dismissal { get; init; }
    public required long? BackfillId { get; init; }
    public required long? EventId { get; init; }

    /// <summary>What of the event reaches the job, by name.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>The sweep that started it, with others.</summary>
    public long? EmergencyId { get; init; }
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }
    public required IReadOnlyList<AttemptJson> Attempts { get; init; }

    public static RunJson Of(RunView run) => new()
    {
        Id = run.Id,
        Schedule = run.Schedule,
        Generation = run.Generation,
        TriggerType = run.TriggerType,
        ScheduledFor = run.ScheduledFor,
        StandsFor = run.StandsFor,
        Status = run.Status,
        Reason = run.Reason.Length > 0 ? run.Reason : run.Occasion,
        Occasion = run.Occasion,
        Overrides = EmergencyJson.NamesOf(run.Overrides),
        Cause = run.Cause,
        Priority = run.Priority,
        Pool = run.Pool,
        JobKind = run.JobKind,
        Attempt = run.Attempt,
        MaxAttempts = run.MaxAttempts,
        QueuedAt = run.QueuedAt,
        StartedAt = run.StartedAt,
        FinishedAt = run.FinishedAt,
        DurationMs = run.DurationMs,
        RetryAt = run.Status == RunStatus.Retrying ? run.NotBefore : null,
        Progress = run.Progress,
        Activity = run.Activity,
        AssetsScanned = run.AssetsScanned,
        Findings = FindingCountsJson.Of(run.Findings),
        Error = run.Error,
        RequestedBy = run.RequestedBy,
        CancelRequestedBy = run.CancelRequestedBy,
        Dismissal = run.Dismissal,
        BackfillId = run.BackfillId,
        EventId = run.EventId,
        Parameters = run.Parameters,
        EmergencyId = run.EmergencyId,
        Metrics = run.Metrics,
        Attempts = run.Attempts.Select(a => new AttemptJson(a.Number, a.StartedAt, a.FinishedAt, a.Status, a.Error)).ToList(),
    };
}

/// <summary>Findings by severity; <c>new</c> were not open before, <c>fixed</c> are proved gone.</summary>
public sealed record FindingCountsJson(int Total, int Critical, int High, int Medium, int Low, int Info, int New, int Fixed)
{
    public static FindingCountsJson Of(FindingCounts counts) =>
        new(counts.Total, counts.Critical, counts.High, counts.Medium, counts.Low, counts.Info, counts.New, counts.Fixed);
}

/// <summary>One try of a run; without an end while it goes on.</summary>
public sealed record AttemptJson(int Number, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, RunStatus Status, string? Error);

/// <summary>A finding as one run saw it. All texts come from what was scanned: encode them wherever they are shown.</summary>
/// <param name="Change">new, existing or gone.</param>
/// <param name="Severity">critical, high, medium, low or info.</param>
public sealed record FindingJson(
    long Id, string Change, string Severity, string Rule, string Title, string Asset, string Location, string Evidence, string Remedy, string Reference,
    string Fingerprint, DateTimeOffset FirstSeenAt, long FirstRunId)
{
    public static FindingJson Of(RunFindingView finding) => new(
        finding.Id, Word(finding.Change), Word(finding.Severity), finding.Rule, finding.Title, finding.Asset, finding.Location, finding.Evidence, finding.Remedy,
        finding.Reference, finding.Fingerprint, finding.FirstSeenAt, finding.FirstRunId);

    private static string Word(FindingChange change) => change switch
    {
        FindingChange.New => "new",
        FindingChange.Existing => "existing",
        FindingChange.Past => "past",
        _ => "gone",
    };

    private static string Word(Severity severity) => severity switch
    {
        Core.Findings.Severity.Critical => "critical",
        Core.Findings.Severity.High => "high",
        Core.Findings.Severity.Medium => "medium",
        Core.Findings.Severity.Low => "low",
        _ => "info",
    };
}
