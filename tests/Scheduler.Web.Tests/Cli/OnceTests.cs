using System.Diagnostics;
using System.Text.Json;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

[Collection(ProgramTests.Name)]
public sealed class OnceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CliProgram _program;

    public OnceTests() => _program = new CliProgram(_folder.Path);

    private static string Noop(string name, string options = "{}", string more = "") =>
        $"apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata: {{ name: {name} }}\nspec:\n  schedule: manual\n{more}  job: {{ kind: noop, options: {options} }}\n";

    [Fact]
    public async Task AFile_WithoutAServer_Runs_WithItsLogOnStandardError_AndTheRunOnStandardOutput()
    {
        var file = _program.File("once.yaml", Noop("once", "{ lines: 2 }"));

        var result = await _program.RunAsync("once", "-f", file, "--json");
        var words = await _program.RunAsync(["once", "-f", "-"], Noop("once"));

        var run = result.Exits(0).Json;
        Assert.Equal("Succeeded", run.GetProperty("status").GetString());
        Assert.Equal("once", run.GetProperty("schedule").GetString());
        Assert.Equal("console", run.GetProperty("requestedBy").GetString());
        Assert.Contains(" out line 2 of 2\n", result.Error, StringComparison.Ordinal);
        Assert.Contains(" info Succeeded: wrote 2 lines\n", result.Error, StringComparison.Ordinal);
        Assert.StartsWith("Run 2 of once succeeded", words.Exits(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatFails_Exits1_AfterItsRetries()
    {
        var result = await _program.RunAsync(["once", "-f", "-", "--json"], Noop("failing", "{ outcome: fail }", "  retry: { attempts: 2, delay: 0s }\n"));

        var run = result.Exits(1).Json;
        Assert.Equal("Failed", run.GetProperty("status").GetString());
        Assert.Equal(2, run.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public async Task BadInput_Exits2_AtTheField_AndRecordsNothing()
    {
        var field = await _program.RunAsync(["once", "-f", "-"], Noop("bad", "{ duration: long }"));
        var scope = await _program.RunAsync(["once", "-f", "-", "--json"], Noop("bad").Replace("kind: noop, options: {}", "kind: http, targets: { urls: [http://scanme.example/] }", StringComparison.Ordinal));
        var two = await _program.RunAsync(["once", "-f", "-"], Noop("a") + "---\n" + Noop("b"));
        var neither = await _program.RunAsync("once");
        var both = await _program.RunAsync("once", "x", "-f", "y");
        var good = await _program.RunAsync(["once", "-f", "-", "--json"], Noop("good"));

        Assert.StartsWith("spec.job.options.duration: must be a duration", field.Exits(2).Error, StringComparison.Ordinal);
        Assert.True(JsonElement.Parse(scope.Exits(2).Error).GetProperty("errors").TryGetProperty("spec.job.targets.urls[0]", out _));
        Assert.Contains("one manifest was expected, found 2", two.Exits(2).Error, StringComparison.Ordinal);
        neither.Exits(2);
        both.Exits(2);
        Assert.Equal(1, good.Exits(0).Json.GetProperty("id").GetInt64()); // the first run of this folder
    }

    [Fact]
    public async Task CtrlC_CancelsTheRun_AndWaitsForItsEnd()
    {
        var file = _program.File("hang.yaml", Noop("hanging", "{ outcome: hang }"));
        using var process = _program.Start("once", "-f", file, "--json");
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var line = "";
            while (line is not null && !line.Contains("hanging until", StringComparison.Ordinal)) line = await process.StandardError.ReadLineAsync(deadline.Token);
            using (var interrupt = Process.Start("kill", [IgnoresInterrupts() ? "-TERM" : "-INT", $"{process.Id}"])) await interrupt.WaitForExitAsync(deadline.Token);
            var run = JsonElement.Parse(await process.StandardOutput.ReadToEndAsync(deadline.Token));
            await process.WaitForExitAsync(deadline.Token);

            Assert.Equal("Cancelled", run.GetProperty("status").GetString());
            Assert.Equal("Cancelled by console.", run.GetProperty("reason").GetString());
            Assert.Equal(1, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    // Shells ignore Ctrl+C for what they start in the background, and their children inherit that; a termination must do the same then.
    private static bool IgnoresInterrupts()
    {
        const long Interrupt = 1 << 1;
        var ignored = File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (long.Parse(ignored, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture) & Interrupt) != 0;
    }

    [Fact]
    public async Task AScheduleBesideARunningServer_BecomesPartOfItsHistory_AndTheServerCanRepeatIt()
    {
        using var server = await ServerProcess.StartAsync(_program);
        (await _program.RunAsync("users", "add", "otto@example.com", "--role", "operator")).Exits(0);
        _program.Token = (await _program.RunAsync("tokens", "add", "otto@example.com", "--name", "t")).Exits(0).Out.Trim();
        (await _program.RunAsync(["schedules", "apply", "-f", "-"], Noop("nightly"))).Exits(0);

        var once = (await _program.RunAsync("once", "nightly", "--json")).Exits(0).Json;
        var missing = await _program.RunAsync("once", "daily");
        var listed = (await _program.RunAsync("runs", "list", "--schedule", "nightly", "--json")).Exits(0).Json;
        var repeated = (await _program.RunAsync("runs", "retry", $"{once.GetProperty("id")}", "--json")).Exits(0).Json;

        Assert.Equal(1, once.GetProperty("generation").GetInt32());
        Assert.Equal(once.GetProperty("id").GetInt64(), Assert.Single(listed.EnumerateArray()).GetProperty("id").GetInt64());
        Assert.Contains("There is no schedule \"daily\"", missing.Exits(4).Error, StringComparison.Ordinal);
        Assert.Equal("light", repeated.GetProperty("pool").GetString());
        await Eventually.Async(async () => (await _program.RunAsync("runs", "show", $"{repeated.GetProperty("id")}", "--json")).Json.GetProperty("status").GetString() == "Succeeded");
    }

    public void Dispose() => _folder.Dispose();
}
