using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Backfills;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Backfills;

/// <summary>One backfill: how far it is, slot by slot, and the acts on it.</summary>
public sealed partial class BackfillPage : IDisposable
{
    private const int PageSize = 50;

    private BackfillView? _backfill;
    private IReadOnlyList<SlotView> _slots = [];
    private bool _loaded;
    private bool _busy;
    private LiveRefresh? _live;

    [Parameter] public required long Id { get; set; }

    /// <summary>The slots of the table: all, failed, running, waiting, succeeded, cancelled or skipped.</summary>
    [SupplyParameterFromQuery(Name = "show")] public string? Show { get; set; }
    [SupplyParameterFromQuery(Name = "page")] public int? Page { get; set; }

    [Inject] public required BackfillQueries Backfills { get; init; }
    [Inject] public required JobCatalog Catalog { get; init; }
    [Inject] public required BackfillControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }

    private IReadOnlyList<SlotView> Shown => Show is null ? _slots : _slots.Where(s => GroupOf(s.State) == Show).ToList();

    private int PageNumber => Math.Clamp(Page ?? 1, 1, Math.Max(1, (Shown.Count + PageSize - 1) / PageSize));

    private IReadOnlyList<TabLink> TabLinks =>
    [
        new("All", Href(null, 1), Show is null, _slots.Count),
        .. ((string[])["failed", "running", "waiting", "succeeded", "cancelled", "skipped"])
            .Select(group => (Group: group, Count: _slots.Count(s => GroupOf(s.State) == group))).Where(g => g.Count > 0 || g.Group == Show)
            .Select(g => new TabLink(char.ToUpperInvariant(g.Group[0]) + g.Group[1..], Href(g.Group, 1), Show == g.Group, g.Count)),
    ];

    protected override void OnInitialized() => _live = Live.Start(
        change => change is LiveChange.BackfillChanged { BackfillId: var id } && id == Id || change is LiveChange.RunChanged { ScheduleName: var name } && name == _backfill?.Schedule,
        _ => InvokeAsync(async () =>
        {
            await LoadAsync();
            StateHasChanged();
        }));

    protected override Task OnParametersSetAsync() => LoadAsync();

    public void Dispose() => _live?.Dispose();

    private async Task LoadAsync()
    {
        _backfill = await Backfills.GetAsync(Id, CancellationToken.None);
        _slots = _backfill is null ? [] : await Backfills.SlotsAsync(Id, CancellationToken.None);
        _loaded = true;
    }

    private Task PauseAsync() => DoAsync(actor => Control.PauseAsync(Id, actor, CancellationToken.None), "Paused. What has begun goes on.");

    private Task ResumeAsync() => DoAsync(actor => Control.ResumeAsync(Id, actor, CancellationToken.None), "It goes on.");

    private Task RetryFailedAsync() => DoAsync(actor => Control.RetryFailedAsync(Id, actor, CancellationToken.None), "The failed get one attempt more.");

    private Task PaceAsync(int by) => DoAsync(actor => Control.ChangeParallelAsync(Id, _backfill!.Parallel + by, actor, CancellationToken.None), null);

    private async Task CancelAsync()
    {
        var slots = _backfill!.Slots;
        var text = $"{BackfillWords.Count(slots.Waiting + slots.Queued, "slot")} will never run, and {BackfillWords.Count(slots.Running + slots.Retrying, "run")} that {(slots.Running + slots.Retrying == 1 ? "goes" : "go")} on will be told to stop. What has ended stays.";
        if (await Confirmation.ConfirmAsync(new Question($"Cancel what remains of backfill #{Id}?", text, "Cancel remaining", Danger: true)))
            await DoAsync(actor => Control.CancelAsync(Id, actor, CancellationToken.None), "What remained is cancelled.");
    }

    private async Task DoAsync(Func<Actor, Task<BackfillAct>> act, string? done)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            var outcome = BackfillAct.NotNow;
            var allowed = await Acts.TryAsync(async actor => outcome = await act(actor));
            if (allowed && outcome == BackfillAct.Done && done is not null) Notices.Done(done);
            else if (allowed && outcome != BackfillAct.Done) Notices.Failed("Not done", "Somebody was quicker, or it has ended meanwhile.");
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    /// <summary>When its hours open next; null while they are open.</summary>
    private DateTimeOffset? Waits(HoursWindow hours) =>
        TriggerZone.TryFind(_backfill!.TimeZone, out var zone) && !hours.IsOpen(Time.Now, zone) ? hours.NextOpen(Time.Now, zone) : null;

    private static string GroupOf(SlotState state) => state switch
    {
        SlotState.Failed or SlotState.TimedOut or SlotState.Interrupted => "failed",
        SlotState.Running or SlotState.Retrying => "running",
        SlotState.Waiting or SlotState.Queued => "waiting",
        SlotState.Succeeded => "succeeded",
        SlotState.Cancelled => "cancelled",
        _ => "skipped",
    };

    private string Href(string? show, int page)
    {
        var query = new List<string>();
        if (show is not null) query.Add($"show={Uri.EscapeDataString(show)}");
        if (page > 1) query.Add($"page={page}");
        return BackfillWords.Path(Id) + (query.Count > 0 ? "?" + string.Join('&', query) : "");
    }
}
