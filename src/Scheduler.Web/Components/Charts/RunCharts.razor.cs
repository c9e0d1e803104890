using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Scheduler.Core.Analytics;
using Scheduler.Core.Live;
using Scheduler.Web.Live;
using Scheduler.Web.Time;

namespace Scheduler.Web.Components.Charts;

/// <summary>Charts of one schedule, or of all. Redrawn as runs end, once a second at most, and as time moves on.</summary>
public sealed partial class RunCharts : IDisposable
{
    private const int MostTicks = 8;
    private static readonly TimeSpan ReadAtMostEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadAtLeastEvery = TimeSpan.FromSeconds(5);
    private static readonly IReadOnlyList<(string, string)> Outcomes = [("failed", "failed"), ("succeeded", "succeeded"), ("cancelled", "cancelled"), ("skipped", "skipped")];
    private static readonly IReadOnlyList<(string, string)> Percentiles = [("line p50", "median"), ("line p95", "95 of 100 within")];

    private StatisticsSeries? _series;
    private ChartScale _counts = ChartScale.OfCounts(0);
    private ChartScale _rates = ChartScale.OfRates(null);
    private ChartScale _durations = ChartScale.OfLengths(null);
    private ChartScale _lags = ChartScale.OfLengths(null);
    private DateTimeOffset _readAt;
    private (string?, string) _readFor;
    private bool _asTable;
    private int? _at;
    private LiveRefresh? _live;
    private ITimer? _clockwork;

    /// <summary>Null: all schedules and ad-hoc jobs.</summary>
    [Parameter] public string? Schedule { get; set; }

    /// <summary>The schedule's zone.</summary>
    [Parameter] public string? Zone { get; set; }

    /// <summary>24h, 7d, 30d or 90d.</summary>
    [SupplyParameterFromQuery(Name = "range")] public string? RangeKey { get; set; }

    [Inject] public required StatisticsQueries Statistics { get; init; }
    [Inject] public required LivePages Live { get; init; }
    [Inject] public required ViewerTime Time { get; init; }
    [Inject] public required TimeProvider Clock { get; init; }
    [Inject] public required NavigationManager Navigation { get; init; }

    private ChartRange Range => ChartRange.Read(RangeKey);
    private TimeZoneInfo Shown => Time.ShownZone(Zone);
    private IReadOnlyList<RunFigures> Bars => _series!.Buckets;
    private bool IsEmpty => _series is not { Total: { Runs: > 0 } or { Skipped: > 0 } };

    private string Hint => IsEmpty ? "" : string.Create(CultureInfo.InvariantCulture, $"{Number(_series!.Total.Runs)} {(_series.Total.Runs == 1 ? "run" : "runs")}, {ChartScale.Percent(_series.Total.SuccessRate)} succeeded, {Range.Words}")
        + (Range.ByHour || Range.OwnDays ? "" : ", days in UTC");

    private string Summary
    {
        get
        {
            var total = _series!.Total;
            return $"Runs of the {Range.Words}: {string.Join(", ", Facts(total).Select(f => $"{f.Name} {f.Value}"))}. The button Table shows each {(Range.ByHour ? "hour" : "day")}.";
        }
    }

    private string ValueText => _series is { } series && (_at ?? series.Buckets.Count - 1) is var at && at < series.Buckets.Count
        ? $"{Range.Name(series.Buckets[at], Shown)}: {string.Join(", ", Facts(series.Buckets[at]).Select(f => $"{f.Name} {f.Value}"))}" : "";

    private int TickEvery => Math.Max(1, (int)Math.Ceiling((double)Bars.Count / MostTicks));

    protected override void OnInitialized()
    {
        Time.Changed += Rezone;
        _live = Live.Start(change => change is LiveChange.RunChanged { ScheduleName: var name } && (Schedule is null || name == Schedule), _ => InvokeAsync(() => Refresh(ReadAtMostEvery)));
        // The bars move with the clock too, and after the last change of a burst.
        _clockwork = Clock.CreateTimer(_ => _ = InvokeAsync(() => Refresh(ReadAtLeastEvery)), null, ReadAtLeastEvery, ReadAtLeastEvery);
    }

    protected override void OnParametersSet()
    {
        // The page above renders often; the figures are read at their own pace.
        if (_readFor != (Schedule, Range.Key)) Read();
    }

    public void Dispose()
    {
        Time.Changed -= Rezone;
        _live?.Dispose();
        _clockwork?.Dispose();
    }

    private void Refresh(TimeSpan notBefore)
    {
        if (Clock.GetUtcNow() - _readAt < notBefore) return;
        Read();
        StateHasChanged();
    }

    private void Rezone() => _ = InvokeAsync(() => Refresh(TimeSpan.Zero));

    private void Read()
    {
        _readAt = Clock.GetUtcNow();
        _readFor = (Schedule, Range.Key);
        _series = Range.Figures(Statistics, Schedule, _readAt, Shown);
        if (_series is null) return;
        if (_at >= Bars.Count) _at = null;
        _counts = ChartScale.OfCounts(Bars.Max(b => b.Runs + b.Skipped));
        _rates = ChartScale.OfRates(Bars.Min(b => b.SuccessRate));
        _durations = ChartScale.OfLengths(Bars.Max(b => b.Duration.P95));
        _lags = ChartScale.OfLengths(Bars.Max(b => b.StartLag.P95));
    }

    private void Move(KeyboardEventArgs key)
    {
        var at = _at ?? Bars.Count - 1;
        // The keys that would scroll the page are left to it.
        var by = key.Key switch { "ArrowLeft" => -1, "ArrowRight" => 1, _ => 0 };
        _at = Math.Clamp(at + by, 0, Bars.Count - 1);
    }

    // From the newest backwards, so that the last bar has its name.
    private bool IsTick(int column) => (Bars.Count - 1 - column) % TickEvery == 0;

    // Narrow screens leave every second one out; the last of many would hang over the edge.
    private string? TickClass(int column) =>
        (Bars.Count - 1 - column) / TickEvery % 2 == 1 ? "second" : column == Bars.Count - 1 && Bars.Count > 10 ? "edge" : null;

    private List<double?> Values(Func<RunFigures, double?> value) => Bars.Select(value).ToList();

    // Bad ones stand on the line, where their height can be compared.
    private static IEnumerable<(string Shape, long Count)> Parts(RunFigures bar) =>
        [("failed", bar.Failed), ("succeeded", bar.Succeeded), ("cancelled", bar.Cancelled), ("skipped", bar.Skipped)];

    private static IEnumerable<(string Name, string Value)> Facts(RunFigures bar)
    {
        yield return ("succeeded", Number(bar.Succeeded));
        yield return ("failed", Number(bar.Failed));
        if (bar.Cancelled > 0) yield return ("cancelled", Number(bar.Cancelled));
        if (bar.Skipped > 0) yield return ("skipped", Number(bar.Skipped));
        if (bar.SuccessRate is { } rate) yield return ("success rate", ChartScale.Percent(rate));
        if (bar.Duration is { Median: { } median, P95: { } p95 }) yield return ("duration", $"{DurationText.Of(median)}, 95 of 100 within {DurationText.Of(p95)}");
        if (bar.StartLag is { Median: { } lag, P95: { } lag95 }) yield return ("start lag", $"{DurationText.Of(lag)}, 95 of 100 within {DurationText.Of(lag95)}");
    }

    private string AddressOf(ChartRange range)
    {
        var address = Navigation.GetUriWithQueryParameter("range", range == ChartRange.All[0] ? null : range.Key);
        return "/" + Navigation.ToBaseRelativePath(address);
    }

    private static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Length(TimeSpan? length) => length is { } known ? DurationText.Of(known) : "–";

    private static string Svg(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
