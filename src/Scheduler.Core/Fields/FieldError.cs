namespace Scheduler.Core.Fields;

/// <summary>One thing that is wrong with somebody's input.</summary>
/// <param name="Path">Where, as a dotted path with indexes: <c>spec.job.targets.urls[0]</c>.</param>
/// <param name="Message">What was wrong and what would be right, in a sentence that a person can act on.</param>
public sealed record FieldError(string Path, string Message);

/// <summary>Input that was refused as a whole; nothing of it was written.</summary>
public sealed class InvalidInputException : Exception
{
    public InvalidInputException(IReadOnlyList<FieldError> errors)
        : base(string.Join("; ", errors.Select(e => e.Path.Length == 0 ? e.Message : $"{e.Path}: {e.Message}"))) => Errors = errors;

    public InvalidInputException(string path, string message) : this([new FieldError(path, message)]) { }

    /// <summary>At least one error, in the order of the input.</summary>
    public IReadOnlyList<FieldError> Errors { get; }
}
