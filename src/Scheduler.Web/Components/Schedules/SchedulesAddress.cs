using System.Globalization;
using Scheduler.Core.Schedules;

namespace Scheduler.Web.Components.Schedules;

/// <summary>What the list of schedules shows, as its address says it: a copied link shows the same.</summary>
public sealed record SchedulesAddress
{
    public const int PageSize = 50;

    public ScheduleSearch Search { get; init; } = ScheduleSearch.Parse(null);
    public ScheduleSort Sort { get; init; } = ScheduleSort.NextRun;
    public bool Descending { get; init; }

    /// <summary>1 is the first.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Reads what the address bar has. What makes no sense is left out. Addresses of older versions, with a label or a state of their own, still work.</summary>
    public static SchedulesAddress Read(string? query, string? sort, string? page, string? label = null, string? state = null)
    {
        var search = string.Join(' ', new[]
        {
            query, string.Join(' ', (label ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(l => new SearchTerm("label", l))),
            string.IsNullOrWhiteSpace(state) ? null : new SearchTerm("state", state).ToString(),
        }.Where(p => !string.IsNullOrWhiteSpace(p)));
        var descending = sort?.StartsWith('-') == true;
        var by = (descending ? sort![1..] : sort)?.ToLowerInvariant() switch
        {
            "name" => ScheduleSort.Name,
            "success" => ScheduleSort.Success,
            "p95" => ScheduleSort.P95,
            _ => ScheduleSort.NextRun,
        };
        return new SchedulesAddress
        {
            Search = ScheduleSearch.Parse(search),
            Sort = by,
            Descending = descending,
            Page = int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, 1, 100_000) : 1,
        };
    }

    /// <summary>What follows the ?; empty for the list as it opens. The page is left out where it is the first.</summary>
    public string Query
    {
        get
        {
            var parts = new List<string>();
            if (!Search.IsEmpty) parts.Add($"q={Uri.EscapeDataString(Search.Text)}");
            if (Sort != ScheduleSort.NextRun || Descending) parts.Add($"sort={(Descending ? "-" : "")}{Word(Sort)}");
            if (Page > 1) parts.Add($"page={Page.ToString(CultureInfo.InvariantCulture)}");
            return string.Join('&', parts);
        }
    }

    public string Href => Query.Length == 0 ? "/schedules" : $"/schedules?{Query}";

    /// <summary>Other terms, from the first page on.</summary>
    public SchedulesAddress For(ScheduleSearch search) => this with { Search = search, Page = 1 };

    /// <summary>By another column, from the first page on; by the same one, the other way round. Durations and names begin as one looks for them: longest, and A.</summary>
    public SchedulesAddress By(ScheduleSort sort) => this with { Sort = sort, Descending = sort == Sort ? !Descending : sort == ScheduleSort.P95, Page = 1 };

    public ScheduleFilter Filter(string me) => Search.Filter(me) with { Sort = Sort, Descending = Descending, Skip = (Page - 1) * PageSize, Limit = PageSize };

    private static string Word(ScheduleSort sort) => sort switch { ScheduleSort.Name => "name", ScheduleSort.Success => "success", ScheduleSort.P95 => "p95", _ => "next" };
}
