using System.Globalization;
using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Core.Backfills;

/// <summary>A backfill as a person asks for it.</summary>
public sealed record BackfillRequest
{
    /// <summary>The most slots of one backfill. More are refused, never cut.</summary>
    public const int MostSlots = 10_000;

    public required string Schedule { get; init; }

    /// <summary>The first instant, inclusive: with an offset or Z; or a time, or a date and with it its first moment, on the wall clock of the schedule's zone.</summary>
    public required string From { get; init; }

    /// <summary>The last instant, inclusive; a date means its last moment, and today means up to now.</summary>
    public required string To { get; init; }
    public BackfillMode Mode { get; init; } = BackfillMode.Missing;
    public BackfillOrder Order { get; init; }
    public BackfillOnFailure OnFailure { get; init; }

    /// <summary>From 1 to the slots of the schedule's pool; null: 3, or the pool's slots where those are fewer.</summary>
    public int? Parallel { get; init; }

    /// <summary>Begins runs in these hours of the schedule's zone alone; null: at any.</summary>
    public HoursWindow? Hours { get; init; }

    /// <summary>From -200 to 100; null: 20 below the schedule's own.</summary>
    public int? Priority { get; init; }

    /// <summary>Slots that a person ticked off.</summary>
    public IReadOnlyCollection<DateTimeOffset> Excluded { get; init; } = [];

    /// <summary>Why, 500 characters at most; may be empty.</summary>
    public string? Note { get; init; }
}

/// <summary>Reads one end of a backfill's range.</summary>
internal static class RangeEnd
{
    private static readonly string[] LocalForms =
    [
        "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.fff", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss",
    ];

    /// <summary>Null after a complaint.</summary>
    /// <param name="isEnd">Of a day its last moment is meant, and of a time that comes twice the second one.</param>
    public static DateTimeOffset? Read(string path, string? text, TriggerZone zone, bool isEnd, DateTimeOffset now, List<FieldError> errors)
    {
        text = text?.Trim();
        DateTimeOffset instant;
        if (Instants.TryParse(text, out var exact)) instant = exact;
        else if (DateTime.TryParseExact(text, LocalForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)) instant = InstantOf(local, zone, isEnd);
        else if (DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day < DateTime.MaxValue.Date)
        {
            instant = isEnd ? InstantOf(day.AddDays(1), zone, last: false).AddMilliseconds(-1) : InstantOf(day, zone, last: false);
            if (isEnd && zone.ToLocal(now).Date == day) instant = now;
        }
        else
        {
            var found = text is null or "" ? "" : $", found \"{(text.Length > 60 ? text[..60] + "…" : text)}\"";
            errors.Add(new FieldError(path, $"must be an instant such as 2026-03-01T02:00:00Z, or a time or a date in {zone.Id} such as 2026-03-01T02:00 or 2026-03-01{found}"));
            return null;
        }
        if (instant <= now) return instant;
        errors.Add(new FieldError(path, $"must not lie ahead, found {Instants.Print(instant)}: a backfill runs what is past; what lies ahead runs by itself"));
        return null;
    }

    private static DateTimeOffset InstantOf(DateTime local, TriggerZone zone, bool last)
    {
        var ticks = Math.Clamp(LocalTimeRules.FirstInstantOf(local.Ticks, zone.Table), 0, DateTime.MaxValue.Ticks);
        var first = new DateTimeOffset(ticks, TimeSpan.Zero);
        if (!last || first > DateTimeOffset.MaxValue.AddDays(-1)) return first;
        var again = first + (zone.OffsetAt(first) - zone.OffsetAt(first.AddHours(3)));
        return again > first && zone.ToLocal(again).DateTime == local ? again : first;
    }
}
