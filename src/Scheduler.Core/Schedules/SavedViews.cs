using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Schedules;

/// <summary>A list of schedules that one person comes back to.</summary>
internal sealed class SavedView
{
    /// <summary>The account's name.</summary>
    public required string Person { get; init; }
    public required string Name { get; init; }

    /// <summary>What follows the ? in the list's address.</summary>
    public required string Address { get; init; }
}

internal static class SavedViewTable
{
    public static void Map(ModelBuilder model) => model.Entity<SavedView>(view =>
    {
        view.ToTable("saved_views");
        view.Property(v => v.Person).UseCollation("NOCASE");
        view.Property(v => v.Name).UseCollation("NOCASE");
        view.HasKey(v => new { v.Person, v.Name });
    });
}

/// <param name="Name">What the person called it. Hostile, like the address.</param>
/// <param name="Address">What follows the ? in the list's address.</param>
public sealed record SavedViewLine(string Name, string Address);

/// <summary>The views that people saved for themselves. Nobody sees another's, and any role may have some.</summary>
public sealed class SavedViews(Database database, DatabaseWriter writer, EngineState engine)
{
    public const int MostOfAPerson = 20;

    /// <summary>By name.</summary>
    public async Task<IReadOnlyList<SavedViewLine>> ListAsync(Actor actor, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.SavedViews.Where(v => v.Person == actor.Name).OrderBy(v => v.Name).Select(v => new SavedViewLine(v.Name, v.Address)).ToListAsync(ct);
    }

    /// <summary>Saves a view; one of the same name is replaced.</summary>
    /// <exception cref="InvalidInputException">The name or the address is wrong, or there are too many.</exception>
    public async Task SaveAsync(string name, string address, Actor actor, CancellationToken ct)
    {
        engine.DemandWritable();
        name = name.Trim();
        if (name.Length is 0 or > 60 || name.Any(char.IsControl)) throw new InvalidInputException("name", $"must be 1 to 60 characters, such as \"Production, failing\"; found {name.Length}");
        if (address.Length > 2000) throw new InvalidInputException("address", $"must be at most 2000 characters, found {address.Length}");
        await writer.WriteAsync(write =>
        {
            var known = write.Db.SavedViews.Where(v => v.Person == actor.Name).Select(v => v.Name).ToList();
            if (known.Count >= MostOfAPerson && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new InvalidInputException("name", $"can't be saved: you have {MostOfAPerson} views already; delete one first");
            write.Execute("INSERT INTO saved_views (person, name, address) VALUES (?1, ?2, ?3) ON CONFLICT (person, name) DO UPDATE SET name = ?2, address = ?3", actor.Name, name, address);
            AuditChain.Append(write.Transaction, new AuditEntry(actor, "saved", "view", name), write.Now);
        }, ct);
    }

    /// <returns>False when there is none of this name.</returns>
    public async Task<bool> DeleteAsync(string name, Actor actor, CancellationToken ct)
    {
        engine.DemandWritable();
        return await writer.WriteAsync(write =>
        {
            if (write.Execute("DELETE FROM saved_views WHERE person = ?1 AND name = ?2", actor.Name, name) == 0) return false;
            AuditChain.Append(write.Transaction, new AuditEntry(actor, "deleted", "view", name), write.Now);
            return true;
        }, ct);
    }
}
