namespace Scheduler.Core.Jobs.Monitoring;

/// <summary>How a monitor says in the end what it saw: the same for files and URLs.</summary>
internal static class MonitorWords
{
    /// <param name="context">The run.</param>
    /// <param name="things">What was looked at: "12 files".</param>
    /// <param name="seen">How many.</param>
    /// <param name="first">How many of them no earlier run knows.</param>
    /// <param name="report">What became of the others.</param>
    public static string Told(JobContext context, string things, int seen, int first, ChangeReport report)
    {
        var changes = report.Words;
        if (!context.Memory.IsKept) return $"{things} looked at{(changes.Length > 0 ? $", {changes}" : "")}; nothing was compared, for there is no schedule that remembers";
        var told = first == seen && report.Changes == 0
            ? $"{things} {(seen == 1 ? "is" : "are")} {(context.AsOf is null ? "remembered; the next run compares" : "there, and none is remembered yet")}{(changes.Length > 0 ? $"; {changes}" : "")}"
            : $"{things}{(changes.Length > 0 ? $": {changes}" : ", nothing has changed")}{(first > 0 && context.AsOf is null ? $"; {first} seen for the first time and remembered" : "")}";
        return context.AsOf is null ? told : $"{told}; a backfill sees what is there today, tells it here alone, and leaves the next run's comparison as it is";
    }
}
