using System.Text.Json;
using Microsoft.Data.Sqlite;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Cli;

/// <summary>Events by the command line, and kill -9 while they come.</summary>
[Collection(ProgramTests.Name)]
public sealed class EventVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Send_List_Show_AsTheContractHasThem()
    {
        var program = await PrepareAsync();
        using var server = await ServerProcess.StartAsync(program);
        await ApplyAsync(program, "on-data", "eventFilter: [{ path: data.bucket, op: equals, value: shop }], concurrencyPolicy: Allow");

        var sent = (await program.RunAsync("events", "send", "data_available", "--data", """{"bucket":"shop"}""", "--source", "ci", "--json")).Exits(0).Json;
        var words = (await program.RunAsync(["events", "send", "data_available", "--data", "-"], """{"bucket":"blog"}""")).Exits(0).Out;
        var lonely = (await program.RunAsync("events", "send", "nobody-follows")).Exits(0).Out;

        Assert.Single(sent.GetProperty("fired").EnumerateArray());
        Assert.Equal("Event 2 accepted; it started no run.\nNot on-data, Filtered: data.bucket equals \"shop\": found \"blog\".\n", words);
        Assert.Equal("Event 3 accepted; it started no run.\nNo schedule follows this type.\n", lonely);
        Assert.Equal([2, 1], (await program.RunAsync("events", "list", "--type", "data_available", "--json")).Exits(0).Json.EnumerateArray().Select(e => e.GetProperty("id").GetInt64()));
        Assert.Equal(3, (await program.RunAsync("events", "list", "--limit", "2")).Exits(0).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        var shown = (await program.RunAsync("events", "show", "1")).Exits(0).Out;
        Assert.Contains("data_available from ci", shown, StringComparison.Ordinal);
        Assert.Contains("""Data: {"bucket":"shop"}""", shown, StringComparison.Ordinal);
        Assert.Contains("on-data: Fired, run ", shown, StringComparison.Ordinal);
        (await program.RunAsync("events", "show", "99")).Exits(4);
        Assert.Contains("--data: must be JSON", (await program.RunAsync("events", "send", "x", "--data", "{bucket}")).Exits(2).Error, StringComparison.Ordinal);
        Assert.Contains("type: must not begin with run.", (await program.RunAsync("events", "send", "run.finished")).Exits(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KilledWhileEventsCome_WhatACallerWasTold_IsOnDisk_EventVerdictAndRunTogether()
    {
        var program = await PrepareAsync();
        var told = new List<(long Event, long Run)>();
        using (var server = await ServerProcess.StartAsync(program))
        {
            await ApplyAsync(program, "on-data", "concurrencyPolicy: Allow, suspend: false, priority: 1");
            using var http = new HttpClient { BaseAddress = program.Server, DefaultRequestHeaders = { Authorization = new("Bearer", program.Token) } };
            var senders = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        using var answer = await http.PostAsync("/api/v1/events", new StringContent("""{"type":"data_available"}""", System.Text.Encoding.UTF8, "application/json"));
                        var receipt = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
                        lock (told) told.Add((receipt.GetProperty("id").GetInt64(), receipt.GetProperty("fired")[0].GetInt64()));
                    }
                }
                catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
                {
                    // The server is gone, in the middle of an answer perhaps.
                }
            })).ToList();
            await Eventually.Async(() => { lock (told) return Task.FromResult(told.Count > 200); }, seconds: 60);
            await server.KillAsync();
            await Task.WhenAll(senders);
        }
        foreach (var (id, run) in told)
            Assert.Equal(1L, Ask($"SELECT count(*) FROM events e JOIN event_verdicts v ON v.event_id = e.id JOIN runs r ON r.id = v.run_id WHERE e.id = {id} AND v.outcome = 0 AND v.run_id = {run} AND r.event_id = {id}"));
        // Nothing half done either: no event without its verdict, no run of an event that is not there.
        Assert.Equal(0L, Ask("SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT 1 FROM event_verdicts v WHERE v.event_id = e.id)"));
        Assert.Equal(0L, Ask("SELECT count(*) FROM runs r WHERE r.event_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event_verdicts v WHERE v.run_id = r.id AND v.event_id = r.event_id)"));
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

    private static async Task ApplyAsync(CliProgram program, string name, string more) => (await program.RunAsync(["schedules", "apply", "-f", "-"],
        $"apiVersion: scheduler/v1\nkind: ScanSchedule\nmetadata: {{ name: {name} }}\nspec: {{ schedule: \"event(data_available)\", {more}, job: {{ kind: noop }} }}\n")).Exits(0);

    private long Ask(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "scheduler.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
