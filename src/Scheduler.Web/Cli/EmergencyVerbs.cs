using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Web.Api;

namespace Scheduler.Web.Cli;

/// <summary><c>emergency start|show|stop|list</c>, on a server.</summary>
internal static class EmergencyVerbs
{
    private static readonly Argument<long> Id = new("id") { Description = "The emergency's number" };

    public static Command Create() => new("emergency", "Emergency runs of all schedules with certain labels, on a server") { Start(), Show(), Stop(), List() };

    /// <summary>The three overrides, each asked for by itself.</summary>
    public static (Option<bool> Concurrency, Option<bool> Blackout, Option<bool> RateLimits) Overrides() => (
        new Option<bool>("--override-concurrency") { Description = "Run beside a run of the same schedule that goes on" },
        new Option<bool>("--override-blackout") { Description = "Start in spite of a blackout" },
        new Option<bool>("--override-rate-limits") { Description = "Do not leave servers alone that ask for it" });

    private static Command Start()
    {
        var label = new Option<string[]>("--label") { Description = "key=value; repeated: all must hold", HelpName = "key=value", Required = true };
        var reason = new Option<string?>("--reason") { Description = "Why, for the audit log; required", HelpName = "text" };
        var (concurrency, blackout, rateLimits) = Overrides();
        return new Command("start", "Start an emergency run of each active or paused schedule with these labels") { label, reason, concurrency, blackout, rateLimits }.Does(async (parsed, terminal, ct) =>
        {
            var body = new SweepBody(Labels(parsed.GetRequiredValue(label)), parsed.GetValue(reason), parsed.GetValue(concurrency), parsed.GetValue(blackout), parsed.GetValue(rateLimits));
            using var server = ServerClient.FromEnvironment();
            Print(terminal, await server.PostAsync("api/v1/emergencies", JsonSerializer.Serialize(body, CliJson.Default.SweepBody), ct));
            return ExitCode.Done;
        });
    }

    private static Command Show() => new Command("show", "An emergency with its runs") { Id }.Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        var id = parsed.GetValue(Id);
        var emergency = await server.GetAsync($"api/v1/emergencies/{id}", ct);
        Print(terminal, emergency);
        if (!terminal.IsJson) terminal.Lines(RunText.Rows(await server.ListAsync($"api/v1/runs?emergency={id}", int.MaxValue, ct)));
        return ExitCode.Done;
    });

    private static Command Stop() => new Command("stop", "Stop all runs of an emergency that have not ended") { Id }.Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        Print(terminal, await server.PostAsync($"api/v1/emergencies/{parsed.GetValue(Id)}/stop", null, ct));
        return ExitCode.Done;
    });

    private static Command List() => new Command("list", "Emergencies, newest first").Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        Verbs.PrintList(terminal, await server.ListAsync("api/v1/emergencies", int.MaxValue, ct), Rows, "No emergencies.");
        return ExitCode.Done;
    });

    private static Dictionary<string, string> Labels(IEnumerable<string> texts)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw CliFailure.BadInput("label", $"must be key=value, found {text}");
            if (!labels.TryAdd(text[..at], text[(at + 1)..])) throw CliFailure.BadInput("label", $"names {text[..at]} twice; no schedule has two values of it");
        }
        return labels;
    }

    private static IEnumerable<string> Rows(IEnumerable<JsonElement> emergencies)
    {
        var table = new Table("ID", "LABELS", "STATE", "RUNS", "STARTED", "BY", "REASON");
        foreach (var e in emergencies.Select(Read))
            table.Add(e.Id.ToString(CultureInfo.InvariantCulture), Words(e.Labels), e.State, e.Total.ToString(CultureInfo.InvariantCulture), Instants.Print(e.At), e.By, e.Reason);
        return table.Lines();
    }

    private static void Print(Terminal terminal, JsonElement emergency)
    {
        if (terminal.IsJson) terminal.Json(emergency);
        else terminal.Line(Sentence(Read(emergency)));
    }

    private static string Sentence(EmergencyJson e)
    {
        (int Count, string Word)[] states = [(e.Running, "running"), (e.Queued, "queued"), (e.Succeeded, "succeeded"), (e.Failed, "failed"), (e.Cancelled, "cancelled")];
        var counts = string.Join(", ", states.Where(s => s.Count > 0).Select(s => $"{s.Count} {s.Word}"));
        var over = e.Overrides.Count > 0 ? $", over {string.Join(", ", e.Overrides)}" : "";
        return $"Emergency {e.Id} ({Words(e.Labels)}), {(e.Total == 1 ? "1 run" : $"{e.Total} runs")}{(counts.Length > 0 ? $": {counts}" : "")}. By {e.By}{over}: {e.Reason}";
    }

    private static string Words(IReadOnlyDictionary<string, string> labels) => string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}"));

    private static EmergencyJson Read(JsonElement emergency) => emergency.Deserialize(ApiJson.Default.EmergencyJson)!;
}
