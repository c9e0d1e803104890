using System.Globalization;
using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Emergencies;
using Scheduler.Core.Fields;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Live;

namespace Scheduler.Web.Components.Emergencies;

/// <summary>Starts a sweep: whom, why and over what, with what will start beside it. The labels stand in the address; reason and ticks do not, so that no link brings them along.</summary>
public sealed partial class EmergencyPage : IDisposable
{
    private const int ShownAtFirst = 50;
    private const int KnownLabels = 16;

    private readonly SortedSet<int> _ticks = [];
    private IReadOnlyList<LabelCount> _known = [];
    private IReadOnlyList<FieldError> _errors = [];
    private SweepPreview? _preview;
    private string _labels = "";
    private string _reason = "";
    private int _shown = ShownAtFirst;
    private int _looks;
    private bool _busy;
    private LiveRefresh? _live;

    [SupplyParameterFromQuery(Name = "labels")] public string? LabelsInAddress { get; set; }

    [Inject] public required EmergencyQueries Emergencies { get; init; }
    [Inject] public required EmergencyControl Control { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required Confirmation Confirmation { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    private Overrides Overrides => OverrideWords.Read(_ticks);

    private string? CountHint => _preview is { Count: > 0 } preview ? preview.Count == 1 ? "1 schedule" : $"{Number(preview.Count)} schedules" : null;

    protected override void OnInitialized() => _live = Live.Start(change => change is LiveChange.ScheduleChanged or LiveChange.RunChanged, _ => InvokeAsync(async () =>
    {
        await PreviewAsync();
        StateHasChanged();
    }));

    protected override async Task OnParametersSetAsync()
    {
        await CurrentActor.RequireAsync(Role.Operator, "start an emergency");
        if (_known.Count == 0) _known = await Emergencies.LabelsAsync(KnownLabels, CancellationToken.None);
        if (LabelsInAddress is not null && LabelsInAddress != _labels) _labels = LabelsInAddress.Length > 2000 ? LabelsInAddress[..2000] : LabelsInAddress;
        await PreviewAsync();
    }

    public void Dispose() => _live?.Dispose();

    private Task TypeAsync(ChangeEventArgs typed) => SetAsync(typed.Value as string ?? "");

    private Task SetAsync(string labels)
    {
        (_labels, _errors, _shown) = (labels, [], ShownAtFirst);
        return PreviewAsync();
    }

    private void KeepInAddress() =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("labels", _labels.Trim().Length == 0 ? null : _labels.Trim()), replace: true);

    private async Task ToggleAsync(LabelCount label)
    {
        var labels = LabelText.Read(_labels, []);
        if (!IsAsked(label)) labels[label.Key] = label.Value;
        else labels.Remove(label.Key);
        await SetAsync(LabelText.Print(labels));
        KeepInAddress();
    }

    private bool IsAsked(LabelCount label) => LabelText.Read(_labels, []).TryGetValue(label.Key, out var value) && value == label.Value;

    private void Tick(int place)
    {
        if (!_ticks.Remove(place)) _ticks.Add(place);
    }

    // Somebody types faster than we look: only the last look counts.
    private async Task PreviewAsync()
    {
        var (look, errors) = (++_looks, new List<FieldError>());
        var labels = LabelText.Read(_labels, errors);
        var preview = errors.Count > 0 || labels.Count == 0 ? null : await Emergencies.PreviewAsync(labels, CancellationToken.None);
        if (look == _looks) _preview = preview;
    }

    private async Task StartAsync()
    {
        if (_busy) return;
        var errors = new List<FieldError>();
        var request = new SweepRequest { Labels = LabelText.Read(_labels, errors), Reason = _reason, Overrides = Overrides };
        errors.AddRange(request.Check().Where(e => errors.All(known => known.Path != e.Path)));
        await PreviewAsync();
        if (errors.Count == 0 && _preview is not { Count: > 0, IsTooMany: false })
            errors.Add(new FieldError("labels", _preview is { IsTooMany: true } ? $"{Number(_preview.Count)} schedules have them, more than {Number(EmergencyControl.MostSchedules)} at once; name a further label" : "no active or paused schedule has them all"));
        _errors = errors;
        if (errors.Count > 0 || _preview is not { } preview) return;
        if (!await Confirmation.ConfirmAsync(EmergencyWords.StartQuestion(request, preview))) return;
        _busy = true;
        try
        {
            Navigation.NavigateTo(EmergencyWords.Path(await Control.SweepAsync(request, await CurrentActor.GetAsync(), CancellationToken.None)));
        }
        catch (InvalidInputException refused)
        {
            _errors = refused.Errors;
        }
        catch (Exception refused) when (refused is AccessDeniedException or EngineNotHereException)
        {
            Notices.Failed("Not started", refused.Message);
        }
        finally
        {
            _busy = false;
        }
    }

    private static string Runs(int count) => count == 1 ? "1 run" : $"{Number(count)} runs";

    private static string Number(int count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
