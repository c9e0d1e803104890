using Scheduler.Core.Triggers;

namespace Scheduler.Core.Tests.Triggers;

public class TriggerFieldTests
{
    [Theory]
    [InlineData("0 2 * * MON-FRI", 0, "minute")]
    [InlineData("0 2 * * MON-FRI", 1, "minute")]          // right behind it
    [InlineData("0 2 * * MON-FRI", 3, "hour")]
    [InlineData("0 2 * * MON-FRI", 12, "day of week")]
    [InlineData("  0   2 * * *", 6, "hour")]
    [InlineData("15 0 2 * * *", 0, "second")]             // six words
    [InlineData("cron(0 10 ? * 6L 2027-2028)", 5, "minute")]
    [InlineData("cron(0 10 ? * 6L 2027-2028)", 15, "day of week")]
    [InlineData("CRON(0 10 ? * 6L 2027-2028", 18, "year")] // the bracket is still missing
    [InlineData("0 25 * * *", 3, "hour")]                 // faulty, and explained all the same
    [InlineData("0 2", 2, "hour")]                        // still being typed
    [InlineData("H(0-29) 2 * * *", 4, "minute")]
    public void At_TheCaret_NamesItsField(string text, int caret, string name) => Assert.Equal(name, TriggerField.At(text, caret)?.Name);

    [Theory]
    [InlineData("15m")]
    [InlineData("1h30m")]
    [InlineData("@daily")]
    [InlineData("every 15m")]
    [InlineData("rate(5 minutes)")]
    [InlineData("at(2026-12-24T18:00:00)")]
    [InlineData("event(data_available)")]
    [InlineData("manual")]
    [InlineData("0 0 0 0 0 0 0")]
    [InlineData("")]
    public void Of_OtherTriggers_HasNoFields(string text) => Assert.Empty(TriggerField.Of(text));

    [Fact]
    public void Of_EachField_SaysWhatItTakes()
    {
        var fields = TriggerField.Of("0 2 * * MON");
        Assert.Equal(["0-59", "0-23", "1-31", "1-12 or JAN-DEC", "0-7 or SUN-SAT"], fields.Select(f => f.Allowed));
        Assert.Equal("1-7 or SUN-SAT", TriggerField.Of("cron(0 10 ? * 6L *)")[4].Allowed);
    }

    [Theory]
    [InlineData("0 2 * * H")]
    [InlineData("H 2 H * *")]
    [InlineData("0 2 L-3 * *")]
    [InlineData("0 2 15W * *")]
    [InlineData("0 2 ? * MON#2")]
    [InlineData("0 2 * * FRIL")]
    public void Of_EverySign_IsTakenByTheParserToo(string text)
    {
        Assert.True(TriggerText.TryParse(text, "shop", out _, out _), text);
        foreach (var field in TriggerField.Of(text))
            foreach (var sign in text.Substring(field.Position, field.Length).Where(c => "*?,-/LW#H".Contains(c, StringComparison.Ordinal)))
                if (field.Name != "day of week" || sign != 'W') Assert.Contains(sign, field.Signs);
    }
}
