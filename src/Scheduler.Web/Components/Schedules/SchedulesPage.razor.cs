using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules;

/// <summary>All schedules, soonest next run first; what is shown stands in the address.</summary>
public sealed partial class SchedulesPage : IDisposable
{
    private const int PageSize = 50;

    private IReadOnlyList<ScheduleSummary>? _rows;
    private LiveRefresh? _live;
    private ScheduleCounts? _counts;
    private int _total;
    private string _query = "";
    private string _label = "";

    [SupplyParameterFromQuery(Name = "q")] public string? Q { get; set; }
    [SupplyParameterFromQuery(Name = "label")] public string? Label { get; set; }
    [SupplyParameterFromQuery(Name = "state")] public string? StateText { get; set; }
    [SupplyParameterFromQuery(Name = "page")] public string? PageNumber { get; set; }

    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required ScheduleEditor Editor { get; init; }
    [Inject] public required RunControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }

    private ScheduleState? State => Enum.TryParse<ScheduleState>(StateText, ignoreCase: true, out var state) && Enum.IsDefined(state) ? state : null;
    private int Page => int.TryParse(PageNumber, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var page) ? Math.Clamp(page, 1, 100_000) : 1;
    private bool IsFiltered => !string.IsNullOrWhiteSpace(Q) || !string.IsNullOrWhiteSpace(Label);

    private IReadOnlyList<TabLink> TabLinks =>
    [
        new("All", Address(null, Q, Label), State is null, _counts?.Total),
        new("Active", Address(ScheduleState.Active, Q, Label), State == ScheduleState.Active, _counts?.Active),
        new("Paused", Address(ScheduleState.Paused, Q, Label), State == ScheduleState.Paused, _counts?.Paused),
        new("Completed", Address(ScheduleState.Completed, Q, Label), State == ScheduleState.Completed),
    ];

    protected override void OnInitialized() => _live = Live.Start(
        change => change is LiveChange.ScheduleChanged or LiveChange.RunChanged,
        _ => InvokeAsync(async () =>
        {
            await LoadAsync();
            StateHasChanged();
        }));

    protected override Task OnParametersSetAsync()
    {
        (_query, _label) = (Q ?? "", Label ?? "");
        return LoadAsync();
    }

    public void Dispose() => _live?.Dispose();

    private async Task LoadAsync()
    {
        var filter = new ScheduleFilter { Query = Q, Labels = LabelFilter(), State = State, NextRunFirst = true, Skip = (Page - 1) * PageSize, Limit = PageSize };
        _rows = await Schedules.ListAsync(filter, CancellationToken.None);
        _total = await Schedules.CountAsync(filter, CancellationToken.None);
        _counts = await Schedules.CountsAsync(CancellationToken.None);
    }

    private Dictionary<string, string> LabelFilter() => (Label ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries)).Where(pair => pair.Length == 2)
        .GroupBy(pair => pair[0], StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Last()[1], StringComparer.Ordinal);

    private void ApplyAsync() => Navigation.NavigateTo(Address(State, _query, _label));

    private string Address(ScheduleState? state = null, string? q = null, string? label = null, int page = 1) => Navigation.GetUriWithQueryParameters("/schedules", new Dictionary<string, object?>
    {
        ["state"] = state?.ToString().ToLowerInvariant(),
        ["q"] = string.IsNullOrWhiteSpace(q) ? null : q.Trim(),
        ["label"] = string.IsNullOrWhiteSpace(label) ? null : label.Trim(),
        ["page"] = page > 1 ? page : null,
    });

    private Task RunAsync(ScheduleSummary row) => Acts.TryAsync(async actor =>
    {
        if (await Control.RunNowAsync(row.Name, new RunRequest(), actor, CancellationToken.None) is { } id) Notices.Done($"Run {id} of {row.Name} is queued.");
    });

    private async Task PauseAsync(ScheduleSummary row)
    {
        if (await Confirmation.AskAsync(ScheduleActs.PauseQuestion(row.Name)) is { } answer)
            await Acts.TryAsync(actor => Editor.PauseAsync(row.Name, null, answer.Reason, actor, CancellationToken.None), $"{row.Name} is paused.");
    }

    private Task ResumeAsync(ScheduleSummary row) =>
        Acts.TryAsync(actor => Editor.ResumeAsync(row.Name, actor, CancellationToken.None), $"{row.Name} runs again.");
}
