using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

/// <summary>Every clock change of every zone from 2000 to 2040.</summary>
public class EveryZoneTests
{
    private static readonly string[] FixedTimes = ["0 0 * * *", "30 0 * * *", "0 1 * * *", "30 1 * * *", "30 2 * * *", "0 3 * * *", "59 23 * * *", "0 12 * * *"];
    private static readonly string[] OtherTimes = ["*/15 * * * *", "0 * * * *", "20 0-3 * * *", "0,40 1,2 * * *", "*/30 0 2 * * *", "0 0 * * SUN", "15 1 1,L * *"];

    [Fact]
    public void FixedTime_EveryChange_RunsOnceForEachLocalDay() => ForEachChange((zone, change) =>
    {
        foreach (var cron in FixedTimes)
        {
            // Four local days around the change, each beginning when the clock first shows or passes that time of day.
            var occurrences = Instants.Of(cron, zone).Between(change.AddDays(-2), change.AddDays(2)).ToArray();
            Assert.Equal(occurrences.Order().Distinct(), occurrences);
            var days = occurrences.Select(at => Day(at, zone, cron)).ToArray();
            Assert.True(days.Zip(days.Skip(1), (day, next) => next.DayNumber - day.DayNumber).All(step => step == 1 || (step == 2 && IsSkippedDay(zone, change))), $"{cron} in {zone} at {change:u}: {string.Join(' ', days)}");
            Assert.InRange(occurrences.Length, 3, 5);
        }
    });

    [Fact]
    public void AnyTime_EveryChange_AgreesWithAMinuteByMinuteWalk()
    {
        var oracles = FixedTimes.Concat(OtherTimes).Select(cron => (Cron: cron, Oracle: new WalkingOracle(cron))).ToArray();
        ForEachChange((zone, change) =>
        {
            var walk = WalkingOracle.Walk.Through(zone, change.AddDays(-2).AddHours(-6), change.AddHours(30));
            foreach (var (cron, oracle) in oracles)
                Assert.Equal(oracle.Between(walk), Instants.Of(cron, zone).Between(change.AddHours(-6), change.AddHours(30).AddSeconds(59)));
        });
    }

    [Fact]
    public void Interval_EveryChange_KeepsItsDistance() => ForEachChange((zone, change) =>
    {
        var occurrences = Instants.Of("7h", zone, anchor: "2000-01-01T00:00:00Z").Between(change.AddDays(-1), change.AddDays(1)).ToArray();
        Assert.InRange(occurrences.Length, 6, 7);
        Assert.All(occurrences.Zip(occurrences.Skip(1)), pair => Assert.Equal(TimeSpan.FromHours(7), pair.Second - pair.First));
    });

    /// <summary>The local day that a run stands for: moved runs stand for the day whose time was skipped.</summary>
    private static DateOnly Day(DateTimeOffset at, string zone, string cron)
    {
        var local = TriggerZone.Find(zone).ToLocal(at);
        var fields = cron.Split(' ');
        var time = new TimeOnly(int.Parse(fields[1], null), int.Parse(fields[0], null));
        var day = DateOnly.FromDateTime(local.DateTime);
        return TimeOnly.FromDateTime(local.DateTime) >= time ? day : day.AddDays(-1);
    }

    private static bool IsSkippedDay(string zone, DateTimeOffset change) =>
        TriggerZone.Find(zone).OffsetAt(change) - TriggerZone.Find(zone).OffsetAt(change.AddSeconds(-1)) >= TimeSpan.FromHours(20);

    private static void ForEachChange(Action<string, DateTimeOffset> check)
    {
        // Zones that share their changes are tried once.
        var seen = new HashSet<string>();
        var zones = TriggerZone.Ids.Where(id => seen.Add(string.Join(',', Changes(id)))).ToArray();
        Parallel.ForEach(zones, zone =>
        {
            foreach (var period in Changes(zone)) check(zone, Clock.ToInstant(period.Start / 60 * 60));
        });
    }

    private static OffsetPeriod[] Changes(string zone) =>
        [.. TriggerZone.Find(zone).Table.Periods.ToArray().Where(period => period.Start > CronGenerator.Seconds(2000) && period.Start < CronGenerator.Seconds(2040))];
}
