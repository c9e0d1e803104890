using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Runs;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;

namespace Scheduler.Web.Components.Queue;

/// <summary>What runs, what waits and why, pool by pool. Reads at most once a second however much changes, and now and then although nothing does: what is expected moves with the clock.</summary>
public sealed partial class QueuePage : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnywayEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FactsEvery = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private QueueAddress _address = new();
    private QueueView? _view;
    private IReadOnlyDictionary<string, ScheduleFacts> _facts = new Dictionary<string, ScheduleFacts>();
    private DateTimeOffset _factsReadAt;
    private LiveRefresh? _live;
    private ITimer? _clockwork;

    [SupplyParameterFromQuery(Name = "pool")] public string? PoolText { get; set; }
    [SupplyParameterFromQuery(Name = "why")] public string? WhyText { get; set; }
    [SupplyParameterFromQuery(Name = "after")] public string? AfterText { get; set; }

    [Inject] public required QueueQueries Queue { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required RunControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required TimeProvider Clock { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    protected override void OnInitialized()
    {
        _live = Live.Start(change => change is LiveChange.RunChanged or LiveChange.EngineChanged, _ => InvokeAsync(RefreshAsync), Rest);
        _clockwork = Clock.CreateTimer(_ => _ = InvokeAsync(RefreshAsync), null, AnywayEvery, AnywayEvery);
    }

    protected override Task OnParametersSetAsync()
    {
        _address = QueueAddress.Read(PoolText, WhyText, AfterText);
        return LoadAsync();
    }

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
            _view = await Queue.ViewAsync(_address.Filter, CancellationToken.None);
            var names = _view.Waiting.Select(w => w.Run.Schedule).Distinct().ToList();
            if (Clock.GetUtcNow() - _factsReadAt < FactsEvery && names.All(_facts.ContainsKey)) return;
            (_facts, _factsReadAt) = (await Schedules.FactsAsync(names, CancellationToken.None), Clock.GetUtcNow());
        }
        finally
        {
            _loading.Release();
        }
    }

    private TimeSpan Elapsed(RunView run) => run.StartedAt is { } since ? _view!.At - since : TimeSpan.Zero;

    private static string Unknown(QueuedRun queued) => queued.Wait.Cause switch
    {
        WaitCause.Answer => "It starts once somebody answers.",
        WaitCause.EngineNotRunning => "Nothing starts until the engine runs.",
        WaitCause.NoWorkers => "No worker takes it.",
        _ => "No run that goes on before it has a usual time yet, or too many stand before it.",
    };

    private void Choose(string? cause) => Navigation.NavigateTo((QueueAddress.Read(_address.Pool, cause, null)).Href);

    private async Task MoveAsync(RunView run)
    {
        var question = new Question(
            $"Move run {run.Id} of {run.Schedule} to the front?", $"It starts before all others that wait in pool {run.Pool}, emergencies apart. The others keep their order.", "Move to the front",
            ReasonLabel: "Why it goes first", ReasonRequired: true);
        if (await Confirmation.AskAsync(question) is not { } answer) return;
        var outcome = MoveOutcome.NotFound;
        if (!await Acts.TryAsync(async actor => outcome = await Control.MoveToFrontAsync(run.Id, answer.Reason, actor, CancellationToken.None))) return;
        if (outcome is MoveOutcome.Moved) Notices.Done($"Run {run.Id} goes first in pool {run.Pool}.");
        else Notices.Failed("Nothing changed", outcome is MoveOutcome.AlreadyFirst ? $"Run {run.Id} is the first already." : $"Run {run.Id} waits no more.");
        await RefreshAsync();
    }

    private async Task CancelAsync(RunView run)
    {
        var text = run.Status == RunStatus.Running ? "The job is told to stop and has ten seconds to do so." : "It has not started, and it never will.";
        if (!await Confirmation.ConfirmAsync(new Question($"Cancel run {run.Id} of {run.Schedule}?", text, "Cancel the run", Danger: true))) return;
        await Acts.TryAsync(actor => Control.CancelAsync(run.Id, actor, CancellationToken.None), $"Run {run.Id} is cancelled.");
        await RefreshAsync();
    }
}
