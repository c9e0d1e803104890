using System.Globalization;
using Microsoft.AspNetCore.Components;
using Scheduler.Core.Analytics;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.SelfChecks;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Dashboard;

/// <summary>What runs now, what needs somebody, what comes next, and how it went. What is dear to ask for is asked for less often than the page repaints.</summary>
public sealed partial class DashboardPage : IDisposable
{
    private const int MostActive = 12;
    private const int MostComing = 8;
    private const int MostLast = 12;
    private const int MostTroubles = 6;
    private static readonly TimeSpan FiguresEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CountsEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FactsEvery = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private IReadOnlyList<RunView> _active = [];
    private IReadOnlyList<RunView>? _last;
    private IReadOnlyList<NextRun> _coming = [];
    private IReadOnlyList<Trouble>? _troubles;
    private IReadOnlyList<DisabledSchedule> _disabled = [];
    private IReadOnlyList<PoolStatus> _pools = [];
    private IReadOnlyDictionary<string, ScheduleFacts> _facts = new Dictionary<string, ScheduleFacts>();
    private ScheduleCounts? _schedules;
    private RunFigures? _day;
    private RunFigures? _dayBefore;
    private (EngineStatus Status, string Reason) _engine;
    private DateTimeOffset _figuresReadAt;
    private DateTimeOffset _countsReadAt;
    private DateTimeOffset _factsReadAt;
    private int _running;
    private LiveRefresh? _live;
    private ITimer? _clockwork;

    [Inject] public required RunQueries Runs { get; init; }
    [Inject] public required RunControl Control { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required StatisticsQueries Statistics { get; init; }
    [Inject] public required EngineReport Engine { get; init; }
    [Inject] public required SelfCheckReport SelfCheck { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required TimeProvider Clock { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }

    // The list itself is exact as long as it holds everything; the counts behind it are asked for less often.
    private bool ShowsAll => _active.Count < MostActive;
    private int Running => ShowsAll ? _active.Count(r => r.Status == RunStatus.Running) : Math.Max(_running, _active.Count(r => r.Status == RunStatus.Running));
    private int Waiting => ShowsAll ? _active.Count(r => r.Status != RunStatus.Running) : _pools.Sum(p => p.Queued);
    private int HeldBack => ShowsAll ? 0 : Math.Max(0, Running + Waiting - _active.Count);

    private string RateHint => _dayBefore?.SuccessRate switch
    {
        null when _day?.SuccessRate is null => "no run in 24 h",
        null => string.Create(CultureInfo.InvariantCulture, $"{_day!.Runs:#,0} {(_day.Runs == 1 ? "run" : "runs")}, none the day before"),
        _ => $"{Rate(_dayBefore)} % the day before",
    };

    private Tone RateTone => _day?.SuccessRate switch
    {
        null => Tone.Neutral,
        < 0.9 => Tone.Bad,
        < 1 => Tone.Neutral,
        _ => Tone.Good,
    };

    private string NoNextWords => _schedules switch
    {
        { Total: 0 } => "no schedules yet",
        { Active: 0 } => "no schedule is active",
        _ => "none ahead",
    };

    protected override void OnInitialized()
    {
        _live = Live.Start(change => change is not (LiveChange.LogGrew or LiveChange.EventAccepted or LiveChange.WebhooksChanged), _ => InvokeAsync(RefreshAsync));
        // Figures of the last 24 hours move with the clock too, and after the last change of a burst.
        _clockwork = Clock.CreateTimer(_ => _ = InvokeAsync(RefreshAsync), null, FiguresEvery, FiguresEvery);
    }

    protected override Task OnInitializedAsync() => LoadAsync();

    public void Dispose()
    {
        _live?.Dispose();
        _clockwork?.Dispose();
        _loading.Dispose();
    }

    private async Task RefreshAsync()
    {
        try
        {
            await LoadAsync();
            StateHasChanged();
        }
        catch (ObjectDisposedException)
        {
            // The page was left while this waited.
        }
    }

    private async Task LoadAsync()
    {
        await _loading.WaitAsync();
        try
        {
            var now = Clock.GetUtcNow();
            _engine = (Engine.Status, Engine.Reason);
            _active = RunOrder.Steady(_active, await Runs.ActiveAsync(MostActive, CancellationToken.None));
            _last = await Runs.ListAsync(new RunFilter { Limit = MostLast }, CancellationToken.None);
            _coming = await Schedules.ComingAsync(MostComing, CancellationToken.None);
            _pools = await Engine.PoolsAsync(CancellationToken.None);
            if (now - _countsReadAt >= CountsEvery) await ReadCountsAsync(now);
            if (now - _figuresReadAt >= FiguresEvery) ReadFigures(now);
            await ReadFactsAsync(now);
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task ReadCountsAsync(DateTimeOffset now)
    {
        _countsReadAt = now;
        _running = await Runs.CountAsync(new RunFilter { Statuses = [RunStatus.Running] }, CancellationToken.None);
        _schedules = await Schedules.CountsAsync(CancellationToken.None);
        _disabled = _schedules.Disabled == 0 ? [] : await Schedules.DisabledAsync(MostTroubles, CancellationToken.None);
        _troubles = await Runs.TroublesAsync(now.AddHours(-24), MostTroubles + 1, CancellationToken.None);
    }

    private void ReadFigures(DateTimeOffset now)
    {
        _figuresReadAt = now;
        _day = Statistics.Over(null, now.AddHours(-24), now);
        _dayBefore = Statistics.Over(null, now.AddHours(-48), now.AddHours(-24));
    }

    private async Task ReadFactsAsync(DateTimeOffset now)
    {
        var names = _active.Concat(_last!).Concat(_troubles!.Select(t => t.Last)).Select(r => r.Schedule).Distinct().ToList();
        if (now - _factsReadAt < FactsEvery && names.All(_facts.ContainsKey)) return;
        _factsReadAt = now;
        _facts = await Schedules.FactsAsync(names, CancellationToken.None);
    }

    private async Task CancelAsync(RunView run)
    {
        var text = run.Status == RunStatus.Running ? "The job is told to stop and has ten seconds to do so." : "It has not started, and it never will.";
        if (await Confirmation.ConfirmAsync(new Question($"Cancel run {run.Id} of {run.Schedule}?", text, "Cancel the run", Danger: true)))
            await Acts.TryAsync(actor => Control.CancelAsync(run.Id, actor, CancellationToken.None), $"Run {run.Id} is cancelled.");
    }

    // Rounded down: 99.96 % is not all of them.
    private static string Rate(RunFigures? statistics) =>
        statistics?.SuccessRate is { } rate ? (Math.Floor(rate * 1000) / 10).ToString("0.#", CultureInfo.InvariantCulture) : "–";
}
