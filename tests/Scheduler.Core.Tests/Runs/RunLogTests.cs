using System.Text;
using Scheduler.Core.Jobs;
using Scheduler.Core.Runs;

namespace Scheduler.Core.Tests.Runs;

public sealed class RunLogTests : IDisposable
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "scheduler-tests", Guid.NewGuid().ToString("N"));

    [Fact]
    public void Append_Lines_ReadsThemBackFromAnyPosition()
    {
        var log = Log();
        Write(log, "first", "second");
        var all = log.Read(7, 0, 1000);
        Assert.Equal("2026-03-02T08:00:00.000Z info first\n2026-03-02T08:00:00.000Z info second\n", Encoding.UTF8.GetString(all.Bytes));
        Assert.Equal("second\n", Encoding.UTF8.GetString(log.Read(7, all.Next - 7, 1000).Bytes));
        Assert.Empty(log.Read(7, all.Next, 1000).Bytes);
    }

    [Fact]
    public void Append_SecondAttempt_GoesOnWhereTheFirstEnded()
    {
        var log = Log();
        Write(log, "first");
        Write(log, "second");
        Assert.Equal(2, Encoding.UTF8.GetString(log.Read(7, 0, 1000).Bytes).Count(c => c == '\n'));
    }

    [Fact]
    public async Task Append_BeyondTheCap_KeepsHeadAndTailAndSaysWhatIsLeftOut()
    {
        var log = Log(cap: 4000);
        for (var batch = 0; batch < 10; batch++) Write(log, Enumerable.Range(batch * 100, 100).Select(i => $"line {i}").ToArray());

        Assert.True(Directory.EnumerateFiles(_folder, "7*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) <= 4000);
        using var copy = new MemoryStream();
        await log.CopyToAsync(7, copy, default);
        var text = Encoding.UTF8.GetString(copy.ToArray());
        Assert.StartsWith("2026-03-02T08:00:00.000Z info line 0\n", text, StringComparison.Ordinal);
        Assert.EndsWith("info line 999\n", text, StringComparison.Ordinal);
        Assert.Contains("bytes left out: the log's limit is 4000 bytes", text, StringComparison.Ordinal);
        Assert.Equal(log.Length(7), log.Read(7, log.Length(7) - 5, 100).Next);
    }

    [Fact]
    public void Append_HostileText_KeepsOneLineALineAndNoControlCharacters()
    {
        var log = Log();
        Write(log, "a\0b\u0007c", "one\r\ntwo", new string('x', RunLog.MaxLine + 10));
        var lines = Encoding.UTF8.GetString(log.Read(7, 0, 100_000).Bytes).TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.EndsWith("a\ufffdb\ufffdc", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" info two", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("[… 10 characters left out]", lines[3], StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, true);
    }

    private RunLog Log(long cap = 1_000_000) => new(new SchedulerOptions { DataFolder = _folder, LogCap = cap });

    private static void Write(RunLog log, params string[] lines)
    {
        using var writer = log.Write(7);
        foreach (var line in lines) writer.Append(new JobEvent.LogLine(Eight, LogStream.Info, line));
    }
}
