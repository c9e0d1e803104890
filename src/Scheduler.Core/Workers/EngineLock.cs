using System.Text;
using System.Text.Json;

namespace Scheduler.Core.Workers;

/// <summary>Who owns the engine of a data folder.</summary>
public sealed record EngineHolder(string Host, int ProcessId, DateTimeOffset Since);

/// <summary>
/// The right to drive a data folder's schedules: an advisory lock on a file, which the operating system drops when the
/// process dies, however it dies. Beside it a small file says who holds it.
/// </summary>
public sealed class EngineLock : IDisposable
{
    private readonly FileStream _file;

    private EngineLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, or says who has it.</summary>
    public static (EngineLock? Lock, EngineHolder? Holder) TryTake(SchedulerOptions options, TimeProvider clock)
    {
        var holderFile = Path.Combine(options.DataFolder, "engine.json");
        try
        {
            var file = new FileStream(Path.Combine(options.DataFolder, "engine.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            WriteHolder(holderFile, new EngineHolder(Environment.MachineName, Environment.ProcessId, clock.GetUtcNow()));
            return (new EngineLock(file), null);
        }
        catch (IOException)
        {
            return (null, ReadHolder(holderFile));
        }
    }

    private static void WriteHolder(string file, EngineHolder holder)
    {
        try
        {
            File.WriteAllText(file, JsonSerializer.Serialize(holder), Encoding.UTF8);
        }
        catch (IOException)
        {
            // The disk may be full. The lock is what counts; others will not read who has it.
        }
    }

    public void Dispose() => _file.Dispose();

    private static EngineHolder ReadHolder(string file)
    {
        try
        {
            if (JsonSerializer.Deserialize<EngineHolder>(File.ReadAllText(file)) is { } holder) return holder;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // The holder may be writing it at this moment; who it is matters less than that there is one.
        }
        return new EngineHolder("another process", 0, default);
    }
}
