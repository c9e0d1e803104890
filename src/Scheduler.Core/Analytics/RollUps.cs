using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Analytics;

/// <summary>
/// Keeps the roll-ups in the transaction that ends a run. All endings that share a commit are added up first, so that a row is
/// read and written once however many runs it counts.
/// </summary>
internal static class RollUps
{
    public const long HourMs = 3_600_000;
    public const long DayMs = 24 * HourMs;

    /// <summary>Counts a run that ends in this transaction.</summary>
    public static void Count(WriteBatch write, EndedRun run) => write.Gather(run, (transaction, runs) => Store(transaction, Sum(runs), archived: false));

    /// <summary>Notes that a run which was counted is deleted in this transaction; the figures keep it.</summary>
    public static void Archive(WriteBatch write, IEnumerable<EndedRun> runs) => Store(write, Sum(runs), archived: true);

    /// <summary>What these runs come to, by row.</summary>
    public static Dictionary<RollUpKey, Tally> Sum(IEnumerable<EndedRun> runs)
    {
        var sums = new Dictionary<RollUpKey, Tally>();
        foreach (var run in runs)
        {
            if (run.ScheduleId == SystemSchedule.Id) continue;
            var ended = run.EndedAt.ToUnixTimeMilliseconds();
            Add(new RollUpKey(StatisticsSpan.Hour, StartOf(ended, HourMs), RollUp.AllSchedules, run.Origin, run.Status), run);
            Add(new RollUpKey(StatisticsSpan.Day, StartOf(ended, DayMs), RollUp.AllSchedules, run.Origin, run.Status), run);
            if (run.ScheduleId is not { } schedule) continue;
            Add(new RollUpKey(StatisticsSpan.Hour, StartOf(ended, HourMs), schedule, run.Origin, run.Status), run);
            Add(new RollUpKey(StatisticsSpan.Day, StartOf(ended, DayMs), schedule, run.Origin, run.Status), run);
        }
        return sums;

        void Add(RollUpKey key, EndedRun run)
        {
            if (!sums.TryGetValue(key, out var tally)) sums[key] = tally = new Tally();
            tally.Add(run);
        }
    }

    /// <summary>Adds sums to the stored rows.</summary>
    public static void Store(WriteBatch write, Dictionary<RollUpKey, Tally> sums, bool archived)
    {
        // In the order of the table, so that neighbours are written while their page is at hand.
        foreach (var (key, sum) in sums.OrderBy(s => s.Key.Span).ThenBy(s => s.Key.Start).ThenBy(s => s.Key.ScheduleId))
        {
            if (Put(write, New, key, sum, archived)) continue;
            using (var rows = write.Query(
                $"SELECT {RollUp.TallyColumns} FROM roll_ups WHERE archived = ?1 AND span = ?2 AND start = ?3 AND schedule_id = ?4 AND origin = ?5 AND status = ?6",
                archived, key.Span, key.Start, key.ScheduleId, key.Origin, key.Status))
                if (rows.Read()) sum.Add(Tally.Read(rows, 0));
            Put(write, Anew, key, sum, archived);
        }
    }

    /// <summary>The start of the stretch that holds an instant; before 1970 too.</summary>
    public static long StartOf(long at, long length) => at - ((at % length + length) % length);

    private const string Row = $"INTO roll_ups (archived, span, start, schedule_id, origin, status, {RollUp.TallyColumns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

    // Most schedules have no row for the hour yet when one of their runs ends: then there is nothing to read.
    private const string New = $"INSERT OR IGNORE {Row}";
    private const string Anew = $"INSERT OR REPLACE {Row}";

    private static bool Put(WriteBatch write, string statement, RollUpKey key, Tally tally, bool archived) => write.Execute(
        statement, archived, key.Span, key.Start, key.ScheduleId, key.Origin, key.Status,
        tally.Count, tally.DurationSum, tally.DurationMax, tally.Durations.Pack(), tally.LagSum, tally.LagMax, tally.Lags.Pack()) == 1;
}
