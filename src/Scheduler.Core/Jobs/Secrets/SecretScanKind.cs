using Scheduler.Core.Fields;

namespace Scheduler.Core.Jobs.Secrets;

/// <summary>Looks for passwords, keys and tokens in files. In a backfill it looks at what a git repository held at the past instant.</summary>
public sealed class SecretScanKind : IJobKind
{
    public string Name => "secret-scan";
    public string Summary => "Looks for passwords, keys and tokens in files; in a backfill, at the commit of a git repository of that time.";
    public string DefaultPool => "scan";
    public bool KnowsThePast => true;

    public IReadOnlyList<JobField> Fields { get; } =
    [
        new("targets.paths", "Paths", "Files and folders inside the scope, one a line. Links are not followed.", JobFieldType.Lines),
        new("options.include", "Only files", "Patterns such as *.env or config/**, one a line; all files where there is none.", JobFieldType.Lines),
        new("options.exclude", "Not these", "Patterns of files and folders to leave out, such as node_modules or **/*.min.js.", JobFieldType.Lines),
        new("options.maxFileSize", "Largest file", "Larger files are passed by and counted, up to 64 MiB.", JobFieldType.Text, "1 MiB"),
        new("options.failOn", "Fail on", "The run fails when a finding is at least so severe.", JobFieldType.Choice, "high", ["critical", "high", "medium", "low", "info", "none"]),
    ];

    public void Check(JobSpec job, Scope scope, string path, List<FieldError> errors) => SecretScanOptions.Read(job, scope, path, errors);

    public Task<JobOutcome> RunAsync(JobContext context, CancellationToken stopping)
    {
        var errors = new List<FieldError>();
        var options = SecretScanOptions.Read(context.Job, context.Scope, "job", errors);
        return errors.Count > 0 ? Task.FromResult(BadSpec.Outcome(errors)) : new SecretScan(context, options).RunAsync(stopping);
    }
}
