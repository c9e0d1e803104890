using System.Data.Common;

namespace Scheduler.Core.Audit;

/// <summary>Follows the chain from the first row to the last. What cut off the end alone is not to be seen from inside the file.</summary>
internal static class AuditCheck
{
    /// <returns>How many rows hold, and what is wrong with the first that does not; null where all hold.</returns>
    public static (long Rows, string? Problem) Run(DbConnection connection, CancellationToken ct)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, at, actor, role, door, address, action, object_kind, object_name, details, previous_hash, hash FROM audit ORDER BY id";
        using var reader = command.ExecuteReader();
        var (rows, hash) = (0L, AuditChain.Genesis);
        while (reader.Read())
        {
            ct.ThrowIfCancellationRequested();
            var row = Read(reader);
            if (row.Id != rows + 1) return (rows, $"Row {rows + 1} of the audit log is missing: the next one there is {row.Id}.");
            if (row.PreviousHash != hash) return (rows, $"Row {row.Id} of the audit log does not follow the row before it: one of the two was changed.");
            if (AuditChain.HashOf(row) != row.Hash) return (rows, $"Row {row.Id} of the audit log was changed after it was written.");
            (rows, hash) = (row.Id, row.Hash);
        }
        return (rows, null);
    }

    private static AuditRow Read(DbDataReader reader) => new()
    {
        Id = reader.GetInt64(0),
        At = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)),
        Actor = reader.GetString(2),
        Role = reader.GetString(3),
        Door = reader.GetString(4),
        Address = reader.IsDBNull(5) ? null : reader.GetString(5),
        Action = reader.GetString(6),
        ObjectKind = reader.GetString(7),
        ObjectName = reader.GetString(8),
        Details = reader.GetString(9),
        PreviousHash = reader.GetString(10),
        Hash = reader.GetString(11),
    };
}
