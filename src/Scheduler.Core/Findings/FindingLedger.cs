using Scheduler.Core.Storage;

namespace Scheduler.Core.Findings;

/// <summary>
/// Tells new from known from gone. A finding is known by its fingerprint within its schedule; it is gone only when a later run
/// has covered its asset from end to end and did not see it. A run that failed half-way closes nothing.
/// </summary>
internal static class FindingLedger
{
    /// <summary>Notes what a run has seen, and counts it on the run. The same finding twice in one run counts once.</summary>
    public static void Record(WriteBatch write, long runId, string scheduleName, IEnumerable<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var (id, change) = Upsert(write, runId, scheduleName, finding);
            var first = write.Execute(
                "INSERT INTO run_findings (run_id, finding_id, change, severity, evidence) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                runId, id, change, finding.Severity, Cap(finding.Evidence)) == 1;
            if (first) Count(write, runId, finding.Severity, change);
        }
    }

    /// <summary>Closes the open findings of covered assets that this run has not seen.</summary>
    /// <returns>How many.</returns>
    public static int MarkGone(WriteBatch write, long runId, string scheduleName, IReadOnlyCollection<string> coveredAssets)
    {
        if (coveredAssets.Count == 0) return 0;
        var covered = coveredAssets.ToHashSet(StringComparer.Ordinal);
        var gone = new List<(long Id, int Severity)>();
        using (var rows = write.Query("SELECT id, asset, severity FROM findings WHERE schedule_name = ?1 AND open AND last_run_id <> ?2", scheduleName, runId))
            while (rows.Read())
                if (covered.Contains(rows.GetString(1))) gone.Add((rows.GetInt64(0), rows.GetInt32(2)));
        foreach (var (id, severity) in gone)
        {
            write.Execute("UPDATE findings SET open = 0, gone_run_id = ?2 WHERE id = ?1", id, runId);
            write.Execute(
                "INSERT INTO run_findings (run_id, finding_id, change, severity, evidence) VALUES (?1, ?2, ?3, ?4, '') ON CONFLICT DO NOTHING",
                runId, id, FindingChange.Gone, severity);
        }
        return gone.Count;
    }

    private static (long Id, FindingChange Change) Upsert(WriteBatch write, long runId, string scheduleName, Finding finding)
    {
        using (var rows = write.Query("SELECT id, open, first_run_id FROM findings WHERE schedule_name = ?1 AND fingerprint = ?2", scheduleName, finding.Fingerprint))
            if (rows.Read())
            {
                var (id, open) = (rows.GetInt64(0), rows.GetBoolean(1));
                if (finding.OfThePast) return (id, FindingChange.Past);
                write.Execute(
                    """
                    UPDATE findings SET open = 1, gone_run_id = NULL, severity = ?2, title = ?3, evidence = ?4, remedy = ?5, reference = ?6, last_run_id = ?7, last_seen_at = ?8
                    WHERE id = ?1
                    """, id, finding.Severity, Cap(finding.Title), Cap(finding.Evidence), Cap(finding.Remedy), Cap(finding.Reference), runId, write.Now);
                return (id, open ? FindingChange.Existing : FindingChange.New);
            }
        var inserted = write.Insert(
            """
            INSERT INTO findings (schedule_name, fingerprint, rule, severity, title, asset, location, evidence, remedy, reference, open, first_run_id, first_seen_at, last_run_id, last_seen_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?13, ?11, ?12, ?11, ?12)
            """,
            scheduleName, finding.Fingerprint, Cap(finding.Rule), finding.Severity, Cap(finding.Title), Cap(finding.Asset), Cap(finding.Location), Cap(finding.Evidence),
            Cap(finding.Remedy), Cap(finding.Reference), runId, write.Now, !finding.OfThePast)!.Value;
        return (inserted, finding.OfThePast ? FindingChange.Past : FindingChange.New);
    }

    private static void Count(WriteBatch write, long runId, Severity severity, FindingChange change)
    {
        var column = severity switch
        {
            Severity.Critical => "critical",
            Severity.High => "high",
            Severity.Medium => "medium",
            Severity.Low => "low",
            _ => "info",
        };
        write.Execute(
            $"UPDATE runs SET findings_total = findings_total + 1, {column} = {column} + 1, new_findings = new_findings + ?2 WHERE id = ?1",
            runId, change == FindingChange.New);
    }

    private static string Cap(string text) => text.Length <= Finding.MaxText ? text : string.Concat(text.AsSpan(0, Finding.MaxText - 1), "…");
}
