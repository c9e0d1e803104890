using System.Diagnostics;
using Scheduler.Core.Analytics;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Triggers;
using static Scheduler.Core.Tests.Analytics.Plans;

namespace Scheduler.Core.Tests.Analytics;

public sealed class LoadForecastTests
{
    [Fact]
    public void ARun_IsBusyInTheCellsThatItReaches_AndStartsInOne()
    {
        var forecast = Week(Plan("tls", "10 2 * * *", minutes: 30));

        Assert.Equal((1, 1, 1), Figures(forecast.At("2026-11-23T02:00Z")));
        Assert.Equal((0, 1, 0), Figures(forecast.At("2026-11-23T02:15Z")));
        Assert.Equal((0, 1, 0), Figures(forecast.At("2026-11-23T02:30Z")));
        Assert.Equal((0, 0, 0), Figures(forecast.At("2026-11-23T02:45Z")));
        Assert.Equal([5 / 15.0, 1, 10 / 15.0, 0], forecast.Pool("scan").Between(Instants.At("2026-11-23T02:00Z"), Instants.At("2026-11-23T03:00Z")).Select(c => Math.Round(c.Busy, 9)), Near);
        Assert.Equal(["tls"], forecast.At("2026-11-23T02:00Z").Names);
        Assert.Equal(7, forecast.Pool("scan").Cells.Sum(c => c.Starts));
        Assert.All(forecast.Pool("monitor").Cells, c => Assert.Equal(0, c.Peak));
        static (int Starts, int Peak, int Schedules) Figures(LoadCell cell) => (cell.Starts, cell.Peak, cell.Schedules);
    }

    [Fact]
    public void TheSpan_IsRoundedToWholeQuartersOfUtc()
    {
        var forecast = LoadForecast.Of([], Slots, Monday.AddMinutes(7), Monday.AddMinutes(31));

        Assert.Equal((Monday, Monday.AddMinutes(45), 3), (forecast.From, forecast.To, forecast.Pool("scan").Cells.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => LoadForecast.Of([], Slots, Monday, Monday));
        Assert.Throws<ArgumentOutOfRangeException>(() => LoadForecast.Of([], Slots, Monday, Monday.AddDays(36)));
    }

    [Fact]
    public void MoreAtOnceThanSlots_IsACollision_AndTheRestWaits()
    {
        var forecast = Week(Plan("a", "0 2 * * *"), Plan("b", "0 2 * * *"), Plan("c", "15 2 * * *"));

        Assert.Equal((2, false, 0), (forecast.At("2026-11-23T02:00Z").Peak, forecast.At("2026-11-23T02:00Z").Collides, forecast.At("2026-11-23T02:00Z").Waiting));
        Assert.Equal((3, true, 1), (forecast.At("2026-11-23T02:15Z").Peak, forecast.At("2026-11-23T02:15Z").Collides, forecast.At("2026-11-23T02:15Z").Waiting));
        Assert.False(forecast.At("2026-11-23T02:30Z").Collides);
    }

    [Fact]
    public void OneThatEndsWhenAnotherStarts_LeavesItsWorker()
    {
        var forecast = Week(Plan("a", "0 2 * * *", minutes: 15), Plan("b", "15 2 * * *", minutes: 15));

        Assert.Equal((1, 1), (forecast.At("2026-11-23T02:00Z").Peak, forecast.At("2026-11-23T02:15Z").Peak));
    }

    [Fact]
    public void ARunThatBeganBeforeTheSpan_StillHoldsItsWorker_ButDoesNotStart()
    {
        var cell = Week(Plan("long", "0 22 * * *", minutes: 180)).At("2026-11-23T00:45Z");

        Assert.Equal((0, 1, 1), (cell.Starts, cell.Peak, cell.Busy));
    }

    [Theory]
    [InlineData(ConcurrencyPolicy.Allow, 2, 168, 1.5)]     // each is run
    [InlineData(ConcurrencyPolicy.Forbid, 1, 84, 0.75)]    // every other is skipped
    [InlineData(ConcurrencyPolicy.Queue, 1, 112, 1)]       // one after the other
    [InlineData(ConcurrencyPolicy.Replace, 1, 168, 1)]     // each ends the one before
    public void ItsOwnEarlierRun_CountsByItsPolicy(ConcurrencyPolicy policy, int peak, int starts, double busy)
    {
        var pool = Week(Plan("hourly", "0 * * * *", minutes: 90, policy: policy)).Pool("scan");

        Assert.Equal((peak, starts, busy), (pool.Cells.Max(c => c.Peak), pool.Cells.Sum(c => c.Starts), Math.Round(pool.Cells.Average(c => c.Busy), 2)));
    }

    [Fact]
    public void StartAndEnd_Bound()
    {
        var pool = Week(Plan("a", "0 * * * *", start: Monday.AddHours(10), end: Monday.AddHours(12))).Pool("scan");

        Assert.Equal([10, 11, 12], pool.Cells.Where(c => c.Starts > 0).Select(c => c.From.Hour));
    }

    [Fact]
    public void Names_AreCapped_TheRarestFirst_AndCounted()
    {
        var schedules = Enumerable.Range(0, 20).Select(i => Plan($"daily-{i:00}", "0 2 * * *")).Append(Plan("weekly", "at(2026-11-23T02:05:00)")).Append(Plan("often", "*/5 * * * *", minutes: 1));

        var cell = Week([.. schedules]).At("2026-11-23T02:00Z");

        Assert.Equal((LoadCell.MostNames, 22, 24), (cell.Names.Count, cell.Schedules, cell.Starts));
        Assert.Equal("weekly", cell.Names[0]);
        Assert.DoesNotContain("often", cell.Names);
    }

    [Fact]
    public void EverySecond_IsFolded_WithTheSameFigures()
    {
        var cell = Week(Plan("beat", "1s", minutes: 0.5 / 60, pool: "monitor")).At("2026-11-25T10:00Z", "monitor");
        Assert.Equal((900, 0.5, 1), (cell.Starts, Math.Round(cell.Busy, 9), cell.Schedules));

        cell = Week(Plan("beat", "* * 10 * * WED", minutes: 0.5 / 60, pool: "monitor")).At("2026-11-25T10:00Z", "monitor");
        Assert.Equal((900, 0.5), (cell.Starts, Math.Round(cell.Busy, 9)));
        Assert.Equal(0, Week(Plan("beat", "* * 10 * * WED", minutes: 0.5 / 60, pool: "monitor")).At("2026-11-25T11:00Z", "monitor").Starts);
    }

    [Fact]
    public void Folded_CountsTheMinutesOfItsQuarter_OnItsZonesClock()
    {
        // Kathmandu is 5:45 ahead: its quarters are those of UTC, but other ones. 10:00 to 10:15 there is 04:15 UTC.
        var forecast = Week(Plan("beat", "*/10 0-4,20 10 * * *", minutes: 0.1 / 60, pool: "monitor", zone: "Asia/Kathmandu"));

        Assert.Equal(30, forecast.At("2026-11-25T04:15Z", "monitor").Starts);
        Assert.Equal(6, forecast.At("2026-11-25T04:30Z", "monitor").Starts);
        Assert.Equal(0, forecast.At("2026-11-25T04:45Z", "monitor").Starts);
    }

    [Fact]
    public void Folded_LongRunsOfOneThatMayOverlap_AddUpOverTheCellsTheyReach()
    {
        var pool = Week(Plan("sweep", "30s", minutes: 37.5, policy: ConcurrencyPolicy.Allow)).Pool("scan");

        Assert.Equal([30, 60, 75, 75], pool.Cells.Take(4).Select(c => Math.Round(c.Busy, 9)));
        Assert.Equal(75, pool.Cells[^1].Peak);
    }

    [Fact]
    public void ADenseOneThatForbidsOverlap_HoldsOneWorker()
    {
        var pool = Week(Plan("busy", "1s", minutes: 120)).Pool("scan");

        Assert.All(pool.Cells, c => Assert.Equal((1, 1), (c.Peak, Math.Round(c.Busy, 3))));
        Assert.Equal(84, pool.Cells.Sum(c => c.Starts), 1.0);
    }

    [Fact]
    public void FoldedMeans_AddUpBeforeTheyAreRounded()
    {
        var forecast = Week([.. Enumerable.Range(0, 12).Select(i => Plan($"beat-{i}", "2s", minutes: 0.5 / 60, pool: "monitor"))]);

        Assert.Equal((3, false), (forecast.At("2026-11-25T10:00Z", "monitor").Peak, forecast.At("2026-11-25T10:00Z", "monitor").Collides));
    }

    [Fact]
    public void Without_TakesOneOut_AndWith_LaysADraftOver()
    {
        var forecast = Week(Plan("a", "0 2 * * *"), Plan("b", "0 2 * * *"), Plan("c", "0 2 * * *", pool: "monitor"));

        var others = forecast.Without("A");
        Assert.Equal((1, 2), (others.At("2026-11-23T02:00Z").Peak, forecast.At("2026-11-23T02:00Z").Peak));
        Assert.Same(forecast.Pool("monitor"), others.Pool("monitor"));
        Assert.Same(forecast, forecast.Without("unknown"));

        var laid = others.With(Plan("a", "0 3 * * *"));
        Assert.Equal((1, 1), (laid.At("2026-11-23T02:00Z").Peak, laid.At("2026-11-23T03:00Z").Peak));
        Assert.Equal(["a"], laid.At("2026-11-23T03:00Z").Names);
        Assert.Equal(0, others.At("2026-11-23T03:00Z").Peak);
        Assert.Equal(60 * 24 * 7 * 60, others.With(Plan("a", "1s", minutes: 0.01)).Pool("scan").Cells.Sum(c => c.Starts) - 7);
    }

    [Fact]
    public void APoolThatIsNotThere_HasNoWorkers()
    {
        var forecast = Week(Plan("a", "0 2 * * *", pool: "gone"));

        Assert.True(forecast.At("2026-11-23T02:00Z", "gone").Collides);
        Assert.Equal(["gone", "monitor", "scan"], forecast.Pools);
        Assert.Equal((0, 672), (forecast.Pool("never").Slots, forecast.Pool("never").Cells.Count));
    }

    [Fact]
    public void Starts_TellWhoWaits_AndHowLong()
    {
        var forecast = Week(Plan("a", "0 2 * * *", minutes: 20), Plan("b", "0 2 * * *", minutes: 40), Plan("c", "10 2 * * *"), Plan("d", "30 2 * * *", minutes: 5), Plan("beat", "1s", minutes: 0.001));

        var starts = forecast.Pool("scan").Starts(Instants.At("2026-11-24T02:00Z"), Instants.At("2026-11-24T03:00Z"));

        // c takes a's worker at 02:20 and keeps it to 02:50; d waits for b's, at 02:40.
        Assert.Equal([("a", 0, 0), ("b", 0, 0), ("c", 10, 10), ("d", 30, 10)], starts.Select(s => (s.Schedule.Name, s.DueAt.Minute, (int)s.Wait!.Value.TotalMinutes)));
        Assert.Equal(["beat"], forecast.Pool("scan").Folded.Select(s => s.Name));
        Assert.Null(Week(Plan("a", "0 2 * * *", pool: "gone")).Pool("gone").Starts(Monday, Monday.AddDays(1)).Single().Wait);
    }

    [Fact]
    public void ThousandSchedules_CostWellBelowASecond_HoweverOftenTheyFire()
    {
        string[] triggers = ["* * * * * *", "1s", "* * * * *", "*/5 * * * *", "0 * * * *", "0 2 * * *", "*/15 9-17 * * MON-FRI", "0 3 1 * *"];
        var schedules = Enumerable.Range(0, 1000).Select(i => Plan($"s-{i}", triggers[i % triggers.Length], minutes: 2, zone: i % 2 == 0 ? "Europe/Berlin" : "UTC", policy: (ConcurrencyPolicy)(i % 4))).ToArray();
        Week(schedules[..8]).Pool("scan"); // the zone tables are read once a process

        var watch = Stopwatch.StartNew();
        var forecast = Week(schedules);
        var peak = forecast.Pool("scan").Cells.Max(c => c.Peak);
        watch.Stop();

        Assert.True(peak > 300, $"{peak}");
        // Each run of them looked at would be 170 million steps, half a minute. The bound leaves room for a busy machine.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), $"{watch.Elapsed}");
    }

    private static bool Near(double expected, double actual) => Math.Abs(expected - actual) < 1e-6;
}
