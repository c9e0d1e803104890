using Scheduler.Core.Runs;

namespace Scheduler.Web.Api;

/// <summary>What became of an instant of a schedule.</summary>
/// <param name="At">The instant that was asked for.</param>
/// <param name="Answer">Of a closed list.</param>
/// <param name="Sentence">In words, with instants in the schedule's zone.</param>
/// <param name="RunId">The run that says so, where there is one.</param>
/// <param name="Cause">Why it was skipped, where it was.</param>
/// <param name="PreviousDueAt">The due instant before it, where it was not due.</param>
/// <param name="NextDueAt">The due instant after it, where it was not due.</param>
/// <param name="Generation">The revision in force then.</param>
public sealed record WhyJson(
    DateTimeOffset At, WhyNotKind Answer, string Sentence, long? RunId, SkipCause? Cause, DateTimeOffset? PreviousDueAt, DateTimeOffset? NextDueAt, int? Generation)
{
    public static WhyJson Of(DateTimeOffset at, WhyNotAnswer answer) =>
        new(at, answer.Kind, answer.Sentence, answer.RunId, answer.Cause, answer.PreviousDueAt, answer.NextDueAt, answer.Generation);
}
