using Scheduler.Core.Fields;
using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Files;

namespace Scheduler.Core.Jobs.Secrets;

/// <param name="Paths">Absolute paths of files and folders inside the scope, as written, each once.</param>
/// <param name="Files">Which files below them are looked into.</param>
/// <param name="MaxFileSize">Bytes; larger files are passed by and counted. 1 KiB to 64 MiB.</param>
/// <param name="FailOn">The least severity that makes the run fail, or null for none.</param>
internal sealed record SecretScanOptions(IReadOnlyList<string> Paths, FileFilter Files, long MaxFileSize, Severity? FailOn)
{
    public static SecretScanOptions Read(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var paths = PathTargets.Read(job, scope, path, errors);
        var options = new FieldReader(job.Options, $"{path}.options", errors);
        var files = FileFilter.Read(options);
        var maxFileSize = ByteSize.Read(options, "maxFileSize", 1 << 20, 1 << 10, 64 << 20);
        var failOn = options.Word("failOn", "high", "critical", "high", "medium", "low", "info", "none");
        options.Close();
        return new SecretScanOptions(paths, files, maxFileSize, Enum.TryParse<Severity>(failOn, ignoreCase: true, out var least) ? least : null);
    }
}
