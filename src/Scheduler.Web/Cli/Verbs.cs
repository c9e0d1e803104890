using System.CommandLine;
using System.Text.Json;
using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Web.Cli;

/// <summary>What all verbs share: <c>--json</c>, and how failures become words and exit codes.</summary>
internal static class Verbs
{
    public const string JsonOption = "--json";

    public static Option<bool> Json() => new(JsonOption) { Description = "Print one JSON value and nothing else", Recursive = true };

    /// <summary>Gives a command its act. Failures that a person can do something about end it with words; others are bugs and say so.</summary>
    public static Command Does(this Command command, Func<ParseResult, Terminal, CancellationToken, Task<int>> act)
    {
        command.SetAction(async (parsed, ct) =>
        {
            var terminal = Terminal.OfProcess(parsed.GetValue<bool>(JsonOption));
            try
            {
                return await act(parsed, terminal, ct);
            }
            catch (Exception e) when (FailureOf(e) is { } failure)
            {
                return terminal.Fail(failure);
            }
        });
        return command;
    }

    /// <summary>The same for what needs no waiting.</summary>
    public static Command Does(this Command command, Func<ParseResult, Terminal, int> act) => command.Does((parsed, terminal, _) => Task.FromResult(act(parsed, terminal)));

    /// <summary>An instant, or a length of time before or after now.</summary>
    public static DateTimeOffset InstantOrLength(string option, string text, int direction, DateTimeOffset now)
    {
        if (Instants.TryParse(text, out var instant)) return instant;
        if (Core.Triggers.TriggerText.TryParseDuration(text, out var length) && length < TimeSpan.FromDays(366_000)) return now + direction * length;
        throw CliFailure.BadInput(option, $"must be an instant such as 2026-12-24T18:00:00Z, or a length of time such as 24h or 90d; found {text}");
    }

    /// <summary>A list: an array of what the server gave, or a table.</summary>
    public static void PrintList(Terminal terminal, List<JsonElement> items, Func<IEnumerable<JsonElement>, IEnumerable<string>> rows, string none)
    {
        if (terminal.IsJson) terminal.Json(writer =>
        {
            writer.WriteStartArray();
            foreach (var item in items) item.WriteTo(writer);
            writer.WriteEndArray();
        });
        else if (items.Count == 0) terminal.Note(none);
        else terminal.Lines(rows(items));
    }

    private static CliFailure? FailureOf(Exception e) => e switch
    {
        CliFailure failure => failure,
        InvalidInputException invalid => CliFailure.BadInput(invalid.Errors),
        AccessDeniedException or EngineNotHereException or DatabaseRefusedException => CliFailure.Refused(e.Message),
        FileNotFoundException or DirectoryNotFoundException => new CliFailure(ExitCode.NotFound, e.Message),
        UnauthorizedAccessException => CliFailure.Refused(e.Message),
        _ => null,
    };
}
