using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Radzen;
using Scheduler.Core.Access;
using Scheduler.Core.Analytics;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules.Editor;

/// <summary>Writes or changes a schedule. With every keystroke the whole manifest is read by the same reader that will store it, so what the page says is what will happen.</summary>
public sealed partial class ScheduleFormPage
{
    // The circuit takes messages of up to 32 KB; longer drafts live in the page alone.
    private const int LongestDraft = 16_000;
    private static readonly TimeSpan DraftPause = TimeSpan.FromSeconds(1);

    private static readonly (string Id, string Title, string[] Paths)[] SectionLinks =
    [
        ("what", "What", ["metadata", "spec.job"]), ("when", "When", ["spec.schedule", "spec.timezone", "spec.startAt", "spec.endAt"]),
        ("events", "Which events", ["spec.eventFilter", "spec.debounce", "spec.parameters"]),
        ("late", "If late or overlapping", ["spec.concurrencyPolicy", "spec.missedRuns", "spec.startingDeadlineSeconds", "spec.lateAfter"]),
        ("limits", "Limits", ["spec.timeout", "spec.retry", "spec.pool", "spec.priority"]),
    ];

    private ElementReference _element;
    private SaveDialog? _dialog;
    private Editing? _editing;
    private ScheduleDetail? _stored;
    private Conflict? _conflict;
    private KeptDraft? _kept;
    private Draft? _trial;
    private PoolStatus? _trialPool;
    private LoadForecast? _others;
    private HashSet<DateTimeOffset> _skipped = [];
    private TimeSpan? _usualDuration;
    private IJSObjectReference? _script;
    private IJSObjectReference? _keys;
    private bool _missing;
    private bool _attempted;
    private bool _busy;
    private bool _showsYaml;
    private int _changes;

    /// <summary>The schedule to change; null for a new one.</summary>
    [Parameter] public string? Name { get; set; }

    /// <summary>The trigger that a new schedule begins with.</summary>
    [SupplyParameterFromQuery(Name = "schedule")] public string? TriggerText { get; set; }

    /// <summary>Whether the YAML stands beside the form at once.</summary>
    [SupplyParameterFromQuery(Name = "yaml")] public string? OpensYaml { get; set; }

    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required ScheduleEditor Editor { get; init; }
    [Inject] public required ManifestReader Manifests { get; init; }
    [Inject] public required ScopeStore Scopes { get; init; }
    [Inject] public required JobCatalog Catalog { get; init; }
    [Inject] public required EngineReport Report { get; init; }
    [Inject] public required LoadForecasts Load { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required TimeProvider Clock { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }
    [Inject] public required IJSRuntime Js { get; init; }

    /// <summary>What was stored meanwhile; no YAML where it was deleted.</summary>
    private sealed record Conflict(int Generation, string ChangedBy, string? Yaml);

    /// <summary>What the browser keeps of an unsaved draft.</summary>
    private sealed record KeptDraft(string Text, int Generation, DateTimeOffset At);

    private IReadOnlyList<Crumb> Crumbs => Name is null ? [new("Schedules", "/schedules")] : [new("Schedules", "/schedules"), new(Name, ScheduleWords.Path(Name))];
    private string Here => Name is null ? "/schedules/new" : $"{ScheduleWords.Path(Name)}/edit";
    private int Generation => _stored?.Summary.Generation ?? 0;
    private string StoredYaml => _stored is { } stored ? ScheduleForm.Of(stored.Manifest).Yaml : "";

    private bool FollowsEvents => EventSection.IsFor(_editing!.Text("spec.schedule"));

    private bool TimesChange => _stored?.Timing is { } was && _editing!.Draft.Timing is { } will && was != will;

    /// <summary>What saving will change, said before it is done.</summary>
    private string? Consequence
    {
        get
        {
            if (_stored is null || _editing!.Errors.Count > 0) return null;
            if (_stored.Summary.State == ScheduleState.Paused) return "It stays paused; nothing runs now.";
            var (was, will) = (_stored.Summary.NextRunAt, _editing.Draft.Next.Select(n => (DateTimeOffset?)n.Utc).FirstOrDefault(at => !_skipped.Contains(at!.Value)));
            if (was == will) return "The next run stays where it is; nothing runs now.";
            return $"The next run moves from {Words(was)} to {Words(will)}; nothing runs now.";
            string Words(DateTimeOffset? at) => at is { } instant ? Time.Show(instant, _editing.Draft.Zone).Clock : "none";
        }
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_editing is not null) return;
        ScheduleForm form;
        if (Name is null)
        {
            form = ScheduleForm.New();
            if (Time.Zone.Id != "UTC" && TriggerZone.TryFind(Time.Zone.Id, out _)) form.SetText("spec.timezone", Time.Zone.Id);
            if (TriggerText is { Length: > 0 and <= Core.Triggers.TriggerText.MaxLength } text) form.SetText("spec.schedule", text);
        }
        else if (await Schedules.GetAsync(Name, CancellationToken.None) is { } stored)
        {
            (_stored, form) = (stored, ScheduleForm.Of(stored.Manifest));
            _skipped = (await Schedules.SkipsAheadAsync(Name, CancellationToken.None)).Select(s => s.At).ToHashSet();
        }
        else
        {
            _missing = true;
            return;
        }
        _showsYaml = OpensYaml is "1";
        Begin(form);
        if (TriggerText is { Length: > 0 } && Name is null) _editing!.Touch("spec.schedule");
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_editing is null || _script is not null) return;
        _script = await Js.InvokeAsync<IJSObjectReference>("import", "./js/editor.js");
        _keys = await _script.InvokeAsync<IJSObjectReference>("watchKeys", _element);
        if (ReadDraft(await _script.InvokeAsync<string?>("read", Here)) is { } kept && kept.Text != _editing.Form.Yaml)
        {
            _kept = kept;
        }
        // The form is there at once; what the other schedules do may take a moment to reckon.
        var coming = await Task.Run(() => Load.ComingAsync(CancellationToken.None));
        (_others, _usualDuration) = (Name is null ? coming : coming.Without(Name), Name is null ? null : await Load.UsualDurationAsync(Name, CancellationToken.None));
        StateHasChanged();
    }

    private void Begin(ScheduleForm form)
    {
        if (_editing is not null) _editing.Changed -= Follow;
        var (createdAt, scope) = (_stored?.Summary.CreatedAt ?? Time.Now, Scopes.Current);
        _editing = new Editing(form, Name, written => Draft.Read(written.ToJson(), Manifests, scope, Name, createdAt, Time.Now));
        _editing.Changed += Follow;
    }

    private void Follow()
    {
        _trial = null;
        StateHasChanged();
        _ = KeepDraftAsync(++_changes);
    }

    // A trial starts nothing: it says what would happen, as things stand at this moment.
    private async Task TryAsync()
    {
        if (!_editing!.Attempt()) _attempted = true;
        if (Name is not null) _stored = await Schedules.GetAsync(Name, CancellationToken.None) is { } now && now.Summary.Generation == Generation ? now : _stored;
        _trial = _editing.Draft;
        var pool = _trial.Manifest is { } manifest ? manifest.Spec.Pool ?? Catalog.Find(manifest.Spec.Job.Kind)?.DefaultPool : null;
        _trialPool = (await Report.PoolsAsync(CancellationToken.None)).FirstOrDefault(p => p.Name == pool);
    }

    private void ToggleYaml() => _showsYaml = !_showsYaml;

    private async Task ReviewAsync()
    {
        (_attempted, _conflict) = (true, null);
        if (!_editing!.Attempt() || _busy) return;
        if (_stored is null)
        {
            await SaveAsync(0, "");
            return;
        }
        _dialog!.Ask(new SaveDialog.Review($"Save {Name}", Consequence ?? "", StoredYaml, _editing.Form.Yaml, "Save", TimesChange));
    }

    private Task SaveOverAsync() => SaveAsync(_conflict!.Generation, "");

    private async Task SaveAsync(int expectedGeneration, string note)
    {
        if (_busy) return;
        _busy = true;
        try
        {
            await Acts.TryAsync(actor => SaveAsync(expectedGeneration, note, actor));
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task SaveAsync(int expectedGeneration, string note, Actor actor)
    {
        SaveOutcome outcome;
        try
        {
            var rules = new SaveRules { CreateOnly = Name is null, ExpectedGeneration = Name is null ? null : expectedGeneration, Note = note };
            outcome = await Editor.SaveAsync(_editing!.Form.ToJson(), rules, actor, CancellationToken.None);
        }
        catch (InvalidInputException refused)
        {
            _editing!.Refuse(refused.Errors);
            return;
        }
        switch (outcome)
        {
            case SaveOutcome.Saved saved:
                await ForgetDraftAsync();
                Notices.Done(saved.Created ? $"{saved.Name} is created." : saved.Changed ? $"{saved.Name} is saved as generation {saved.Generation}." : "Nothing has changed.");
                Navigation.NavigateTo(ScheduleWords.Path(saved.Name));
                break;
            case SaveOutcome.NameTaken taken:
                _editing!.Refuse([new FieldError("metadata.name", $"there is a schedule {taken.Name} already; choose another name")]);
                break;
            case SaveOutcome.Stale stale:
                var theirs = await Schedules.GetAsync(Name!, CancellationToken.None);
                _conflict = new Conflict(stale.Generation, stale.ChangedBy, theirs is null ? null : ScheduleForm.Of(theirs.Manifest).Yaml);
                break;
        }
    }

    private async Task TakeTheirsAsync()
    {
        (_conflict, _stored, _attempted) = (null, await Schedules.GetAsync(Name!, CancellationToken.None), false);
        if (_stored is null) _missing = true;
        else Begin(ScheduleForm.Of(_stored.Manifest));
        await ForgetDraftAsync();
    }

    // A closed tab or a lost connection costs at most the last second of typing.
    private async Task KeepDraftAsync(int change)
    {
        await Task.Delay(DraftPause, Clock);
        await InvokeAsync(async () =>
        {
            if (change != _changes || _script is null || _editing!.Yaml.Length > LongestDraft) return;
            try
            {
                await _script.InvokeVoidAsync("keep", Here, JsonSerializer.Serialize(new KeptDraft(_editing.Yaml, Generation, Time.Now)));
            }
            catch (JSDisconnectedException)
            {
                // The page has gone; what it kept last stays.
            }
        });
    }

    private void TakeUpDraft()
    {
        var text = _kept!.Text;
        _kept = null;
        _editing!.ChangeYaml(text);
    }

    private Task DropDraftAsync()
    {
        _kept = null;
        return ForgetDraftAsync();
    }

    private async Task ForgetDraftAsync()
    {
        _changes++; // what is about to be kept is no longer wanted
        if (_script is not null) await _script.InvokeVoidAsync("forget", Here);
    }

    private async Task CancelAsync()
    {
        await ForgetDraftAsync();
        Navigation.NavigateTo(Name is null ? "/schedules" : ScheduleWords.Path(Name));
    }

    private static KeptDraft? ReadDraft(string? json)
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize<KeptDraft>(json);
        }
        catch (JsonException)
        {
            return null; // something else wrote there
        }
    }

    public async ValueTask DisposeAsync()
    {
        _changes++;
        try
        {
            if (_keys is not null) await _keys.InvokeVoidAsync("stop");
            if (_script is not null) await _script.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the script with it.
        }
    }
}
