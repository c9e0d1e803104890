using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Downtimes;

/// <summary>A downtime with what it made the schedules miss. Counts are of due times, up to <see cref="DowntimeQueries.MostRows"/> rows of the ledger.</summary>
/// <param name="From">The last sign of life before.</param>
/// <param name="Missed">Due times that fell into it.</param>
/// <param name="Schedules">Of how many schedules.</param>
/// <param name="CaughtUp">Of those, the ones that a catch-up run stands for.</param>
/// <param name="Skipped">Those that will not run.</param>
/// <param name="Asked">Those that wait for a person's answer.</param>
/// <param name="Interrupted">How many runs it cut off.</param>
/// <param name="IsPartial">There are more than are counted.</param>
public sealed record DowntimeView(
    long Id, DowntimeKind Kind, DateTimeOffset From, DateTimeOffset To, int Missed, int Schedules, int CaughtUp, int Skipped, int Asked, int Interrupted, bool IsPartial,
    DateTimeOffset? DismissedAt, string? DismissedBy)
{
    public TimeSpan Length => To - From;

    /// <summary>Whether it did anything that somebody may want to look at.</summary>
    public bool Matters => Missed > 0 || Interrupted > 0;
}

/// <summary>What one schedule missed in a downtime, and what its policy did.</summary>
/// <param name="Exists">It was not deleted since.</param>
/// <param name="Missed">Due times.</param>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
/// <param name="CaughtUp">Due times that catch-up runs stand for; answered ones that wait for a slot too.</param>
/// <param name="Runs">How many catch-up runs those are.</param>
/// <param name="FirstRun">The first of them; null where there is none.</param>
/// <param name="LastRun">The last of them.</param>
/// <param name="LastStatus">How that one stands.</param>
/// <param name="Failed">How many of them ended badly.</param>
/// <param name="Skipped">Due times that will not run.</param>
/// <param name="SkipReason">Why, in the words of one of them. May hold what a person wrote: hostile.</param>
/// <param name="Asked">Due times that wait for an answer.</param>
public sealed record MissedSchedule(
    string Schedule, bool Exists, int Missed, DateTimeOffset First, DateTimeOffset Last, int CaughtUp, int Runs, long? FirstRun, long? LastRun, RunStatus? LastStatus, int Failed,
    int Skipped, SkipCause? SkipCause, string SkipReason, int Asked);

/// <summary>What became of the times in which nobody was there. Reads what the ledger of runs says; never writes.</summary>
public sealed class DowntimeQueries(Database database, RunQueries runs)
{
    /// <summary>So many rows of the ledger are counted for one downtime.</summary>
    public const int MostRows = 100_000;

    // Stored numbers of states, types and causes are part of the file format.
    private static readonly string Held = $"status = 0 AND not_before = {Run.UntilAnswered.ToUnixTimeMilliseconds()}";

    /// <summary>Newest first.</summary>
    /// <param name="beforeId">Only those with a smaller number; null: from the newest on.</param>
    public async Task<IReadOnlyList<DowntimeView>> ListAsync(long? beforeId, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        var found = await db.Downtimes.Where(d => beforeId == null || d.Id < beforeId).OrderByDescending(d => d.Id).Take(limit).ToListAsync(ct);
        return found.Select(View).ToList();
    }

    public async Task<DowntimeView?> GetAsync(long id, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Downtimes.FirstOrDefaultAsync(d => d.Id == id, ct) is { } found ? View(found) : null;
    }

    /// <summary>The newest that nobody has dismissed and that made somebody miss something; null where there is none. One that asks goes before the others.</summary>
    public async Task<DowntimeView?> ToShowAsync(CancellationToken ct)
    {
        await using var db = database.Read();
        var open = (await db.Downtimes.Where(d => d.DismissedAt == null).OrderByDescending(d => d.Id).Take(10).ToListAsync(ct)).Select(View).Where(d => d.Matters).ToList();
        return open.FirstOrDefault(d => d.Asked > 0) ?? open.FirstOrDefault();
    }

    /// <summary>What was missed, a line a schedule, by name.</summary>
    /// <param name="id">The downtime.</param>
    /// <param name="after">Only schedules after this name; null: from the first on.</param>
    /// <param name="limit">At most so many.</param>
    /// <returns>Null when there is no such downtime.</returns>
    public async Task<IReadOnlyList<MissedSchedule>?> MissedAsync(long id, string? after, int limit, CancellationToken ct)
    {
        await using var db = database.Read();
        if (await db.Downtimes.FirstOrDefaultAsync(d => d.Id == id, ct) is not { } downtime) return null;
        const string CaughtUp = "trigger_type = 1 AND status <> 8 AND NOT held";
        using var connection = database.Open();
        using var command = Over(connection, downtime,
            $"""
            , sheet AS (
                SELECT schedule_name, max(schedule_id) AS schedule, sum(stands_for) AS missed, min(coalesce(stands_from, scheduled_for)) AS first, max(scheduled_for) AS last,
                    sum(CASE WHEN {CaughtUp} THEN stands_for ELSE 0 END) AS caught_up, sum({CaughtUp}) AS runs, min(CASE WHEN {CaughtUp} THEN id END) AS first_run, max(CASE WHEN {CaughtUp} THEN id END) AS last_run,
                    sum({CaughtUp} AND status IN (4, 5, 7)) AS failed, sum(CASE WHEN status = 8 THEN stands_for ELSE 0 END) AS skipped, max(CASE WHEN status = 8 THEN cause END) AS cause,
                    max(CASE WHEN status = 8 THEN reason END) AS reason, sum(CASE WHEN held THEN stands_for ELSE 0 END) AS asked
                FROM missed WHERE schedule_name > @after GROUP BY schedule_name ORDER BY schedule_name LIMIT @limit)
            SELECT sheet.schedule_name, EXISTS (SELECT 1 FROM schedules WHERE id = schedule), missed, first, last, caught_up, runs, first_run, last_run, r.status, failed, skipped, sheet.cause, sheet.reason, asked
            FROM sheet LEFT JOIN runs r ON r.id = last_run ORDER BY sheet.schedule_name
            """);
        command.Parameters.AddWithValue("@after", after ?? "");
        command.Parameters.AddWithValue("@limit", limit);
        using var reader = command.ExecuteReader();
        var found = new List<MissedSchedule>();
        while (reader.Read())
            found.Add(new MissedSchedule(
                reader.GetString(0), reader.GetBoolean(1), reader.GetInt32(2), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)),
                reader.GetInt32(5), reader.GetInt32(6), Number(7), Number(8), (RunStatus?)Number(9), reader.GetInt32(10), reader.GetInt32(11), (SkipCause?)Number(12), reader.IsDBNull(13) ? "" : reader.GetString(13), reader.GetInt32(14)));
        return found;

        long? Number(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);
    }

    /// <summary>The runs that it cut off, as they stand now; those that retention has deleted are left out.</summary>
    public async Task<IReadOnlyList<RunView>> InterruptedAsync(long id, CancellationToken ct)
    {
        await using var db = database.Read();
        return await db.Downtimes.Where(d => d.Id == id).Select(d => d.Interrupted).FirstOrDefaultAsync(ct) is { } numbers
            ? (await runs.ManyAsync(JsonSerializer.Deserialize<List<long>>(numbers)!, ct)).OrderBy(r => r.Id).ToList() : [];
    }

    // What was missed falls due between the two; an engine stops looking a while before it says that it has stopped, and looks a moment after it began.
    internal static (DateTimeOffset From, DateTimeOffset To) Span(Downtime downtime) => (downtime.FromAt.AddMinutes(-1), downtime.ToAt.AddSeconds(5));

    private DowntimeView View(Downtime downtime)
    {
        using var connection = database.Open();
        using var command = Over(connection, downtime,
            """
            SELECT count(*), coalesce(sum(stands_for), 0), count(DISTINCT schedule_name), coalesce(sum(CASE WHEN status = 8 THEN stands_for END), 0),
                coalesce(sum(CASE WHEN held THEN stands_for END), 0) FROM missed
            """);
        using var reader = command.ExecuteReader();
        reader.Read();
        var (rows, missed, skipped, asked) = (reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(3), reader.GetInt32(4));
        return new DowntimeView(
            downtime.Id, downtime.Kind, downtime.FromAt, downtime.ToAt, missed, reader.GetInt32(2), missed - skipped - asked, skipped, asked, JsonSerializer.Deserialize<List<long>>(downtime.Interrupted)!.Count,
            rows >= MostRows, downtime.DismissedAt, downtime.DismissedBy);
    }

    /// <summary>A statement over the rows of the ledger that a downtime made, as <c>missed</c>.</summary>
    /// <param name="select">What follows on that table's definition.</param>
    internal static SqliteCommand Over(SqliteConnection connection, Downtime downtime, string select)
    {
        var (from, to) = Span(downtime);
        var command = connection.CreateCommand();
        command.CommandText =
            $"""
            WITH missed AS (
                SELECT id, schedule_id, schedule_name, scheduled_for, stands_from, stands_for, status, cause, reason, trigger_type, {Held} AS held
                FROM runs WHERE {RunTable.OfAbsence} AND {RunTable.OfPeople} AND scheduled_for >= @from AND scheduled_for < @to LIMIT {MostRows})
            {select}
            """;
        command.Parameters.AddWithValue("@from", from.ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("@to", to.ToUnixTimeMilliseconds());
        return command;
    }
}
