using System.CommandLine;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Runs;
using Scheduler.Web.Api;

namespace Scheduler.Web.Cli;

/// <summary><c>run NAME</c> and <c>runs list|show|logs|cancel|retry</c>, on a server.</summary>
internal static class RunsVerbs
{
    private const int MostFindingsShown = 200;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(300);
    private static readonly Argument<long> Id = new("id") { Description = "The run's number" };

    public static Command CreateRuns() => new("runs", "Runs on a server: look, stop, repeat") { List(), Show(), RunLogs.Create(Id), Cancel(), Retry() };

    public static Command CreateRun()
    {
        var name = new Argument<string>("name") { Description = "The schedule" };
        var wait = new Option<bool>("--wait") { Description = "Wait for the end; exit code 1 unless it succeeds" };
        var emergency = new Option<bool>("--emergency") { Description = "Goes before everything else; needs --reason" };
        var reason = new Option<string?>("--reason") { Description = "Why, for the audit log", HelpName = "text" };
        var (concurrency, blackout, rateLimits) = EmergencyVerbs.Overrides();
        return new Command("run", "Run a schedule now, on a server; the overrides are for an emergency") { name, wait, emergency, reason, concurrency, blackout, rateLimits }.Does(async (parsed, terminal, ct) =>
        {
            using var server = ServerClient.FromEnvironment();
            var body = JsonSerializer.Serialize(new RunBody(parsed.GetValue(emergency), parsed.GetValue(reason), parsed.GetValue(concurrency), parsed.GetValue(blackout), parsed.GetValue(rateLimits)), CliJson.Default.RunBody);
            var run = await server.PostAsync($"api/v1/schedules/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/run", body, ct);
            if (parsed.GetValue(wait))
            {
                terminal.Note(RunText.Sentence(RunText.Read(run)));
                run = await EndOfAsync(server, run.GetProperty("id").GetInt64(), ct);
            }
            Print(terminal, run);
            return parsed.GetValue(wait) ? RunText.ExitCodeOf(RunText.Read(run).Status) : ExitCode.Done;
        });
    }

    /// <summary>Waits until a run has ended.</summary>
    internal static async Task<JsonElement> EndOfAsync(ServerClient server, long id, CancellationToken ct)
    {
        while (true)
        {
            var run = await server.GetAsync($"api/v1/runs/{id}", ct);
            if (RunText.Read(run).Status.IsTerminal()) return run;
            await Task.Delay(LookEvery, ct);
        }
    }

    private static Command List()
    {
        var schedule = new Option<string?>("--schedule") { Description = "Only of this schedule", HelpName = "name" };
        var status = new Option<string[]>("--status") { Description = "Only in this status; repeated or with commas: any of them", HelpName = "status" };
        var since = new Option<string?>("--since") { Description = "Queued at or after an instant, or a length of time ago such as 24h", HelpName = "when" };
        var limit = new Option<int>("--limit") { Description = "At most so many", HelpName = "n", DefaultValueFactory = _ => 50 };
        return new Command("list", "Runs, newest first") { schedule, status, since, limit }.Does(async (parsed, terminal, ct) =>
        {
            var most = parsed.GetValue(limit) is >= 1 and <= 100_000 and var n ? n : throw CliFailure.BadInput("limit", "must be from 1 to 100000");
            var query = new List<string>();
            if (parsed.GetValue(schedule) is { } name) query.Add($"schedule={Uri.EscapeDataString(name)}");
            query.AddRange((parsed.GetValue(status) ?? []).Select(s => $"status={Uri.EscapeDataString(s)}"));
            if (parsed.GetValue(since) is { } text)
                query.Add($"from={Uri.EscapeDataString(Instants.Print(Verbs.InstantOrLength("since", text, -1, TimeProvider.System.GetUtcNow())))}");
            using var server = ServerClient.FromEnvironment();
            var runs = await server.ListAsync($"api/v1/runs?{string.Join('&', query)}", most, ct);
            Verbs.PrintList(terminal, runs, RunText.Rows, "No runs.");
            return ExitCode.Done;
        });
    }

    private static Command Show() => new Command("show", "A run with its findings") { Id }.Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        var path = $"api/v1/runs/{parsed.GetValue(Id)}";
        var run = await server.GetAsync(path, ct);
        var findings = await server.ListAsync($"{path}/findings", terminal.IsJson ? int.MaxValue : MostFindingsShown, ct);
        if (terminal.IsJson)
        {
            terminal.Json(writer =>
            {
                writer.WriteStartObject();
                foreach (var property in run.EnumerateObject()) property.WriteTo(writer);
                writer.WriteStartArray("findingItems");
                foreach (var finding in findings) finding.WriteTo(writer);
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
            return ExitCode.Done;
        }
        terminal.Lines(RunText.Details(RunText.Read(run)));
        terminal.Lines(RunText.Rows(findings.Select(f => f.Deserialize(ApiJson.Default.FindingJson)!).ToList()));
        if (findings.Count == MostFindingsShown) terminal.Note($"The first {MostFindingsShown} findings; --json shows all.");
        return ExitCode.Done;
    });

    private static Command Cancel() => new Command("cancel", "Stop a run") { Id }.Does((parsed, terminal, ct) => PostAsync(parsed, terminal, "cancel", ct));

    private static Command Retry() => new Command("retry", "Run again what an ended run did") { Id }.Does((parsed, terminal, ct) => PostAsync(parsed, terminal, "retry", ct));

    private static async Task<int> PostAsync(ParseResult parsed, Terminal terminal, string act, CancellationToken ct)
    {
        using var server = ServerClient.FromEnvironment();
        Print(terminal, await server.PostAsync($"api/v1/runs/{parsed.GetValue(Id)}/{act}", null, ct));
        return ExitCode.Done;
    }

    private static void Print(Terminal terminal, JsonElement run)
    {
        if (terminal.IsJson) terminal.Json(run);
        else terminal.Line(RunText.Sentence(RunText.Read(run)));
    }
}
