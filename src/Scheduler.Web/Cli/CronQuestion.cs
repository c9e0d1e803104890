using System.Globalization;
using Scheduler.Core.Fields;
using Scheduler.Core.Triggers;

namespace Scheduler.Web.Cli;

/// <summary>Input of a cron verb that can't be answered; the message says why.</summary>
internal sealed class CronQuestionException(string about, string message) : FormatException(message)
{
    /// <summary>Which part of the question.</summary>
    public string About => about;
}

/// <summary>What a cron verb is asked: a trigger in a zone, and an instant.</summary>
internal sealed record CronQuestion
{
    public const int MostAnswers = 10_000;

    public string? Expression { get; set; }
    public string? TimeZone { get; set; }

    /// <summary>The schedule's name, by which H is spread.</summary>
    public string? Name { get; set; }

    /// <summary>Where to look from; null: now. Without an offset it is a time on the zone's wall clock.</summary>
    public string? At { get; set; }

    /// <summary>Where an interval starts to count; null: at the instant asked about.</summary>
    public string? StartAt { get; set; }
    public int Count { get; set; } = 1;
    public bool Inclusive { get; set; }
}

/// <summary>Answers cron questions. Keeps what it has parsed, because a file of questions asks about the same few expressions. Not thread-safe.</summary>
internal sealed class CronAnswers(TimeProvider clock)
{
    private const int MostKept = 4096;
    private readonly Dictionary<(string Expression, string? Name), Trigger> _triggers = [];
    private readonly Dictionary<(string Expression, string? Name, string Zone), Occurrences> _occurrences = [];

    public Trigger TriggerOf(CronQuestion question)
    {
        if (question.Expression is not { } text) throw new CronQuestionException("expression", "an expression is missing");
        if (_triggers.TryGetValue((text, question.Name), out var known)) return known;
        if (!TriggerText.TryParse(text, question.Name, out var trigger, out var error)) throw new CronQuestionException("expression", Words(error));
        if (_triggers.Count >= MostKept) _triggers.Clear();
        return _triggers[(text, question.Name)] = trigger;
    }

    public static TriggerZone ZoneOf(CronQuestion question)
    {
        var name = question.TimeZone ?? "UTC";
        if (TriggerZone.TryFind(name, out var zone)) return zone;
        try
        {
            return TriggerZone.Find(name);
        }
        catch (TimeZoneNotFoundException e)
        {
            throw new CronQuestionException("timezone", e.Message);
        }
    }

    /// <summary>The occurrences after the instant, rising.</summary>
    public void Next(CronQuestion question, List<Occurrence> answers) => Walk(question, backwards: false, answers);

    /// <summary>The occurrences before the instant, falling.</summary>
    public void Previous(CronQuestion question, List<Occurrence> answers) => Walk(question, backwards: true, answers);

    public bool Matches(CronQuestion question)
    {
        var zone = ZoneOf(question);
        var at = InstantOf(question.At, "instant", zone) ?? throw new CronQuestionException("instant", "an instant is missing");
        return Occurrences(question, zone, at).Matches(at);
    }

    private void Walk(CronQuestion question, bool backwards, List<Occurrence> answers)
    {
        if (question.Count is < 1 or > CronQuestion.MostAnswers) throw new CronQuestionException("count", $"count must be from 1 to {CronQuestion.MostAnswers}, found {question.Count}");
        var zone = ZoneOf(question);
        var from = InstantOf(question.At, backwards ? "before" : "after", zone) ?? clock.GetUtcNow();
        var occurrences = Occurrences(question, zone, from);
        for (var next = Step(from, question.Inclusive); next is { } found; next = Step(found.At, false))
        {
            answers.Add(found);
            if (answers.Count == question.Count) return;
        }

        Occurrence? Step(DateTimeOffset at, bool inclusive) => backwards ? occurrences.PreviousOccurrence(at, inclusive) : occurrences.NextOccurrence(at, inclusive);
    }

    private Occurrences Occurrences(CronQuestion question, TriggerZone zone, DateTimeOffset at)
    {
        var trigger = TriggerOf(question);
        if (trigger is IntervalTrigger) return new Occurrences(trigger, zone, InstantOf(question.StartAt, "startAt", zone) ?? at);
        var key = (question.Expression!, question.Name, zone.Id);
        if (_occurrences.TryGetValue(key, out var known)) return known;
        if (_occurrences.Count >= MostKept) _occurrences.Clear();
        return _occurrences[key] = new Occurrences(trigger, zone, at);
    }

    /// <summary>With Z or an offset: that instant. Without: the time on the zone's wall clock, read as <c>at(…)</c> reads it.</summary>
    private static DateTimeOffset? InstantOf(string? text, string field, TriggerZone zone)
    {
        if (text is null) return null;
        if (Instants.TryParse(text, out var instant)) return instant;
        if (text.Length < 40 && TriggerText.TryParse($"at({text})", null, out var once, out _)
            && new Occurrences(once, zone, default).Next(DateTimeOffset.MinValue, inclusive: true) is { } local) return local;
        throw new CronQuestionException(field, $"{field} must be an instant such as 2026-12-24T18:00:00Z, or a local time without Z; found '{(text.Length > 60 ? text[..60] + "…" : text)}'");
    }

    private static string Words(TriggerError error)
    {
        var place = error.Position > 0 || error.Length < error.Text.Length ? string.Create(CultureInfo.InvariantCulture, $" (at character {error.Position + 1})") : "";
        return error.Message + place + (error.Suggestion is null ? "" : $"; did you mean '{error.Suggestion}'?");
    }
}
