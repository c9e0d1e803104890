using System.Globalization;
using Microsoft.AspNetCore.Components;
using Scheduler.Core.Access;
using Scheduler.Core.Backfills;
using Scheduler.Core.Fields;
using Scheduler.Core.Impact;
using Scheduler.Core.Jobs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Identity;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Backfills;

/// <summary>A backfill before its launch: the settings, every slot with what will happen to it, and what it does to the rest.</summary>
public sealed partial class BackfillNewPage
{
    private const int PageSize = 50;
    private const int MostNames = 200;

    private readonly HashSet<DateTimeOffset> _off = [];
    private BackfillAddress _address = new();
    private IReadOnlyList<string> _names = [];
    private IReadOnlyList<FieldError> _errors = [];
    private ScheduleDetail? _schedule;
    private ScheduleGap? _gap;
    private BackfillPreview? _preview;
    private BlastRadius? _impact;
    private string? _note;
    private bool _busy;

    [SupplyParameterFromQuery(Name = "schedule")] public string? Schedule { get; set; }
    [SupplyParameterFromQuery(Name = "from")] public string? From { get; set; }
    [SupplyParameterFromQuery(Name = "to")] public string? To { get; set; }
    [SupplyParameterFromQuery(Name = "mode")] public string? Mode { get; set; }
    [SupplyParameterFromQuery(Name = "order")] public string? Order { get; set; }
    [SupplyParameterFromQuery(Name = "failure")] public string? Failure { get; set; }
    [SupplyParameterFromQuery(Name = "parallel")] public int? Parallel { get; set; }
    [SupplyParameterFromQuery(Name = "hours")] public string? Hours { get; set; }
    [SupplyParameterFromQuery(Name = "show")] public string? Show { get; set; }
    [SupplyParameterFromQuery(Name = "page")] public int? Page { get; set; }

    [Inject] public required BackfillQueries Backfills { get; init; }
    [Inject] public required JobCatalog Catalog { get; init; }
    [Inject] public required BackfillControl Control { get; init; }
    [Inject] public required ImpactForecasts Impacts { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required CurrentActor CurrentActor { get; init; }
    [Inject] public required Acts Acts { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    private string? ZoneHint => _schedule is null ? null : $"On the clock of {_schedule.Summary.TimeZone}.";

    // Seconds are shown where they matter.
    private string Step => FromText is { Length: > 16 } || ToText is { Length: > 16 } ? "1" : "60";

    private string? FromText => _preview is null ? LocalText(_address.From, "00:00") : Local(_preview.From);
    private string? ToText => _preview is null ? LocalText(_address.To, "23:59") : Local(_preview.To);

    private IReadOnlyList<PlannedSlot> Shown => _address.Show switch
    {
        "run" => _preview!.Slots.Where(s => s.Runs).ToList(),
        "skip" => _preview!.Slots.Where(s => !s.Runs).ToList(),
        _ => _preview!.Slots,
    };

    private int PageNumber => Math.Clamp(_address.Page, 1, Math.Max(1, (Shown.Count + PageSize - 1) / PageSize));

    private bool HasSeconds => _preview!.Slots.Any(s => s.ScheduledFor.Second != 0);

    private IReadOnlyList<TabLink> TabLinks =>
    [
        new("All", (_address with { Show = null, Page = 1 }).Href, _address.Show is null, _preview!.Slots.Count),
        new("Run", (_address with { Show = "run", Page = 1 }).Href, _address.Show == "run", _preview.ToRun),
        new("Skipped", (_address with { Show = "skip", Page = 1 }).Href, _address.Show == "skip", _preview.Slots.Count - _preview.ToRun),
    ];

    private IEnumerable<(string Label, string From, string To)> Presets
    {
        get
        {
            var now = Time.Now.AddTicks(-(Time.Now.Ticks % TimeSpan.TicksPerMinute));
            if (_gap is { } gap) yield return (gap.Missed == 1 ? "The missed run" : $"The {BackfillWords.Number(gap.Missed)} missed runs", Local(gap.From), Local(gap.To));
            yield return ("24 hours", Local(now.AddHours(-24)), Local(now));
            yield return ("7 days", Local(now.AddDays(-7)), Local(now));
            yield return ("30 days", Local(now.AddDays(-30)), Local(now));
            var today = DateTime.ParseExact(Local(now)[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture);
            yield return ("Yesterday", Day(today.AddDays(-1)), Day(today.AddDays(-1)));
            yield return ("This month", Day(today.AddDays(1 - today.Day)), Day(today));
            yield return ("Last month", Day(today.AddDays(1 - today.Day).AddMonths(-1)), Day(today.AddDays(-today.Day)));
        }
    }

    private BackfillRequest Request => new()
    {
        Schedule = _address.Schedule!,
        From = _address.From!,
        To = _address.To!,
        Mode = _address.Mode,
        Order = _address.Order,
        OnFailure = _address.OnFailure,
        Parallel = _address.Parallel,
        Hours = HoursWindow.TryParse(_address.Hours, out var hours) ? hours : null,
        Note = _note,
    };

    protected override async Task OnInitializedAsync() =>
        _names = (await Schedules.ListAsync(new ScheduleFilter { Limit = MostNames }, CancellationToken.None)).Select(s => s.Name).ToList();

    protected override async Task OnParametersSetAsync()
    {
        await CurrentActor.RequireAsync(Role.Operator, "launch backfills");
        var before = _address;
        _address = BackfillAddress.Read(Schedule, From, To, Mode, Order, Failure, Parallel, Hours, Show, Page);
        if (before.Schedule != _address.Schedule) _off.Clear();
        if (_preview is not null && before with { Show = null, Page = 1 } == _address with { Show = null, Page = 1 }) return; // another look at the same
        await LoadAsync();
    }

    private async Task LoadAsync()
    {
        (_errors, _preview, _impact, _gap) = ([], null, null, null);
        _schedule = _address.Schedule is { } name ? await Schedules.GetAsync(name, CancellationToken.None) : null;
        if (_address.Schedule is null) return;
        if (_schedule is null)
        {
            _errors = [new FieldError("schedule", $"there is no schedule \"{_address.Schedule}\"")];
            return;
        }
        _gap = await Backfills.GapsAsync(_schedule.Summary.Name, CancellationToken.None) is [var found, ..] ? found : null;
        if (_address.From is null || _address.To is null)
        {
            var (from, to) = _gap is { } gap ? (gap.From, gap.To) : (Time.Now.AddHours(-24), Time.Now);
            _address = _address with { From = _address.From ?? Local(from), To = _address.To ?? Local(to) };
        }
        await PreviewAsync();
    }

    private async Task PreviewAsync()
    {
        _errors = _address.Hours is not null && !HoursWindow.TryParse(_address.Hours, out _) ? [new FieldError("hours", "must be two times of day such as 22:00-06:00")] : [];
        try
        {
            var preview = await Backfills.PreviewAsync(Request, CancellationToken.None);
            if (preview is null) return;
            // What was ticked off and is no slot any more is forgotten.
            _off.IntersectWith(preview.Slots.Select(s => s.ScheduledFor));
            if (_off.Count > 0) preview = (await Backfills.PreviewAsync(Request with { Excluded = [.. _off] }, CancellationToken.None))!;
            _impact = await Impacts.OfAsync(preview, Request.Hours, CancellationToken.None);
            _preview = preview;
        }
        catch (InvalidInputException refused)
        {
            (_errors, _preview, _impact) = ([.. _errors, .. refused.Errors], null, null);
        }
    }

    private Task TickAsync(DateTimeOffset slot)
    {
        if (!_off.Remove(slot)) _off.Add(slot);
        return PreviewAsync();
    }

    private void Go(BackfillAddress address) => Navigation.NavigateTo((address with { Page = 1 }).Href, replace: true);

    private async Task LaunchAsync()
    {
        if (_busy) return;
        _busy = true;
        try
        {
            await Acts.TryAsync(async actor =>
            {
                if (await Control.LaunchAsync(Request with { Excluded = [.. _off] }, actor, CancellationToken.None) is { } id) Navigation.NavigateTo(BackfillWords.Path(id));
                else await LoadAsync();
            });
        }
        finally
        {
            _busy = false;
        }
    }

    // What could not be planned stands there as it came, as far as the browser's field can show it: a date as its first or last minute.
    private string? LocalText(string? text, string timeOfDay) =>
        Instants.TryParse(text, out var at) && _schedule is not null ? Local(at)
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? $"{text}T{timeOfDay}" : text;

    /// <summary>On the schedule's wall clock, as the browser's own field writes it.</summary>
    private string Local(DateTimeOffset at)
    {
        var zone = Core.Triggers.TriggerZone.TryFind(_schedule!.Summary.TimeZone, out var found) ? found : Core.Triggers.TriggerZone.Utc;
        var local = zone.ToLocal(at);
        return local.ToString(local.Second == 0 ? "yyyy-MM-dd'T'HH:mm" : "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
    }

    private static string Day(DateTime day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(ChangeEventArgs e) => (e.Value as string ?? "").Trim();
}
