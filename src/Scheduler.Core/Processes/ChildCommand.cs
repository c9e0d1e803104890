namespace Scheduler.Core.Processes;

/// <summary>A program to start. No shell reads it, so that no character of an argument means anything to anybody but the program.</summary>
/// <param name="Executable">A path, or a name that is looked for in <c>PATH</c>.</param>
/// <param name="Arguments">Each reaches the program as it stands here.</param>
public sealed record ChildCommand(string Executable, IReadOnlyList<string> Arguments)
{
    /// <summary>Null: a folder of the scheduler's own.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Beside the few variables that every child gets; see <see cref="ChildProcesses"/>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>From the request to stop (TERM) until what is left is killed.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A line that a child wrote: bounded, decoded, and hostile.</summary>
public readonly record struct ChildLine(bool IsError, string Text);

/// <summary>How a child came to its end by itself.</summary>
public abstract record ChildEnd
{
    /// <param name="Code">As the system has it: 128 and the signal's number where a signal ended it.</param>
    /// <param name="LeftBehind">How many processes it had left behind; they were ended too.</param>
    public sealed record Exited(int Code, int LeftBehind) : ChildEnd;

    /// <param name="Why">A sentence that names the program.</param>
    public sealed record NotStarted(string Why) : ChildEnd;
}
