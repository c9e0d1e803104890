using Scheduler.Web.Components.Runs.Log;

namespace Scheduler.Web.Tests.Components.Runs;

public sealed class LogPieceTests
{
    [Theory]
    [InlineData("plain <b>text</b>", "plain <b>text</b>")]
    [InlineData("\e[31mred\e[0m and not", "red|ansi-red and not")]
    [InlineData("\e[1;92mbold green\e[22m green", "bold green|ansi-bold ansi-green green|ansi-green")]
    [InlineData("\e[mreset\e[39m", "reset")]
    [InlineData("\e[38;5;196mone of 256\e[0m", "one of 256")]      // its numbers are no codes of their own
    [InlineData("\e[2J\e[1;1Hcleared", "cleared")]                 // no moving, no clearing
    [InlineData("\e]8;;http://evil.example\e\\link\e]8;;\e\\", "link")]
    [InlineData("\e]0;title\uFFFDafter", "after")]                  // the log has put U+FFFD in place of the BEL
    [InlineData("\e]never ended", "never ended")]
    [InlineData("cut \e[3", "cut ")]
    [InlineData("cut \e", "cut ")]
    [InlineData("\e(Bcharset", "charset")]
    [InlineData("turned \u202Etxt.exe", "turned [U+202E]txt.exe")]
    [InlineData("hidden\u200B\u2066", "hidden[U+200B][U+2066]")]
    [InlineData("tab\tand 👩\u200D💻", "tab\tand 👩\u200D💻")]
    [InlineData("half \uD800 pair", "half \uFFFD pair|")]
    public void Of_HostileText_KeepsColoursAlone(string text, string expected)
    {
        var shown = string.Concat(LogPieces.Of(text).Select(p => p.Style.Length > 0 ? $"{p.Text}|{p.Style}" : p.Text));

        if (expected.EndsWith('|')) Assert.DoesNotContain('\e', shown);
        else Assert.Equal(expected, shown);
    }

    [Theory]
    [InlineData("one two one", "ONE", "[one] two [one]")]
    [InlineData("aaa", "aa", "[aa]a")]
    [InlineData("no match", "x", "no match")]
    [InlineData("fa\e[31mil\e[0med", "failed", "[fa][il][ed]")]     // across a change of colour
    public void Mark_EveryOccurrence_WhateverItsCaseAndColour(string text, string query, string expected) =>
        Assert.Equal(expected, string.Concat(LogPieces.Mark(LogPieces.Of(text), query).Select(p => p.Marked ? $"[{p.Text}]" : p.Text)));

    [Fact]
    public void Read_ALine_HasTimeStreamAndText()
    {
        var line = LogLine.Read(10, 3, "2026-11-21T08:00:00.123Z err disk full"u8);

        Assert.Equal(new DateTimeOffset(2026, 11, 21, 8, 0, 0, 123, TimeSpan.Zero), line.At);
        Assert.Equal(("err", "disk full", "L3"), (line.Stream, LogPieces.Plain(line.Pieces), line.Anchor));
    }

    [Theory]
    [InlineData("2026-11-21T08:00:00.123Z evil text")]              // no such stream
    [InlineData("just text")]
    [InlineData("")]
    public void Read_WhatIsNoLogLine_IsTextAsAWhole(string text)
    {
        var line = LogLine.Read(10, null, System.Text.Encoding.UTF8.GetBytes(text));

        Assert.Null(line.At);
        Assert.Equal(("", text, "B10"), (line.Stream, LogPieces.Plain(line.Pieces), line.Anchor));
    }

    [Fact]
    public void Read_AVeryLongLine_IsCutAndSaysHowMuch()
    {
        var line = LogLine.Read(0, 1, System.Text.Encoding.UTF8.GetBytes("2026-11-21T08:00:00.000Z out " + new string('x', 5000)));

        Assert.Equal((2000, 3000), (LogPieces.Plain(line.Pieces).Length, line.Cut));
    }

    [Theory]
    [InlineData("#L120", 120, 120, false)]
    [InlineData("#L120-140", 120, 140, false)]
    [InlineData("#L140-L120", 120, 140, false)]
    [InlineData("#B52428800", 52428800, 52428800, true)]
    public void Range_OfAnAddress(string fragment, long from, long to, bool byPosition) => Assert.Equal(new LineRange(from, to, byPosition), LineRange.Read(fragment));

    [Theory]
    [InlineData("")]
    [InlineData("#main")]
    [InlineData("#L")]
    [InlineData("#L1x")]
    [InlineData("#L99999999999999999999")]
    public void Range_OfAnythingElse_IsNone(string fragment) => Assert.Null(LineRange.Read(fragment));
}
