namespace Scheduler.Core.Triggers;

/// <summary>When a schedule fires. A closed family: cron, interval, once, on an event, manual.</summary>
/// <remarks>Immutable and thread-safe. A trigger knows no time zone and no start; <see cref="Occurrences"/> binds it to both.</remarks>
public abstract record Trigger
{
    private protected Trigger() { }

    /// <summary>The canonical text; <see cref="TriggerText.Parse"/> reads it back to an equal trigger (given the same hash key).</summary>
    public abstract string Text { get; }

    /// <summary>The canonical text.</summary>
    public sealed override string ToString() => Text;
}

/// <summary>Fires at the local times that a cron expression matches.</summary>
public sealed record CronTrigger(CronExpression Expression) : Trigger
{
    public override string Text => Expression.Text;
}

/// <summary>Fires every so often by elapsed time, whatever the clocks on the wall do.</summary>
/// <param name="Every">From <see cref="MinEvery"/> to <see cref="MaxEvery"/>.</param>
public sealed record IntervalTrigger(TimeSpan Every) : Trigger
{
    /// <summary>The shortest interval, one second.</summary>
    public static readonly TimeSpan MinEvery = TimeSpan.FromSeconds(1);

    /// <summary>The longest interval, 36,500 days (a hundred years).</summary>
    public static readonly TimeSpan MaxEvery = TimeSpan.FromDays(36_500);

    /// <summary>The distance between two occurrences.</summary>
    public TimeSpan Every { get; } = Every >= MinEvery && Every <= MaxEvery
        ? Every
        : throw new ArgumentOutOfRangeException(nameof(Every), Every, "An interval runs from 1s to 36500d.");

    public override string Text => Durations.Print(Every);
}

/// <summary>Fires once.</summary>
/// <param name="LocalTime">The time on the wall clock: of the schedule's zone when <paramref name="Offset"/> is null, else at that offset.</param>
/// <param name="Offset">Null for a time in the schedule's zone, to which the clock-change rules apply; otherwise the instant is exact.</param>
public sealed record OnceTrigger(DateTime LocalTime, TimeSpan? Offset = null) : Trigger
{
    /// <summary>The time on the wall clock, of kind Unspecified.</summary>
    public DateTime LocalTime { get; } = DateTime.SpecifyKind(LocalTime, DateTimeKind.Unspecified);

    /// <summary>The exact instant, in UTC, or null when the time is local to the schedule's zone.</summary>
    public DateTimeOffset? Instant { get; } = Offset is { } offset
        ? new DateTimeOffset(DateTime.SpecifyKind(LocalTime, DateTimeKind.Unspecified), offset).ToUniversalTime()
        : null;

    public override string Text => OnceText.Print(this);
}

/// <summary>Fires when an event of this type arrives; time alone never fires it.</summary>
/// <param name="EventType">1 to <see cref="MaxTypeLength"/> ASCII letters, digits or <c>. _ - : /</c>; compared by case.</param>
public sealed record OnEventTrigger(string EventType) : Trigger
{
    /// <summary>The longest event type, in characters.</summary>
    public const int MaxTypeLength = 128;

    /// <summary>What kind of event.</summary>
    public string EventType { get; } = IsType(EventType)
        ? EventType
        : throw new ArgumentException($"An event type has 1 to {MaxTypeLength} letters, digits or . _ - : /", nameof(EventType));

    public override string Text => $"event({EventType})";

    /// <summary>Whether this may be an event type.</summary>
    public static bool IsType(ReadOnlySpan<char> type)
    {
        if (type.Length is 0 or > MaxTypeLength) return false;
        foreach (var c in type)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-' or ':' or '/')) return false;
        return true;
    }
}

/// <summary>Fires only when a person or a program asks for it.</summary>
public sealed record ManualTrigger : Trigger
{
    public override string Text => "manual";
}
