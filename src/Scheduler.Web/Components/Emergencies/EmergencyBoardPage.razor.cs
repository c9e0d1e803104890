using System.Globalization;
using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;

namespace Scheduler.Web.Components.Emergencies;

/// <summary>One emergency while it goes on and afterwards: how its runs stand, and the button that stops them all. Rows keep their places.</summary>
public sealed partial class EmergencyBoardPage : IDisposable
{
    private const int PageSize = 100;

    private EmergencyView? _emergency;
    private IReadOnlyList<RunView> _runs = [];
    private volatile IReadOnlySet<long> _ids = new HashSet<long>();
    private (string Key, string Label, IReadOnlyList<RunStatus> Statuses, Tone Tone)? _group;
    private int _page = 1;
    private bool _loaded;
    private bool _busy;
    private LiveRefresh? _live;

    [Parameter] public long Id { get; set; }

    /// <summary>One of <see cref="EmergencyWords.Groups"/>; null: all.</summary>
    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "page")] public string? PageText { get; set; }

    [Inject] public required EmergencyQueries Emergencies { get; init; }
    [Inject] public required EmergencyControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }

    private int Ended => _emergency!.Started - _emergency.Active;

    private Tone EndedTone => _emergency switch
    {
        { Active: > 0 } => Tone.Accent,
        { Bad: 0 } => Tone.Good,
        { } e => e.Bad == e.Started ? Tone.Bad : Tone.Warning,
        null => Tone.Neutral,
    };

    private int Total => _group is { } group ? group.Statuses.Sum(s => _emergency!.Counts.GetValueOrDefault(s)) : _emergency!.Counts.Values.Sum();

    protected override void OnInitialized() => _live = Live.Start(change => change is LiveChange.RunChanged run && _ids.Contains(run.RunId), _ => InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    }));

    protected override async Task OnParametersSetAsync()
    {
        _group = EmergencyWords.Groups.Where(g => g.Key == State).Select(g => ((string, string, IReadOnlyList<RunStatus>, Tone)?)g).FirstOrDefault();
        _page = int.TryParse(PageText, NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page is >= 1 and <= 1000 ? page : 1;
        _ids = await Emergencies.RunIdsAsync(Id, CancellationToken.None);
        await LoadAsync();
        _loaded = true;
    }

    public void Dispose() => _live?.Dispose();

    private async Task LoadAsync()
    {
        _emergency = await Emergencies.GetAsync(Id, CancellationToken.None);
        _runs = await Emergencies.RunsAsync(Id, _group?.Statuses ?? [], (_page - 1) * PageSize, PageSize, CancellationToken.None);
    }

    private async Task StopAllAsync()
    {
        if (_busy || !await Confirmation.ConfirmAsync(EmergencyWords.StopQuestion(_emergency!))) return;
        _busy = true;
        await Acts.TryAsync(async actor =>
        {
            if (await Control.StopAllAsync(Id, actor, CancellationToken.None) is { } outcome) Notices.Done(EmergencyWords.Stopped(outcome));
        });
        _busy = false;
        await LoadAsync();
    }

    private string Address(string? state, int page)
    {
        var parts = new List<string>();
        if (state is not null) parts.Add($"state={Uri.EscapeDataString(state)}");
        if (page > 1) parts.Add($"page={page.ToString(CultureInfo.InvariantCulture)}");
        return EmergencyWords.Path(Id) + (parts.Count == 0 ? "" : $"?{string.Join('&', parts)}");
    }

    private static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
