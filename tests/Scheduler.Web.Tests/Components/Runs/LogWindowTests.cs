using System.Globalization;
using Scheduler.Core;
using Scheduler.Core.Runs;
using Scheduler.Web.Components.Runs.Log;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Runs;

/// <summary>Over real files: a head of 200,000 bytes, then parts of 100,000, as a log with this cap has them.</summary>
public sealed class LogWindowTests : IDisposable
{
    private const int HeadCap = 200_000;
    private const int PartCap = 100_000;

    private readonly TemporaryFolder _folder = new();
    private readonly SchedulerOptions _options;
    private readonly RunLog _log;
    private long _written;

    public LogWindowTests()
    {
        _options = new SchedulerOptions { DataFolder = _folder.Path, LogCap = 2 * HeadCap };
        _log = new RunLog(_options);
        Directory.CreateDirectory(Path.Combine(_options.LogFolder, "000000"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ToEnd_AShortLog_ShowsAllOfIt_Numbered()
    {
        Write(1, 3);
        var window = Window();

        window.ToEnd();

        Assert.Equal(["1:line 1", "2:line 2", "3:line 3"], Shown(window));
        Assert.False(window.HasEarlier);
        Assert.False(window.HasLater);
    }

    [Fact]
    public void ToEnd_ALongLog_ShowsTheLastLines_WithTheirTrueNumbers()
    {
        Write(1, 3000);
        var window = Window();

        window.ToEnd();

        Assert.Equal(LogWindow.Step, Shown(window).Count);
        Assert.Equal("3000:line 3000", Shown(window)[^1]);
        Assert.True(window.HasEarlier);
    }

    [Fact]
    public void Earlier_UntilTheBeginning_MissesNoLine()
    {
        Write(1, 1200);
        var window = Window();
        window.ToEnd();

        while (window.HasEarlier) window.Earlier();

        Assert.Equal(Lines(1, 1200), Shown(window));
    }

    [Fact]
    public void Grow_TakesInWhatCame_AndLetsGoAtTheStart()
    {
        Write(1, LogWindow.MostLines);
        var window = Window();
        window.ToEnd();
        for (var from = LogWindow.MostLines + 1; from < LogWindow.MostLines + 3000; from += 500)
        {
            Write(from, from + 499);
            Assert.True(window.Grow());
        }

        Assert.Equal("4500:line 4500", Shown(window)[^1]);
        Assert.InRange(Shown(window).Count, 1, LogWindow.MostLines);
        Assert.Equal(Lines(4501 - Shown(window).Count, 4500), Shown(window));
        Assert.False(window.Grow());
    }

    [Fact]
    public void Grow_ALineThatIsStillBeingWritten_Waits()
    {
        Write(1, 1);
        var window = Window();
        window.ToEnd();

        Append("2026-11-21T08:00:00.000Z out ha");
        Assert.False(window.Grow());
        Append("lf\n");
        window.Grow();

        Assert.Equal(["1:line 1", "2:half"], Shown(window));
    }

    [Fact]
    public void Ended_ALineWithoutAnEnd_Counts()
    {
        Append("2026-11-21T08:00:00.000Z out cut o");
        var window = Window();
        window.Ended = true;

        window.ToEnd();

        Assert.Equal(["1:cut o"], Shown(window));
    }

    [Fact]
    public void LookAhead_CountsWithoutTakingIn()
    {
        Write(1, 10);
        var window = Window();
        window.ToEnd();
        Write(11, 40);

        window.LookAhead();

        Assert.Equal(30, window.News);
        Assert.Equal("10:line 10", Shown(window)[^1]);
        window.ToEnd();
        Assert.Equal(0, window.News);
    }

    [Fact]
    public void Lines_AcrossTwoFiles_AreWhole()
    {
        Write(1, 6000);   // some 250,000 bytes: the head and a part, cut in the middle of a line
        var window = Window();
        window.ToStart();

        for (var i = 0; i < 20 && window.HasLater; i++) window.Later();

        Assert.Equal("6000:line 6000", Shown(window)[^1]);
        window.AroundLine(Boundary());
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{Boundary()}:line {Boundary()}"), Shown(window));
        Assert.Equal(Shown(window).Order(ByNumber), Shown(window));
    }

    [Fact]
    public void AGap_IsStated_AndLinesBehindItHaveNoNumber()
    {
        Write(1, 14_000);  // some 600,000 bytes
        File.Delete(Part(0));
        File.Delete(Part(1));
        var window = Window();
        window.ToEnd();
        for (var i = 0; i < 50 && window.Chunks.All(c => c.LeftOutBefore == 0); i++) window.Earlier();

        var gap = window.Chunks.Single(c => c.LeftOutBefore > 0);
        Assert.InRange(gap.LeftOutBefore, 2 * PartCap, 2 * PartCap + 100);
        Assert.Null(gap.Lines[0].Number);
        Assert.StartsWith("line ", LogPieces.Plain(gap.Lines[0].Pieces), StringComparison.Ordinal);
        Assert.Equal(2 * PartCap, window.LeftOut);

        // Before the gap numbers are known again.
        window.Earlier();
        Assert.NotNull(window.Chunks.First().Lines[0].Number);
    }

    [Fact]
    public void AroundLine_BehindAGap_CannotBeFound()
    {
        Write(1, 14_000);
        File.Delete(Part(0));

        Assert.False(Window().AroundLine(13_000));
    }

    [Fact]
    public void Search_FindsAllLines_WhateverTheCase_AndWithoutColours()
    {
        Write(1, 5000);
        Append("2026-11-21T08:00:00.000Z err Connection \e[31mREFUSED\e[0m\n");
        Write(5001, 5500);

        var found = LogSearch.Run(_log, 1, "connection refused", ended: true, CancellationToken.None);

        var window = Window();
        window.Around(Assert.Single(found.Lines));
        Assert.Contains("5001:Connection REFUSED", Shown(window));
        Assert.Equal(5500, LogSearch.Run(_log, 1, "line", ended: true, CancellationToken.None).Lines.Count);
        Assert.Empty(LogSearch.Run(_log, 1, "2026-11-21", ended: true, CancellationToken.None).Lines);   // the text is searched, not the clock
    }

    private LogWindow Window() => new(_log, 1);

    private static List<string> Shown(LogWindow window) =>
        window.Chunks.SelectMany(c => c.Lines).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Number}:{LogPieces.Plain(l.Pieces)}")).ToList();

    private static IEnumerable<string> Lines(int from, int to) => Enumerable.Range(from, to - from + 1).Select(n => string.Create(CultureInfo.InvariantCulture, $"{n}:line {n}"));

    private static Comparer<string> ByNumber => Comparer<string>.Create((a, b) => int.Parse(a.Split(':')[0], CultureInfo.InvariantCulture) - int.Parse(b.Split(':')[0], CultureInfo.InvariantCulture));

    /// <summary>The line that lies across the end of the head.</summary>
    private static int Boundary()
    {
        var (bytes, line) = (0, 0);
        while (bytes <= HeadCap) bytes += $"2026-11-21T08:00:00.000Z out line {++line}\n".Length;
        return line;
    }

    private void Write(int from, int to)
    {
        for (var n = from; n <= to; n++) Append(string.Create(CultureInfo.InvariantCulture, $"2026-11-21T08:00:00.000Z out line {n}\n"));
        Flush();
    }

    // As the log itself lays them out; lines are collected so that a test does not open a file ten thousand times.
    private readonly List<byte> _buffer = [];

    private void Append(string text)
    {
        _buffer.AddRange(System.Text.Encoding.UTF8.GetBytes(text));
        if (_buffer.Count > 50_000 || !text.StartsWith("2026-11-21T08:00:00.000Z out line", StringComparison.Ordinal)) Flush();
    }

    private void Flush()
    {
        for (var at = 0; at < _buffer.Count;)
        {
            var part = _written < HeadCap ? -1 : (int)((_written - HeadCap) / PartCap);
            var room = part < 0 ? HeadCap - _written : HeadCap + (part + 1L) * PartCap - _written;
            var count = (int)Math.Min(room, _buffer.Count - at);
            File.AppendAllBytes(part < 0 ? Path.Combine(_options.LogFolder, "000000", "1.log") : Part(part), _buffer.GetRange(at, count).ToArray());
            _written += count;
            at += count;
        }
        _buffer.Clear();
    }

    private string Part(int index) => Path.Combine(_options.LogFolder, "000000", string.Create(CultureInfo.InvariantCulture, $"1.{index:D8}.log"));
}
