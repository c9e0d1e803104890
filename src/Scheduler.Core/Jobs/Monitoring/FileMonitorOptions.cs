using Scheduler.Core.Fields;
using Scheduler.Core.Jobs.Files;

namespace Scheduler.Core.Jobs.Monitoring;

/// <param name="Paths">Absolute paths of files and folders inside the scope, as written, each once, without a slash at the end.</param>
/// <param name="Files">Which files below them are watched.</param>
/// <param name="MaxFileSize">Bytes; of larger files only the size and the time of last write are compared. 1 KiB to 1 GiB.</param>
/// <param name="Diff">Whether texts are kept, so that a change can be shown line by line.</param>
/// <param name="NotifyOnChanges">Whether a run that sees changes raises an event.</param>
internal sealed record FileMonitorOptions(IReadOnlyList<string> Paths, FileFilter Files, long MaxFileSize, bool Diff, bool NotifyOnChanges)
{
    public static FileMonitorOptions Read(JobSpec job, Scope scope, string path, List<FieldError> errors)
    {
        var paths = PathTargets.Read(job, scope, path, errors);
        var options = new FieldReader(job.Options, $"{path}.options", errors);
        var files = FileFilter.Read(options);
        var maxFileSize = ByteSize.Read(options, "maxFileSize", 10 << 20, 1 << 10, 1 << 30);
        var diff = options.Flag("diff", true);
        var notify = options.Flag("notifyOnChanges", true);
        options.Close();
        return new FileMonitorOptions([.. paths.Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal)], files, maxFileSize, diff, notify);
    }
}
