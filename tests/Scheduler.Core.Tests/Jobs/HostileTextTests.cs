using Scheduler.Core.Findings;

namespace Scheduler.Core.Tests.Jobs;

public sealed class HostileTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("plain", "plain")]
    [InlineData("a\r\nb\tc", "a b c")]
    [InlineData("  edges  ", "edges")]
    [InlineData("\u001b[31mred\u001b[0m", "[31mred [0m")] // no escape, no colour
    [InlineData("nul\0nul", "nul nul")]
    [InlineData("line\u2028separator", "line separator")]
    [InlineData("abc\u202Egnp.exe", "abcgnp.exe")] // right-to-left override
    [InlineData("zero\u200Bwidth\uFEFF", "zerowidth")]
    [InlineData("\u0085\u009b31m", "31m")] // C1 controls, CSI among them
    [InlineData("grün 漢字 😀", "grün 漢字 😀")]
    [InlineData("<script>alert(1)</script>", "<script>alert(1)</script>")] // encoding is the page's task
    public void Line_Hostile_IsOneHarmlessLine(string? text, string expected) => Assert.Equal(expected, HostileText.Line(text, 100));

    [Fact]
    public void Line_HalfSurrogatePair_IsReplaced() => Assert.Equal("half \uFFFD pair", HostileText.Line("half \uD83D pair", 100));

    [Theory]
    [InlineData("0123456789", 10, "0123456789")]
    [InlineData("0123456789x", 10, "012345678…")]
    [InlineData("01234567😀😀", 10, "01234567…")] // never cuts through a pair
    [InlineData("0123456789 ", 10, "0123456789")]
    public void Line_TooLong_IsCutWithAMark(string text, int max, string expected)
    {
        var line = HostileText.Line(text, max);
        Assert.Equal(expected, line);
        Assert.True(line.Length <= max);
    }
}
