using Scheduler.Core.Fields;
using Scheduler.Core.Processes;

namespace Scheduler.Core.Jobs.Noop;

/// <summary>Does nothing, for as long, as loudly and with the ending that was asked for.</summary>
/// <param name="children">Starts the processes that it is asked for.</param>
public sealed class NoopKind(ChildProcesses children) : IJobKind
{
    // Twice a second is often enough to look alive, and a hundred steps are as fine as a bar can show.
    private static readonly TimeSpan StepLength = TimeSpan.FromMilliseconds(500);
    private const int MaxSteps = 100;

    public string Name => "noop";
    public string Summary => "Contacts nothing: waits, writes lines, starts processes that only sleep, and ends as told, for trying out a schedule.";
    public string DefaultPool => "light";

    public IReadOnlyList<JobField> Fields { get; } =
    [
        new("options.duration", "Duration", "How long it takes.", JobFieldType.Duration, "0s"),
        new("options.outcome", "Outcome", "How it ends: well, badly, or never by itself.", JobFieldType.Choice, "succeed", ["succeed", "fail", "hang"]),
        new("options.lines", "Log lines", "How many lines it writes to its log.", JobFieldType.Number, "0"),
        new("options.processes", "Processes", "How many processes it starts, 8 at most; they sleep until the run ends. For trying out a time-out, a cancel, or a kill of the scheduler.", JobFieldType.Number, "0"),
        new("options.stubborn", "Stubborn", "Whether these processes ignore the request to stop; then they are killed 10 s after it.", JobFieldType.Flag, "false"),
    ];

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) => NoopOptions.Read(job, path, errors);

    public Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var errors = new List<FieldError>();
        var options = NoopOptions.Read(context.Job, "job", errors);
        if (errors.Count > 0) return Task.FromResult(BadSpec.Outcome(errors));
        return options.Processes > 0 ? RunWithProcessesAsync(context, options, stopping) : RunAsync(context, options, stopping);
    }

    private async Task<JobOutcome> RunWithProcessesAsync(JobContext context, NoopOptions options, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var processes = Enumerable.Range(1, options.Processes).Select(number => SleepAsync(number, context, options, over.Token)).ToList();
        JobOutcome outcome;
        try
        {
            outcome = await RunAsync(context, options, stopping);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(processes);
        }
        return processes.Select(p => p.Result).OfType<ChildEnd.NotStarted>().FirstOrDefault() is { } missing ? new JobOutcome.Failed(missing.Why) : outcome;
    }

    /// <returns>Null when it was ended with the run.</returns>
    private async Task<ChildEnd?> SleepAsync(int number, JobContext context, NoopOptions options, CancellationToken stopping)
    {
        // The text is ours to the last letter: nothing from outside reaches a shell.
        var command = options.Stubborn ? new ChildCommand("sh", ["-c", "trap '' TERM; exec sleep 2147483647"]) : new ChildCommand("sleep", ["2147483647"]);
        command = command with { Environment = context.ParameterVariables };
        try
        {
            var end = await children.RunAsync(context.RunId, command, (line, ct) => context.LogAsync(line.IsError ? LogStream.Err : LogStream.Out, line.Text, ct), stopping);
            await context.LogAsync(LogStream.Warn, end is ChildEnd.NotStarted missing ? missing.Why : $"process {number} ended before the run did", CancellationToken.None);
            return end;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return null;
        }
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
