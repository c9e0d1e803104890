using Scheduler.Web.Components.Charts;

namespace Scheduler.Web.Tests.Components.Charts;

public sealed class ChartPieceTests
{
    [Theory]
    [InlineData(0, 1, "1")]
    [InlineData(1, 1, "1")]
    [InlineData(7, 8, "8")]
    [InlineData(77, 80, "80")]
    [InlineData(101, 150, "150")]
    [InlineData(1234, 1500, "1,500")]
    [InlineData(11_500, 15_000, "15 k")]
    [InlineData(2_400_000, 3_000_000, "3 M")]
    public void CountScale_ReachesTheNextRoundNumber(double most, double high, string text)
    {
        var scale = ChartScale.OfCounts(most);

        Assert.Equal((0, high, "0", text), (scale.Low, scale.High, scale.LowText, scale.HighText));
        Assert.Equal((100, 0), (scale.Y(0), scale.Y(high)));
    }

    [Theory]
    [InlineData(null, "1 ms")]
    [InlineData(180L, "200 ms")]
    [InlineData(4_500L, "5 s")]
    [InlineData(61_000L, "2 min")]
    [InlineData(7_200_001L, "4 h")]
    [InlineData(40L * 86_400_000, "30 d")] // beyond the last, lines are cut at the top
    public void LengthScale_ReachesTheNextLengthThatPeopleCountIn(long? milliseconds, string text) =>
        Assert.Equal(text, ChartScale.OfLengths(milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null).HighText);

    [Theory]
    [InlineData(null, "99 %")]
    [InlineData(1.0, "99 %")]
    [InlineData(0.99, "95 %")] // a point on the bottom line would look like nothing
    [InlineData(0.93, "90 %")]
    [InlineData(0.3, "0 %")]
    [InlineData(0.0, "0 %")]
    public void RateScale_BeginsWhereAllOfItFits(double? least, string text) => Assert.Equal(text, ChartScale.OfRates(least).LowText);

    [Theory]
    [InlineData(0.9996, "99.9 %")] // not all of them
    [InlineData(1.0, "100 %")]
    [InlineData(0.57, "57 %")]
    [InlineData(null, "–")]
    public void Percent_IsRoundedDown(double? rate, string text) => Assert.Equal(text, ChartScale.Percent(rate));

    [Fact]
    public void Line_IsBrokenWhereAValueIsMissing_AndAValueAloneIsAsWideAsItsBar()
    {
        var scale = ChartScale.OfCounts(10);

        Assert.Equal("M0.5 100L1.5 50M3.14 0h0.72", ChartLine.Path([0, 5, null, 10, null], scale));
        Assert.Equal("M0.14 0h0.72", ChartLine.Path([10], scale));
        Assert.Equal("", ChartLine.Path([null, null], scale));
    }

    [Theory]
    [InlineData("30d", "30d")]
    [InlineData("1y", "24h")]
    [InlineData(null, "24h")]
    public void Range_ThatMakesNoSense_IsTheShortest(string? key, string read) => Assert.Equal(read, ChartRange.Read(key).Key);
}
