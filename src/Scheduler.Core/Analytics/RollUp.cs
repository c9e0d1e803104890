using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;

namespace Scheduler.Core.Analytics;

/// <summary>How long one bucket of time is. Stored as the number.</summary>
public enum StatisticsSpan
{
    /// <summary>From a full hour in UTC.</summary>
    Hour = 0,

    /// <summary>From midnight UTC.</summary>
    Day = 1,
}

/// <summary>Who made a run start. Kept apart, because what people start and backfills are no part of a schedule's own record. Stored as the number.</summary>
public enum RunOrigin
{
    /// <summary>The schedule's trigger: scheduled, catch-up and event runs.</summary>
    Trigger = 0,

    /// <summary>A person: by hand, or in an emergency.</summary>
    Person = 1,
    Backfill = 2,
}

/// <summary>What a run counts with, once it has ended.</summary>
/// <param name="ScheduleId">Null where no schedule stands behind it: then it counts among all runs alone.</param>
/// <param name="TriggerType">Why it was started.</param>
/// <param name="Status">Terminal.</param>
/// <param name="EndedAt">Decides the hour and the day.</param>
/// <param name="DurationMs">Null where it never started.</param>
/// <param name="StartLagMs">From its due time to its first start; for what was due in the past (catch-up, backfill) from when it was queued. Null where it never started.</param>
internal sealed record EndedRun(long? ScheduleId, TriggerType TriggerType, RunStatus Status, DateTimeOffset EndedAt, long? DurationMs, long? StartLagMs)
{
    /// <summary>The columns of <c>runs</c> that <see cref="Read"/> takes, in its order.</summary>
    public const string Columns = "schedule_id, trigger_type, status, finished_at, duration_ms, started_at, due_at, queued_at";

    public RunOrigin Origin => TriggerType switch
    {
        TriggerType.Manual or TriggerType.Emergency => RunOrigin.Person,
        TriggerType.Backfill => RunOrigin.Backfill,
        _ => RunOrigin.Trigger,
    };

    /// <param name="rows">Stands on a row.</param>
    /// <param name="first">Where <see cref="Columns"/> begin in it.</param>
    public static EndedRun Read(Rows rows, int first)
    {
        long? Number(int column) => rows.IsNull(first + column) ? null : rows.GetInt64(first + column);
        var type = (TriggerType)rows.GetInt32(first + 1);
        var since = rows.GetInt64(first + (type is TriggerType.CatchUp or TriggerType.Backfill ? 7 : 6));
        return new EndedRun(Number(0), type, (RunStatus)rows.GetInt32(first + 2), DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(first + 3)),
            Number(4), Number(5) is { } started ? Math.Max(0, started - since) : null);
    }
}

/// <summary>What one row of the roll-ups counts.</summary>
/// <param name="Start">In milliseconds since 1970.</param>
/// <param name="ScheduleId"><see cref="RollUp.AllSchedules"/> for all of them.</param>
internal readonly record struct RollUpKey(StatisticsSpan Span, long Start, long ScheduleId, RunOrigin Origin, RunStatus Status);

/// <summary>How many runs, how long they took and how late they started. Not thread-safe.</summary>
internal sealed class Tally
{
    public long Count { get; private set; }
    public long DurationSum { get; private set; }
    public long DurationMax { get; private set; }
    public Histogram Durations { get; private init; } = new();
    public long LagSum { get; private set; }
    public long LagMax { get; private set; }
    public Histogram Lags { get; private init; } = new();

    public void Add(EndedRun run)
    {
        Count++;
        if (run.DurationMs is { } duration)
        {
            duration = Math.Max(0, duration); // the clock may have been set back while it ran
            (DurationSum, DurationMax) = (DurationSum + duration, Math.Max(DurationMax, duration));
            Durations.Add(duration);
        }
        if (run.StartLagMs is { } lag)
        {
            (LagSum, LagMax) = (LagSum + lag, Math.Max(LagMax, lag));
            Lags.Add(lag);
        }
    }

    public void Add(Tally other)
    {
        Count += other.Count;
        (DurationSum, DurationMax) = (DurationSum + other.DurationSum, Math.Max(DurationMax, other.DurationMax));
        (LagSum, LagMax) = (LagSum + other.LagSum, Math.Max(LagMax, other.LagMax));
        Durations.Add(other.Durations);
        Lags.Add(other.Lags);
    }

    public bool SameAs(Tally other) =>
        (Count, DurationSum, DurationMax, LagSum, LagMax) == (other.Count, other.DurationSum, other.DurationMax, other.LagSum, other.LagMax)
        && Durations.SameAs(other.Durations) && Lags.SameAs(other.Lags);

    /// <param name="rows">Stands on a row.</param>
    /// <param name="first">Where <see cref="RollUp.TallyColumns"/> begin in it.</param>
    public static Tally Read(Rows rows, int first) => new()
    {
        Count = rows.GetInt64(first),
        DurationSum = rows.GetInt64(first + 1),
        DurationMax = rows.GetInt64(first + 2),
        Durations = Histogram.Unpack(rows.GetBytes(first + 3)),
        LagSum = rows.GetInt64(first + 4),
        LagMax = rows.GetInt64(first + 5),
        Lags = Histogram.Unpack(rows.GetBytes(first + 6)),
    };
}

/// <summary>A stored row: the runs of a schedule, or of all, that ended in one hour or day with one status.</summary>
internal sealed class RollUp
{
    /// <summary>Stands for all schedules and ad-hoc jobs together: adding up a hundred thousand rows takes too long.</summary>
    public const long AllSchedules = 0;

    public const string TallyColumns = "count, duration_sum, duration_max, durations, lag_sum, lag_max, lags";

    /// <summary>Counts runs whose rows retention has deleted. The other rows count these too, so what pages ask for is one row; the check takes them apart.</summary>
    public required bool Archived { get; init; }
    public required StatisticsSpan Span { get; init; }
    public required DateTimeOffset Start { get; init; }
    public required long ScheduleId { get; init; }
    public required RunOrigin Origin { get; init; }
    public required RunStatus Status { get; init; }
    public required long Count { get; init; }
    public required long DurationSum { get; init; }
    public required long DurationMax { get; init; }
    public required byte[] Durations { get; init; }
    public required long LagSum { get; init; }
    public required long LagMax { get; init; }
    public required byte[] Lags { get; init; }
}

internal static class RollUpTable
{
    // Time first: the rows that are written now lie together, and old ones go as one stretch. A schedule's are found by one seek a bucket.
    public static void Map(ModelBuilder model) => model.Entity<RollUp>(rollUp =>
    {
        rollUp.ToTable("roll_ups");
        rollUp.HasKey(r => new { r.Archived, r.Span, r.Start, r.ScheduleId, r.Origin, r.Status });
    });
}
