using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Scheduler.Core.Events;
using Scheduler.Core.Live;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Events;

/// <summary>The history of events. New ones come in by themselves, unless the reader is at work in the list: then they wait behind a button.</summary>
public sealed partial class EventsPage : IAsyncDisposable
{
    private EventsAddress _address = new();
    private IReadOnlyList<EventView>? _events;
    private IReadOnlyList<string> _types = [];
    private IReadOnlyList<string> _names = [];
    private string? _type;
    private string? _source;
    private string? _schedule;
    private string _outcome = "";
    private DateTime? _from;
    private DateTime? _to;
    private string? _fault;
    private bool _hasOlder;
    private bool _hasNewer;
    private bool _held;
    private SendEventDialog? _dialog;
    private LiveRefresh? _live;
    private ElementReference _frame;
    private IJSObjectReference? _script;
    private bool _isGone;
    private IJSObjectReference? _watch;
    private DotNetObjectReference<EventsPage>? _self;

    [SupplyParameterFromQuery(Name = "type")] public string? TypeText { get; set; }
    [SupplyParameterFromQuery(Name = "source")] public string? SourceText { get; set; }
    [SupplyParameterFromQuery(Name = "schedule")] public string? ScheduleText { get; set; }
    [SupplyParameterFromQuery(Name = "outcome")] public string? OutcomeText { get; set; }
    [SupplyParameterFromQuery(Name = "from")] public string? FromText { get; set; }
    [SupplyParameterFromQuery(Name = "to")] public string? ToText { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? BeforeText { get; set; }

    [Inject] public required EventQueries Events { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required IJSRuntime Js { get; init; }

    protected override void OnInitialized()
    {
        _live = Live.Start(change => change is LiveChange.EventAccepted, _ => InvokeAsync(RefreshAsync));
        Time.Changed += ShowOtherClock;
    }

    protected override async Task OnParametersSetAsync()
    {
        _address = EventsAddress.Read(TypeText, SourceText, ScheduleText, OutcomeText, FromText, ToText, BeforeText);
        Fill();
        if (_names.Count == 0)
        {
            _names = (await Schedules.ListAsync(new ScheduleFilter { Limit = 200 }, CancellationToken.None)).Select(s => s.Name).ToList();
            _types = await Events.TypesAsync(CancellationToken.None);
        }
        await LoadAsync();
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
    public async Task HoldAsync(bool held)
    {
        if (_held == held) return;
        _held = held;
        if (held || !_hasNewer) return;
        await LoadAsync();
        StateHasChanged();
    }

    private async Task RefreshAsync()
    {
        if (_address.Before is not null) return;
        if (_held) _hasNewer = true;
        else await LoadAsync();
        StateHasChanged();
    }

    private async Task LoadAsync()
    {
        var found = await Events.ListAsync(_address.Filter(EventsAddress.PageSize + 1), CancellationToken.None);
        (_hasOlder, _hasNewer) = (found.Count > EventsAddress.PageSize, false);
        _events = found.Take(EventsAddress.PageSize).ToList();
    }

    private Task SendAsync() => _dialog!.OpenAsync(_address.Type ?? "");

    private void Fill()
    {
        (_type, _source, _schedule, _outcome, _fault) = (_address.Type, _address.Source, _address.Schedule, _address.Outcome?.ToString() ?? "", null);
        (_from, _to) = (LocalInput.Of(_address.From, Time.ShownZone()), LocalInput.Of(_address.To, Time.ShownZone()));
    }

    private void Apply()
    {
        _fault = _to < _from ? "\"To\" lies before \"From\": no event can match." : null;
        if (_fault is not null) return;
        var zone = Time.ShownZone();
        Navigation.NavigateTo(EventsAddress.Read(
            _type, _source, _schedule, _outcome, LocalInput.ForAddress(LocalInput.Read(_from, zone)), LocalInput.ForAddress(LocalInput.Read(_to, zone)), null).Href);
    }

    private void ShowOtherClock() => _ = InvokeAsync(() =>
    {
        Fill();
        StateHasChanged();
    });

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        _live?.Dispose();
        Time.Changed -= ShowOtherClock;
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
