using System.CommandLine;
using Scheduler.Core.Triggers;

namespace Scheduler.Web.Cli;

/// <summary><c>cron next|previous|explain|match</c>: what a trigger text means. Needs no server and no data folder.</summary>
internal static class CronVerbs
{
    private static readonly Argument<string?> Expression = new("expression")
    {
        Description = "Any trigger text: \"0 2 * * *\", cron(…), rate(…), 15m, at(…), @daily; left out with --stdin", Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string?> Zone = new("--tz") { Description = "IANA time zone (default UTC)", HelpName = "zone" };
    private static readonly Option<string?> Name = new("--name") { Description = "The schedule's name, which spreads H", HelpName = "name" };
    private static readonly Option<string?> Start = new("--start") { Description = "Where an interval starts to count (default: the instant asked about)", HelpName = "instant" };
    private static readonly Option<int> Count = new("--count") { Description = "How many", HelpName = "n", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Inclusive = new("--inclusive") { Description = "The instant itself counts too" };
    private static readonly Option<bool> Stdin = new("--stdin") { Description = "Read a JSON object a line from standard input and answer each with a line" };
    private static readonly Option<string?> After = new("--after") { Description = "Instant to look from (default now); without an offset a time in the zone", HelpName = "instant" };
    private static readonly Option<string?> Before = new("--before", "--after") { Description = "Instant to look back from (default now)", HelpName = "instant" };
    private static readonly Argument<string?> Instant = new("instant") { Description = "For example 2026-12-24T18:00:00Z", Arity = ArgumentArity.ZeroOrOne };

    public static Command Create() => new("cron", "Say when a trigger text fires, and what it means")
    {
        Walk("next", "The next occurrences of a trigger", After, (answers, question, found) => answers.Next(question, found)),
        Walk("previous", "The occurrences before an instant, latest first", Before, (answers, question, found) => answers.Previous(question, found)),
        Explain(),
        Match(),
    };

    private static Command Walk(string verb, string description, Option<string?> reference, Action<CronAnswers, CronQuestion, List<Occurrence>> search)
    {
        return new Command(verb, description) { Expression, Zone, reference, Count, Inclusive, Start, Name, Stdin }.Does((parsed, terminal) =>
        {
            var answers = new CronAnswers(TimeProvider.System);
            var found = new List<Occurrence>();
            if (parsed.GetValue(Stdin))
                return CronLines.Answer(terminal, (question, writer) =>
                {
                    found.Clear();
                    search(answers, question, found);
                    writer.WritePropertyName(verb);
                    OccurrenceText.Write(writer, found);
                });
            var asked = Question(parsed) with { At = parsed.GetValue(reference), StartAt = parsed.GetValue(Start), Count = parsed.GetValue(Count), Inclusive = parsed.GetValue(Inclusive) };
            Ask(() => search(answers, asked, found));
            if (terminal.IsJson) terminal.Json(writer => OccurrenceText.Write(writer, found));
            else if (found.Count > 0) terminal.Lines(found.Select(Row));
            else terminal.Note(WhyNone(answers.TriggerOf(asked), verb));
            return ExitCode.Done;
        });
    }

    private static Command Explain() => new Command("explain", "A trigger in plain English") { Expression, Zone, Name, Stdin }.Does((parsed, terminal) =>
    {
        var answers = new CronAnswers(TimeProvider.System);
        if (parsed.GetValue(Stdin))
            return CronLines.Answer(terminal, (question, writer) =>
            {
                var (canonical, description) = Explained(answers, question);
                writer.WriteString("canonical", canonical);
                writer.WriteString("description", description);
            });
        var asked = Question(parsed);
        var (text, meaning) = Ask(() => Explained(answers, asked));
        if (!terminal.IsJson) terminal.Line(meaning);
        else terminal.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("expression", asked.Expression);
            writer.WriteString("canonical", text);
            writer.WriteString("description", meaning);
            writer.WriteEndObject();
        });
        return ExitCode.Done;
    });

    private static Command Match() => new Command("match", "Whether a trigger fires at exactly an instant") { Expression, Instant, Zone, Start, Name, Stdin }.Does((parsed, terminal) =>
    {
        var answers = new CronAnswers(TimeProvider.System);
        if (parsed.GetValue(Stdin))
            return CronLines.Answer(terminal, (question, writer) => writer.WriteBoolean("match", answers.Matches(question)));
        var asked = Question(parsed) with { At = parsed.GetValue(Instant), StartAt = parsed.GetValue(Start) };
        var match = Ask(() => answers.Matches(asked));
        if (!terminal.IsJson) terminal.Line(match ? $"Yes: {asked.Expression} fires at {asked.At}." : $"No: {asked.Expression} does not fire at {asked.At}.");
        else terminal.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("expression", asked.Expression);
            writer.WriteString("instant", asked.At);
            writer.WriteBoolean("match", match);
            writer.WriteEndObject();
        });
        return ExitCode.Done;
    });

    private static CronQuestion Question(ParseResult parsed) => new()
    {
        Expression = parsed.GetValue(Expression) ?? throw CliFailure.BadInput("expression", "is required, for example \"0 2 * * *\"; or give --stdin"),
        TimeZone = parsed.GetValue(Zone),
        Name = parsed.GetValue(Name),
    };

    private static (string Canonical, string Description) Explained(CronAnswers answers, CronQuestion question)
    {
        var trigger = answers.TriggerOf(question);
        return (trigger.Text, TriggerDescription.Describe(trigger, question.TimeZone is null ? null : CronAnswers.ZoneOf(question)));
    }

    private static string Row(Occurrence occurrence) =>
        $"{OccurrenceText.Local(occurrence.At)}  {Core.Fields.Instants.Print(occurrence.At)}  {OccurrenceText.Note(occurrence.Note)}".TrimEnd();

    private static string WhyNone(Trigger trigger, string verb) => trigger switch
    {
        ManualTrigger => "A manual schedule has no occurrences: people start it.",
        OnEventTrigger => "An event schedule has no occurrences: events start it.",
        IntervalTrigger when verb == "previous" => "None: an interval counts from its start; give --start.",
        _ => "None.",
    };

    private static void Ask(Action ask) => Ask(() => { ask(); return 0; });

    private static T Ask<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (CronQuestionException e)
        {
            throw CliFailure.BadInput(e.About, e.Message);
        }
    }
}
