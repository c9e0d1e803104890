namespace Scheduler.Core.Jobs;

/// <summary>How a target or option is entered and stored.</summary>
public enum JobFieldType { Text, Lines, Number, Choice, Flag, Duration }

/// <summary>A target or option of a job kind, as forms show it. The kind itself reads and checks the value; this only describes it.</summary>
/// <param name="Path">Below the job: <c>targets.urls</c>, <c>options.failOn</c>.</param>
/// <param name="Label">What a person calls it.</param>
/// <param name="Hint">One sentence: what it does, in which unit.</param>
/// <param name="Default">What counts when it is left out, as text; empty for none.</param>
/// <param name="Choices">The words that are allowed; only with <see cref="JobFieldType.Choice"/>.</param>
public sealed record JobField(string Path, string Label, string Hint, JobFieldType Type, string Default = "", IReadOnlyList<string>? Choices = null)
{
    /// <summary>Whether it says what is scanned, rather than how.</summary>
    public bool IsTarget => Path.StartsWith("targets.", StringComparison.Ordinal);
}
