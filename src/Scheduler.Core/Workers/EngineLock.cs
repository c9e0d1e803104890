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
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(options.DataFolder, "engine.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return (null, ReadHolder(holderFile));
        }
        try
        {
            File.WriteAllText(holderFile, JsonSerializer.Serialize(new EngineHolder(Environment.MachineName, Environment.ProcessId, clock.GetUtcNow())), Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // On a full disk nobody can read who holds the lock. It is held all the same.
        }
        return (new EngineLock(file), null);
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
