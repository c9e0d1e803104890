using Microsoft.AspNetCore.Components;
using Radzen;
using Scheduler.Core;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Schedules;

/// <summary>Writes or changes a schedule. With every keystroke the whole manifest is read by the same reader that will store it, so what the page says is what will happen.</summary>
public sealed partial class ScheduleFormPage
{
    private const int NextShown = 10;

    private static readonly (string Text, string Words)[] Presets =
    [
        ("*/15 * * * *", "Every 15 minutes"), ("0 * * * *", "Hourly"), ("0 2 * * *", "Daily at 02:00"), ("0 7 * * MON-FRI", "Weekdays at 07:00"),
        ("0 3 * * SUN", "Sundays at 03:00"), ("0 4 1 * *", "Monthly on day 1"), ("manual", "Only by hand"),
    ];

    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private ScheduleForm? _form;
    private ScheduleDetail? _stored;
    private bool _missing;
    private bool _attempted;
    private bool _busy;
    private string _note = "";
    private IReadOnlyList<FieldError> _errors = [];
    private SaveOutcome.Stale? _conflict;
    private TriggerError? _triggerError;
    private string? _sentence;
    private IReadOnlyList<(string Text, string Meaning)> _parts = [];
    private IReadOnlyList<Occurrence> _next = [];
    private bool _followsTheClock;
    private TriggerOutlook? _outlook;

    /// <summary>The schedule to change; null for a new one.</summary>
    [Parameter] public string? Name { get; set; }

    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required ScheduleEditor Editor { get; init; }
    [Inject] public required ManifestReader Manifests { get; init; }
    [Inject] public required JobCatalog Catalog { get; init; }
    [Inject] public required ScopeStore Scopes { get; init; }
    [Inject] public required SchedulerOptions Options { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required NotificationService Notices { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    private IReadOnlyList<Crumb> Crumbs => Name is null ? [new("Schedules", "/schedules")] : [new("Schedules", "/schedules"), new(Name, ScheduleWords.Path(Name))];
    private IReadOnlyList<FieldError> Shown => _attempted ? _errors : _errors.Where(e => IsShown(e.Path)).ToList();
    private IReadOnlyList<JobField> KindFields => Catalog.Find(_form!.Text("spec.job.kind"))?.Fields ?? [];
    private string DefaultPool => Catalog.Find(_form!.Text("spec.job.kind"))?.DefaultPool ?? "scan";
    private string ZoneOfForm => TriggerZone.TryFind(Or("spec.timezone", "UTC"), out var zone) ? zone.Id : "UTC";
    private bool HasRetry => _form!.Text("spec.retry.attempts") is not ("" or "1");

    // Complaints about the job that no field of the form stands for, such as an option that only the YAML knows.
    private List<FieldError> UnplacedJobErrors => Shown.Where(e =>
        e.Path.StartsWith("spec.job.", StringComparison.Ordinal) && !e.Path.StartsWith("spec.job.kind", StringComparison.Ordinal) && !e.Path.StartsWith("spec.job.profile", StringComparison.Ordinal)
        && !KindFields.Any(f => FieldErrors.At([e], $"spec.job.{f.Path}").Any())).ToList();

    private string ZoneHint => TriggerZone.TryFind(Or("spec.timezone", "UTC"), out var zone)
        ? $"Now {zone.ToLocal(Time.Now):HH:mm}, UTC{(zone.OffsetAt(Time.Now) < TimeSpan.Zero ? '-' : '+')}{zone.OffsetAt(Time.Now):hh\\:mm}." : "An IANA name, such as Europe/Berlin.";

    /// <summary>What saving will change, said before it is done.</summary>
    private string? Consequence
    {
        get
        {
            if (_stored is null || _errors.Count > 0) return null;
            if (_stored.Summary.State == ScheduleState.Paused) return "It stays paused; nothing runs now.";
            var (was, will) = (_stored.Summary.NextRunAt, _next.Count > 0 ? _next[0].Utc : (DateTimeOffset?)null);
            if (was == will) return "The next run stays where it is; nothing runs now.";
            return $"The next run moves from {Words(was)} to {Words(will)}; nothing runs now.";
            string Words(DateTimeOffset? at) => at is { } instant ? Time.Show(instant, ZoneOfForm).Clock : "none";
        }
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_form is not null) return;
        if (Name is null)
        {
            _form = ScheduleForm.New();
            if (Time.Zone.Id != "UTC" && TriggerZone.TryFind(Time.Zone.Id, out _)) _form.SetText("spec.timezone", Time.Zone.Id);
        }
        else if (await Schedules.GetAsync(Name, CancellationToken.None) is { } stored)
        {
            (_stored, _form) = (stored, ScheduleForm.Of(stored.Manifest));
        }
        else
        {
            _missing = true;
            return;
        }
        ReadAgain();
    }

    private string Or(string path, string otherwise) => _form!.Text(path) is { Length: > 0 } text ? text : otherwise;

    private bool IsShown(string path) => _attempted || _touched.Any(t => path == t || path.StartsWith(t + "[", StringComparison.Ordinal) || path.StartsWith(t + ".", StringComparison.Ordinal));

    private void Set(string path, ChangeEventArgs e, JobFieldType type = JobFieldType.Text)
    {
        _form!.SetText(path, e.Value as string, type);
        Touch(path);
    }

    private void Use(string trigger)
    {
        _form!.SetText("spec.schedule", trigger);
        Touch("spec.schedule");
    }

    private void ChangeLabels(ChangeEventArgs e)
    {
        _form!.Labels = e.Value as string ?? "";
        Touch("metadata.labels");
    }

    private void ChangeKind(IJobKind kind)
    {
        _form!.ChangeKind(kind);
        _touched.RemoveWhere(p => p.StartsWith("spec.job", StringComparison.Ordinal));
        ReadAgain();
    }

    // Without retries there is no wait to speak of, and a manifest that is silent about them stays short.
    private void ChangeAttempts(ChangeEventArgs e)
    {
        _form!.SetText("spec.retry.attempts", e.Value as string, JobFieldType.Number);
        if (_form.Text("spec.retry.attempts").Length == 0) _form.SetText("spec.retry", "");
        Touch("spec.retry.attempts");
    }

    private void Touch(string path)
    {
        _touched.Add(path);
        ReadAgain();
    }

    private void ReadAgain()
    {
        var errors = new List<FieldError>();
        var manifest = Manifests.TryRead(_form!.ToJson(), Scopes.Current, errors);
        _errors = errors;
        (_sentence, _parts, _next, _outlook) = (null, [], [], null);
        var text = _form.Text("spec.schedule");
        TriggerText.TryParse(text, _form.Text("metadata.name"), out var trigger, out _triggerError);
        if (text.Length == 0) _triggerError = null;
        if (trigger is null || manifest is null || !TriggerZone.TryFind(Or("spec.timezone", "UTC"), out var zone)) return;

        var timing = Timing.Of(manifest.Spec, _stored?.Summary.CreatedAt ?? Time.Now);
        _sentence = TriggerDescription.Describe(trigger, zone);
        _parts = TriggerDescription.Parts(trigger).Select(p => (trigger.Text.Substring(p.Position, p.Length), p.Meaning)).ToList();
        _next = timing.Upcoming(Time.Now, NextShown);
        _outlook = TriggerOutlook.Of(new Occurrences(trigger, zone, timing.AnchorAt), Time.Now);
        _followsTheClock = timing.FollowsTheClock;
    }

    private Task SaveAsync() => SaveAsync(_stored?.Summary.Generation ?? 0);

    private Task SaveOverAsync() => SaveAsync(_conflict!.Generation);

    private async Task SaveAsync(int expectedGeneration)
    {
        (_attempted, _conflict) = (true, null);
        ReadAgain();
        if (_errors.Count > 0 || _busy) return;
        _busy = true;
        try
        {
            await Acts.TryAsync(actor => SaveAsync(expectedGeneration, actor));
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task SaveAsync(int expectedGeneration, Actor actor)
    {
        SaveOutcome outcome;
        try
        {
            outcome = await Editor.SaveAsync(
                _form!.ToJson(), new SaveRules { CreateOnly = Name is null, ExpectedGeneration = Name is null ? null : expectedGeneration, Note = _note.Trim() }, actor, CancellationToken.None);
        }
        catch (InvalidInputException refused)
        {
            _errors = refused.Errors;
            return;
        }
        switch (outcome)
        {
            case SaveOutcome.Saved saved:
                Notices.Done(saved.Created ? $"{saved.Name} is created." : saved.Changed ? $"{saved.Name} is saved as generation {saved.Generation}." : "Nothing has changed.");
                Navigation.NavigateTo(ScheduleWords.Path(saved.Name));
                break;
            case SaveOutcome.NameTaken taken:
                _errors = [new FieldError("metadata.name", $"there is a schedule {taken.Name} already; choose another name")];
                break;
            case SaveOutcome.Stale stale:
                _conflict = stale;
                break;
        }
    }
}
