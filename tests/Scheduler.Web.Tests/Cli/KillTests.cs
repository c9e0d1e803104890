using System.Text.Json;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

/// <summary>kill -9 in the middle of a run, then another start.</summary>
[Collection(ProgramTests.Name)]
public sealed class KillTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task AServerThatIsKilled_LosesNoDueTime_DoublesNone_AndSaysWhatHappenedToItsRun()
    {
        var program = new CliProgram(_folder.Path);
        (await program.RunAsync("users", "add", "otto@example.com", "--role", "operator")).Exits(0);
        program.Token = (await program.RunAsync("tokens", "add", "otto@example.com", "--name", "t")).Exits(0).Out.Trim();
        long hanging;
        using (var first = await ServerProcess.StartAsync(program))
        {
            (await program.RunAsync(["schedules", "apply", "-f", "-"], Noop("hanging", "manual", "{ outcome: hang }") + "---\n" + Noop("ticking", "1s", "{}"))).Exits(0);
            hanging = (await program.RunAsync("run", "hanging", "--json")).Exits(0).Json.GetProperty("id").GetInt64();
            await Eventually.Async(async () => await StatusAsync(program, hanging) == "Running" && (await TicksAsync(program)).Count >= 2);
            await first.KillAsync();
        }

        using var second = await ServerProcess.StartAsync(program);
        var before = (await TicksAsync(program)).Count;
        await Eventually.Async(async () => await StatusAsync(program, hanging) == "Interrupted");
        await Eventually.Async(async () => (await TicksAsync(program)).Count >= before + 2);

        // Every second from the first to the last is one run's, or counted into a catch-up run; none is two runs'.
        var ticks = await TicksAsync(program);
        var at = ticks.Select(t => t.GetProperty("scheduledFor").GetDateTimeOffset()).Order().ToList();
        Assert.Equal(at.Distinct(), at);
        var covered = ticks.Sum(t => t.GetProperty("standsFor").GetInt32());
        Assert.Equal((int)Math.Round((at[^1] - at[0]).TotalSeconds) + 1, covered);
        // Figures are kept in the transaction that ends a run, so a kill can't part the two.
        (await program.RunAsync("db", "check")).Exits(0);
        // The run that was killed was not started again by itself.
        Assert.Single((await program.RunAsync("runs", "list", "--schedule", "hanging", "--json")).Exits(0).Json.EnumerateArray());
    }

    private static string Noop(string name, string schedule, string options) =>
        $"apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata: {{ name: {name} }}\nspec: {{ schedule: \"{schedule}\", job: {{ kind: noop, options: {options} }} }}\n";

    private static async Task<string?> StatusAsync(CliProgram program, long id) =>
        (await program.RunAsync("runs", "show", $"{id}", "--json")).Exits(0).Json.GetProperty("status").GetString();

    private static async Task<List<JsonElement>> TicksAsync(CliProgram program) =>
        [.. (await program.RunAsync("runs", "list", "--schedule", "ticking", "--limit", "500", "--json")).Exits(0).Json.EnumerateArray()];

    public void Dispose() => _folder.Dispose();
}
