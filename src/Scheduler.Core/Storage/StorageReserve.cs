using Microsoft.Extensions.Logging;

namespace Scheduler.Core.Storage;

/// <summary>
/// Room on the disk that is kept for the worst hour: a file of a fixed size in the data folder. When a commit finds the disk full the file
/// goes, so that what becomes of runs can still be written; run logs stop meanwhile. Once there is room it is made anew.
/// </summary>
internal sealed partial class StorageReserve(SchedulerOptions options, StorageHealth health, TimeProvider clock, ILogger<StorageReserve> log)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private string File => Path.Combine(options.DataFolder, "reserve");

    /// <summary>Keeps the reserve there, and ends the alarm of a full disk once it is there again and nothing failed meanwhile.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var failures = health.Failures;
        try
        {
            while (true)
            {
                if (TryMake() && health.IsFull && health.Failures == failures)
                {
                    health.ReportRoom();
                    LogRoom();
                }
                failures = health.Failures;
                await Task.Delay(Beat.UntilNext(clock, LookAgain), clock, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The engine stops; the file stays for the next start.
        }
    }

    /// <summary>Gives the room free.</summary>
    /// <returns>False where there was none left to give.</returns>
    public bool Release()
    {
        try
        {
            if (!System.IO.File.Exists(File)) return false;
            System.IO.File.Delete(File);
            LogReleased(options.ReserveSize);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the reserve is there, made just now or before.</summary>
    internal bool TryMake()
    {
        if (options.ReserveSize <= 0 || new FileInfo(File) is { Exists: true } there && there.Length == options.ReserveSize) return true;
        try
        {
            // Twice: what is just about there is better left to the runs.
            if (new DriveInfo(Path.GetFullPath(options.DataFolder)).AvailableFreeSpace < 2 * options.ReserveSize) return false;
            using var file = new FileStream(File, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, PreallocationSize = options.ReserveSize });
            file.SetLength(options.ReserveSize);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Release();
            return false;
        }
    }

    [LoggerMessage(LogLevel.Error, "The disk is full; the reserve of {Bytes} bytes is given free, run logs stop")]
    private partial void LogReleased(long bytes);

    [LoggerMessage(LogLevel.Information, "There is room on the disk again")]
    private partial void LogRoom();
}
