using Scheduler.Core.Jobs.Http;

namespace Scheduler.Core.Tests.Jobs.Http;

public sealed class StatusRangesTests
{
    [Theory]
    [InlineData("200", "200")]
    [InlineData("200-399", "200-399")]
    [InlineData(" 200 , 204,300 - 399 ", "200,204,300-399")]
    [InlineData("404-404", "404")]
    public void Parse_Lists_PrintsCanonically(string text, string expected)
    {
        Assert.True(StatusRanges.TryParse(text, out var ranges, out _));
        Assert.Equal(expected, ranges.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("2xx")]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("200,")]
    [InlineData("399-200")]
    [InlineData("-200")]
    [InlineData("200-")]
    [InlineData("200-300-400")]
    [InlineData("٢٠٠")] // Arabic digits are not status codes
    public void Parse_Rubbish_IsRefused(string text)
    {
        Assert.False(StatusRanges.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Contains_BothEndsBelong()
    {
        var ranges = StatusRanges.Default;
        Assert.Equal([false, true, true, false], [ranges.Contains(199), ranges.Contains(200), ranges.Contains(399), ranges.Contains(400)]);
    }
}
