using System.Data.Common;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Scheduler.Core.Access;

namespace Scheduler.Core.Audit;

/// <summary>One act of a person that changed something, or that was denied.</summary>
/// <param name="Actor">Who, and by which door.</param>
/// <param name="Action">A verb in the past: <c>created</c>, <c>paused</c>, <c>signed in</c>.</param>
/// <param name="ObjectKind">What sort of thing: <c>schedule</c>, <c>run</c>, <c>user</c>, <c>token</c>, <c>scope</c>.</param>
/// <param name="ObjectName">Which one.</param>
/// <param name="Details">More, for people: a reason, a diff. Never a secret.</param>
public sealed record AuditEntry(Actor Actor, string Action, string ObjectKind, string ObjectName, string Details = "");

/// <summary>
/// Appends to the audit log. Each row carries a hash over its own content and the hash of the row before, so that a changed,
/// removed or reordered row shows. Rows are written inside the caller's transaction: an act and its row are there both or neither.
/// </summary>
public static class AuditChain
{
    /// <summary>The hash that the first row follows.</summary>
    public static readonly string Genesis = new('0', 64);

    /// <param name="transaction">An open write transaction (SQLite: immediate) on the database that holds the audit table.</param>
    /// <param name="entry">What was done.</param>
    /// <param name="at">When, UTC.</param>
    public static void Append(DbTransaction transaction, AuditEntry entry, DateTimeOffset at)
    {
        var connection = transaction.Connection ?? throw new InvalidOperationException("The transaction has ended.");
        var (lastId, lastHash) = Last(connection, transaction);
        var row = new AuditRow
        {
            Id = lastId + 1,
            At = at,
            Actor = entry.Actor.Name,
            Role = entry.Actor.Role.ToString(),
            Door = entry.Actor.Door,
            Address = entry.Actor.Address,
            Action = entry.Action,
            ObjectKind = entry.ObjectKind,
            ObjectName = entry.ObjectName,
            Details = entry.Details,
            PreviousHash = lastHash,
            Hash = "",
        };
        using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = """
            INSERT INTO audit (id, at, actor, role, door, address, action, object_kind, object_name, details, previous_hash, hash)
            VALUES (@id, @at, @actor, @role, @door, @address, @action, @kind, @name, @details, @previous, @hash)
            """;
        Add(insert, "@id", row.Id);
        Add(insert, "@at", row.At.ToUnixTimeMilliseconds());
        Add(insert, "@actor", row.Actor);
        Add(insert, "@role", row.Role);
        Add(insert, "@door", row.Door);
        Add(insert, "@address", row.Address);
        Add(insert, "@action", row.Action);
        Add(insert, "@kind", row.ObjectKind);
        Add(insert, "@name", row.ObjectName);
        Add(insert, "@details", row.Details);
        Add(insert, "@previous", row.PreviousHash);
        Add(insert, "@hash", HashOf(row));
        insert.ExecuteNonQuery();
    }

    /// <summary>The hash that the row ought to carry. Every field is prefixed with its length, so that no two rows hash alike by shifting text between fields.</summary>
    internal static string HashOf(AuditRow row)
    {
        var text = new StringBuilder();
        foreach (var field in (string?[])
            [
                row.Id.ToString(CultureInfo.InvariantCulture), row.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), row.Actor, row.Role,
                row.Door, row.Address, row.Action, row.ObjectKind, row.ObjectName, row.Details, row.PreviousHash,
            ])
            text.Append(CultureInfo.InvariantCulture, $"{field?.Length ?? -1}:{field};");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static (long Id, string Hash) Last(DbConnection connection, DbTransaction transaction)
    {
        using var last = connection.CreateCommand();
        last.Transaction = transaction;
        last.CommandText = "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1";
        using var reader = last.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.GetString(1)) : (0, Genesis);
    }

    private static void Add(DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}
