using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class CronHashTests
{
    [Fact]
    public void H_SameKey_AlwaysGivesTheSameTime()
    {
        // Literal values: a change here would move every schedule that uses H.
        Assert.Equal(Instants.At("2026-01-01T03:07:00Z"), Instants.Of("H H * * *", hashKey: "shop-nightly").Next(Instants.At("2026-01-01T00:00:00Z"), inclusive: true));
        Assert.Equal(Instants.At("2026-01-01T05:03:00Z"), Instants.Of("H H * * *", hashKey: "Ünïcode").Next(Instants.At("2026-01-01T00:00:00Z"), inclusive: true));
    }

    [Theory]
    [InlineData("H H H * * *", "2026-01-01T03:07:21+00:00")]
    [InlineData("H H(0-7) H(1-10) H/3 H", "2026-02-06T03:07:00+00:00")]
    [InlineData("H/20 H H * H *", "2026-08-01T03:07:01+00:00")]
    [InlineData("cron(H/7 H(9-17)/4 ? * H *)", "2026-01-02T12:03:00+00:00")]
    public void H_EveryField_StaysWhereItWas(string cron, string expected) =>
        Assert.Equal(expected, Instants.Text(Instants.Of(cron, hashKey: "shop-nightly").Next(Instants.At("2026-01-01T00:00:00Z"), inclusive: true)!.Value));

    [Fact]
    public void H_ManyKeys_SpreadOverTheHour()
    {
        var perMinute = new int[60];
        for (var i = 0; i < 6_000; i++)
            perMinute[Instants.Of("H * * * *", hashKey: $"schedule-{i}").Next(DateTimeOffset.UnixEpoch, inclusive: true)!.Value.Minute]++;
        Assert.InRange(perMinute.Min(), 60, 100);
        Assert.InRange(perMinute.Max(), 100, 140);
    }

    [Fact]
    public void H_WithStep_KeepsTheDistance()
    {
        for (var i = 0; i < 50; i++)
        {
            var minutes = Instants.Of("H/15 * * * *", hashKey: $"s{i}").Between(Instants.At("2026-01-01T00:00:00Z"), Instants.At("2026-01-01T00:59:00Z")).Select(at => at.Minute).ToArray();
            Assert.Equal(4, minutes.Length);
            Assert.Equal([15, 15, 15], minutes.Zip(minutes.Skip(1), (a, b) => b - a));
        }
    }

    [Theory]
    [InlineData("H(10-19) * * * *", 10, 19)]
    [InlineData("H(0-29) * * * *", 0, 29)]
    public void H_WithRange_StaysInsideIt(string cron, int low, int high)
    {
        for (var i = 0; i < 100; i++)
            Assert.InRange(Instants.Of(cron, hashKey: $"s{i}").Next(DateTimeOffset.UnixEpoch, inclusive: true)!.Value.Minute, low, high);
    }

    [Fact]
    public void H_DayOfMonth_ComesEveryMonth()
    {
        for (var i = 0; i < 100; i++)
            Assert.Equal(12, Instants.Of("0 0 H * *", hashKey: $"s{i}").Between(Instants.At("2026-01-01T00:00:00Z"), Instants.At("2026-12-31T00:00:00Z")).Count());
    }

    [Fact]
    public void H_DifferentKeys_AreDifferentTriggers()
    {
        Assert.Equal(TriggerText.Parse("H H * * *", "a"), TriggerText.Parse("H H * * *", "a"));
        Assert.NotEqual(TriggerText.Parse("H H * * *", "a"), TriggerText.Parse("H H * * *", "b"));
        Assert.Equal(TriggerText.Parse("0 0 * * *", "a"), TriggerText.Parse("0 0 * * *", "b"));
    }
}
