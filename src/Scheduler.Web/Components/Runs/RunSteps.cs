using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Runs;

/// <summary>A station on a run's way.</summary>
/// <param name="Name">What happened.</param>
/// <param name="At">When; null while it has not happened.</param>
/// <param name="Gap">What the time before it was spent on; null at the first.</param>
/// <param name="Tone">The colour of its mark.</param>
/// <param name="Since">What goes on since then, while it has not happened.</param>
public sealed record RunStep(string Name, DateTimeOffset? At, string? Gap, Tone Tone = Tone.Neutral, DateTimeOffset? Since = null);

/// <summary>Due, queued, started, tried again, ended: with what each wait was for.</summary>
internal static class RunSteps
{
    public static IReadOnlyList<RunStep> Of(RunView run)
    {
        var steps = new List<RunStep>();
        if (run.ScheduledFor is { } due && run.TriggerType is not TriggerType.Backfill) steps.Add(new RunStep("Due", due, null));
        steps.Add(new RunStep("Queued", run.QueuedAt, steps.Count > 0 ? Recorded(run) : null));
        AddAttempts(run, steps);
        AddEnd(run, steps);
        return steps;
    }

    private static void AddAttempts(RunView run, List<RunStep> steps)
    {
        AttemptView? before = null;
        foreach (var attempt in run.Attempts)
        {
            var name = run.MaxAttempts > 1 && run.Attempts.Count > 1 ? $"Attempt {attempt.Number}" : "Started";
            var gap = before?.FinishedAt is { } failed
                ? $"{Length(attempt.StartedAt - failed)} wait before the next attempt, after {StateLook.Of(before.Status).Word.ToLowerInvariant()} in {Length(failed - before.StartedAt)}"
                : $"{Length(attempt.StartedAt - run.QueuedAt)} wait for a slot of pool {run.Pool}";
            steps.Add(new RunStep(name, attempt.StartedAt, gap, Tone.Accent));
            before = attempt;
        }
        // A run that was taken and stopped before its attempt was recorded still has a start.
        if (run.Attempts.Count == 0 && run.StartedAt is { } started)
            steps.Add(new RunStep("Started", started, $"{Length(started - run.QueuedAt)} wait for a slot of pool {run.Pool}", Tone.Accent));
    }

    private static void AddEnd(RunView run, List<RunStep> steps)
    {
        var last = run.Attempts.Count > 0 ? run.Attempts[^1].StartedAt : run.StartedAt;
        switch (run.Status)
        {
            case RunStatus.Queued:
                steps.Add(new RunStep("Start", null, "waits", Since: run.QueuedAt));
                break;
            case RunStatus.Running:
                steps.Add(new RunStep("End", null, "goes on", Since: last));
                break;
            case RunStatus.Retrying:
                steps.Add(new RunStep($"Attempt {run.Attempt + 1}", run.NotBefore, "waits before the next attempt", Tone.Warning));
                break;
            default:
                var gap = run.FinishedAt is { } end && last is { } start ? $"{Length(end - start)} of work" : null;
                steps.Add(new RunStep(StateLook.Of(run.Status).Word, run.FinishedAt, gap, StateLook.Of(run.Status).Tone));
                break;
        }
    }

    private static string Recorded(RunView run)
    {
        var late = run.QueuedAt - run.DueAt;
        return run.TriggerType == TriggerType.CatchUp ? $"{Length(late)} late: it was missed and caught up" : $"{Length(late)} until it was recorded";
    }

    private static string Length(TimeSpan length) => DurationText.Of(length);
}
