using System.Diagnostics;
using System.Globalization;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Chaos;

/// <summary>
/// The real server over a real folder, killed at random points while schedules fall due every second and people change them. Afterwards
/// the ledger is compared with due times that were worked out apart. <c>SCHEDULER_CHAOS_KILLS=200</c> makes it long,
/// <c>SCHEDULER_CHAOS_SEED</c> repeats what was drawn; both stand in the output.
/// </summary>
[Collection(ProgramTests.Name)]
public sealed class ChaosTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _seed = Setting("SCHEDULER_CHAOS_SEED", Environment.TickCount & 0xFFFF);
    private readonly int _schedules = Setting("SCHEDULER_CHAOS_SCHEDULES", 240);
    private readonly List<ServerProcess> _servers = [];
    private readonly HashSet<ChaosChild> _left = [];
    private int _leftInAll;

    [SkippableFact]
    public async Task KilledAtRandomPoints_NoDueTimeIsLostOrDoubled_AndWhatWasAcknowledgedIsOnDisk()
    {
        Skip.If(OperatingSystem.IsWindows());
        var kills = Setting("SCHEDULER_CHAOS_KILLS", 4);
        var random = new Random(_seed);
        var (program, people) = await PrepareAsync();
        var slowestRecovery = TimeSpan.Zero;

        for (var (killed, turn) = (0, 0); killed < kills; turn++)
        {
            var server = Begin(program);
            // The points: anywhere in the start (recovery and catching up included), at the very second when much falls due, anywhere else, and in the middle of a graceful stop.
            var point = random.Next(20);
            if (turn > 0 && point < 4)
            {
                var listens = server.ListensAsync();
                var disturbed = listens.ContinueWith(_ => people.DisturbAsync(server.Address, CancellationToken.None), TaskContinuationOptions.OnlyOnRanToCompletion).Unwrap();
                await Task.WhenAny(listens, Task.Delay(random.Next(300, 6000)));
                await Task.Delay(random.Next(400));
                await KillAsync(server);
                try
                {
                    await disturbed;
                }
                catch (OperationCanceledException)
                {
                    // It was killed before it listened.
                }
                killed++;
                continue;
            }
            var sinceStart = Stopwatch.StartNew();
            await server.ListensAsync();
            if (turn == 0)
            {
                await ReadyAsync(server);
                await people.CreateAllAsync(server.Address);
            }
            var work = people.DisturbAsync(server.Address, CancellationToken.None);
            await ReadyAsync(server);
            if (turn > 0 && sinceStart.Elapsed > slowestRecovery) slowestRecovery = sinceStart.Elapsed;
            NothingIsLeft();

            if (point < 10) await Task.Delay(1000 * random.Next(3) + 1000 - DateTimeOffset.UtcNow.Millisecond + random.Next(40));
            else await Task.Delay(random.Next(3000));
            if (point >= 18)
            {
                var leaves = server.TerminateAsync();
                if (point == 19 && await Task.WhenAny(leaves, Task.Delay(random.Next(1500))) != leaves)
                {
                    await KillAsync(server);
                    killed++;
                }
                Assert.True(await leaves < TimeSpan.FromSeconds(30), $"It took {await leaves} to leave.");
            }
            else
            {
                await KillAsync(server);
                killed++;
            }
            await work;
            if (turn % 10 == 9) Assert.Empty(ChaosLedger.Damage(_folder.Path));
        }
        await EndAsync(program, people, $"{kills} kills; the slowest start until ready took {slowestRecovery.TotalSeconds:0.0} s");
    }

    [SkippableFact]
    public async Task KilledWithAnotherStandingBy_TheOtherTakesOver_AndNothingIsLostOrDoubled()
    {
        Skip.If(OperatingSystem.IsWindows());
        var kills = Math.Max(1, Setting("SCHEDULER_CHAOS_KILLS", 4) / 4);
        var random = new Random(_seed + 1);
        var (program, people) = await PrepareAsync();
        var leader = Begin(program);
        await ReadyAsync(leader);
        await people.CreateAllAsync(leader.Address);
        var slowest = TimeSpan.Zero;
        for (var killed = 0; killed < kills; killed++)
        {
            var other = Begin(program);
            await other.ListensAsync();
            var work = people.DisturbAsync(leader.Address, CancellationToken.None);
            await Task.Delay(random.Next(2500));
            Assert.False(await IsReadyAsync(other), "Both drive the folder.");
            var gone = Stopwatch.StartNew();
            if (random.Next(4) > 0) await KillAsync(leader);
            else await leader.TerminateAsync();
            // A third that wants it too.
            if (random.Next(3) == 0) _ = Begin(program).ListensAsync();
            var since = Stopwatch.StartNew();
            await work;
            leader = await WhoeverIsReadyAsync();
            if (since.Elapsed > slowest) slowest = since.Elapsed;
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(15), $"It took {since.Elapsed} until the other drove the folder.");
            NothingIsLeft();
            foreach (var idle in _servers.Where(s => s != leader && !s.HasExited)) await idle.KillAsync();
        }
        await leader.TerminateAsync();
        await EndAsync(program, people, $"{kills} take-overs, the slowest after {slowest.TotalSeconds:0.0} s");
    }

    // Lets everything settle in a last server, stops it as a service manager does, and compares.
    private async Task EndAsync(CliProgram program, ChaosOperator people, string story)
    {
        var last = Begin(program);
        await ReadyAsync(last);
        await Task.Delay(2500);
        var stoppedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var stopped = await last.TerminateAsync();
        Assert.True(stopped < TimeSpan.FromSeconds(30), $"It took {stopped} to leave.");
        Assert.Equal(0, last.ExitCode);

        var ledger = new ChaosLedger(_folder.Path, people.Specs);
        var faults = ledger.Faults(stoppedAt, people.Acknowledged, people.Cancelled);
        var told = $"""
            Seed {_seed}: {story}.
            {ledger.Summary}.
            {_leftInAll} processes of jobs were left by kills.
            {people.Acknowledged.Count} acts acknowledged; refused: {string.Join(", ", people.Refused.Select(r => $"{r.Value} x {(int)r.Key}"))}. The last stop took {stopped.TotalSeconds:0.0} s.
            """;
        output.WriteLine(told);
        if (Environment.GetEnvironmentVariable("SCHEDULER_CHAOS_KEEP") is { Length: > 0 } keep) Keep(keep, told, faults);
        Assert.True(faults.Count == 0, $"{told}\n{faults.Count} faults:\n{string.Join('\n', faults.Take(40))}");
        Assert.True(ledger.DueTimes > _schedules, "Too little fell due to prove anything.");
        Assert.Empty(ProcessesOver(_folder.Path));
        Assert.Empty(ChaosChild.All(_folder.Path));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Path, "children"), "*.json"));
    }

    private async Task KillAsync(ServerProcess server)
    {
        await server.KillAsync();
        foreach (var child in ChaosChild.All(_folder.Path))
            if (_left.Add(child)) _leftInAll++;
    }

    // For a folder whose engine has just got ready.
    private void NothingIsLeft()
    {
        var running = ChaosLedger.LeftRunning(_folder.Path);
        Assert.True(running.Count == 0, $"Runs of a dead process are still running: {string.Join(", ", running)}");
        var alive = _left.Intersect(ChaosChild.All(_folder.Path)).ToList();
        Assert.True(alive.Count == 0, $"Processes that a dead process had started are still there: {string.Join(", ", alive)}");
        _left.Clear();
    }

    private void Keep(string folder, string told, List<string> faults)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "scheduler.db*")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        File.WriteAllText(Path.Combine(folder, "told.txt"), $"{told}\n{string.Join('\n', faults)}");
        File.WriteAllLines(Path.Combine(folder, "servers.txt"), _servers.Select((s, i) => $"---- {i}\n{s.Text}"));
    }

    private async Task<(CliProgram, ChaosOperator)> PrepareAsync()
    {
        output.WriteLine($"SCHEDULER_CHAOS_SEED={_seed}");
        // The self-check goes on all the while: a kill in the midst of one must harm nobody either.
        var program = new CliProgram(_folder.Path) { Settings = { ["SCHEDULER_SELFCHECK"] = "2s" } };
        (await program.RunAsync("users", "add", "chaos@example.com", "--role", "operator")).Exits(0);
        var token = (await program.RunAsync("tokens", "add", "chaos@example.com", "--name", "t")).Exits(0).Out.Trim();
        return (program, new ChaosOperator(token, _seed, _schedules));
    }

    private ServerProcess Begin(CliProgram program)
    {
        var server = ServerProcess.Begin(program);
        _servers.Add(server);
        return server;
    }

    private async Task<ServerProcess> WhoeverIsReadyAsync()
    {
        ServerProcess? ready = null;
        await Eventually.Async(async () =>
        {
            foreach (var server in _servers.Where(s => !s.HasExited && s.Address is not null))
                if (await IsReadyAsync(server)) ready = server;
            return ready is not null;
        }, seconds: 60);
        return ready!;
    }

    private static async Task ReadyAsync(ServerProcess server)
    {
        await server.ListensAsync();
        await Eventually.Async(async () =>
        {
            Assert.False(server.HasExited, server.Text);
            return await IsReadyAsync(server);
        }, seconds: 60);
    }

    private static async Task<bool> IsReadyAsync(ServerProcess server)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        try
        {
            return (await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // Servers and verbs of the command line have this folder in their environment.
    private static List<string> ProcessesOver(string folder)
    {
        var left = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(process, "environ")).Contains($"SCHEDULER_DATA={folder}\0", StringComparison.Ordinal)) left.Add($"{process}: {File.ReadAllText(Path.Combine(process, "cmdline"))}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or somebody else's.
            }
        }
        return left;
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    public void Dispose()
    {
        foreach (var server in _servers) server.Dispose();
        _folder.Dispose();
    }
}
