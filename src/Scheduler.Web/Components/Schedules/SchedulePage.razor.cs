using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Analytics;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Emergencies;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules;

/// <summary>One schedule: when it runs next, how it ran, what it is, and the acts on it.</summary>
public sealed partial class SchedulePage : IDisposable
{
    private ScheduleDetail? _schedule;
    private bool _loaded;
    private IReadOnlyList<RunView> _runs = [];
    private IReadOnlyList<Occurrence> _next = [];
    private IReadOnlyList<SkipAhead> _skipped = [];
    private RunFigures? _day, _month;
    private PauseDialog _pause = null!;
    private LiveRefresh? _live;

    [Parameter] public required string Name { get; set; }
    [SupplyParameterFromQuery(Name = "tab")] public string? Tab { get; set; }

    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required RunQueries Runs { get; init; }
    [Inject] public required StatisticsQueries Statistics { get; init; }
    [Inject] public required BlackoutQueries Blackouts { get; init; }
    [Inject] public required ScheduleEditor Editor { get; init; }
    [Inject] public required RunControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    private ScheduleSpec Spec => _schedule!.Manifest.Spec;
    private string Description => _schedule!.Manifest.Annotations.GetValueOrDefault("description", "");
    private string Yaml => ManifestText.ToYaml(ManifestJson.Write(_schedule!.Manifest));
    private string NextWords => _schedule!.Summary.NextRunAt is { } next ? Time.Show(next, _schedule.Summary.TimeZone, seconds: next - Time.Now < TimeSpan.FromHours(1)).Clock : "–";
    private string NextHint => _schedule!.Summary.NextRunAt is { } next ? $"{Time.Show(next, _schedule.Summary.TimeZone).Relative}, {_schedule.Summary.TimeZone}" : "None ahead";

    private IReadOnlyList<TabLink> TabLinks
    {
        get
        {
            var path = ScheduleWords.Path(Name);
            return [new("Overview", path, Tab is not ("versions" or "yaml")), new("Versions", path + "?tab=versions", Tab == "versions", _schedule!.Summary.Generation), new("YAML", path + "?tab=yaml", Tab == "yaml")];
        }
    }

    private string Targets => Spec.Job.Targets.ValueKind != JsonValueKind.Object ? "–" : string.Join(", ", Spec.Job.Targets.EnumerateObject().Select(t => t.Value.ValueKind switch
    {
        JsonValueKind.Array when t.Value.GetArrayLength() == 1 => t.Value[0].ToString(),
        JsonValueKind.Array => $"{t.Value.GetArrayLength()} {t.Name}",
        _ => t.Value.ToString(),
    }));

    protected override void OnInitialized() => _live = Live.Start(
        change => change is LiveChange.ScheduleChanged { ScheduleName: var schedule } && schedule == Name || change is LiveChange.RunChanged { ScheduleName: var run } && run == Name,
        _ => InvokeAsync(async () =>
        {
            await LoadAsync();
            StateHasChanged();
        }));

    protected override Task OnParametersSetAsync() => LoadAsync();

    public void Dispose() => _live?.Dispose();

    private async Task LoadAsync()
    {
        _schedule = await Schedules.GetAsync(Name, CancellationToken.None);
        _loaded = true;
        if (_schedule is null) return;
        var now = Time.Now;
        _runs = await Runs.ListAsync(new RunFilter { Schedule = Name, Limit = 20 }, CancellationToken.None);
        _day = Statistics.Over(Name, now.AddDays(-1), now);
        _month = Statistics.Series(new StatisticsFilter { Schedule = Name, From = now.AddDays(-30), To = now, Span = StatisticsSpan.Day })?.Total;
        _skipped = await Schedules.SkipsAheadAsync(Name, CancellationToken.None);
        _next = Upcoming(10);
    }

    private Task RunAsync() => Acts.TryAsync(async actor =>
    {
        if (await Control.RunNowAsync(Name, new RunRequest(), actor, CancellationToken.None) is { } id) Notices.Done($"Run {id} is queued.");
    });

    private async Task EmergencyAsync()
    {
        if (await Confirmation.AskAsync(ScheduleActs.EmergencyQuestion(Name, await Blackouts.CoveringAsync(Name, CancellationToken.None))) is not { } answer) return;
        await Acts.TryAsync(async actor =>
        {
            if (await Control.RunNowAsync(Name, new RunRequest { Emergency = true, Reason = answer.Reason, Overrides = OverrideWords.Read(answer.Ticks) }, actor, CancellationToken.None) is { } id)
                Navigation.NavigateTo($"/runs/{id}");
        });
    }

    /// <summary>The next runs, without those that somebody skipped.</summary>
    private IReadOnlyList<Occurrence> Upcoming(int count)
    {
        if (_schedule is not { Summary.State: ScheduleState.Active, Timing: { } timing }) return [];
        var skipped = _skipped.Select(s => s.At).ToHashSet();
        return timing.Upcoming(Time.Now, count + skipped.Count).Where(o => !skipped.Contains(o.Utc)).Take(count).ToList();
    }

    private async Task PauseAsync()
    {
        var zone = _schedule!.Summary.TimeZone;
        if (await _pause.AskAsync($"Pause {Name}?", PauseDialog.Meaning, zone) is { } pause)
            await Acts.TryAsync(actor => Editor.PauseAsync(Name, pause.Until, pause.Reason, actor, CancellationToken.None), ScheduleActs.Paused(Name, pause.Until, zone, Time));
    }

    private async Task SkipAsync()
    {
        if (_schedule is not { Summary: { NextRunAt: { } at } summary }) return;
        var then = Upcoming(2).Where(o => o.Utc > at).Select(o => Clock(o.Utc)).FirstOrDefault();
        if (await Confirmation.AskAsync(ScheduleActs.SkipQuestion(Name, Clock(at), then)) is not { } answer) return;
        await Acts.TryAsync(async actor =>
        {
            // The instant that was shown, and no other: the run may have started while the dialog was open.
            var outcome = await Editor.SkipNextAsync(Name, answer.Reason, actor, CancellationToken.None, at);
            if (outcome is SkipOutcome.Refused(var why)) Notices.Failed("Not skipped", why);
            else if (outcome is SkipOutcome.Skipped) Notices.Done($"{Name} skips {Clock(at)}.");
        });

        string Clock(DateTimeOffset instant) => Time.Show(instant, summary.TimeZone, seconds: instant.Second != 0).Clock;
    }

    private Task UndoSkipAsync(SkipAhead skip) => Acts.TryAsync(async actor =>
    {
        if (await Editor.UndoSkipAsync(Name, skip.At, actor, CancellationToken.None) == ScheduleAct.Done) Notices.Done("The skip is taken back.");
        else Notices.Failed("Not taken back", "It has fallen due, or somebody else was quicker.");
    });

    private Task ResumeAsync() => Acts.TryAsync(actor => Editor.ResumeAsync(Name, actor, CancellationToken.None), $"{Name} runs again.");

    private async Task DeleteAsync()
    {
        if (!await Confirmation.ConfirmAsync(ScheduleActs.DeleteQuestion(Name))) return;
        if (await Acts.TryAsync(actor => Editor.DeleteAsync(Name, actor, CancellationToken.None), $"{Name} is deleted.")) Navigation.NavigateTo("/schedules");
    }
}
