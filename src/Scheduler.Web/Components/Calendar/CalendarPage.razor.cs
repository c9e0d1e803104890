using Microsoft.AspNetCore.Components;
using Scheduler.Core.Analytics;
using Scheduler.Core.Live;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Calendar;

/// <summary>What is due on the coming days across all active schedules, and how busy that makes the pools.</summary>
public sealed partial class CalendarPage : IDisposable
{
    private const int MostAWeekday = 12, MostADay = 24;

    // With schedules that fire every second the calendar would be read four times a second, and show the same.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _gone = new();
    private readonly CancellationToken _token;
    private CalendarAddress _address = new() { Day = default, Today = default };
    private TimeZoneInfo _zone = TimeZoneInfo.Utc;
    private LoadForecast? _forecast;
    private Agenda? _agenda;
    private IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<HourLoad>>> _loads = new Dictionary<string, IReadOnlyList<IReadOnlyList<HourLoad>>>();
    private IReadOnlyDictionary<(string Name, DateTimeOffset DueAt), TimeSpan?> _waits = new Dictionary<(string, DateTimeOffset), TimeSpan?>();
    private LiveRefresh? _live;
    private int _paused, _asked;

    public CalendarPage() => _token = _gone.Token;

    [SupplyParameterFromQuery(Name = "view")] public string? View { get; set; }
    [SupplyParameterFromQuery(Name = "day")] public string? DayText { get; set; }
    [SupplyParameterFromQuery(Name = "pool")] public string? PoolName { get; set; }
    [SupplyParameterFromQuery(Name = "hour")] public string? HourText { get; set; }

    [Inject] public required LoadForecasts Forecasts { get; init; }
    [Inject] public required ScheduleQueries Schedules { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required TimeProvider Clock { get; init; }

    private IReadOnlyList<TabLink> Views =>
    [
        new("Week", (_address with { View = CalendarView.Week, Hour = null }).Href, _address.View == CalendarView.Week),
        new("Day", (_address with { View = CalendarView.Day }).Href, _address.View == CalendarView.Day),
        new("Load", (_address with { View = CalendarView.Load, Hour = null }).Href, _address.View == CalendarView.Load),
    ];

    private string Period => _address.View == CalendarView.Day
        ? CalendarWords.Long(_address.Day) : $"{CalendarWords.Short(_address.Day)} – {CalendarWords.Short(_address.Day.AddDays(6))} {_address.Day.AddDays(6).Year}";

    /// <summary>The map shows one pool: the one asked for, or the one where most is waiting, or else done.</summary>
    private string? ShownPool => _address.View != CalendarView.Load || (_address.Pool is { } asked && _loads.ContainsKey(asked)) ? _address.Pool
        : _loads.OrderByDescending(l => l.Value.Sum(d => d.Count(h => h.Collides))).ThenByDescending(l => l.Value.Sum(d => d.Sum(h => h.Busy))).ThenBy(l => l.Key, StringComparer.Ordinal).First().Key;

    private IEnumerable<IReadOnlyList<IReadOnlyList<HourLoad>>> ShownLoads =>
        _loads.Where(l => _address.Pool is null || l.Key == _address.Pool).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => l.Value);

    private DateOnly? NextDue => ShownSchedules.Min(s => s.Timing.Next(LocalDay.Of(_address.Day, _zone).From)) is { } next
        && DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(next, _zone).Date) is var day && day <= _address.LastDay ? day : null;

    private IEnumerable<PlannedSchedule> ShownSchedules => _forecast!.Schedules.Where(s => _address.Pool is null || s.Pool == _address.Pool);

    protected override void OnInitialized()
    {
        Time.Changed += Reload;
        _live = Live.Start(change => change is LiveChange.ScheduleChanged or LiveChange.Everything, async _ =>
        {
            await InvokeAsync(async () =>
            {
                await LoadAsync();
                StateHasChanged();
            });
            await Task.Delay(Rest, Clock, _token);
        });
    }

    protected override Task OnParametersSetAsync() => LoadAsync();

    public void Dispose()
    {
        Time.Changed -= Reload;
        _live?.Dispose();
        _gone.Cancel();
        _gone.Dispose();
    }

    private void Reload() => _ = InvokeAsync(async () =>
    {
        await LoadAsync();
        StateHasChanged();
    });

    private async Task LoadAsync()
    {
        var asked = ++_asked;
        var now = Clock.GetUtcNow();
        var zone = Time.ShownZone();
        var address = CalendarAddress.Read(View, DayText, PoolName, HourText, DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).Date));
        var days = Enumerable.Range(0, address.View == CalendarView.Day ? 1 : 7).Select(d => LocalDay.Of(address.Day.AddDays(d), zone)).ToList();
        var forecast = await Forecasts.OverAsync(now > days[0].From ? now : days[0].From, days[^1].To, _token);
        var paused = (await Schedules.CountsAsync(_token)).Paused;
        if (asked != _asked) return; // asked anew meanwhile, perhaps for another day: that answer counts

        _paused = paused;
        (_address, _zone, _forecast) = (address, zone, forecast);
        _agenda = Agenda.Of(ShownSchedules, days, zone, now, address.View == CalendarView.Day ? MostADay : MostAWeekday);
        _loads = address.View == CalendarView.Week ? new Dictionary<string, IReadOnlyList<IReadOnlyList<HourLoad>>>()
            : forecast.Pools.ToDictionary(p => p, p => (IReadOnlyList<IReadOnlyList<HourLoad>>)days.Select(d => HourLoad.Of(forecast.Pool(p), d, zone)).ToList());
        _waits = address.View == CalendarView.Day ? Waits(forecast, days[0]) : new Dictionary<(string, DateTimeOffset), TimeSpan?>();
    }

    private static Dictionary<(string, DateTimeOffset), TimeSpan?> Waits(LoadForecast forecast, LocalDay day) => forecast.Pools
        .SelectMany(p => forecast.Pool(p).Starts(day.From, day.To)).Where(s => s.Wait != TimeSpan.Zero)
        .DistinctBy(s => (s.Schedule.Name, s.DueAt)).ToDictionary(s => (s.Schedule.Name, s.DueAt), s => s.Wait);
}
