using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>Watches files and folders: says what was added, removed or changed since the schedule's last look.</summary>
public sealed class FileMonitorKind : IJobKind
{
    /// <summary>The event of a run that saw changes.</summary>
    public const string Changed = "file.changed";

    public string Name => "file-monitor";
    public string Summary => "Watches files and folders, and says what was added, removed or changed since the schedule's last look.";
    public string DefaultPool => "monitor";

    public IReadOnlyList<JobField> Fields { get; } =
    [
        new("targets.paths", "Paths", "Files and folders inside the scope, one a line. Links are not followed.", JobFieldType.Lines),
        new("options.include", "Only files", "Patterns such as *.conf or config/**, one a line; all files where there is none.", JobFieldType.Lines),
        new("options.exclude", "Not these", "Patterns of files and folders to leave out, such as *.log or cache.", JobFieldType.Lines),
        new("options.diff", "Show differences", "Keeps the text of files up to 1 MiB, so that a change is shown line by line. Whoever may see the run sees these lines.", JobFieldType.Flag, "true"),
        new("options.maxFileSize", "Largest file", "Of larger files, up to 1 GiB, only size and time of last write are compared.", JobFieldType.Text, "10 MiB"),
        new("options.notifyOnChanges", "Tell of changes", "Whether a run that sees changes raises the event file.changed, which other schedules can follow.", JobFieldType.Flag, "true"),
    ];

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) => FileMonitorOptions.Read(job, scope, path, errors);

    public Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var errors = new List<FieldError>();
        var options = FileMonitorOptions.Read(context.Job, context.Scope, "job", errors);
        return errors.Count > 0 ? Task.FromResult(BadSpec.Outcome(errors)) : new FileMonitor(context, options).RunAsync(stopping);
    }
}
