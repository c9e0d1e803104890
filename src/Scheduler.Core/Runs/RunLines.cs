using System.Buffers;
using Scheduler.Core.Jobs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>
/// A run's log lines on their way to its file. The first few wait in memory: if the run is over before they are flushed, it needs no file. A log that can't be written never fails the run: lines are left out and counted, and the log
/// says so as soon as it can be written again. While the disk is full nothing is tried: the room that is left belongs to the states.
/// </summary>
/// <param name="log">Where the lines go.</param>
/// <param name="runId">Of which run they are.</param>
/// <param name="health">Whether the disk is full.</param>
/// <param name="failed">Told what kept lines from being written; not of a full disk, of which everybody is told.</param>
/// <param name="clock">Gives the time of the line that says what is left out.</param>
internal sealed class RunLines(RunLog log, long runId, StorageHealth health, Action<Exception> failed, TimeProvider clock) : IDisposable
{
    private ArrayBufferWriter<byte>? _short = log.HasFile(runId) ? null : new();
    private RunLog.LogWriter? _file;
    private int _sinceFlush;
    private long _leftOut;

    public void Append(JobEvent.LogLine line)
    {
        if (_short is not null)
        {
            RunLog.Format(line, _short);
            _sinceFlush++;
            if (_short.WrittenCount > RunLog.ShortCap) ToFile();
            return;
        }
        Try(() =>
        {
            SayWhatIsLeftOut();
            _file!.Append(line);
            _sinceFlush++;
        }, lines: 1);
    }

    /// <summary>Puts what was appended where others can read it.</summary>
    public void Flush()
    {
        ToFile();
        Try(() =>
        {
            _file!.Flush();
            _sinceFlush = 0;
        }, lines: 0);
    }

    /// <summary>The whole log, if nothing of it was flushed; the caller keeps it. Null where it is in a file, or empty.</summary>
    public byte[]? TakeShort()
    {
        var text = _short is { WrittenCount: > 0 } ? _short.WrittenSpan.ToArray() : null;
        _short = null;
        return text;
    }

    public void Dispose()
    {
        if (_leftOut > 0) Try(SayWhatIsLeftOut, lines: 0);
        Close();
    }

    private void ToFile()
    {
        if (_short is not { } text) return;
        var lines = _sinceFlush;
        (_short, _sinceFlush) = (null, 0);
        if (lines == 0) return;
        Try(() =>
        {
            _file!.Write(text.WrittenSpan);
            _sinceFlush += lines;
        }, lines);
    }

    private void SayWhatIsLeftOut()
    {
        if (_leftOut == 0) return;
        _file!.Append(new JobEvent.LogLine(clock.GetUtcNow(), LogStream.Warn, $"[… {_leftOut} lines left out: the log could not be written, see the server's log …]"));
        _file.Flush();
        _leftOut = 0;
    }

    private void Try(Action write, int lines)
    {
        if (health.IsFull)
        {
            _leftOut += lines;
            return;
        }
        try
        {
            _file ??= log.Write(runId);
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (StorageHealth.IsFullDisk(e)) health.ReportFull();
            else failed(e);
            // What was not flushed has not reached the file either.
            _leftOut += lines + _sinceFlush;
            Close();
        }
    }

    private void Close()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // It tries once more to write what is left; that is counted already.
        }
        _file = null;
        _sinceFlush = 0;
    }
}
