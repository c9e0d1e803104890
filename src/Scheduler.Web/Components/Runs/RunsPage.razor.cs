using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Runs;

/// <summary>
/// The list of runs. Rows change where they stand; new ones wait behind a button while the reader is at work in the list
/// (the pointer or the focus is in it, or it is scrolled), so that nothing moves from under a click.
/// </summary>
public sealed partial class RunsPage : IAsyncDisposable
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FactsEvery = TimeSpan.FromSeconds(30);

    private readonly Form _form = new();
    private RunsAddress _address = new();
    private IReadOnlyList<RunView>? _rows;
    private IReadOnlyDictionary<string, ScheduleFacts> _facts = new Dictionary<string, ScheduleFacts>();
    private IReadOnlyList<string> _names = [];
    private DateTimeOffset _factsReadAt;
    private DateTimeOffset _countsReadAt;
    private (int Running, int Failed, int All) _counts;
    private int _succeededToday;
    private int _newer;
    private bool _hasOlder;
    private bool _held;
    private LiveRefresh? _live;
    private ITimer? _clockwork;
    private ElementReference _frame;
    private IJSObjectReference? _script;
    private bool _isGone;
    private IJSObjectReference? _watch;
    private DotNetObjectReference<RunsPage>? _self;

    [SupplyParameterFromQuery(Name = "tab")] public string? TabText { get; set; }
    [SupplyParameterFromQuery(Name = "schedule")] public string? ScheduleText { get; set; }
    [SupplyParameterFromQuery(Name = "status")] public string? StatusText { get; set; }
    [SupplyParameterFromQuery(Name = "triggerType")] public string? TriggerTypeText { get; set; }
    [SupplyParameterFromQuery(Name = "from")] public string? FromText { get; set; }
    [SupplyParameterFromQuery(Name = "to")] public string? ToText { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? BeforeText { get; set; }
    [SupplyParameterFromQuery(Name = "after")] public string? AfterText { get; set; }

    [Inject] public required RunQueries Runs { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required TimeProvider Clock { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required IJSRuntime Js { get; init; }

    private string ZoneWord => Time.ShownZone().Id;

    private IReadOnlyList<TabLink> TabLinks =>
    [
        Link("Running", RunsTab.Running, _counts.Running), Link("Failed (24 h)", RunsTab.Failed, _counts.Failed), Link("All", RunsTab.All, _counts.All),
    ];

    protected override void OnInitialized()
    {
        _live = Live.Start(change => change is LiveChange.RunChanged, changes => InvokeAsync(() => RefreshAsync(changes)));
        // "In the last 24 h" also changes when nothing happens.
        _clockwork = Clock.CreateTimer(_ => _ = InvokeAsync(() => RefreshAsync([])), null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));
        Time.Changed += ShowOtherClock;
    }

    protected override async Task OnParametersSetAsync()
    {
        _address = RunsAddress.Read(TabText, ScheduleText, StatusText, TriggerTypeText, FromText, ToText, BeforeText, AfterText);
        _form.Fill(_address, Time.ShownZone());
        if (_names.Count == 0) _names = (await Schedules.ListAsync(new ScheduleFilter { Limit = 200 }, CancellationToken.None)).Select(s => s.Name).ToList();
        await LoadAsync();
        await CountAsync();
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
        if (held || !_address.IsNewest) return;
        await LoadAsync();
        StateHasChanged();
    }

    private async Task ShowNewerAsync()
    {
        await LoadAsync();
        if (_script is not null) await _script.InvokeVoidAsync("toTop");
    }

    private async Task RefreshAsync(IReadOnlyCollection<LiveChange> changes)
    {
        if (_rows is null) return;
        if (_address.IsNewest && !_held) await LoadAsync();
        else await UpdateInPlaceAsync(changes);
        if (Clock.GetUtcNow() - _countsReadAt >= CountEvery) await CountAsync();
        StateHasChanged();
    }

    private async Task LoadAsync()
    {
        var asked = _address;
        var found = await Runs.ListAsync(asked.Filter(Time.Now, RunsAddress.PageSize + 1), CancellationToken.None);
        if (asked.After is not null && found.Count <= RunsAddress.PageSize)
        {
            // The way back has reached the top: show the whole newest page rather than a short one.
            asked = asked with { After = null };
            found = await Runs.ListAsync(asked.Filter(Time.Now, RunsAddress.PageSize + 1), CancellationToken.None);
        }
        if (asked.After is null)
        {
            _hasOlder = found.Count > RunsAddress.PageSize;
            _rows = found.Take(RunsAddress.PageSize).ToList();
        }
        else
        {
            // Nearest to where we come from: the surplus one is the newest, and we come from something older.
            _hasOlder = true;
            _rows = found.Skip(found.Count - RunsAddress.PageSize).ToList();
        }
        _address = asked;
        _newer = 0;
        await ReadFactsAsync();
    }

    private async Task UpdateInPlaceAsync(IReadOnlyCollection<LiveChange> changes)
    {
        var everything = changes.Count == 0 || changes.Any(c => c is LiveChange.Everything);
        var changed = changes.OfType<LiveChange.RunChanged>().Select(c => c.RunId).ToHashSet();
        var stale = _rows!.Select(r => r.Id).Where(id => everything || changed.Contains(id)).ToList();
        if (stale.Count > 0)
        {
            var fresh = (await Runs.ManyAsync(stale, CancellationToken.None)).ToDictionary(r => r.Id);
            _rows = _rows!.Select(r => fresh.GetValueOrDefault(r.Id) ?? r).ToList();
        }
        if (_address.IsNewest) _newer = await Runs.CountAsync(_address.Filter(Time.Now, 1) with { AfterId = _rows!.Count > 0 ? _rows[0].Id : 0 }, CancellationToken.None);
    }

    private async Task ReadFactsAsync()
    {
        var names = _rows!.Select(r => r.Schedule).Distinct().ToList();
        if (Clock.GetUtcNow() - _factsReadAt < FactsEvery && names.All(_facts.ContainsKey)) return;
        _facts = await Schedules.FactsAsync(names, CancellationToken.None);
        _factsReadAt = Clock.GetUtcNow();
    }

    private async Task CountAsync()
    {
        _countsReadAt = Clock.GetUtcNow();
        _counts = (await CountAsync(RunsTab.Running), await CountAsync(RunsTab.Failed), await CountAsync(RunsTab.All));
        if (_address is { Tab: RunsTab.Failed, IsFiltered: false } && _counts.Failed == 0)
            _succeededToday = await Runs.CountAsync(new RunFilter { Statuses = [RunStatus.Succeeded], EndedFrom = Time.Now.AddHours(-24) }, CancellationToken.None);
    }

    private Task<int> CountAsync(RunsTab tab) => Runs.CountAsync(_address.OnTab(tab).Filter(Time.Now, 1), CancellationToken.None);

    private void Apply()
    {
        if (_form.Read(_address, Time.ShownZone()) is { } address) Navigation.NavigateTo(address.Href);
    }

    private TabLink Link(string text, RunsTab tab, int count) =>
        new(count > 10_000 ? $"{text} 10,000+" : text, _address.OnTab(tab).Href, _address.Tab == tab, count > 10_000 ? null : count);

    private void ShowOtherClock() => _ = InvokeAsync(() =>
    {
        _form.Fill(_address, Time.ShownZone());
        StateHasChanged();
    });

    public async ValueTask DisposeAsync()
    {
        _isGone = true;
        _live?.Dispose();
        Time.Changed -= ShowOtherClock;
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

    /// <summary>What the filter form holds until it is sent.</summary>
    private sealed class Form
    {
        public string? Schedule { get; set; }
        public string Status { get; set; } = "";
        public string TriggerType { get; set; } = "";
        public DateTime? From { get; set; }
        public DateTime? To { get; set; }
        public string? Error { get; private set; }

        public void Fill(RunsAddress address, TimeZoneInfo zone)
        {
            Schedule = address.Schedule;
            Status = string.Join(',', address.Statuses);
            TriggerType = address.TriggerType?.ToString() ?? "";
            From = Local(address.From, zone);
            To = Local(address.To, zone);
            Error = null;
        }

        /// <summary>Null when the span runs backwards.</summary>
        public RunsAddress? Read(RunsAddress address, TimeZoneInfo zone)
        {
            Error = To < From ? "\"To\" lies before \"From\": no run can match." : null;
            return Error is not null ? null : RunsAddress.Read(
                address.Tab.ToString(), Schedule, Status, TriggerType, Instant(From, zone), Instant(To, zone), before: null, after: null);
        }

        private static DateTime? Local(DateTimeOffset? at, TimeZoneInfo zone) => at is { } instant ? TimeZoneInfo.ConvertTime(instant, zone).DateTime : null;

        // A local time in a clock gap reads as the same distance after the gap's start, as everywhere in the product.
        private static string? Instant(DateTime? local, TimeZoneInfo zone)
        {
            if (local is not { } time) return null;
            while (zone.IsInvalidTime(time)) time = time.AddMinutes(30);
            return new DateTimeOffset(time, zone.GetUtcOffset(time)).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }
    }
}
