using System.Text.Json;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

/// <summary>A server process over a fresh folder, with a token of each role; all of it made by the command line alone.</summary>
public sealed class ServerOfVerbs : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private ServerProcess? _server;

    internal CliProgram Program { get; private set; } = null!;
    internal CliProgram AsViewer { get; private set; } = null!;
    internal Uri Address => _server!.Address;

    public async Task InitializeAsync()
    {
        var program = new CliProgram(_folder.Path);
        foreach (var role in (string[])["viewer", "operator"]) (await program.RunAsync("users", "add", $"{role}@example.com", "--role", role)).Exits(0);
        _server = await ServerProcess.StartAsync(program);
        Program = new CliProgram(_folder.Path) { Server = Address, Token = (await program.RunAsync("tokens", "add", "operator@example.com", "--name", "t")).Exits(0).Out.Trim() };
        AsViewer = new CliProgram(_folder.Path) { Server = Address, Token = (await program.RunAsync("tokens", "add", "viewer@example.com", "--name", "t")).Exits(0).Out.Trim() };
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _server?.Dispose();
        _folder.Dispose();
    }
}

[Collection(ProgramTests.Name)]
public sealed class ServerVerbTests(ServerOfVerbs server) : IClassFixture<ServerOfVerbs>
{
    private CliProgram Program => server.Program;

    private static string Noop(string name, string options = "{}", string schedule = "manual", string more = "") =>
        $"apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata:\n  name: {name}\n{more}spec:\n  schedule: {schedule}\n  job: {{ kind: noop, options: {options} }}\n";

    [Fact]
    public async Task TheWholePath_ByCommandLineAlone()
    {
        var file = Program.File("scan.yaml", $$"""
            apiVersion: scheduler/v1
            kind: ScanSchedule
            metadata: { name: self-scan, labels: { team: web } }
            spec:
              schedule: "0 2 * * *"
              timezone: Europe/Berlin
              job: { kind: web-scan, targets: { urls: ["{{server.Address}}health/live"] }, options: { failOn: none } }
            """);

        Assert.Equal("self-scan: created\n", (await Program.RunAsync("schedules", "apply", "-f", file)).Exits(0).Out);
        Assert.Equal("self-scan: applied, generation 1\n", (await Program.RunAsync("schedules", "apply", "-f", file)).Exits(0).Out);
        var run = (await Program.RunAsync("run", "self-scan", "--wait", "--json")).Exits(0).Json;
        var shown = (await Program.RunAsync("runs", "show", $"{run.GetProperty("id")}", "--json")).Exits(0).Json;
        var words = (await Program.RunAsync("runs", "show", $"{run.GetProperty("id")}")).Exits(0).Out;
        var log = (await Program.RunAsync("runs", "logs", $"{run.GetProperty("id")}")).Exits(0).Out;

        Assert.Equal("Succeeded", run.GetProperty("status").GetString());
        Assert.NotEqual(0, shown.GetProperty("findings").GetProperty("total").GetInt32());
        Assert.Equal(shown.GetProperty("findings").GetProperty("total").GetInt32(), shown.GetProperty("findingItems").GetArrayLength());
        foreach (var finding in shown.GetProperty("findingItems").EnumerateArray()) Assert.Contains(finding.GetProperty("rule").GetString()!, words, StringComparison.Ordinal);
        Assert.Contains("web-scan of self-scan, generation 1, Manual", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_ReadsSeveralDocumentsFromStandardInput_AndTheyAreListed()
    {
        var text = Noop("list-a", schedule: "1h", more: "  labels: { set: listed }\n") + "---\n" + Noop("list-b", more: "  labels: { set: listed }\n");

        var applied = await Program.RunAsync(["schedules", "apply", "-f", "-", "--json"], text);
        var listed = await Program.RunAsync("schedules", "list", "--label", "set=listed", "--json");
        var table = await Program.RunAsync("schedules", "list", "--label", "set=listed");

        Assert.Equal("""[{"name":"list-a","generation":1,"created":true},{"name":"list-b","generation":1,"created":true}]""" + "\n", applied.Exits(0).Out);
        Assert.Equal(["list-a", "list-b"], listed.Exits(0).Json.EnumerateArray().Select(s => s.GetProperty("metadata").GetProperty("name").GetString()));
        var lines = table.Exits(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].IndexOf("STATE", StringComparison.Ordinal), line.LastIndexOf("  ", 10, StringComparison.Ordinal) + 2)); // aligned
    }

    [Fact]
    public async Task Get_GivesWhatApplyTakes()
    {
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("round-trip", schedule: "15m"))).Exits(0);

        var yaml = (await Program.RunAsync("schedules", "get", "round-trip")).Exits(0).Out;
        var again = await Program.RunAsync(["schedules", "apply", "-f", "-"], yaml);

        Assert.Contains("schedule: 15m", yaml, StringComparison.Ordinal);
        Assert.Contains("state: Active", yaml, StringComparison.Ordinal);
        Assert.Equal("round-trip: applied, generation 1\n", again.Exits(0).Out);
    }

    [Fact]
    public async Task Apply_BadInput_Exits2_AtTheField_AndWritesNothing()
    {
        var file = Program.File("bad.yaml", Noop("bad", options: "{ lnies: 3 }", schedule: "61 * * * *"));

        var words = await Program.RunAsync("schedules", "apply", "-f", file);
        var json = await Program.RunAsync("schedules", "apply", "-f", file, "--json");

        Assert.Matches("(?m)^spec.schedule: minute must be 0-59, found 61", words.Exits(2).Error);
        Assert.NotEmpty(JsonElement.Parse(json.Exits(2).Error).GetProperty("errors").GetProperty("spec.schedule")[0].GetString()!);
        Assert.Equal("", words.Out + json.Out);
        (await Program.RunAsync("schedules", "get", "bad")).Exits(4);
    }

    [Fact]
    public async Task Apply_OneBadOfTwo_AppliesTheGoodOne_AndNamesTheBad()
    {
        var result = await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("half-bad", schedule: "nonsense") + "---\n" + Noop("half-good"));

        Assert.StartsWith("half-bad: spec.schedule: ", result.Exits(2).Error, StringComparison.Ordinal);
        Assert.Equal("half-good: created\n", result.Out);
    }

    [Theory]
    [InlineData("a: [", "not valid YAML at line")]
    [InlineData("{", "not valid JSON at line")]
    [InlineData("""{"metadata":{"name":"\ud800"}}""", "metadata.name: holds a text that is no Unicode: half of a surrogate pair")]
    [InlineData("", "there is no manifest in it")]
    [InlineData("kind: ScanSchedule", "metadata.name: is required")]
    public async Task Apply_WhatIsNoManifest_Exits2(string text, string words)
    {
        var result = await Program.RunAsync(["schedules", "apply", "-f", "-"], text);

        Assert.Contains(words, result.Exits(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SkipNext_SaysWhatIsSkippedAndWhatIsNextThen()
    {
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("skippy", schedule: "at(2099-01-01T00:00:00)"))).Exits(0);
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("skippy-never"))).Exits(0);

        var refused = (await Program.RunAsync("schedules", "skip-next", "skippy-never")).Exits(3);
        var skipped = (await Program.RunAsync("schedules", "skip-next", "skippy", "--reason", "audit")).Exits(0);
        var runs = (await Program.RunAsync("runs", "list", "--schedule", "skippy", "--json")).Exits(0).Json;

        Assert.Contains("follows no clock", refused.Error, StringComparison.Ordinal);
        Assert.Equal("skippy: skips 2099-01-01T00:00:00Z, and has no further run\n", skipped.Out);
        Assert.Equal("Skipped by operator@example.com: audit", runs[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task PauseResumeDelete_ActOnTheSchedule()
    {
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("moody", schedule: "1h"))).Exits(0);

        var paused = (await Program.RunAsync("schedules", "pause", "moody", "--until", "2h", "--reason", "tidy", "--json")).Exits(0).Json.GetProperty("status");
        var resumed = (await Program.RunAsync("schedules", "resume", "moody")).Exits(0);
        var past = (await Program.RunAsync("schedules", "pause", "moody", "--until", "2020-01-01T00:00:00Z")).Exits(2);
        var deleted = (await Program.RunAsync("schedules", "delete", "moody", "--json")).Exits(0);

        Assert.Equal("Paused", paused.GetProperty("state").GetString());
        Assert.Equal("tidy", paused.GetProperty("pause").GetProperty("reason").GetString());
        Assert.Equal("moody: active\n", resumed.Out);
        Assert.StartsWith("until: must lie ahead", past.Error, StringComparison.Ordinal);
        Assert.Equal("""{"name":"moody","deleted":true}""" + "\n", deleted.Out);
        (await Program.RunAsync("schedules", "delete", "moody")).Exits(4);
    }

    [Fact]
    public async Task Run_ThatFails_Exits1WhenWaitedFor_And0Otherwise()
    {
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("failing", options: "{ outcome: fail }"))).Exits(0);

        var waited = await Program.RunAsync("run", "failing", "--wait");
        var started = await Program.RunAsync("run", "failing");
        var emergency = await Program.RunAsync("run", "failing", "--emergency");
        var why = await Program.RunAsync("run", "failing", "--emergency", "--reason", "CVE", "--json");

        Assert.Contains("of failing failed", waited.Exits(1).Out, StringComparison.Ordinal);
        Assert.Contains("of failing is ", started.Exits(0).Out, StringComparison.Ordinal);
        Assert.StartsWith("reason: is required", emergency.Exits(2).Error, StringComparison.Ordinal);
        Assert.Equal("Emergency", why.Exits(0).Json.GetProperty("triggerType").GetString());
    }

    [Fact]
    public async Task Emergency_StartShowStop()
    {
        foreach (var name in (string[])["sweep-a", "sweep-b"])
            (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop(name, options: "{ outcome: hang }", more: "  labels: { team: sweep, env: test }\n"))).Exits(0);

        var unasked = await Program.RunAsync("emergency", "start", "--label", "team=sweep");
        var unread = await Program.RunAsync("emergency", "start", "--label", "sweep", "--reason", "leak");
        var nobody = await Program.RunAsync("emergency", "start", "--label", "team=sweep", "--label", "env=prod", "--reason", "leak");
        var started = (await Program.RunAsync("emergency", "start", "--label", "team=sweep", "--label", "env=test", "--reason", "leak", "--override-concurrency", "--override-blackout", "--json")).Exits(0).Json;
        var id = started.GetProperty("id").ToString();
        var shown = (await Program.RunAsync("emergency", "show", id)).Exits(0).Out;
        var stopped = (await Program.RunAsync("emergency", "stop", id)).Exits(0).Out;
        var listed = (await Program.RunAsync("emergency", "list", "--json")).Exits(0).Json;
        var byViewer = await server.AsViewer.RunAsync("emergency", "start", "--label", "team=sweep", "--reason", "leak");

        Assert.StartsWith("reason: is required", unasked.Exits(2).Error, StringComparison.Ordinal);
        Assert.StartsWith("label: must be key=value, found sweep", unread.Exits(2).Error, StringComparison.Ordinal);
        Assert.StartsWith("labels: no active or paused schedule has them all", nobody.Exits(2).Error, StringComparison.Ordinal);
        Assert.Equal(["concurrency", "blackout"], started.GetProperty("overrides").EnumerateArray().Select(o => o.GetString()));
        Assert.Matches($"^Emergency {id} \\(env=test, team=sweep\\), 2 runs: .*\\. By operator@example.com, over concurrency, blackout: leak\n", shown);
        Assert.Contains("sweep-a", shown, StringComparison.Ordinal);
        Assert.StartsWith($"Emergency {id} ", stopped, StringComparison.Ordinal);
        Assert.Contains(listed.EnumerateArray(), e => e.GetProperty("id").ToString() == id && e.GetProperty("stoppedBy").GetString() == "operator@example.com");
        byViewer.Exits(3);
        (await Program.RunAsync("emergency", "show", "999999")).Exits(4);
    }

    [Fact]
    public async Task Runs_ListFollowCancelAndRetry()
    {
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("long", options: "{ duration: 1s, lines: 4, outcome: hang }"))).Exits(0);
        var id = (await Program.RunAsync("run", "long", "--json")).Exits(0).Json.GetProperty("id").ToString();

        using var following = Program.Start("runs", "logs", id, "--follow");
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            var line = "";
            while (line is not null && !line.Contains("hanging until", StringComparison.Ordinal)) line = await following.StandardOutput.ReadLineAsync(deadline.Token);
            var running = await Program.RunAsync("runs", "list", "--schedule", "long", "--status", "Queued,Running", "--since", "1h", "--limit", "5", "--json");
            (await Program.RunAsync("runs", "cancel", id)).Exits(0);
            var rest = await following.StandardOutput.ReadToEndAsync(deadline.Token);
            await following.WaitForExitAsync(deadline.Token);

            Assert.Equal(id, Assert.Single(running.Exits(0).Json.EnumerateArray()).GetProperty("id").ToString());
            Assert.Contains("warn Cancelled: Cancelled by operator@example.com.", rest, StringComparison.Ordinal);
            Assert.Equal(0, following.ExitCode);
        }
        finally
        {
            if (!following.HasExited) following.Kill();
        }
        Assert.Contains("has ended already", (await Program.RunAsync("runs", "cancel", id)).Exits(3).Error, StringComparison.Ordinal);
        var again = (await Program.RunAsync("runs", "retry", id, "--json")).Exits(0).Json;
        Assert.Equal($"Repeats run {id}.", again.GetProperty("reason").GetString());
        (await Program.RunAsync("runs", "cancel", $"{again.GetProperty("id")}")).Exits(0);
        var log = (await Program.RunAsync("runs", "logs", id, "--json")).Exits(0).Json;
        Assert.Contains(log.GetProperty("lines").EnumerateArray(), l => l.GetProperty("stream").GetString() == "out" && l.GetProperty("text").GetString() == "line 1 of 4");
    }

    [Theory]
    [InlineData("schedules", "get", "nowhere")]
    [InlineData("run", "nowhere")]
    [InlineData("schedules", "pause", "nowhere")]
    [InlineData("runs", "show", "999999")]
    [InlineData("runs", "logs", "999999")]
    [InlineData("runs", "logs", "999999", "--follow")]
    [InlineData("runs", "cancel", "999999")]
    [InlineData("schedules", "apply", "-f", "/no/such/file")]
    public async Task WhatIsNotThere_Exits4(params string[] args)
    {
        var result = await Program.RunAsync(args);

        Assert.Contains("There is no ", result.Exits(4).Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public async Task AViewer_MayLook_AndIsRefusedTheRest()
    {
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("watched"))).Exits(0);

        (await server.AsViewer.RunAsync("schedules", "get", "watched")).Exits(0);
        Assert.Contains("You are Viewer here", (await server.AsViewer.RunAsync("run", "watched", "--wait")).Exits(3).Error, StringComparison.Ordinal);
        (await server.AsViewer.RunAsync("schedules", "delete", "watched")).Exits(3);
        (await server.AsViewer.RunAsync(["schedules", "apply", "-f", "-"], Noop("watched", schedule: "1h"))).Exits(3);
        Assert.Empty((await Program.RunAsync("runs", "list", "--schedule", "watched", "--json")).Exits(0).Json.EnumerateArray());
    }

    [Fact]
    public async Task WithoutATokenOrAServer_Exits3_AndSaysWhatToDo()
    {
        var noToken = await new CliProgram(Program.Folder) { Server = server.Address }.RunAsync("runs", "list");
        var wrongToken = await new CliProgram(Program.Folder) { Server = server.Address, Token = "sch_wrong" }.RunAsync("runs", "list", "--json");
        var noServer = await new CliProgram(Program.Folder) { Server = new Uri("http://127.0.0.1:9"), Token = Program.Token }.RunAsync("runs", "list");

        Assert.Contains("tokens add", noToken.Exits(3).Error, StringComparison.Ordinal);
        Assert.Contains("token", JsonElement.Parse(wrongToken.Exits(3).Error).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("No server answers at http://127.0.0.1:9/", noServer.Exits(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TextFromOutside_CannotSpeakToTheTerminal()
    {
        (await Program.RunAsync(["schedules", "apply", "-f", "-"], Noop("hostile", more: "  annotations: { a: \"\\e]0;owned\\a\\e[31m\\u202Etxt\" }\n"))).Exits(0);
        (await Program.RunAsync("schedules", "pause", "hostile", "--reason", "\u001b[2J\u009b31m")).Exits(0);

        var get = await Program.RunAsync("schedules", "get", "hostile");
        var missing = await Program.RunAsync("schedules", "get", "\u001b[31mx");
        var json = await Program.RunAsync("schedules", "get", "hostile", "--json");

        foreach (var text in (string[])[get.Exits(0).Out, missing.Exits(4).Error, json.Exits(0).Out])
            Assert.DoesNotContain(text, c => (char.IsControl(c) && c != '\n') || (c == '\u202e' && text != json.Out));
        Assert.Contains(@"\u202E", get.Out, StringComparison.OrdinalIgnoreCase);
    }
}
