using System.CommandLine;
using System.Text.Json;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Web.Api;

namespace Scheduler.Web.Cli;

/// <summary><c>schedules list|get|apply|delete|pause|resume|skip-next</c>, on a server.</summary>
internal static class SchedulesVerbs
{
    private static readonly Argument<string> Name = new("name") { Description = "The schedule" };

    public static Command Create() => new("schedules", "Schedules on a server") { List(), Get(), Apply(), Delete(), Pause(), Resume(), SkipNext() };

    private static Command List()
    {
        var label = new Option<string[]>("--label") { Description = "key=value; repeated: all must hold", HelpName = "key=value" };
        var status = new Option<string?>("--status") { Description = "Active, Paused, Disabled or Completed", HelpName = "status" };
        var query = new Option<string?>("--query") { Description = "Part of the name", HelpName = "text" };
        return new Command("list", "Schedules by name") { label, status, query }.Does(async (parsed, terminal, ct) =>
        {
            var filters = (parsed.GetValue(label) ?? []).Select(l => $"label={Uri.EscapeDataString(l)}").ToList();
            if (parsed.GetValue(status) is { } state) filters.Add($"status={Uri.EscapeDataString(state)}");
            if (parsed.GetValue(query) is { } text) filters.Add($"q={Uri.EscapeDataString(text)}");
            using var server = ServerClient.FromEnvironment();
            Verbs.PrintList(terminal, await server.ListAsync($"api/v1/schedules?{string.Join('&', filters)}", int.MaxValue, ct), Rows, "No schedules.");
            return ExitCode.Done;
        });
    }

    private static Command Get() => new Command("get", "A schedule as YAML, with its status") { Name }.Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        var schedule = await server.GetAsync(PathOf(parsed), ct);
        if (terminal.IsJson) terminal.Json(schedule);
        else terminal.Lines(ManifestText.ToYaml(schedule.GetRawText()).TrimEnd('\n').Split('\n'));
        return ExitCode.Done;
    });

    private static Command Apply()
    {
        var files = new Option<string[]>("--file", "-f") { Description = "Manifests as YAML or JSON, several documents in one file too; - reads standard input", Required = true, HelpName = "file" };
        return new Command("apply", "Create or change schedules from manifests") { files }.Does(async (parsed, terminal, ct) =>
        {
            var manifests = new List<(string Name, JsonElement Manifest)>();
            foreach (var file in parsed.GetRequiredValue(files)) manifests.AddRange(await ManifestFile.ReadAsync(file, ct));
            using var server = ServerClient.FromEnvironment();
            return await ApplyAsync(server, terminal, manifests, ct);
        });
    }

    // One that is refused does not keep the others from being applied; the first failure decides the exit code.
    private static async Task<int> ApplyAsync(ServerClient server, Terminal terminal, List<(string Name, JsonElement Manifest)> manifests, CancellationToken ct)
    {
        var applied = new List<(string Name, int Generation, bool Created)>();
        var failures = new List<CliFailure>();
        foreach (var (name, manifest) in manifests)
        {
            try
            {
                applied.Add(await ApplyAsync(server, name, manifest, ct));
                if (!terminal.IsJson) terminal.Line($"{name}: {(applied[^1].Created ? "created" : $"applied, generation {applied[^1].Generation}")}");
            }
            catch (CliFailure failure) when (manifests.Count > 1)
            {
                failures.Add(new CliFailure(failure.ExitCode, failure.Message, failure.Errors) { About = name });
                terminal.Fail(failures[^1]);
            }
        }
        if (terminal.IsJson) terminal.Json(writer =>
        {
            writer.WriteStartArray();
            foreach (var (name, generation, created) in applied)
            {
                writer.WriteStartObject();
                writer.WriteString("name", name);
                writer.WriteNumber("generation", generation);
                writer.WriteBoolean("created", created);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
        return failures.Count > 0 ? failures[0].ExitCode : ExitCode.Done;
    }

    private static async Task<(string, int, bool)> ApplyAsync(ServerClient server, string name, JsonElement manifest, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, PathOf(name)) { Content = new StringContent(manifest.GetRawText(), System.Text.Encoding.UTF8, "application/json") };
        using var response = await server.AskAsync(request, ct);
        await ServerClient.DemandSuccessAsync(response, ct);
        var schedule = JsonSerializer.Deserialize(await response.Content.ReadAsStringAsync(ct), ApiJson.Default.ScheduleJson)!;
        return (schedule.Metadata.Name, schedule.Metadata.Generation, response.StatusCode == System.Net.HttpStatusCode.Created);
    }

    private static Command Delete() => new Command("delete", "Delete a schedule; its runs and findings stay") { Name }.Does(async (parsed, terminal, ct) =>
    {
        using var server = ServerClient.FromEnvironment();
        await server.DeleteAsync(PathOf(parsed), ct);
        var name = parsed.GetRequiredValue(Name);
        if (!terminal.IsJson) terminal.Line($"{name}: deleted");
        else terminal.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteBoolean("deleted", true);
            writer.WriteEndObject();
        });
        return ExitCode.Done;
    });

    private static Command Pause()
    {
        var until = new Option<string?>("--until") { Description = "Resume by itself at an instant, or after a length of time such as 2h", HelpName = "when" };
        var reason = new Option<string?>("--reason") { Description = "Why", HelpName = "text" };
        return new Command("pause", "Stop a schedule's trigger from counting") { Name, until, reason }.Does(async (parsed, terminal, ct) =>
        {
            var end = parsed.GetValue(until) is { } text ? Instants.Print(Verbs.InstantOrLength("until", text, +1, TimeProvider.System.GetUtcNow())) : null;
            var body = JsonSerializer.Serialize(new PauseBody(end, parsed.GetValue(reason)), CliJson.Default.PauseBody);
            return await PostAsync(parsed, terminal, "pause", body, end is null ? "paused" : $"paused until {end}", ct);
        });
    }

    private static Command Resume() => new Command("resume", "Let a schedule's trigger count again") { Name }
        .Does((parsed, terminal, ct) => PostAsync(parsed, terminal, "resume", null, "active", ct));

    private static Command SkipNext()
    {
        var reason = new Option<string?>("--reason") { Description = "Why", HelpName = "text" };
        return new Command("skip-next", "Keep a schedule's next run from happening; said again, the one after") { Name, reason }.Does(async (parsed, terminal, ct) =>
        {
            using var server = ServerClient.FromEnvironment();
            var answer = await server.PostAsync($"{PathOf(parsed)}/skip-next", JsonSerializer.Serialize(new SkipBody(parsed.GetValue(reason)), CliJson.Default.SkipBody), ct);
            var skip = answer.Deserialize(ApiJson.Default.SkipJson)!;
            if (terminal.IsJson) terminal.Json(answer);
            else terminal.Line($"{parsed.GetRequiredValue(Name)}: skips {Instants.Print(skip.ScheduledFor)}, {(skip.NextScheduleTime is { } next ? $"next is {Instants.Print(next)}" : "and has no further run")}");
            return ExitCode.Done;
        });
    }

    private static async Task<int> PostAsync(ParseResult parsed, Terminal terminal, string act, string? body, string done, CancellationToken ct)
    {
        using var server = ServerClient.FromEnvironment();
        var schedule = await server.PostAsync($"{PathOf(parsed)}/{act}", body, ct);
        if (terminal.IsJson) terminal.Json(schedule);
        else terminal.Line($"{parsed.GetRequiredValue(Name)}: {done}");
        return ExitCode.Done;
    }

    private static IEnumerable<string> Rows(IEnumerable<JsonElement> schedules)
    {
        var table = new Table("NAME", "STATE", "SCHEDULE", "ZONE", "JOB", "NEXT", "LAST SUCCESS");
        foreach (var schedule in schedules.Select(s => s.Deserialize(ApiJson.Default.ScheduleJson)!))
            table.Add(schedule.Metadata.Name, schedule.Status.State.ToString(), TextOf(schedule.Spec, "schedule"), TextOf(schedule.Spec, "timezone"),
                TextOf(schedule.Spec.GetProperty("job"), "kind"), Print(schedule.Status.NextScheduleTime), Print(schedule.Status.LastSuccessfulTime));
        return table.Lines();
    }

    private static string TextOf(JsonElement json, string key) => json.GetProperty(key).GetString() ?? "";

    private static string Print(DateTimeOffset? at) => at is { } instant ? Instants.Print(instant) : "";

    private static string PathOf(ParseResult parsed) => PathOf(parsed.GetRequiredValue(Name));

    private static string PathOf(string name) => $"api/v1/schedules/{Uri.EscapeDataString(name)}";
}
