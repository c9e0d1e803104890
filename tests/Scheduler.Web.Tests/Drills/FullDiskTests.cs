using System.Diagnostics;
using System.Globalization;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>A data folder on a small file system of its own that is really filled up. Needs the right to mount one.</summary>
[Collection(ProgramTests.Name)]
public sealed class FullDiskTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _work = new();
    private string? _mounted;

    [SkippableTheory]
    [InlineData("tmpfs")]
    [InlineData("ext4")]
    public async Task DiskIsReallyFull_IsTold_NothingIsLost_AndAllGoesOnOnceThereIsRoom(string type)
    {
        Drill.OnlyWhenAsked();
        using var server = await DrillServer.PrepareAsync(Directory.CreateDirectory(Path.Combine(await MountAsync(type), "data")).FullName);
        await server.StartAsync();
        await server.SaveAsync("tick", "1s", """{ "lines": 5 }""", "\"missedRuns\": \"All\", \"concurrencyPolicy\": \"Allow\", \"successfulRunsHistoryLimit\": 100000");
        await server.SaveAsync("chatty", "2s", """{ "lines": 3000 }""", "\"successfulRunsHistoryLimit\": 100000");
        await Eventually.Async(() => Task.FromResult(Succeeded(server) >= 6));

        var watch = Stopwatch.StartNew();
        Fill("filler");
        await Eventually.Async(() => IsToldAsync(server), seconds: 40);
        var told = watch.Elapsed;
        var ended = Succeeded(server);
        // The reserve has been given free: runs go on, and their ends are written, though not their logs.
        await Eventually.Async(() => Task.FromResult(Succeeded(server) >= ended + 10), seconds: 30);
        var fromTheReserve = Succeeded(server) - ended;

        // Now the reserve is used up as well: nothing can be written any more.
        Fill("more");
        watch.Restart();
        await Eventually.Async(async () => { Assert.Equal("alive", await server.Api.GetStringAsync(new Uri("/health/live", UriKind.Relative))); await server.Api.GetStringAsync(new Uri("runs?limit=10", UriKind.Relative)); return watch.Elapsed > TimeSpan.FromSeconds(15); }, seconds: 60);
        Assert.True(await IsToldAsync(server));
        await server.Process.KillAsync();
        watch.Restart();
        await server.StartAsync(isReady: false);
        var listens = watch.Elapsed;
        await server.Api.GetStringAsync(new Uri("/health/live", UriKind.Relative));
        var readyWhileFull = await ReadyWithinAsync(server, TimeSpan.FromSeconds(15)) ? "ready" : "not ready";
        Assert.False(server.Process.HasExited, server.Process.Text);

        File.Delete(Path.Combine(_mounted!, "filler"));
        File.Delete(Path.Combine(_mounted!, "more"));
        watch.Restart();
        await Eventually.Async(async () => await server.IsReadyAsync() && !await IsToldAsync(server), seconds: 60);
        var normal = watch.Elapsed;
        var then = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Eventually.Async(() => Task.FromResult(server.Ask($"SELECT count(*) FROM runs WHERE trigger_type = 0 AND status = 3 AND scheduled_for > {then}") >= 3));
        await server.Process.TerminateAsync();

        var faults = DrillLedger.Faults(server, ("tick", 1000), ("chatty", 2000));
        var missed = server.Rows("SELECT cause, count(*) FROM runs WHERE cause IS NOT NULL GROUP BY 1", r => $"{r.GetInt64(1)} skipped with cause {r.GetInt64(0)}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {type}: told after {told.TotalSeconds:0.0} s; {fromTheReserve} endings written from the reserve; listens after {listens.TotalSeconds:0.0} s when started on the full disk ({readyWhileFull} there); normal {normal.TotalSeconds:0.0} s after there was room; {Figures.Machine}.
            {server.Ask("SELECT sum(stands_for) FROM runs WHERE trigger_type IN (0, 1)")} due times in {server.Ask("SELECT count(*) FROM runs")} rows, {server.Ask("SELECT count(*) FROM runs WHERE trigger_type = 1")} catch-ups; {string.Join(", ", missed)}; {server.Ask("SELECT count(*) FROM runs WHERE status = 7")} interrupted.
            """));
        Assert.True(told < TimeSpan.FromSeconds(30), $"It was told after {told}.");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static long Succeeded(DrillServer server) => server.Ask("SELECT count(*) FROM runs WHERE status = 3");

    private static async Task<bool> IsToldAsync(DrillServer server)
    {
        using var answer = await server.Api.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return (await answer.Content.ReadAsStringAsync()).Contains("The disk is full since", StringComparison.Ordinal);
    }

    private static async Task<bool> ReadyWithinAsync(DrillServer server, TimeSpan patience)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < patience; await Task.Delay(100))
            if (await server.IsReadyAsync()) return true;
        return false;
    }

    // To the last byte: large pieces first, then ever smaller ones.
    private void Fill(string name)
    {
        var piece = new byte[1 << 20];
        using var file = new FileStream(Path.Combine(_mounted!, name), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var length = piece.Length; length > 0; length /= 2)
        {
            try
            {
                while (true)
                {
                    file.Write(piece.AsSpan(0, length));
                    file.Flush(flushToDisk: length < 4096);
                }
            }
            catch (IOException)
            {
                // Full, for pieces of this length.
            }
        }
    }

    private async Task<string> MountAsync(string type)
    {
        var at = Directory.CreateDirectory(Path.Combine(_work.Path, "disk")).FullName;
        if (type == "ext4")
        {
            var image = Path.Combine(_work.Path, "image");
            await using (var file = File.Create(image)) file.SetLength(400L << 20);
            Skip.If(await RunAsync("mkfs.ext4", "-q", "-F", image) != 0, "No mkfs.ext4.");
            Skip.If(await RunAsync("mount", "-o", "loop", image, at) != 0, "A loop device may not be mounted here.");
        }
        else Skip.If(await RunAsync("mount", "-t", "tmpfs", "-o", "size=400m", "none", at) != 0, "A file system may not be mounted here.");
        return _mounted = at;
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(program, arguments);
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    public void Dispose()
    {
        if (_mounted is not null) RunAsync("umount", "-l", _mounted).GetAwaiter().GetResult();
        _work.Dispose();
    }
}
