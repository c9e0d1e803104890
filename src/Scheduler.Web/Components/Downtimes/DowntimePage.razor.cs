using System.Globalization;
using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Downtimes;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Downtimes;

/// <summary>The sheet of one downtime: what each schedule missed, what its policy did, and what a person may still do about it.</summary>
public sealed partial class DowntimePage : IDisposable
{
    private const int PageSize = 100;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> _started = new(StringComparer.Ordinal);
    private DowntimeView? _downtime;
    private IReadOnlyList<MissedSchedule> _missed = [];
    private IReadOnlyList<RunView> _interrupted = [];
    private IReadOnlyDictionary<string, ScheduleFacts> _facts = new Dictionary<string, ScheduleFacts>();
    private string? _after;
    private bool _hasMore;
    private bool _looked;
    private bool _busy;
    private LiveRefresh? _live;

    [Parameter] public long Id { get; set; }
    [SupplyParameterFromQuery(Name = "after")] public string? AfterText { get; set; }

    [Inject] public required DowntimeQueries Downtimes { get; init; }
    [Inject] public required DowntimeControl Control { get; init; }
    [Inject] public required RunControl Runs { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }

    protected override void OnInitialized() => _live = Live.Start(change => change is LiveChange.RunChanged, _ => InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    }), Rest);

    protected override Task OnParametersSetAsync()
    {
        _after = string.IsNullOrEmpty(AfterText) ? null : AfterText;
        return LoadAsync();
    }

    public void Dispose() => _live?.Dispose();

    private async Task LoadAsync()
    {
        var found = await Downtimes.MissedAsync(Id, _after, PageSize + 1, CancellationToken.None) ?? [];
        (_missed, _hasMore) = (found.Take(PageSize).ToList(), found.Count > PageSize);
        _interrupted = await Downtimes.InterruptedAsync(Id, CancellationToken.None);
        if (!_missed.All(m => _facts.ContainsKey(m.Schedule))) _facts = await Schedules.FactsAsync(_missed.Select(m => m.Schedule).ToList(), CancellationToken.None);
        (_downtime, _looked) = (await Downtimes.GetAsync(Id, CancellationToken.None), true);
    }

    private string? ZoneOf(MissedSchedule missed) => _facts.GetValueOrDefault(missed.Schedule)?.TimeZone;

    private async Task AnswerAsync(bool run, string? schedule)
    {
        var which = schedule is null ? "all that waits" : schedule;
        var text = run ? "They start as slots are free, in the order of the queue." : "They are recorded as skipped, with your name, and never run.";
        if (_busy || !await Confirmation.ConfirmAsync(new Question($"{(run ? "Run" : "Skip")} what was missed: {which}?", text, run ? "Run them" : "Skip them", Danger: !run))) return;
        await DoAsync(actor => Control.AnswerAsync(Id, run, schedule, actor, CancellationToken.None), run ? "They run now." : "They are skipped.");
    }

    private Task DismissAsync() => DoAsync(actor => Control.DismissAsync(Id, actor, CancellationToken.None), "Dismissed for everybody.");

    private async Task RunNowAsync(MissedSchedule missed)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"Missed in the downtime from {_downtime!.From.UtcDateTime:yyyy-MM-dd HH:mm} to {_downtime.To.UtcDateTime:yyyy-MM-dd HH:mm} UTC.");
        await DoAsync(async actor =>
        {
            if (await Runs.RunNowAsync(missed.Schedule, new RunRequest { Reason = reason }, actor, CancellationToken.None) is { } id) _started[missed.Schedule] = id;
        }, $"{missed.Schedule} runs now.");
    }

    private async Task DoAsync(Func<Actor, Task> act, string done)
    {
        if (_busy) return;
        _busy = true;
        await Acts.TryAsync(act, done);
        _busy = false;
        await LoadAsync();
    }
}
