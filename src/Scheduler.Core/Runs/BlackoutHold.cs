using Scheduler.Core.Blackouts;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Runs;

/// <summary>Holds waiting runs back while a blackout covers their schedule, whyever they were started. Inside the claim's own transaction, so that no edit falls between.</summary>
/// <remarks>
/// A run that the command line executes in its own process is not held: a person at the machine's console means it.
/// An emergency is held too, unless the person ticked that it overrides blackouts.
/// </remarks>
internal static class BlackoutHold
{
    /// <summary>Where the run that is about to start is covered, it and all like it in the pool are made to wait for the end of the blackout.</summary>
    /// <param name="run">The one that the claim has found.</param>
    /// <param name="announce">Tells of a changed run: its number, its schedule, its pool.</param>
    /// <returns>Whether the run is held.</returns>
    public static bool Apply(WriteBatch write, string pool, ClaimedRun run, Action<long, string, string> announce)
    {
        var open = OpenNow(write);
        if (open.IsEmpty || CoverOf(write, open, run.ScheduleId) is null) return false;
        if (write.Scalar("SELECT overrides_blackout FROM runs WHERE id = ?1", run.Id) is 1L) return false;
        // All at once: run by run, each claim would pass by all that were held before it.
        foreach (var schedule in Schedules(write, $"{RunTable.Waiting} AND pool = ?1 AND not_before <= ?2 AND NOT overrides_blackout", pool, write.Now))
            if (CoverOf(write, open, schedule) is { } cover)
                Move(write, cover, $"{RunTable.Waiting} AND pool = ?5 AND not_before <= ?6 AND NOT overrides_blackout AND schedule_id IS ?4", announce, schedule, pool, write.Now);
        return true;
    }

    /// <inheritdoc cref="RunQueue.LookAtHeldAgain"/>
    public static void LookAgain(WriteBatch write, Action<long, string, string> announce)
    {
        var schedules = Schedules(write, RunTable.HeldByBlackout);
        if (schedules.Count == 0) return;
        var open = OpenNow(write);
        foreach (var schedule in schedules)
            Move(write, CoverOf(write, open, schedule), $"{RunTable.HeldByBlackout} AND schedule_id IS ?4", announce, schedule);
    }

    /// <summary>The blackouts that select a schedule, as they stand in this transaction.</summary>
    public static BlackoutBook Selecting(WriteBatch write, long scheduleId) => BlackoutBook.Read(write) is { IsEmpty: false } book ? book.Selecting(Labels(write, scheduleId)) : BlackoutBook.Empty;

    private static BlackoutBook OpenNow(WriteBatch write) => BlackoutBook.Read(write) is var book && (book.IsEmpty || book.Covering(write.Now) is null) ? BlackoutBook.Empty : book;

    private static BlackoutCover? CoverOf(WriteBatch write, BlackoutBook open, long? scheduleId) => scheduleId == SystemSchedule.Id ? null : open.Selecting(Labels(write, scheduleId)).Covering(write.Now);

    // Null: ad-hoc jobs, which have no labels; a blackout of all schedules covers them too.
    private static List<long?> Schedules(WriteBatch write, string condition, params ReadOnlySpan<object?> values)
    {
        using var rows = write.Query($"SELECT DISTINCT schedule_id FROM runs WHERE {condition}", values);
        var found = new List<long?>();
        while (rows.Read()) found.Add(rows.IsNull(0) ? null : rows.GetInt64(0));
        return found;
    }

    private static Dictionary<string, string> Labels(WriteBatch write, long? scheduleId)
    {
        using var rows = write.Query("SELECT key, value FROM schedule_labels WHERE schedule_id = ?1", scheduleId);
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        while (rows.Read()) labels[rows.GetString(0)] = rows.GetString(1);
        return labels;
    }

    /// <summary>What a run says of itself while a blackout holds it.</summary>
    public static string Words(BlackoutCover cover) => $"Waits for the end of blackout '{cover.Name}' at {SkipReason.Print(cover.Until)}.";

    // With no cover the runs may start at once.
    private static void Move(WriteBatch write, BlackoutCover? cover, string condition, Action<long, string, string> announce, params ReadOnlySpan<object?> more)
    {
        var reason = cover is null ? "" : Words(cover);
        using var rows = write.Query(
            $"UPDATE runs SET not_before = ?1, blackout_id = ?2, reason = ?3 WHERE {condition} RETURNING id, schedule_name, pool",
            [cover?.Until ?? write.Now, cover?.BlackoutId, reason, .. more]);
        while (rows.Read())
        {
            var (id, name, pool) = (rows.GetInt64(0), rows.GetString(1), rows.GetString(2));
            write.AfterCommit(() => announce(id, name, pool));
        }
    }
}
