using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules;

/// <summary>
/// All schedules; what is shown stands in the address. Rows change where they stand. Their order is made anew every few seconds,
/// but not while the reader is at work in the list (the pointer or the focus is in it, it is scrolled, or something is selected).
/// </summary>
public sealed partial class SchedulesPage : IAsyncDisposable
{
    private static readonly TimeSpan OrderEvery = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private SchedulesAddress _address = new();
    private IReadOnlyList<ScheduleRow>? _rows;
    private IReadOnlyList<SavedViewLine> _views = [];
    private ScheduleViewCounts? _counts;
    private Actor? _me;
    private string _text = "";
    private int _total;
    private bool _sortGivenUp;
    private bool _held;
    private bool _outOfOrder;
    private DateTimeOffset _orderedAt;
    private LiveRefresh? _live;
    private ITimer? _clockwork;
    private PauseDialog _pause = null!;
    private ElementReference _frame;
    private IJSObjectReference? _script;
    private bool _isGone;
    private IJSObjectReference? _watch;
    private DotNetObjectReference<SchedulesPage>? _self;

    [SupplyParameterFromQuery(Name = "q")] public string? QueryText { get; set; }
    [SupplyParameterFromQuery(Name = "sort")] public string? SortText { get; set; }
    [SupplyParameterFromQuery(Name = "page")] public string? PageText { get; set; }
    [SupplyParameterFromQuery(Name = "label")] public string? LabelText { get; set; }
    [SupplyParameterFromQuery(Name = "state")] public string? StateText { get; set; }

    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required ScheduleEditor Editor { get; init; }
    [Inject] public required SavedViews Views { get; init; }
    [Inject] public required RunControl Control { get; init; }
    [Inject] public required JobCatalog Catalog { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required TimeProvider Clock { get; init; }
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required IJSRuntime Js { get; init; }

    private IReadOnlyList<TabLink> TabLinks =>
    [
        View("All", "", _counts?.All), View("Failing", "state:failing", _counts?.Failing), View("Paused", "state:paused", _counts?.Paused),
        View("Never ran", "state:never-ran", _counts?.NeverRan), View("Not run in 2 periods", "state:overdue", _counts?.NotRunInTwoPeriods), View("Mine", "state:mine", _counts?.Mine),
    ];

    private string PageWords
    {
        get
        {
            var first = (_address.Page - 1) * SchedulesAddress.PageSize + 1;
            return $"{Number(first)} to {Number(first + _rows!.Count - 1)} of {Number(_total)}";
        }
    }

    protected override async Task OnInitializedAsync()
    {
        _live = Live.Start(change => change is LiveChange.ScheduleChanged or LiveChange.RunChanged, changes => InvokeAsync(() => RefreshAsync(changes)));
        _clockwork = Clock.CreateTimer(_ => _ = InvokeAsync(OrderAnewAsync), null, OrderEvery, OrderEvery);
        _me = await CurrentActor.GetAsync();
        _views = await Views.ListAsync(_me, CancellationToken.None);
    }

    protected override Task OnParametersSetAsync()
    {
        _address = SchedulesAddress.Read(QueryText, SortText, PageText, LabelText, StateText);
        _text = _address.Search.Hints.Count > 0 ? QueryText ?? "" : _address.Search.Text;
        _chosen.Clear();
        return LoadAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _script = await Js.InvokeAsync<IJSObjectReference>("import", "./js/runs.js");
        if (_script is null || _isGone) return; // it may have been left before the script was there
        _self = DotNetObjectReference.Create(this);
        _watch = await _script.InvokeAsync<IJSObjectReference>("watch", _frame, _self);
    }

    /// <summary>The browser tells whether the reader is at work in the list.</summary>
    [JSInvokable]
    public Task HoldAsync(bool held)
    {
        _held = held;
        return OrderAnewAsync();
    }

    private async Task LoadAsync()
    {
        if (_me is null) return;
        var asked = _address;
        _outOfOrder = false;
        _orderedAt = Clock.GetUtcNow();
        var list = await Schedules.PageAsync(asked.Filter(_me.Name), CancellationToken.None);
        var counts = await Schedules.ViewCountsAsync(_me.Name, CancellationToken.None);
        if (asked != _address) return; // another page was asked for meanwhile, and is on its way
        (_rows, _total, _sortGivenUp, _counts) = (list.Rows, list.Total, list.SortGivenUp, counts);
    }

    private async Task RefreshAsync(IReadOnlyCollection<LiveChange> changes)
    {
        if (_rows is null) return;
        _outOfOrder = true;
        if (MayOrder && Clock.GetUtcNow() - _orderedAt >= OrderEvery) await LoadAsync();
        else await UpdateInPlaceAsync(changes);
        StateHasChanged();
    }

    private bool MayOrder => !_held && _chosen.Count == 0;

    private async Task OrderAnewAsync()
    {
        if (_rows is null || !_outOfOrder || !MayOrder) return;
        await LoadAsync();
        StateHasChanged();
    }

    private async Task UpdateInPlaceAsync(IReadOnlyCollection<LiveChange> changes)
    {
        var everything = changes.Any(c => c is LiveChange.Everything);
        var changed = changes.Select(c => c switch
        {
            LiveChange.RunChanged run => run.ScheduleName,
            LiveChange.ScheduleChanged schedule => schedule.ScheduleName,
            _ => "",
        }).ToHashSet(StringComparer.Ordinal);
        var stale = _rows!.Select(r => r.Summary.Name).Where(name => everything || changed.Contains(name)).ToList();
        if (stale.Count == 0) return;
        var fresh = (await Schedules.RowsAsync(stale, CancellationToken.None)).ToDictionary(r => r.Summary.Name, StringComparer.Ordinal);
        _rows = _rows!.Select(r => fresh.GetValueOrDefault(r.Summary.Name) ?? r).ToList();
    }

    // What was not understood stays in the address too, so that its hint is shown and a typing error can be mended.
    private void Apply()
    {
        var read = ScheduleSearch.Parse(_text);
        Navigation.NavigateTo(read.Hints.Count == 0 ? _address.For(read).Href : $"/schedules?q={Uri.EscapeDataString(_text.Trim())}");
    }

    private void Add(string key, ChangeEventArgs choice)
    {
        if (choice.Value is string { Length: > 0 } value) Navigation.NavigateTo(_address.For(_address.Search.With(key, value)).Href);
    }

    private void Order(ChangeEventArgs choice)
    {
        if (Enum.TryParse<ScheduleSort>(choice.Value as string, out var sort) && sort != _address.Sort) Navigation.NavigateTo(_address.By(sort).Href);
    }

    private TabLink View(string text, string query, int? count)
    {
        var search = ScheduleSearch.Parse(query);
        var more = count > 10_000;
        return new TabLink(more ? $"{text} 10 000+" : text, _address.For(search).Href, _address.Search.Text == search.Text, more ? null : count);
    }

    private async Task SaveViewAsync()
    {
        var view = _address with { Page = 1 };
        var asked = new Question("Save this view", $"It stands above your list from now on, for you alone: {view.Search.Text}", "Save", ReasonLabel: "Name", ReasonRequired: true);
        if (await Confirmation.AskAsync(asked) is not { } answer) return;
        if (await Acts.TryAsync(actor => Views.SaveAsync(answer.Reason, view.Query, actor, CancellationToken.None), $"View {answer.Reason} is saved.")) await ReadViewsAsync();
    }

    private async Task DeleteViewAsync(SavedViewLine view)
    {
        if (!await Confirmation.ConfirmAsync(new Question($"Delete the view {view.Name}?", "The schedules stay as they are.", "Delete", Danger: true))) return;
        if (await Acts.TryAsync(actor => Views.DeleteAsync(view.Name, actor, CancellationToken.None), $"View {view.Name} is deleted.")) await ReadViewsAsync();
    }

    private async Task ReadViewsAsync() => _views = await Views.ListAsync(_me!, CancellationToken.None);

    private void Choose(string name)
    {
        if (!_chosen.Remove(name)) _chosen.Add(name);
    }

    private void ChooseAll(ChangeEventArgs choice) => ChooseAll(choice.Value is true);

    private void ChooseAll(bool all)
    {
        _chosen.Clear();
        if (all) _chosen.UnionWith(_rows!.Select(r => r.Summary.Name));
    }

    private Task RunAsync(ScheduleSummary row) => Acts.TryAsync(async actor =>
    {
        if (await Control.RunNowAsync(row.Name, new RunRequest(), actor, CancellationToken.None) is { } id) Notices.Done($"Run {id} of {row.Name} is queued.");
    });

    private async Task ToggleAsync(ScheduleSummary row)
    {
        if (row.State != ScheduleState.Active) await Acts.TryAsync(actor => Editor.ResumeAsync(row.Name, actor, CancellationToken.None), $"{row.Name} runs again.");
        else if (await _pause.AskAsync($"Pause {row.Name}?", PauseDialog.Meaning, row.TimeZone) is { } pause)
            await Acts.TryAsync(actor => Editor.PauseAsync(row.Name, pause.Until, pause.Reason, actor, CancellationToken.None), ScheduleActs.Paused(row.Name, pause.Until, row.TimeZone, Time));
    }

    private IReadOnlyList<ScheduleSummary> Chosen => _rows!.Select(r => r.Summary).Where(s => _chosen.Contains(s.Name)).ToList();

    /// <summary>A sweep goes by labels: by those that all that are selected have.</summary>
    private string EmergencyHref
    {
        get
        {
            if (_rows is null) return "/emergency";
            var common = Chosen.Select(s => s.Labels.AsEnumerable()).DefaultIfEmpty([]).Aggregate((all, labels) => all.Intersect(labels)).ToList();
            return common.Count == 0 ? "/emergency" : $"/emergency?labels={Uri.EscapeDataString(Shared.LabelText.Print(common))}";
        }
    }

    private async Task PauseChosenAsync()
    {
        var plan = BulkPlan.For(BulkAct.Pause, Chosen);
        if (plan.Names.Count == 0) Notices.Done("Nothing to do", plan.Summary);
        else if (await _pause.AskAsync($"Pause {HowMany(plan.Names.Count)}?", $"{plan.Summary} {PauseDialog.Meaning}", null) is { } pause)
            await DoAsync(BulkAct.Pause, plan, async (name, actor) => await Editor.PauseAsync(name, pause.Until, pause.Reason, actor, CancellationToken.None) == ScheduleAct.Done);
    }

    private async Task DoChosenAsync(BulkAct act)
    {
        var plan = BulkPlan.For(act, Chosen);
        var verb = act == BulkAct.Resume ? "Resume" : "Run now";
        if (plan.Names.Count == 0) Notices.Done("Nothing to do", plan.Summary);
        else if (await Confirmation.ConfirmAsync(new Question($"{verb}: {HowMany(plan.Names.Count)}?", plan.Summary, verb)))
            await DoAsync(act, plan, async (name, actor) => act == BulkAct.Resume
                ? await Editor.ResumeAsync(name, actor, CancellationToken.None) == ScheduleAct.Done
                : await Control.RunNowAsync(name, new RunRequest(), actor, CancellationToken.None) is not null);
    }

    private async Task LabelChosenAsync(BulkAct act)
    {
        var chosen = Chosen;
        var (title, field) = act == BulkAct.AddLabel ? ("Add a label", "Label, such as team=web") : ("Remove a label", "Key of the label, such as team");
        if (await Confirmation.AskAsync(new Question($"{title}: {HowMany(chosen.Count)}", "Each gets a revision of its own. Whom it will touch is said before it is done.", "Go on", ReasonLabel: field, ReasonRequired: true)) is not { } answer) return;
        var parts = answer.Reason.Split('=', 2, StringSplitOptions.TrimEntries);
        if (act == BulkAct.AddLabel && parts.Length < 2)
        {
            Notices.Failed("Not done", $"A label has a key and a value, such as team=web; found {answer.Reason}.");
            return;
        }
        (string Key, string? Value) label = (parts[0], act == BulkAct.AddLabel ? parts[1] : null);
        var plan = BulkPlan.For(act, chosen, label);
        if (plan.Names.Count == 0) Notices.Done("Nothing to do", plan.Summary);
        else if (await Confirmation.ConfirmAsync(new Question($"{title} {answer.Reason}?", plan.Summary, title)))
            await DoAsync(act, plan, async (name, actor) => await Editor.SetLabelAsync(name, label.Key, label.Value, actor, CancellationToken.None) == ScheduleAct.Done);
    }

    // All at once, so that the writer may put them into one commit.
    private async Task DoAsync(BulkAct act, BulkPlan plan, Func<string, Actor, Task<bool>> one)
    {
        var done = 0;
        if (!await Acts.TryAsync(async actor => done = (await Task.WhenAll(plan.Names.Select(name => one(name, actor)))).Count(d => d))) return;
        Notices.Done(BulkPlan.After(act, done, plan.Names.Count));
        _chosen.Clear();
    }

    private static string HowMany(int count) => count == 1 ? "1 schedule" : $"{count} schedules";

    private static string CountWords(int total) => total == 1 ? "1 schedule" : $"{Number(total)} schedules";

    private static string Number(int count) => count > 10_000 ? "10 000+" : count.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    // Accounts are e-mail addresses: the part before the @ is what people call each other; the rest is in the tooltip.
    private static string Short(string person) => person.IndexOf('@', StringComparison.Ordinal) is > 0 and var at ? person[..at] : person;

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        _live?.Dispose();
        if (_clockwork is not null) await _clockwork.DisposeAsync();
        _self?.Dispose();
        try
        {
            if (_watch is not null)
            {
                await _watch.InvokeVoidAsync("stop");
                await _watch.DisposeAsync();
            }
            if (_script is not null) await _script.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the script with it.
        }
    }
}
