using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs;

/// <summary>Knows how to do one sort of scan. Stateless: one instance serves all runs at once.</summary>
public interface IJobKind
{
    /// <summary>The kind's name in manifests, such as <c>web-scan</c>.</summary>
    string Name { get; }

    /// <summary>One sentence for the form: what a job of this kind does.</summary>
    string Summary { get; }

    /// <summary>The pool in which its runs wait unless the schedule names another.</summary>
    string DefaultPool { get; }

    /// <summary>Whether people may make schedules of it; the self-check's own is not for them.</summary>
    bool IsOffered => true;

    /// <summary>Whether, in a backfill, it can look at a target as it was at the past instant.</summary>
    bool KnowsThePast => false;

    /// <summary>Its targets and options, for forms, in the order in which a person thinks of them.</summary>
    IReadOnlyList<JobField> Fields { get; }

    /// <summary>Complains about everything that is wrong with the job's targets and options, without contacting anything.</summary>
    /// <param name="job">The job as its author wrote it.</param>
    /// <param name="scope">What may be touched; a target outside is an error at that target.</param>
    /// <param name="path">The job's own path, such as <c>spec.job</c>; errors stand below it.</param>
    /// <param name="errors">Where complaints are gathered.</param>
    void Check(JobSpec job, Scope scope, string path, List<FieldError> errors);

    /// <summary>Does the job once. An exception counts as a failure that may be tried again.</summary>
    /// <param name="context">The run's way to the outside: log, progress, metrics, findings.</param>
    /// <param name="stopping">Fires on cancel, time-out and shutdown; the job must end within ten seconds of it.</param>
    Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping);
}

/// <summary>How one attempt of a job ended, with the reason in words that an operator can act on.</summary>
public abstract record JobOutcome(string Reason)
{
    public sealed record Succeeded(string Reason) : JobOutcome(Reason);

    /// <param name="Reason">What went wrong.</param>
    /// <param name="Retryable">False where another try cannot help: the target answered, and the answer is the failure.</param>
    public sealed record Failed(string Reason, bool Retryable = true) : JobOutcome(Reason);
}
