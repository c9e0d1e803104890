using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Web.Api;

namespace Scheduler.Web.Cli;

/// <summary><c>events send|list|show</c>, on a server.</summary>
internal static class EventsVerbs
{
    public static Command Create() => new("events", "What happened elsewhere, and what came of it, on a server") { Send(), List(), Show() };

    private static Command Send()
    {
        var type = new Argument<string>("type") { Description = "The type that schedules follow, as in event(data_available)" };
        var data = new Option<string?>("--data") { Description = "Any JSON value; - reads it from standard input", HelpName = "json" };
        var source = new Option<string?>("--source") { Description = "Where it comes from", HelpName = "text" };
        return new Command("send", "Send an event and say whom it started") { type, data, source }.Does(async (parsed, terminal, ct) =>
        {
            var body = JsonSerializer.Serialize(new EventBody(parsed.GetRequiredValue(type), parsed.GetValue(source), await DataAsync(parsed.GetValue(data), ct)), CliJson.Default.EventBody);
            using var server = ServerClient.FromEnvironment();
            var answer = await server.PostAsync("api/v1/events", body, ct);
            if (terminal.IsJson) terminal.Json(answer);
            else terminal.Lines(Receipt(answer.Deserialize(ApiJson.Default.EventReceiptJson)!));
            return ExitCode.Done;
        });
    }

    private static Command List()
    {
        var type = new Option<string?>("--type") { Description = "Only of this type", HelpName = "type" };
        var schedule = new Option<string?>("--schedule") { Description = "Only those that were judged for this schedule", HelpName = "name" };
        var outcome = new Option<string?>("--outcome") { Description = "Only those that came to this: fired, skipped, filtered, debounced, paused, ...", HelpName = "outcome" };
        var limit = new Option<int>("--limit") { Description = "At most so many", HelpName = "n", DefaultValueFactory = _ => 50 };
        return new Command("list", "Events, newest first") { type, schedule, outcome, limit }.Does(async (parsed, terminal, ct) =>
        {
            var filters = new (string Name, string? Value)[] { ("type", parsed.GetValue(type)), ("schedule", parsed.GetValue(schedule)), ("outcome", parsed.GetValue(outcome)) };
            var query = string.Join('&', filters.Where(f => f.Value is not null).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value!)}"));
            if (parsed.GetValue(limit) < 1) throw CliFailure.BadInput("--limit", "must be at least 1");
            using var server = ServerClient.FromEnvironment();
            Verbs.PrintList(terminal, await server.ListAsync($"api/v1/events{(query.Length > 0 ? $"?{query}" : "")}", parsed.GetValue(limit), ct), Rows, "No events.");
            return ExitCode.Done;
        });
    }

    private static Command Show()
    {
        var id = new Argument<long>("id") { Description = "The event's number" };
        return new Command("show", "An event, its data, and what came of it") { id }.Does(async (parsed, terminal, ct) =>
        {
            using var server = ServerClient.FromEnvironment();
            var answer = await server.GetAsync($"api/v1/events/{parsed.GetValue(id)}", ct);
            if (terminal.IsJson) terminal.Json(answer);
            else terminal.Lines(Details(Read(answer)));
            return ExitCode.Done;
        });
    }

    private static async Task<JsonElement?> DataAsync(string? text, CancellationToken ct)
    {
        if (text is null) return null;
        if (text == "-") text = await Console.In.ReadToEndAsync(ct);
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException e)
        {
            throw CliFailure.BadInput("--data", $"must be JSON, such as {{\"bucket\":\"shop\"}}; it can't be read at line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}");
        }
    }

    private static IEnumerable<string> Receipt(EventReceiptJson receipt)
    {
        var runs = receipt.Fired.Count switch { 0 => "no run", 1 => $"run {receipt.Fired[0]}", _ => $"runs {string.Join(", ", receipt.Fired)}" };
        yield return $"Event {receipt.Id} accepted; it started {runs}.";
        if (receipt.Fired.Count == 0 && receipt.Ignored.Count == 0) yield return "No schedule follows this type.";
        foreach (var ignored in receipt.Ignored) yield return $"Not {ignored.Schedule}, {ignored.Outcome}: {ignored.Reason}";
    }

    private static IEnumerable<string> Rows(IEnumerable<JsonElement> events)
    {
        var table = new Table("ID", "AT", "TYPE", "SOURCE", "BY", "OUTCOMES");
        foreach (var e in events.Select(Read)) table.Add(Number(e.Id), Instants.Print(e.At), e.Type, e.Source, e.By, string.Join(", ", e.Outcomes.OrderBy(o => o.Key).Select(o => $"{o.Value} {o.Key}")));
        return table.Lines();
    }

    private static IEnumerable<string> Details(EventJson e)
    {
        yield return $"Event {e.Id}: {e.Type}{(e.Source.Length > 0 ? $" from {e.Source}" : "")}, {Instants.Print(e.At)}, by {e.By}{(e.RunId is { } run ? $", at the end of run {run}" : "")}";
        if (e.Chain.Count > 0) yield return $"After {string.Join(" -> ", e.Chain)}";
        yield return $"Data: {e.Data?.GetRawText()}";
        if (e.Verdicts.Count == 0) yield return "No schedule follows this type.";
        foreach (var verdict in e.Verdicts) yield return $"{verdict.Schedule}: {verdict.Outcome}{(verdict.RunId is { } id ? $", run {id}" : "")}{(verdict.Reason.Length > 0 ? $". {verdict.Reason}" : "")}";
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static EventJson Read(JsonElement json) => json.Deserialize(ApiJson.Default.EventJson)!;
}
