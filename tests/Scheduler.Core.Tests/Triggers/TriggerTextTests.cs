using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class TriggerTextTests
{
    [Theory]
    [InlineData("*/5 * * * *", "*/5 * * * *")]
    [InlineData("  0\t2  * * mon-fri ", "0 2 * * MON-FRI")]
    [InlineData("0 0 l-3,lw,15w * ?", "0 0 L-3,LW,15W * ?")]
    [InlineData("0 0 * * fril,mon#2", "0 0 * * FRIL,MON#2")]
    [InlineData("*/10 * * * * *", "*/10 * * * * *")]
    [InlineData("h h(0-6) * * *", "H H(0-6) * * *")] // H stays
    [InlineData("@Daily", "@daily")]
    [InlineData("@midnight", "@daily")]
    [InlineData("@annually", "@yearly")]
    [InlineData("cron(0 12 * * ? *)", "cron(0 12 * * ? *)")]
    [InlineData(" cron( 0 10  ? * 6l 2027-2028 ) ", "cron(0 10 ? * 6L 2027-2028)")]
    [InlineData("rate(5 minutes)", "5m")]
    [InlineData("rate(1 hour)", "1h")]
    [InlineData("rate(2 days)", "2d")]
    [InlineData("90s", "1m30s")]
    [InlineData("90m", "1h30m")]
    [InlineData("24h", "1d")]
    [InlineData("1d2h3m4s", "1d2h3m4s")]
    [InlineData("every 15m", "15m")]
    [InlineData("@every 1h30m", "1h30m")]
    [InlineData("every 5 minutes", "5m")]
    [InlineData("1.5s", "1.5s")]
    [InlineData("at(2026-12-24T18:00:00)", "at(2026-12-24T18:00:00)")]
    [InlineData("at(2026-12-24T18:00)", "at(2026-12-24T18:00:00)")]
    [InlineData("at(2026-12-24T18:00:00.25Z)", "at(2026-12-24T18:00:00.25Z)")]
    [InlineData("at(2026-12-24T18:00:00-03:30)", "at(2026-12-24T18:00:00-03:30)")]
    [InlineData("event(data_available)", "event(data_available)")]
    [InlineData("manual", "manual")]
    public void Parse_KnownText_PrintsCanonicallyAndReadsBackEqual(string text, string canonical)
    {
        var trigger = TriggerText.Parse(text, "shop-nightly");
        Assert.Equal(canonical, trigger.Text);
        Assert.Equal(trigger, TriggerText.Parse(trigger.Text, "shop-nightly"));
        Assert.Equal(canonical, trigger.ToString());
    }

    [Fact]
    public void Parse_EachForm_GivesItsKind()
    {
        Assert.Equal(CronForm.FiveFields, Assert.IsType<CronTrigger>(TriggerText.Parse("0 2 * * *")).Expression.Form);
        Assert.Equal(CronForm.SixFields, Assert.IsType<CronTrigger>(TriggerText.Parse("0 0 2 * * *")).Expression.Form);
        Assert.Equal(CronForm.Aws, Assert.IsType<CronTrigger>(TriggerText.Parse("cron(0 2 * * ? *)")).Expression.Form);
        Assert.Equal(new IntervalTrigger(TimeSpan.FromMinutes(5)), TriggerText.Parse("rate(5 minutes)"));
        Assert.Equal(new OnceTrigger(new DateTime(2026, 12, 24, 18, 0, 0)), TriggerText.Parse("at(2026-12-24T18:00:00)"));
        Assert.Equal(new DateTimeOffset(2026, 12, 24, 17, 0, 0, TimeSpan.Zero), Assert.IsType<OnceTrigger>(TriggerText.Parse("at(2026-12-24T18:00:00+01:00)")).Instant);
        Assert.Equal(new OnEventTrigger("data_available"), TriggerText.Parse("event(data_available)"));
        Assert.Equal(new ManualTrigger(), TriggerText.Parse("manual"));
    }

    [Theory]
    [InlineData("event(data_available)")]
    [InlineData("manual")]
    public void Next_EventAndManual_NeverOccur(string text)
    {
        var occurrences = Instants.Of(text);
        Assert.Null(occurrences.Next(DateTimeOffset.MinValue, inclusive: true));
        Assert.Null(occurrences.Previous(DateTimeOffset.MaxValue, inclusive: true));
        Assert.Empty(occurrences.Upcoming(DateTimeOffset.MinValue, 10));
    }

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("2h", 7_200)]
    [InlineData("1d", 86_400)]
    [InlineData("1h30m", 5_400)]
    [InlineData("1.5h", 5_400)]
    public void ParseDuration_KnownText_GivesItsLength(string text, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), TriggerText.ParseDuration(text));
        Assert.Equal(TimeSpan.FromSeconds(seconds), TriggerText.ParseDuration(TriggerText.PrintDuration(TimeSpan.FromSeconds(seconds))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("-5m")]
    [InlineData("+5m")]
    [InlineData("infs")]
    [InlineData("nans")]
    [InlineData("1e3s")]
    [InlineData("0x10s")]
    [InlineData("1,5h")]
    [InlineData("1.h")]
    [InlineData(".5h")]
    [InlineData("1__0s")]
    [InlineData("5m5m")] // each unit once
    [InlineData("5m1h")] // from large to small
    [InlineData("1w")]
    [InlineData("٥m")] // Arabic five
    [InlineData("５m")] // full-width five
    [InlineData("5ｍ")]
    [InlineData("5\u00A0m")]
    [InlineData("99999999999d")]
    [InlineData("999999999999999999d")] // more than a decimal holds when told in ticks
    [InlineData("9999999999999999999999999999999999s")]
    [InlineData("10675199d2h48m5.4775808s")] // one tick more than there are
    [InlineData("0.00000001s")] // finer than a tick
    public void TryParseDuration_AnythingElse_IsRefused(string text)
    {
        Assert.False(TriggerText.TryParseDuration(text, out _));
        Assert.Throws<FormatException>(() => TriggerText.ParseDuration(text));
    }

    [Fact]
    public void ParseDuration_LongestLength_IsRead() => Assert.Equal(TimeSpan.MaxValue, TriggerText.ParseDuration("10675199d2h48m5.4775807s"));

    [Fact]
    public void TryParseDuration_Null_IsRefused() => Assert.False(TriggerText.TryParseDuration(null, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "0.0000001s")]
    [InlineData(-54_000_000_000, "-1h30m")]
    [InlineData(long.MaxValue, "10675199d2h48m5.4775807s")]
    [InlineData(long.MinValue, "-10675199d2h48m5.4775808s")]
    public void PrintDuration_AnyLength_IsExact(long ticks, string text) => Assert.Equal(text, TriggerText.PrintDuration(TimeSpan.FromTicks(ticks)));
}
