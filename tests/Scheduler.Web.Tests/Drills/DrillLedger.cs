namespace Scheduler.Web.Tests.Drills;

/// <summary>Plain SQL over the ledger of a server that nobody drives any more.</summary>
internal static class DrillLedger
{
    /// <summary>Each due instant from the first to the last that are there is in one row, or counted into one; no attempt began twice; nothing is running.</summary>
    /// <param name="schedules">With the milliseconds between their due times.</param>
    public static List<string> Faults(DrillServer server, params ReadOnlySpan<(string Name, long Every)> schedules)
    {
        var faults = new List<string>();
        foreach (var (name, every) in schedules)
        {
            var rows = Rows(server, name);
            if (rows.Count == 0) faults.Add($"{name} has no rows");
            foreach (var (one, other) in rows.Zip(rows.Skip(1)))
                if (other.At - one.At != other.For * every) faults.Add($"{name}: from {one.At} to {other.At} there are {(other.At - one.At) / every} occurrences; the later row stands for {other.For}");
        }
        faults.AddRange(server.Rows("SELECT run_id, number FROM attempts GROUP BY 1, 2 HAVING count(*) > 1", r => $"run {r.GetInt64(0)} made attempt {r.GetInt64(1)} twice"));
        faults.AddRange(server.Rows("SELECT id FROM runs WHERE status = 1", r => $"run {r.GetInt64(0)} is still running"));
        faults.AddRange(server.Rows("PRAGMA integrity_check", r => r.GetString(0)).Where(line => line != "ok"));
        return faults;
    }

    /// <summary>The occurrences of a schedule, rising.</summary>
    public static List<(long At, long For, long Type)> Rows(DrillServer server, string name) =>
        server.Rows($"SELECT scheduled_for, stands_for, trigger_type FROM runs WHERE schedule_name = '{name}' AND trigger_type IN (0, 1) ORDER BY scheduled_for", r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)));
}
