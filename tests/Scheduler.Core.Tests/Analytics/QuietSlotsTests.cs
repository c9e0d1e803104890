using Scheduler.Core.Analytics;
using Scheduler.Core.Tests.Triggers;
using Scheduler.Core.Triggers;
using static Scheduler.Core.Tests.Analytics.Plans;

namespace Scheduler.Core.Tests.Analytics;

public sealed class QuietSlotsTests
{
    [Fact]
    public void AFullHour_IsLeftForAQuietMinuteNearby()
    {
        var others = Week(Plan("a", "0 2 * * *", minutes: 60), Plan("b", "0 2 * * *", minutes: 60), Plan("c", "0 4 * * *", minutes: 30));

        var quiet = QuietSlots.Find(others, Plan("draft", "0 2 * * *", minutes: 10));

        // Idle and 45 minutes from every start: the latest that still ends before 02:00 is 01:15.
        Assert.Equal(["15 1 * * *", "1 3 * * *", "55 0 * * *"], quiet.Suggestions!.Select(s => s.Trigger));
        Assert.Equal("01:15: the pool is idle, nearest other start 45 min away", quiet.Suggestions![0].Reason);
        Assert.Equal((new TimeOnly(1, 15), 0, TimeSpan.FromMinutes(45)), (quiet.Suggestions[0].At, quiet.Suggestions[0].Peak, quiet.Suggestions[0].NearestStart!.Value));
    }

    [Fact]
    public void AnEmptyPool_SuggestsMinutesBeside_NeverTheFullHour()
    {
        var quiet = QuietSlots.Find(Week(), Plan("draft", "0 2 * * *"));

        Assert.Equal(["1 2 * * *", "41 1 * * *", "21 2 * * *"], quiet.Suggestions!.Select(s => s.Trigger));
        Assert.Equal("02:01: the pool is idle, nothing else starts", quiet.Suggestions![0].Reason);
    }

    [Fact]
    public void TheWholeDurationCounts()
    {
        var others = Week(Plan("noon", "0 12 * * *", minutes: 600), Plan("noon-2", "0 12 * * *", minutes: 600));

        var quiet = QuietSlots.Find(others, Plan("draft", "0 13 * * *", minutes: 120));

        Assert.All(quiet.Suggestions!, s => Assert.True(s.At >= new TimeOnly(22, 0) || s.At <= new TimeOnly(10, 0), s.Reason));
        Assert.All(quiet.Suggestions!, s => Assert.Equal(0, s.Peak));
    }

    [Fact]
    public void WherePoolsAreNeverIdle_TheLeastIsTaken_AndSaid()
    {
        var others = Week(Plan("all-day", "1 0 * * *", minutes: 1440), Plan("night", "0 0 * * *", minutes: 720), Plan("night-2", "0 0 * * *", minutes: 720));

        var quiet = QuietSlots.Find(others, Plan("draft", "0 2 * * *"));

        Assert.All(quiet.Suggestions!, s => Assert.Equal(1, s.Peak));
        Assert.Contains("at most 1 of 2 workers busy", quiet.Suggestions![0].Reason, StringComparison.Ordinal);

        var full = Week([.. Enumerable.Range(0, 3).Select(i => Plan($"all-day-{i}", "1 0 * * *", minutes: 1440))]);
        Assert.Contains("up to 3 runs for 2 workers, so it may wait", QuietSlots.Find(full, Plan("draft", "0 2 * * *")).Suggestions![0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AWeeklyDraft_LooksAtItsOwnDay()
    {
        var others = Week(Plan("a", "0 2 * * TUE", minutes: 300), Plan("b", "30 2 * * MON", minutes: 10));

        var quiet = QuietSlots.Find(others, Plan("draft", "0 2 * * TUE", minutes: 10));

        Assert.All(quiet.Suggestions!, s => Assert.EndsWith(" * * TUE", s.Trigger, StringComparison.Ordinal));
        Assert.Equal("15 1 * * TUE", quiet.Suggestions![0].Trigger);
    }

    [Theory]
    [InlineData("0 2 15 * *", "15 1 15 * *")]                       // not due this week: all days count
    [InlineData("30 0 2 * * *", "30 15 1 * * *")]
    [InlineData("cron(0 2 * * ? *)", "cron(15 1 * * ? *)")]
    public void TheTextKeepsItsForm(string trigger, string best)
    {
        var others = Week(Plan("a", "0 2 * * *", minutes: 300), Plan("b", "30 23 * * *", minutes: 10));

        Assert.Equal(best, QuietSlots.Find(others, Plan("draft", trigger, minutes: 10)).Suggestions![0].Trigger);
    }

    [Fact]
    public void AMacro_BecomesFields() =>
        Assert.Equal("1 0 * * *", QuietSlots.Find(Week(), Plan("draft", "@daily")).Suggestions![0].Trigger);

    [Fact]
    public void TimesThatAClockChangeTouches_AreLeftOut()
    {
        // In Berlin 02:00-03:00 is skipped in March and comes twice in October.
        var quiet = QuietSlots.Find(Week(), Plan("draft", "0 2 * * *", zone: "Europe/Berlin"));

        Assert.Equal(["59 1 * * *", "39 1 * * *", "19 1 * * *"], quiet.Suggestions!.Select(s => s.Trigger));
        Assert.All(quiet.Suggestions!, s => Assert.Empty(TriggerOutlook.Of(Instants.Of(s.Trigger, "Europe/Berlin"), Monday).ClockChanges));
    }

    [Fact]
    public void TimesAreThoseOfTheDraftsZone()
    {
        // 07:00 UTC is 02:00 in Bogotá.
        var others = Week(Plan("a", "0 7 * * *", minutes: 60), Plan("b", "0 7 * * *", minutes: 60));

        Assert.Equal("15 1 * * *", QuietSlots.Find(others, Plan("draft", "0 2 * * *", minutes: 10, zone: "America/Bogota")).Suggestions![0].Trigger);
    }

    [Theory]
    [InlineData("*/5 * * * *", "once a day at most")]
    [InlineData("0 2,14 * * *", "once a day at most")]
    [InlineData("* 0 2 * * *", "once a day at most")]
    [InlineData("1h", "fixed time of day")]
    [InlineData("at(2026-12-24T18:00:00)", "fixed time of day")]
    [InlineData("manual", "fixed time of day")]
    public void WhereItMakesNoSense_ItSaysWhy(string trigger, string reason)
    {
        var quiet = QuietSlots.Find(Week(), Plan("draft", trigger));

        Assert.Null(quiet.Suggestions);
        Assert.Contains(reason, quiet.Reason, StringComparison.Ordinal);
    }
}
