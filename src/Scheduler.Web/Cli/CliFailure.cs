using Scheduler.Core.Fields;

namespace Scheduler.Web.Cli;

/// <summary>Ends a verb: the exit code, and what is said about it on standard error.</summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="message">A sentence; with field errors it may be empty, then they say all.</param>
/// <param name="errors">By field path.</param>
internal sealed class CliFailure(int exitCode, string message, IReadOnlyList<FieldError>? errors = null) : Exception(message)
{
    public int ExitCode => exitCode;
    public IReadOnlyList<FieldError> Errors => errors ?? [];

    /// <summary>What the input was about, where several inputs were given; comes before each line.</summary>
    public string? About { get; init; }

    public static CliFailure BadInput(string path, string message) => new(Cli.ExitCode.BadInput, "", [new FieldError(path, message)]);

    public static CliFailure BadInput(IReadOnlyList<FieldError> errors, string? about = null) => new(Cli.ExitCode.BadInput, "", errors) { About = about };

    public static CliFailure NotFound(string message) => new(Cli.ExitCode.NotFound, message);

    public static CliFailure Refused(string message) => new(Cli.ExitCode.Refused, message);
}
