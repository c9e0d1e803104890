using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Workers;

/// <summary>How many slots each pool has, as administrators change it while runs go on. What nobody has changed is as the options say.</summary>
public sealed class PoolSettings
{
    public const int MostSlots = 256;

    private const string Key = "pools";
    private readonly SchedulerOptions _options;
    private readonly Database _database;
    private readonly DatabaseWriter _writer;
    private readonly WorkerPools _pools;
    private readonly EngineState _engine;

    internal PoolSettings(SchedulerOptions options, Database database, DatabaseWriter writer, WorkerPools pools, EngineState engine) =>
        (_options, _database, _writer, _pools, _engine) = (options, database, writer, pools, engine);

    /// <summary>Gives a pool other slots, at once: more start with the next claim; where there are fewer, what runs goes on and no new run starts until there is room.</summary>
    /// <param name="pool">Its name.</param>
    /// <param name="slots">1 to <see cref="MostSlots"/>.</param>
    /// <returns>False where that is what it has.</returns>
    /// <exception cref="InvalidInputException">There is no such pool, or the number is out of bounds.</exception>
    public async Task<bool> ChangeAsync(string pool, int slots, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Administrator, "change pools");
        _engine.DemandWritable();
        if (!_options.Pools.ContainsKey(pool)) throw new InvalidInputException("pool", $"there is no pool \"{pool}\"; there are {string.Join(", ", _options.Pools.Keys.Order(StringComparer.Ordinal))}");
        if (slots is < 1 or > MostSlots) throw new InvalidInputException("slots", $"must be a whole number from 1 to {MostSlots}, found {slots}");
        return await _writer.WriteAsync(write =>
        {
            var changed = Read(write.Scalar("SELECT value FROM settings WHERE key = ?1", Key) as string);
            var before = changed.TryGetValue(pool, out var own) ? own : _options.Pools[pool];
            if (before == slots) return false;
            changed[pool] = slots;
            write.Execute(
                "INSERT INTO settings (key, value, changed_at, changed_by) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET value = ?2, changed_at = ?3, changed_by = ?4",
                Key, JsonSerializer.Serialize(changed), write.Now, actor.Name);
            AuditChain.Append(write.Transaction, new AuditEntry(actor, "changed", "pool", pool, $"{before} -> {slots} slots"), write.Now);
            write.AfterCommit(() => Apply(changed));
            return true;
        }, ct);
    }

    /// <summary>The slots of each pool as they are stored: in a process that stands by too, where no pool works.</summary>
    public async Task<IReadOnlyDictionary<string, int>> SlotsAsync(CancellationToken ct)
    {
        await using var db = _database.Read();
        var changed = Read(await db.Settings.Where(s => s.Key == Key).Select(s => s.Value).FirstOrDefaultAsync(ct));
        return Over(_options.Pools, changed);
    }

    /// <summary>Takes over what is stored. For the start of the engine.</summary>
    internal void Load()
    {
        using var db = _database.Read();
        Apply(Read(db.Settings.Where(s => s.Key == Key).Select(s => s.Value).FirstOrDefault()));
    }

    // The dictionary is exchanged, never changed: others read it on their own threads. Pools that are no more are left out.
    private void Apply(Dictionary<string, int> changed)
    {
        _options.Pools = Over(_options.Pools, changed);
        _pools.Resize(_options.Pools);
    }

    private static Dictionary<string, int> Over(Dictionary<string, int> pools, Dictionary<string, int> changed) =>
        pools.ToDictionary(p => p.Key, p => changed.TryGetValue(p.Key, out var slots) ? slots : p.Value, StringComparer.Ordinal);

    private static Dictionary<string, int> Read(string? json) => json is null ? [] : JsonSerializer.Deserialize<Dictionary<string, int>>(json)!;
}
