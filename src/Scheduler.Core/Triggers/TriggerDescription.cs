using System.Globalization;

namespace Scheduler.Core.Triggers;

/// <summary>Triggers in plain English, the same in every culture.</summary>
public static class TriggerDescription
{
    /// <summary>One phrase without a full stop, as in "At 02:30, Monday to Friday, in Europe/Berlin".</summary>
    /// <param name="zone">Named at the end of what is told in local time; null leaves it out.</param>
    public static string Describe(Trigger trigger, TriggerZone? zone = null)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        var place = zone is null ? "" : $", in {zone.Id}";
        return trigger switch
        {
            CronTrigger(var expression) => CronDescription.Describe(expression) + place + (expression.IsHashed ? " (H: picked by the schedule's name)" : ""),
            IntervalTrigger interval => $"Every {Length(interval.Every)}",
            OnceTrigger { Offset: { } offset } exact => $"Once, on {Day(exact.LocalTime)} at {Time(exact.LocalTime)} UTC{Print(offset)}",
            OnceTrigger once => $"Once, on {Day(once.LocalTime)} at {Time(once.LocalTime)}{place}",
            OnEventTrigger onEvent => $"When an event {onEvent.EventType} arrives",
            _ => "Only when started by hand",
        };
    }

    /// <summary>The parts of <see cref="Trigger.Text"/> in order, each with what it means: the fields of a cron expression, or the whole of any other text.</summary>
    public static IReadOnlyList<TriggerPart> Parts(Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return trigger is CronTrigger(var expression) ? CronDescription.Parts(expression) : [new("trigger", 0, trigger.Text.Length, Describe(trigger))];
    }

    /// <summary>"minute", "15 minutes", "1 hour 30 minutes".</summary>
    private static string Length(TimeSpan length)
    {
        var parts = new List<string>();
        Add(length.Days, "day");
        Add(length.Hours, "hour");
        Add(length.Minutes, "minute");
        var seconds = (decimal)(length.Ticks % TimeSpan.TicksPerMinute) / TimeSpan.TicksPerSecond;
        if (seconds > 0) parts.Add($"{seconds.ToString("0.#######", CultureInfo.InvariantCulture)} second{(seconds == 1 ? "" : "s")}");
        return parts is [var only] && only.StartsWith("1 ", StringComparison.Ordinal) ? only[2..] : string.Join(' ', parts);

        void Add(int number, string unit)
        {
            if (number > 0) parts.Add($"{number} {unit}{(number == 1 ? "" : "s")}");
        }
    }

    private static string Day(DateTime time) => time.ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture);

    private static string Time(DateTime time) =>
        time.ToString(time.Ticks % TimeSpan.TicksPerMinute == 0 ? "HH:mm" : "HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);

    private static string Print(TimeSpan offset) => offset == TimeSpan.Zero ? "" : $"{(offset < TimeSpan.Zero ? '-' : '+')}{offset:hh\\:mm}";
}

/// <summary>A stretch of a trigger's canonical text and its meaning.</summary>
/// <param name="Name">"hour", "day of week", …</param>
/// <param name="Position">Where it begins in <see cref="Trigger.Text"/>, in characters from 0.</param>
/// <param name="Meaning">As in "hours 9 to 17" or "any day of the month".</param>
public readonly record struct TriggerPart(string Name, int Position, int Length, string Meaning);
