using System.Threading.Channels;
using Scheduler.Core.Findings;

namespace Scheduler.Core.Jobs;

/// <summary>Which stream a log line came from.</summary>
public enum LogStream { Out, Err, Info, Warn }

/// <summary>What a running job tells the world, in order.</summary>
public abstract record JobEvent
{
    /// <param name="At">When the job wrote it, UTC.</param>
    /// <param name="Stream">Where it came from.</param>
    /// <param name="Text">One line, hostile, not yet capped.</param>
    public sealed record LogLine(DateTimeOffset At, LogStream Stream, string Text) : JobEvent;

    /// <param name="Fraction">0 to 1.</param>
    /// <param name="Activity">What is being done now, or null.</param>
    public sealed record Progress(double Fraction, string? Activity) : JobEvent;

    public sealed record Metric(string Name, double Value) : JobEvent;

    public sealed record Found(Finding Finding) : JobEvent;

    /// <summary>An asset was looked at from end to end without error: what was found there before and is not found now is gone.</summary>
    public sealed record Covered(string Asset) : JobEvent;

    /// <summary>Something happened that schedules may follow. It is raised as an event if the run ends well, in the transaction that ends it.</summary>
    /// <param name="Type">One of the scheduler's own types, such as <c>file.changed</c>; the last of a type counts.</param>
    /// <param name="Data">Members of a JSON object, beside those that every run's event has; the job bounds them.</param>
    public sealed record Happened(string Type, string Data) : JobEvent;
}

/// <summary>
/// All that a job sees of the scheduler: what it was asked to do, what it may touch, and a bounded channel for what it has
/// to say. A chatty job waits for the writer behind the channel; nothing is dropped. Safe for concurrent use.
/// </summary>
/// <param name="runId">The run's number, for names of temporary files.</param>
/// <param name="scheduleName">The schedule's name, or the ad-hoc job's.</param>
/// <param name="attempt">1 for the first try.</param>
/// <param name="job">The job as stored with the run.</param>
/// <param name="scope">What may be touched, as it stood when the attempt began.</param>
/// <param name="clock">The only source of time.</param>
/// <param name="events">Where reports go.</param>
/// <param name="overridesRateLimits">A person asked, for this run, not to leave servers alone that ask for it.</param>
/// <param name="asOf">The past instant that the run stands for; null for now.</param>
/// <param name="parameters">What the event that started the run hands to it, by name; null: nothing.</param>
/// <param name="memory">What the schedule's runs leave for the next; null: the run belongs to no schedule.</param>
public sealed class JobContext(
    long runId, string scheduleName, int attempt, JobSpec job, Scope scope, TimeProvider clock, ChannelWriter<JobEvent> events, bool overridesRateLimits = false,
    DateTimeOffset? asOf = null, IReadOnlyDictionary<string, string>? parameters = null, JobMemory? memory = null)
{
    public long RunId => runId;
    public string ScheduleName => scheduleName;
    public int Attempt => attempt;
    public JobSpec Job => job;
    public Scope Scope => scope;
    public TimeProvider Clock => clock;
    public bool OverridesRateLimits => overridesRateLimits;

    /// <summary>The past instant of a backfill's run; null for all others.</summary>
    public DateTimeOffset? AsOf => asOf;

    /// <summary>What earlier runs of the schedule left, and what this one leaves. A backfill's run may look, and leaves nothing.</summary>
    public JobMemory Memory { get; } = memory ?? JobMemory.None;

    /// <summary>What the event that started the run hands to it, and the defaults of its schedule: a stranger's texts. A kind must not take a target from them.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; } = parameters ?? new Dictionary<string, string>();

    /// <summary>The same for the environment of child processes: <c>branch</c> becomes <c>SCHEDULER_PARAM_BRANCH</c>.</summary>
    public IReadOnlyDictionary<string, string> ParameterVariables => Parameters.ToDictionary(p => $"SCHEDULER_PARAM_{p.Key.ToUpperInvariant()}", p => p.Value, StringComparer.Ordinal);

    public ValueTask LogAsync(string text, CancellationToken ct) => LogAsync(LogStream.Info, text, ct);

    public ValueTask LogAsync(LogStream stream, string text, CancellationToken ct) =>
        events.WriteAsync(new JobEvent.LogLine(clock.GetUtcNow(), stream, text), ct);

    public ValueTask ProgressAsync(double fraction, string? activity, CancellationToken ct) =>
        events.WriteAsync(new JobEvent.Progress(Math.Clamp(fraction, 0, 1), activity), ct);

    /// <summary>Sets a figure of the run; the last value of a name counts. <c>assetsScanned</c> is shown in lists.</summary>
    public ValueTask MetricAsync(string name, double value, CancellationToken ct) => events.WriteAsync(new JobEvent.Metric(name, value), ct);

    public ValueTask FoundAsync(Finding finding, CancellationToken ct) => events.WriteAsync(new JobEvent.Found(finding), ct);

    public ValueTask CoveredAsync(string asset, CancellationToken ct) => events.WriteAsync(new JobEvent.Covered(asset), ct);

    /// <inheritdoc cref="JobEvent.Happened"/>
    public ValueTask HappenedAsync(string type, string data, CancellationToken ct) => events.WriteAsync(new JobEvent.Happened(type, data), ct);
}
