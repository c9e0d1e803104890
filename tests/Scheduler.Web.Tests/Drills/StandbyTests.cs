using System.Diagnostics;
using System.Globalization;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>
/// A holder of the folder that hangs (SIGSTOP) keeps it: the lock is the system's, and has no lease that could run out while its holder may wake
/// up in the middle of a write. Once it is killed the other takes over.
/// </summary>
[Collection(ProgramTests.Name)]
public sealed class StandbyTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task HolderThatHangs_KeepsTheFolder_CatchesUpWhenItWakes_AndIsFollowedOnceItIsKilled()
    {
        Drill.OnlyWhenAsked();
        using var server = await DrillServer.PrepareAsync(_folder.Path);
        await server.StartAsync();
        await server.SaveAsync("tick", "1s", "{}", "\"missedRuns\": \"All\", \"concurrencyPolicy\": \"Allow\", \"successfulRunsHistoryLimit\": 100000");
        await Eventually.Async(() => Task.FromResult(server.Ask("SELECT count(*) FROM runs WHERE status = 3") >= 3));
        using var other = ServerProcess.Begin(server.Program);
        await other.ListensAsync();
        using var client = new HttpClient { BaseAddress = other.Address };

        server.Signal("STOP");
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20); await Task.Delay(200))
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.StartsWith($"Process {server.Process.Id} on ", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        server.Signal("CONT");
        var woke = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Eventually.Async(() => Task.FromResult(server.Ask($"SELECT count(*) FROM runs WHERE status = 3 AND scheduled_for > {woke}") >= 3));

        server.Signal("STOP");
        await Task.Delay(2000);
        var killed = Stopwatch.StartNew();
        await server.Process.KillAsync();
        await Eventually.Async(async () => { using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative)); return answer.IsSuccessStatusCode; }, seconds: 30);
        var took = killed.Elapsed;
        var then = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Eventually.Async(() => Task.FromResult(server.Ask($"SELECT count(*) FROM runs WHERE status = 3 AND scheduled_for > {then}") >= 3));
        await other.TerminateAsync();

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"20 s stopped: nobody took over. Killed while stopped: the other drove the folder after {took.TotalSeconds:0.0} s. {server.Ask("SELECT sum(stands_for) FROM runs")} due times; {Figures.Machine}."));
        Assert.True(took < TimeSpan.FromSeconds(15), $"It took {took}.");
        var faults = DrillLedger.Faults(server, ("tick", 1000));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    public void Dispose() => _folder.Dispose();
}
