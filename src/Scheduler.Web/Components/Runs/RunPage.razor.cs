using Microsoft.AspNetCore.Components;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;

namespace Scheduler.Web.Components.Runs;

/// <summary>One run: what became of it, how it got there, and what it said and found. Live until it ends.</summary>
public sealed partial class RunPage : IDisposable
{
    private RunView? _run;
    private bool _loaded;
    private string? _zone;
    private string? _manifest;
    private bool _busy;
    private LiveRefresh? _live;

    [Parameter] public long Id { get; set; }
    [SupplyParameterFromQuery(Name = "tab")] public string? Tab { get; set; }

    [Inject] public required RunQueries Runs { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required RunControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    private IReadOnlyList<TabLink> TabLinks =>
    [
        new("Summary", RunWords.Path(Id), Tab is not ("log" or "findings")),
        new("Log", $"{RunWords.Path(Id)}?tab=log", Tab == "log"),
        new("Findings", $"{RunWords.Path(Id)}?tab=findings", Tab == "findings", _run!.Findings.Total + _run.Findings.Fixed),
    ];

    protected override void OnInitialized() => _live = Live.Start(
        change => change is LiveChange.RunChanged changed && changed.RunId == Id,
        _ => InvokeAsync(async () =>
        {
            _run = await Runs.GetAsync(Id, CancellationToken.None) ?? _run;
            StateHasChanged();
        }));

    protected override async Task OnParametersSetAsync()
    {
        if (_run?.Id != Id) (_run, _loaded, _zone, _manifest) = (null, false, null, null);
        var run = await Runs.GetAsync(Id, CancellationToken.None);
        if (run is not null && !_loaded)
        {
            _zone = (await Schedules.FactsAsync([run.Schedule], CancellationToken.None)).GetValueOrDefault(run.Schedule)?.TimeZone;
            _manifest = await Runs.ManifestAsync(Id, CancellationToken.None);
        }
        (_run, _loaded) = (run, true);
    }

    public void Dispose() => _live?.Dispose();

    private async Task CancelAsync()
    {
        var text = _run!.Status == RunStatus.Running ? "The job is told to stop and has ten seconds to do so. What it has found stays." : "It has not started, and it never will.";
        if (!await Confirmation.ConfirmAsync(new Question($"Cancel run {Id} of {_run.Schedule}?", text, "Cancel the run", Danger: true))) return;
        await BusyAsync(() => Acts.TryAsync(async actor => await Control.CancelAsync(Id, actor, CancellationToken.None)));
    }

    private Task RepeatAsync() => BusyAsync(() => Acts.TryAsync(async actor =>
    {
        if (await Control.RetryAsync(Id, actor, CancellationToken.None) is { } again) Navigation.NavigateTo(RunWords.Path(again));
    }));

    private async Task BusyAsync(Func<Task> act)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            await act();
            _run = await Runs.GetAsync(Id, CancellationToken.None) ?? _run;
        }
        finally
        {
            _busy = false;
        }
    }
}
