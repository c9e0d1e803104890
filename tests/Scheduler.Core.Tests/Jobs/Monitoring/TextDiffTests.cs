using Scheduler.Core.Findings;
using Scheduler.Core.Jobs.Monitoring;

namespace Scheduler.Core.Tests.Jobs.Monitoring;

public sealed class TextDiffTests
{
    [Theory]
    [InlineData("a\nb\nc", "a\nB\nc", "@@ line 1 @@| a|-b|+B| c")]
    [InlineData("a", "a\nb", "@@ line 1 @@| a|+b")]
    [InlineData("a\nb", "b", "@@ line 1 @@|-a| b")]
    [InlineData("", "new", "@@ line 1 @@|-|+new")] // an empty text has one empty line
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8", "1\n2\n3\nfour\n5\n6\n7\n8", "@@ line 2 @@| 2| 3|-4|+four| 5| 6")]
    [InlineData("x\n1\n2\n3\n4\n5\ny", "X\n1\n2\n3\n4\n5\nY", "@@ line 1 @@|-x|+X| 1| 2|@@ line 5 @@| 4| 5|-y|+Y")] // five lines between: two stretches
    [InlineData("x\n1\n2\n3\n4\ny", "X\n1\n2\n3\n4\nY", "@@ line 1 @@|-x|+X| 1| 2| 3| 4|-y|+Y")] // four lines between: one
    [InlineData("a\nb\nc\nd", "d\na\nb\nc", "@@ line 1 @@|+d| a| b| c|-d")]
    [InlineData("same", "same", "Other bytes, but they stand for the same text.")]
    public void Show_TellsWhatWentAndCame(string before, string after, string expected) =>
        Assert.Equal(expected, TextDiff.Show(before, after, 4000).Replace('\n', '|'));

    [Fact]
    public void Between_AnyTwoTexts_LeadsFromTheOneToTheOther_ByTheShortestWay()
    {
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var before = Lines(random, 30);
            var after = Lines(random, 30);
            var runs = LineEdits.Between(before, after);
            Assert.Equal(before, runs.Where(r => r.Fate != LineFate.Added).SelectMany(r => before[r.Before..(r.Before + r.Count)]));
            Assert.Equal(after, runs.Where(r => r.Fate != LineFate.Removed).SelectMany(r => after[r.After..(r.After + r.Count)]));
            Assert.Equal(LongestCommon(before, after), runs.Where(r => r.Fate == LineFate.Kept).Sum(r => r.Count));
            Assert.Equal(runs.Where(r => r.Fate == LineFate.Kept).SelectMany(r => before[r.Before..(r.Before + r.Count)]), runs.Where(r => r.Fate == LineFate.Kept).SelectMany(r => after[r.After..(r.After + r.Count)]));
        }
    }

    [Fact]
    public void Show_WhereAllIsAnother_IsShortAllTheSame()
    {
        var before = string.Join('\n', Enumerable.Range(0, 50_000).Select(i => $"old {i}"));
        var after = string.Join('\n', Enumerable.Range(0, 40_000).Select(i => $"new {i}"));
        var shown = TextDiff.Show(before, after, 3000).Split('\n');
        Assert.Equal(["@@ line 1 @@", "-old 0", "-old 1"], shown[..3]);
        Assert.Contains("- … 49980 more lines", shown);
        Assert.Contains("+ … 39980 more lines", shown);
    }

    [Fact]
    public void Show_MoreThanFits_CountsTheRest()
    {
        var before = string.Join('\n', Enumerable.Range(0, 200).Select(i => i % 10 == 0 ? $"old {i}" : "same"));
        var shown = TextDiff.Show(before, before.Replace("old", "new", StringComparison.Ordinal), 300);
        Assert.InRange(shown.Length, 100, 300);
        Assert.Matches(@"\n… \d+ further changed lines$", shown);
    }

    [Fact]
    public void Show_LongLines_ShowsThePartThatDiffers()
    {
        var line = string.Concat(Enumerable.Repeat("0123456789", 5000));
        var shown = TextDiff.Show(line, line.Remove(30_000, 1).Insert(30_000, "X"), 4000).Split('\n');
        Assert.All(shown, l => Assert.InRange(l.Length, 1, 200));
        Assert.Contains("9X1234", shown[2], StringComparison.Ordinal);
        Assert.StartsWith("+…", shown[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Show_WhatCannotBeSeen_IsShownByItsNumber_AndBlanksStay()
    {
        var shown = TextDiff.Show("if (x)\r\n\tgo();", "if (x\u202E)\n\tgo();\e[2J", 4000);
        Assert.Equal("@@ line 1 @@\n-if (x)‹U+000D›\n-\tgo();\n+if (x‹U+202E›)\n+\tgo();‹U+001B›[2J", shown);
        Assert.Equal("a  b", HostileText.Verbatim("a  b", 10));
        Assert.Equal("abcdefghi…", HostileText.Verbatim("abcdefghijk", 10));
    }

    private static string[] Lines(Random random, int most) => [.. Enumerable.Range(0, random.Next(most)).Select(_ => ((char)('a' + random.Next(5))).ToString())];

    // By the book, as an oracle.
    private static int LongestCommon(string[] a, string[] b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++) table[i, j] = a[i - 1] == b[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
        return table[a.Length, b.Length];
    }
}
