using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs;

/// <summary>What a run makes of a stored job that is not right (any more), such as a target that has left the scope.</summary>
internal static class BadSpec
{
    /// <summary>Another try cannot help: somebody has to change the job or the scope.</summary>
    public static JobOutcome Outcome(IReadOnlyList<FieldError> errors) => new JobOutcome.Failed(
        string.Join("; ", errors.Take(3).Select(e => $"{e.Path}: {e.Message}")) + (errors.Count > 3 ? $"; and {errors.Count - 3} more" : ""), Retryable: false);
}
