using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Web.Api;
using Scheduler.Web.Time;

namespace Scheduler.Web.Cli;

/// <summary><c>backfills create|list|show|cancel|pause|resume|retry-failed|parallel</c>, on a server.</summary>
internal static class BackfillsVerbs
{
    private static readonly Argument<long> Id = new("id") { Description = "The backfill's number" };

    public static Command Create() => new("backfills", "Runs for past occurrences, on a server")
    {
        Launch(), List(), Show(), Act("cancel", "End what remains; running runs are told to stop"), Act("pause", "Begin no further slot"), Act("resume", "Go on"),
        Act("retry-failed", "Give each run that ended badly one attempt more"), Parallel(),
    };

    private static Command Launch()
    {
        var name = new Argument<string>("name") { Description = "The schedule" };
        var from = new Option<string>("--from") { Description = "The first instant, inclusive; a time or date without offset is of the schedule's zone", Required = true, HelpName = "when" };
        var to = new Option<string>("--to") { Description = "The last instant, inclusive; a date means the whole day", Required = true, HelpName = "when" };
        var parallel = new Option<int?>("--parallel") { Description = "The most runs at once; at most the slots of the schedule's pool", HelpName = "n" };
        var mode = new Option<string>("--mode") { Description = "all, missing or missing-or-failed", HelpName = "mode", DefaultValueFactory = _ => "missing" };
        var onFailure = new Option<string>("--on-failure") { Description = "continue, fail-fast or retry", HelpName = "what", DefaultValueFactory = _ => "continue" };
        var order = new Option<string>("--order") { Description = "oldest-first or newest-first", HelpName = "order", DefaultValueFactory = _ => "oldest-first" };
        var hours = new Option<string?>("--hours") { Description = "Begin runs only between two times of day, such as 22:00-06:00", HelpName = "from-to" };
        var note = new Option<string?>("--note") { Description = "Why", HelpName = "text" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done, and do nothing" };
        return new Command("create", "Launch a backfill") { name, from, to, parallel, mode, onFailure, order, hours, note, dryRun }.Does(async (parsed, terminal, ct) =>
        {
            var body = JsonSerializer.Serialize(new LaunchBody(
                parsed.GetRequiredValue(name), parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), parsed.GetValue(parallel), parsed.GetValue(mode), parsed.GetValue(onFailure),
                parsed.GetValue(order), parsed.GetValue(hours), parsed.GetValue(note), parsed.GetValue(dryRun)), CliJson.Default.LaunchBody);
            using var server = ServerClient.FromEnvironment();
            var answer = await server.PostAsync("api/v1/backfills", body, ct);
            if (terminal.IsJson) terminal.Json(answer);
            else if (parsed.GetValue(dryRun)) terminal.Lines(Preview(answer.Deserialize(ApiJson.Default.BackfillPreviewJson)!));
            else terminal.Line(Sentence(Read(answer)));
            return ExitCode.Done;
        });
    }

    private static Command List()
    {
        var schedule = new Option<string?>("--schedule") { Description = "Only of this schedule", HelpName = "name" };
        return new Command("list", "Backfills, newest first") { schedule }.Does(async (parsed, terminal, ct) =>
        {
            using var server = ServerClient.FromEnvironment();
            var filter = parsed.GetValue(schedule) is { } name ? $"?schedule={Uri.EscapeDataString(name)}" : "";
            Verbs.PrintList(terminal, await server.ListAsync($"api/v1/backfills{filter}", 500, ct), Rows, "No backfills.");
            return ExitCode.Done;
        });
    }

    private static Command Show() => new Command("show", "A backfill and how far it is") { Id }.Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        Print(terminal, await server.GetAsync($"api/v1/backfills/{parsed.GetValue(Id)}", ct));
        return ExitCode.Done;
    });

    private static Command Act(string verb, string description) => new Command(verb, description) { Id }.Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        Print(terminal, await server.PostAsync($"api/v1/backfills/{parsed.GetValue(Id)}/{verb}", null, ct));
        return ExitCode.Done;
    });

    private static Command Parallel()
    {
        var count = new Argument<int>("n") { Description = "The most runs at once" };
        return new Command("parallel", "Let more or fewer of its runs go on at once") { Id, count }.Does(async (parsed, terminal, ct) =>
        {
            using var server = ServerClient.FromEnvironment();
            Print(terminal, await server.PostAsync($"api/v1/backfills/{parsed.GetValue(Id)}/parallel", JsonSerializer.Serialize(new ParallelBody(parsed.GetValue(count)), CliJson.Default.ParallelBody), ct));
            return ExitCode.Done;
        });
    }

    private static void Print(Terminal terminal, JsonElement answer)
    {
        if (terminal.IsJson) terminal.Json(answer);
        else terminal.Line(Sentence(Read(answer)));
    }

    private static string Sentence(BackfillJson b)
    {
        var left = b.TimeLeftMs is { } ms ? $", about {DurationText.Of(TimeSpan.FromMilliseconds(ms))} left" : "";
        var why = b.Reason.Length > 0 ? $" {b.Reason}" : "";
        return $"Backfill {b.Id} of {b.Schedule} is {b.State}: {b.Succeeded} succeeded, {b.Failed} failed, {b.Running} running, {b.Queued} waiting, {b.Cancelled} cancelled, {b.Skipped} skipped of {b.Total}{left}.{why}";
    }

    private static IEnumerable<string> Preview(BackfillPreviewJson preview)
    {
        var table = new Table("SCHEDULED FOR", "ACTION", "REASON");
        foreach (var slot in preview.Slots) table.Add(Instants.Print(slot.ScheduledFor), slot.Action, slot.Reason);
        foreach (var line in table.Lines()) yield return line;
        yield return "";
        var lasts = preview.Impact is { } impact ? $", about {DurationText.Of(TimeSpan.FromMilliseconds(impact.LastsMs))}" : "";
        yield return $"{preview.Count} slots: {preview.Create} would run, {preview.Skip} would not{lasts}. Nothing was launched.";
        foreach (var refused in preview.Impact?.Refused ?? []) yield return $"Can't be launched: {refused}";
        foreach (var late in preview.Impact?.Late.Take(5) ?? []) yield return $"{late.Schedule}, due {Instants.Print(late.DueAt)}, would start {DurationText.Of(TimeSpan.FromMilliseconds(late.ByMs))} later.";
        foreach (var crossed in preview.Impact?.Blackouts ?? []) yield return $"Meets blackout {crossed.Name} from {Instants.Print(crossed.From)} to {Instants.Print(crossed.Until)}; its runs wait for the end.";
    }

    private static IEnumerable<string> Rows(IEnumerable<JsonElement> backfills)
    {
        var table = new Table("ID", "SCHEDULE", "STATE", "FROM", "TO", "DONE", "FAILED", "LEFT", "BY");
        foreach (var b in backfills.Select(Read))
            table.Add(Number(b.Id), b.Schedule, b.State.ToString(), Instants.Print(b.From), Instants.Print(b.To), $"{b.Succeeded}/{b.Total - b.Skipped}", Number(b.Failed), Number(b.Queued + b.Running), b.CreatedBy);
        return table.Lines();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static BackfillJson Read(JsonElement json) => json.Deserialize(ApiJson.Default.BackfillJson)!;
}
