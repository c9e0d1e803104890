using Microsoft.Data.Sqlite;
using Scheduler.Core.Analytics;
using Scheduler.Core.Audit;

namespace Scheduler.Core.Storage;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">integrity, references, audit or statistics.</param>
/// <param name="Looked">What was looked at, in words: <c>1,204 rows</c>.</param>
/// <param name="Problems">In words; empty where all is well.</param>
public sealed record CheckedPart(string Name, string Looked, IReadOnlyList<string> Problems);

/// <summary>Looks whether the database is whole and says the truth about itself. Changes nothing; works beside a server.</summary>
public sealed class DatabaseCheck(Database database, StatisticsUpkeep statistics)
{
    private const int MostProblems = 20;

    public IReadOnlyList<CheckedPart> Run(CancellationToken ct)
    {
        var parts = new List<CheckedPart>();
        try
        {
            using var connection = database.Open();
            parts.Add(new CheckedPart("integrity", "every page", Rows(connection, $"PRAGMA integrity_check({MostProblems})", r => r.GetString(0)).Where(r => r != "ok").ToList()));
            if (parts[0].Problems.Count > 0) return parts; // what else can be read is no longer worth a look
            parts.Add(new CheckedPart("references", "every foreign key", Rows(connection, "PRAGMA foreign_key_check", r => $"A row of {r.GetString(0)} points at a row of {r.GetString(2)} that is not there.").Take(MostProblems).ToList()));
            if (Has(connection, "audit")) parts.Add(CheckAudit(connection, ct));
            if (Has(connection, "roll_ups")) parts.Add(CheckStatistics(ct));
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 11 or 26) // corrupt, not a database
        {
            parts.RemoveAll(p => p.Name == "integrity");
            parts.Insert(0, new CheckedPart("integrity", "as far as it can be read", [$"{database.File} is damaged or is no database ({e.Message})."]));
        }
        return parts;
    }

    private static CheckedPart CheckAudit(SqliteConnection connection, CancellationToken ct)
    {
        var (rows, problem) = AuditCheck.Run(connection, ct);
        return new CheckedPart("audit", Count(rows), problem is null ? [] : [problem]);
    }

    private CheckedPart CheckStatistics(CancellationToken ct)
    {
        var found = statistics.Check(ct);
        return new CheckedPart("statistics", Count(found.Rows),
            found.Wrong == 0 ? [] : [$"{found.Wrong} of {found.Rows} figures are not what the runs say; db check --rebuild-statistics builds them anew.", .. found.Examples]);
    }

    private static string Count(long rows) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{rows:#,0} {(rows == 1 ? "row" : "rows")}");

    private static bool Has(SqliteConnection connection, string table) => Rows(connection, $"SELECT name FROM sqlite_master WHERE type = 'table' AND name = '{table}'", r => r.GetString(0)).Count == 1;

    private static List<string> Rows(SqliteConnection connection, string sql, Func<SqliteDataReader, string> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }
}
