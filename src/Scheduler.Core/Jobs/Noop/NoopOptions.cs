using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Noop;

internal enum NoopEnding { Succeed, Fail, Hang }

/// <param name="Duration">How long the job pretends to work, 0 to 7 days.</param>
/// <param name="Ending">How it ends.</param>
/// <param name="Lines">Log lines, spread evenly over the duration; 0 to 1,000,000.</param>
/// <param name="Processes">Processes that it starts and that go on until the run ends; 0 to 8.</param>
/// <param name="Stubborn">Whether these ignore the request to stop, so that they have to be killed.</param>
internal sealed record NoopOptions(TimeSpan Duration, NoopEnding Ending, int Lines, int Processes = 0, bool Stubborn = false)
{
    private const int MaxLines = 1_000_000;
    private const int MaxProcesses = 8;

    public static NoopOptions Read(JobSpec job, string path, List<FieldError> errors)
    {
        new FieldReader(job.Targets, $"{path}.targets", errors).Close();
        var fields = new FieldReader(job.Options, $"{path}.options", errors);
        var options = new NoopOptions(
            fields.Duration("duration", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(7)),
            fields.Word("outcome", "succeed", "succeed", "fail", "hang") switch { "fail" => NoopEnding.Fail, "hang" => NoopEnding.Hang, _ => NoopEnding.Succeed },
            fields.Whole("lines", 0, 0, MaxLines),
            fields.Whole("processes", 0, 0, MaxProcesses),
            fields.Flag("stubborn", false));
        if (options.Processes > 0 && OperatingSystem.IsWindows()) fields.Complain("processes", "must be 0 on Windows, which has no program that only waits");
        fields.Close();
        return options;
    }
}
