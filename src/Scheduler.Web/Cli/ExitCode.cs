namespace Scheduler.Web.Cli;

/// <summary>What a script learns from the end of a verb.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The verb did its part; the run that it was about did not succeed.</summary>
    public const int RunFailed = 1;

    public const int BadInput = 2;

    /// <summary>No token, too low a role, a state that forbids the act, or no server that could have done it.</summary>
    public const int Refused = 3;

    public const int NotFound = 4;
}
