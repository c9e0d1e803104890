using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Analytics;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
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
    private RunFigures? _day;
    private LiveRefresh? _live;

    [Parameter] public required string Name { get; set; }
    [SupplyParameterFromQuery(Name = "tab")] public string? Tab { get; set; }

    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required RunQueries Runs { get; init; }
    [Inject] public required StatisticsQueries Statistics { get; init; }
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
        _next = _schedule.Summary.State == ScheduleState.Active ? _schedule.Timing?.Upcoming(now, 10) ?? [] : [];
    }

    private Task RunAsync() => Acts.TryAsync(async actor =>
    {
        if (await Control.RunNowAsync(Name, new RunRequest(), actor, CancellationToken.None) is { } id) Notices.Done($"Run {id} is queued.");
    });

    private async Task EmergencyAsync()
    {
        if (await Confirmation.AskAsync(ScheduleActs.EmergencyQuestion(Name)) is not { } answer) return;
        await Acts.TryAsync(async actor =>
        {
            if (await Control.RunNowAsync(Name, new RunRequest { Emergency = true, Reason = answer.Reason }, actor, CancellationToken.None) is { } id)
                Navigation.NavigateTo($"/runs/{id}");
        });
    }

    private async Task PauseAsync()
    {
        if (await Confirmation.AskAsync(ScheduleActs.PauseQuestion(Name)) is { } answer)
            await Acts.TryAsync(actor => Editor.PauseAsync(Name, null, answer.Reason, actor, CancellationToken.None), $"{Name} is paused.");
    }

    private Task ResumeAsync() => Acts.TryAsync(actor => Editor.ResumeAsync(Name, actor, CancellationToken.None), $"{Name} runs again.");

    private async Task DeleteAsync()
    {
        if (!await Confirmation.ConfirmAsync(ScheduleActs.DeleteQuestion(Name))) return;
        if (await Acts.TryAsync(actor => Editor.DeleteAsync(Name, actor, CancellationToken.None), $"{Name} is deleted.")) Navigation.NavigateTo("/schedules");
    }
}
