using Microsoft.AspNetCore.Components;
using Scheduler.Core.Analytics;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Dashboard;

/// <summary>The wall screen: what needs a person, what runs now, what comes next, how it went.</summary>
public sealed partial class DashboardPage : IDisposable
{
    private const int MostActive = 12;
    private const int MostLast = 12;
    private const int MostComing = 8;
    private const int MostBad = 6;

    private static readonly RunStatus[] Ended = [RunStatus.Succeeded, RunStatus.Failed, RunStatus.TimedOut, RunStatus.Cancelled, RunStatus.Interrupted, RunStatus.Skipped];
    private static readonly RunStatus[] Bad = [RunStatus.Failed, RunStatus.TimedOut, RunStatus.Interrupted];

    private Board? _now;
    private LiveRefresh? _live;

    [Inject] public required RunQueries Runs { get; init; }
    [Inject] public required RunStatisticsQueries Statistics { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required EngineReport Engine { get; init; }
    [Inject] public required RunControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }

    protected override void OnInitialized() => _live = Live.Start(
        change => change is not LiveChange.LogGrew,
        _ => InvokeAsync(async () =>
        {
            await LoadAsync();
            StateHasChanged();
        }));

    protected override Task OnParametersSetAsync() => LoadAsync();

    public void Dispose() => _live?.Dispose();

    private async Task LoadAsync()
    {
        var ct = CancellationToken.None;
        var now = Time.Now;
        var day = await Statistics.OverAsync(null, now.AddDays(-1), now.AddMinutes(1), ct);
        var before = await Statistics.OverAsync(null, now.AddDays(-2), now.AddDays(-1), ct);
        var bad = await Runs.ListAsync(new RunFilter { Statuses = Bad, From = now.AddDays(-1), Limit = MostBad }, ct);
        _now = new Board(
            day, before, await Runs.ActiveAsync(MostActive, ct), await Runs.ListAsync(new RunFilter { Statuses = Ended, Limit = MostLast }, ct), bad,
            await Schedules.ComingAsync(MostComing, ct), await Schedules.CountsAsync(ct), await Engine.PoolsAsync(ct));
    }

    private static List<RunView> Running(Board now) => now.Active.Where(r => r.Status == RunStatus.Running).ToList();

    private static int? Waiting(Board now) => now.Pools.Sum(p => p.Queued) is > 0 and var waiting ? waiting : null;

    // Within the hour seconds tell two runs apart.
    private bool IsSoon(NextRun next) => next.At - Time.Now < TimeSpan.FromHours(1);

    private static string Before(Board now) => (now.Day.SuccessRate, now.Before.SuccessRate) switch
    {
        (null, _) => "No run yet",
        ({ }, null) => $"{now.Day.Succeeded} of {now.Day.Succeeded + now.Day.Failed} runs",
        ({ }, { } before) => $"{now.Day.Succeeded} of {now.Day.Succeeded + now.Day.Failed}; the day before {Math.Floor(before * 1000) / 10:0.#} %",
    };

    private async Task CancelAsync(RunView run)
    {
        if (await Confirmation.ConfirmAsync(new Question($"Cancel run {run.Id} of {run.Schedule}?", "It is told to stop; what it has found so far is kept.", "Cancel the run", Danger: true)))
            await Acts.TryAsync(actor => Control.CancelAsync(run.Id, actor, CancellationToken.None), $"Run {run.Id} is told to stop.");
    }

    private sealed record Board(
        RunStatistics Day, RunStatistics Before, IReadOnlyList<RunView> Active, IReadOnlyList<RunView> Last, IReadOnlyList<RunView> Bad,
        IReadOnlyList<NextRun> Coming, ScheduleCounts Counts, IReadOnlyList<PoolStatus> Pools);
}
