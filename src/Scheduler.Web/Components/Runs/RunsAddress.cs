using System.Globalization;
using Scheduler.Core.Runs;

namespace Scheduler.Web.Components.Runs;

public enum RunsTab { All, Running, Failed }

/// <summary>What the list of runs shows, as its address says it: a copied link shows the same.</summary>
public sealed record RunsAddress
{
    public const int PageSize = 50;
    public static readonly IReadOnlyList<RunStatus> Active = [RunStatus.Queued, RunStatus.Running, RunStatus.Retrying];
    public static readonly IReadOnlyList<RunStatus> Bad = [RunStatus.Failed, RunStatus.TimedOut, RunStatus.Interrupted];

    public RunsTab Tab { get; init; }
    public string? Schedule { get; init; }

    /// <summary>Counts on the tab of all runs alone: the others say it by themselves.</summary>
    public IReadOnlyList<RunStatus> Statuses { get; init; } = [];
    public TriggerType? TriggerType { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }

    /// <summary>The page of runs with smaller numbers.</summary>
    public long? Before { get; init; }

    /// <summary>The page of runs with greater numbers.</summary>
    public long? After { get; init; }

    public bool IsFiltered => Schedule is not null || Statuses.Count > 0 || TriggerType is not null || From is not null || To is not null;

    /// <summary>Neither an older nor a newer page: new runs belong here.</summary>
    public bool IsNewest => Before is null && After is null;

    /// <summary>Reads what the address bar has. What makes no sense is left out, and the form shows that it is.</summary>
    public static RunsAddress Read(
        string? tab, string? schedule, string? status, string? triggerType, string? from, string? to, string? before, string? after) => new()
    {
        Tab = Enum.TryParse<RunsTab>(tab, ignoreCase: true, out var read) && Enum.IsDefined(read) ? read : RunsTab.All,
        Schedule = string.IsNullOrWhiteSpace(schedule) ? null : schedule.Trim(),
        Statuses = (status ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(Choice<RunStatus>).OfType<RunStatus>().Distinct().ToList(),
        TriggerType = Choice<TriggerType>(triggerType),
        From = Instant(from),
        To = Instant(to),
        Before = Number(before),
        After = Number(before) is null ? Number(after) : null,
    };

    public string Href
    {
        get
        {
            var parts = new List<string>();
            Add("tab", Tab == RunsTab.All ? null : Tab.ToString().ToLowerInvariant());
            Add("schedule", Schedule);
            Add("status", Statuses.Count == 0 ? null : string.Join(',', Statuses));
            Add("triggerType", TriggerType?.ToString());
            Add("from", Print(From));
            Add("to", Print(To));
            Add("before", Before?.ToString(CultureInfo.InvariantCulture));
            Add("after", After?.ToString(CultureInfo.InvariantCulture));
            return parts.Count == 0 ? "/runs" : $"/runs?{string.Join('&', parts)}";

            void Add(string name, string? value)
            {
                if (value is not null) parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    /// <summary>Another tab with the same filters, from its newest run on.</summary>
    public RunsAddress OnTab(RunsTab tab) => this with { Tab = tab, Statuses = tab == RunsTab.All ? Statuses : [], Before = null, After = null };

    /// <param name="now">What "24 h" counts from.</param>
    /// <param name="limit">At most so many runs.</param>
    public RunFilter Filter(DateTimeOffset now, int limit) => new()
    {
        Schedule = Schedule,
        Statuses = Tab switch { RunsTab.Running => Active, RunsTab.Failed => Bad, _ => Statuses },
        EndedFrom = Tab == RunsTab.Failed ? now.AddHours(-24) : null,
        TriggerType = TriggerType,
        From = From,
        To = To,
        BeforeId = Before,
        AfterId = After,
        Limit = limit,
    };

    private static T? Choice<T>(string? text) where T : struct, Enum =>
        Enum.TryParse<T>(text, ignoreCase: true, out var choice) && Enum.IsDefined(choice) && !int.TryParse(text, out _) ? choice : null;

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset? Instant(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    private static string? Print(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
