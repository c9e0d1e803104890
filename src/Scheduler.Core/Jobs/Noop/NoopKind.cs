using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Noop;

/// <summary>Does nothing, for as long, as loudly and with the ending that was asked for.</summary>
public sealed class NoopKind : IJobKind
{
    // Twice a second is often enough to look alive, and a hundred steps are as fine as a bar can show.
    private static readonly TimeSpan StepLength = TimeSpan.FromMilliseconds(500);
    private const int MaxSteps = 100;

    public string Name => "noop";
    public string Summary => "Contacts nothing: waits, writes lines and ends as told, for trying out a schedule.";
    public string DefaultPool => "light";

    public IReadOnlyList<JobField> Fields { get; } =
    [
        new("options.duration", "Duration", "How long it takes.", JobFieldType.Duration, "0s"),
        new("options.outcome", "Outcome", "How it ends: well, badly, or never by itself.", JobFieldType.Choice, "succeed", ["succeed", "fail", "hang"]),
        new("options.lines", "Log lines", "How many lines it writes to its log.", JobFieldType.Number, "0"),
    ];

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) => NoopOptions.Read(job, path, errors);

    public Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var errors = new List<FieldError>();
        var options = NoopOptions.Read(context.Job, "job", errors);
        return errors.Count > 0 ? Task.FromResult(BadSpec.Outcome(errors)) : RunAsync(context, options, stopping);
    }

    internal static async Task<JobOutcome> RunAsync(JobContext context, NoopOptions options, CancellationToken stopping)
    {
        var started = context.Clock.GetTimestamp();
        var steps = (int)Math.Clamp(options.Duration / StepLength, 1, MaxSteps);
        var written = 0;
        for (var step = 1; step <= steps; step++)
        {
            var wait = options.Duration * step / steps - context.Clock.GetElapsedTime(started);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, context.Clock, stopping);
            for (var due = (int)((long)options.Lines * step / steps); written < due; written++)
                await context.LogAsync(LogStream.Out, $"line {written + 1} of {options.Lines}", stopping);
            await context.ProgressAsync((double)step / steps, $"step {step} of {steps}", stopping);
        }
        await context.MetricAsync("lines", written, stopping);
        if (options.Ending == NoopEnding.Hang)
        {
            await context.LogAsync("hanging until somebody stops this run", stopping);
            await Task.Delay(Timeout.InfiniteTimeSpan, context.Clock, stopping);
        }
        return options.Ending == NoopEnding.Fail
            ? new JobOutcome.Failed("failed, as its options asked for (outcome: fail)")
            : new JobOutcome.Succeeded(options.Lines == 0 ? "did nothing, as asked" : $"wrote {options.Lines} lines");
    }
}
