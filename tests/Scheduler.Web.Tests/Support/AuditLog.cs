using Microsoft.Data.Sqlite;

namespace Scheduler.Web.Tests.Support;

/// <summary>Reads the audit log as a person would: one line a row.</summary>
internal static class AuditLog
{
    public static IReadOnlyList<string> Read(string databaseFile)
    {
        using var connection = new SqliteConnection($"Data Source={databaseFile}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT actor, action, object_kind, object_name, details FROM audit ORDER BY id";
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read()) lines.Add($"{reader.GetString(0)} {reader.GetString(1)} {reader.GetString(2)} {reader.GetString(3)}: {reader.GetString(4)}");
        return lines;
    }
}
