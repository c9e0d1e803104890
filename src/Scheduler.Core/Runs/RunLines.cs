using Scheduler.Core.Jobs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>
/// A run's log lines on their way to its file. A log that can't be written never fails the run: lines are left out and counted, and the log
/// says so as soon as it can be written again. While the disk is full nothing is tried: the room that is left belongs to the states.
/// </summary>
internal sealed class RunLines(RunLog log, long runId, StorageHealth health, TimeProvider clock) : IDisposable
{
    private RunLog.LogWriter? _file;
    private int _sinceFlush;
    private long _leftOut;

    public void Append(JobEvent.LogLine line) => Try(() =>
    {
        SayWhatIsLeftOut();
        _file!.Append(line);
        _sinceFlush++;
    }, lines: 1);

    public void Flush() => Try(() =>
    {
        _file!.Flush();
        _sinceFlush = 0;
    }, lines: 0);

    public void Dispose()
    {
        if (_leftOut > 0) Try(SayWhatIsLeftOut, lines: 0);
        Close();
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
