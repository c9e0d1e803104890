using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Schedules;

/// <summary>What is done to many schedules at once.</summary>
public enum BulkAct { Pause, Resume, Run, AddLabel, RemoveLabel }

/// <summary>Whom a bulk act will touch and whom it leaves alone, before anything is done.</summary>
/// <param name="Names">Those that it will be done to.</param>
/// <param name="Summary"><c>12 will be paused, 3 are paused already, 1 is completed and stays.</c></param>
public sealed record BulkPlan(IReadOnlyList<string> Names, string Summary)
{
    /// <param name="label">Key and value; the value is null where it is to be removed.</param>
    public static BulkPlan For(BulkAct act, IReadOnlyCollection<ScheduleSummary> chosen, (string Key, string? Value) label = default)
    {
        var groups = chosen.GroupBy(s => Stays(act, s, label)).ToDictionary(g => g.Key ?? "", g => g.Count());
        var names = chosen.Where(s => Stays(act, s, label) is null).Select(s => s.Name).ToList();
        var parts = new List<string> { names.Count == 0 ? "none " + Future(act) : $"{names.Count} {Future(act)}" };
        parts.AddRange(groups.Where(g => g.Key.Length > 0).OrderByDescending(g => g.Value).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Value} {(g.Value == 1 ? g.Key : Plural(g.Key))}"));
        if (act == BulkAct.Run && chosen.Count(s => s.State != ScheduleState.Active) is > 0 and var idle) parts.Add($"{idle} of them {(idle == 1 ? "is" : "are")} not active and {(idle == 1 ? "runs" : "run")} all the same");
        var text = string.Join(", ", parts) + ".";
        return new BulkPlan(names, char.ToUpperInvariant(text[0]) + text[1..]);
    }

    /// <summary>What became of it: <c>12 paused.</c> or <c>11 paused; 1 was paused already or has gone meanwhile.</c></summary>
    public static string After(BulkAct act, int done, int asked) =>
        done == asked ? $"{done} {Past(act)}." : $"{done} {Past(act)}; {asked - done} {(asked - done == 1 ? "was" : "were")} so already, or {(asked - done == 1 ? "has" : "have")} changed or gone meanwhile.";

    /// <summary>Why it is left alone, of one schedule; null where it is not.</summary>
    private static string? Stays(BulkAct act, ScheduleSummary schedule, (string Key, string? Value) label) => (act, schedule.State) switch
    {
        (BulkAct.Pause, ScheduleState.Active) => null,
        (BulkAct.Pause, ScheduleState.Paused) => "is paused already",
        (BulkAct.Pause, ScheduleState.Completed) => "is completed and stays",
        (BulkAct.Pause, _) => "is disabled and stays",
        (BulkAct.Resume, ScheduleState.Paused or ScheduleState.Disabled) => null,
        (BulkAct.Resume, ScheduleState.Active) => "is active already",
        (BulkAct.Resume, _) => "is completed and stays",
        (BulkAct.AddLabel, _) => schedule.Labels.GetValueOrDefault(label.Key) == label.Value ? "has it already" : null,
        (BulkAct.RemoveLabel, _) => schedule.Labels.ContainsKey(label.Key) ? null : "does not have it",
        _ => null,
    };

    private static string Plural(string words) => words switch
    {
        ['i', 's', ' ', .. var rest] => "are " + rest.Replace("stays", "stay", StringComparison.Ordinal),
        ['h', 'a', 's', ' ', .. var rest] => "have " + rest,
        _ => words.Replace("does", "do", StringComparison.Ordinal),
    };

    private static string Future(BulkAct act) => act switch
    {
        BulkAct.Pause => "will be paused",
        BulkAct.Resume => "will be resumed",
        BulkAct.Run => "will run now",
        BulkAct.AddLabel => "will get the label",
        _ => "will lose the label",
    };

    private static string Past(BulkAct act) => act switch
    {
        BulkAct.Pause => "paused",
        BulkAct.Resume => "resumed",
        BulkAct.Run => "queued",
        BulkAct.AddLabel => "labelled",
        _ => "rid of the label",
    };
}
