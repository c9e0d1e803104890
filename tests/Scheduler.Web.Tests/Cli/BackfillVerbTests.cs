using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

/// <summary>Backfills by the command line, and kill -9 in the middle of one.</summary>
[Collection(ProgramTests.Name)]
public sealed class BackfillVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Create_Show_Cancel_AsTheContractHasThem()
    {
        var program = await PrepareAsync();
        using var server = await ServerProcess.StartAsync(program);
        await ApplyAsync(program, "daily", "0 0 * * *", "{}");
        var dry = (await program.RunAsync("backfills", "create", "daily", "--from", "2026-03-01", "--to", "2026-03-03", "--dry-run", "--json")).Exits(0).Json;
        Assert.Equal((3, "create"), (dry.GetProperty("count").GetInt32(), dry.GetProperty("slots")[0].GetProperty("action").GetString()));
        var id = (await program.RunAsync(
            "backfills", "create", "daily", "--from", "2026-03-01", "--to", "2026-03-03", "--parallel", "2", "--mode", "all", "--on-failure", "fail-fast", "--json")).Exits(0).Json.GetProperty("id").GetInt64();
        await Eventually.Async(async () => (await ShowAsync(program, id)).GetProperty("state").GetString() == "Completed");
        Assert.Contains("Backfill 1 of daily is Completed: 3 succeeded", (await program.RunAsync("backfills", "show", "1")).Exits(0).Out, StringComparison.Ordinal);

        (await program.RunAsync("backfills", "cancel", $"{id}")).Exits(3);
        (await program.RunAsync("backfills", "pause", $"{id}")).Exits(3);
        (await program.RunAsync("backfills", "resume", $"{id}")).Exits(3);
        (await program.RunAsync("backfills", "retry-failed", $"{id}")).Exits(3);
        (await program.RunAsync("backfills", "show", "99")).Exits(4);
        var refused = (await program.RunAsync("backfills", "create", "daily", "--from", "2026-03-01", "--to", "2026-03-03", "--mode", "some")).Exits(2);
        Assert.Contains("mode: must be one of all, missing, missing-or-failed", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KilledInTheMiddleOfAThousandSlots_EachHasRunExactlyOnce_OrWasInterruptedAndTriedAgain()
    {
        var program = await PrepareAsync();
        long id;
        var server = await ServerProcess.StartAsync(program);
        try
        {
            // No waits: all sixteen slots are busy all the time with lines, commits and the next claim, so that a kill meets some of them.
            await ApplyAsync(program, "minutely", "* * * * *", "{ lines: 400 }", ", suspend: true, retry: { attempts: 5, delay: 1s }");
            id = (await program.RunAsync(
                "backfills", "create", "minutely", "--from", "2026-03-01T00:00:00Z", "--to", "2026-03-01T16:39:00Z", "--parallel", "16", "--mode", "all", "--json")).Exits(0).Json.GetProperty("id").GetInt64();
            foreach (var done in (int[])[40, 300, 600])
            {
                await Eventually.Async(async () => (await AskAsync(program, id)).GetProperty("succeeded").GetInt32() >= done, seconds: 60);
                await server.KillAsync();
                server.Dispose();
                server = await ServerProcess.StartAsync(program);
            }
            await Eventually.Async(async () => (await AskAsync(program, id)).GetProperty("finishedAt").ValueKind != JsonValueKind.Null, seconds: 120);
            var over = await AskAsync(program, id);
            Assert.Equal(("Completed", 1000, 1000), (over.GetProperty("state").GetString(), over.GetProperty("total").GetInt32(), over.GetProperty("succeeded").GetInt32()));
        }
        finally
        {
            server.Dispose();
        }
        // Numbers below zero are the self-check's, which a kill may have met as well. A run a slot, and no attempt succeeded but the last: those before it were interrupted, and counted.
        Assert.Equal((1000L, 1000L), (Ask("SELECT count(*) FROM runs WHERE backfill_id IS NOT NULL"), Ask("SELECT count(DISTINCT scheduled_for) FROM runs WHERE backfill_id IS NOT NULL")));
        Assert.Equal(1000L, Ask("SELECT count(*) FROM attempts WHERE run_id > 0 AND status = 3"));
        var interrupted = Ask("SELECT count(*) FROM attempts WHERE run_id > 0 AND status = 7");
        Assert.True(interrupted > 0, "No kill met a run, so nothing was shown.");
        Assert.Equal(Ask("SELECT sum(attempt) FROM runs WHERE id > 0") - 1000, interrupted);
        Assert.Equal(1000L, Ask("SELECT count(*) FROM backfill_slots s JOIN runs r ON r.id = s.run_id AND r.scheduled_for = s.scheduled_for WHERE s.state = 3 AND r.status = 3"));
        (await program.RunAsync("db", "check")).Exits(0);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<CliProgram> PrepareAsync()
    {
        var program = new CliProgram(_folder.Path);
        (await program.RunAsync("users", "add", "otto@example.com", "--role", "operator")).Exits(0);
        program.Token = (await program.RunAsync("tokens", "add", "otto@example.com", "--name", "t")).Exits(0).Out.Trim();
        return program;
    }

    private static async Task ApplyAsync(CliProgram program, string name, string schedule, string options, string more = "") => (await program.RunAsync(["schedules", "apply", "-f", "-"],
        $"apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata: {{ name: {name} }}\nspec: {{ schedule: \"{schedule}\", job: {{ kind: noop, options: {options} }}{more} }}\n")).Exits(0);

    private static async Task<JsonElement> ShowAsync(CliProgram program, long id) => (await program.RunAsync("backfills", "show", $"{id}", "--json")).Exits(0).Json;

    // Without a process of its own for each look.
    private static async Task<JsonElement> AskAsync(CliProgram program, long id)
    {
        using var client = new HttpClient { BaseAddress = program.Server };
        client.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", program.Token);
        return JsonElement.Parse(await client.GetStringAsync($"/api/v1/backfills/{id}"));
    }

    private long Ask(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "scheduler.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
