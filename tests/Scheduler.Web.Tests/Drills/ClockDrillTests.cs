using System.Diagnostics;
using System.Globalization;
using Scheduler.Web.Tests.Cli;
using Scheduler.Web.Tests.Support;
using Xunit.Abstractions;

namespace Scheduler.Web.Tests.Drills;

/// <summary>A real server whose clock is set while it works, by a shim before its C library: the system's own is left alone.</summary>
[Collection(ProgramTests.Name)]
public sealed class ClockDrillTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _data = new(), _work = new();
    private TimeSpan _offset;
    private Shim _shim = null!;

    // Each with a server of its own: after a clock was set back, nothing falls due until it is where it was.
    [SkippableTheory]
    [InlineData("10s")]
    [InlineData("-10s")]
    [InlineData("1h")]
    [InlineData("-1h")]
    [InlineData("40d")]
    [InlineData("-3650d")]
    public async Task ClockIsSet_IsNoticed_NothingIsLostOrDoubled(string jump)
    {
        Drill.OnlyWhenAsked();
        var by = Length(jump);
        _shim = await Shim.BuildAsync(_work.Path);
        using var server = await DrillServer.PrepareAsync(_data.Path);
        _shim.TakeClock(server.Program);
        await server.StartAsync();
        await server.SaveAsync("latest", "1s", """{ "lines": 1 }""");
        // Forty days of every other second would be a ledger of millions of skipped rows, and a drill of their writing.
        var (all, skip) = by > TimeSpan.FromDays(1) ? ("10m", "0 */10 * * * *") : ("2s", "*/3 * * * * *");
        await server.SaveAsync("all", all, """{ "lines": 1 }""", "\"missedRuns\": \"All\", \"concurrencyPolicy\": \"Allow\"");
        await server.SaveAsync("skip", skip, "{}", "\"missedRuns\": \"Skip\"");
        await server.SaveAsync("slow", "manual", """{ "duration": "6s" }""", "\"pool\": \"validation\", \"concurrencyPolicy\": \"Allow\"");
        await Eventually.Async(() => Task.FromResult(server.Ask("SELECT count(*) FROM runs WHERE status = 3") >= 8));
        // Two slots: the third waits, and by the new clock was asked for in the future.
        for (var i = 0; i < 3; i++) (await server.Api.PostAsync(new Uri("schedules/slow/run", UriKind.Relative), null)).EnsureSuccessStatusCode();
        await Eventually.Async(() => Task.FromResult(server.Ask("SELECT count(*) FROM runs WHERE pool = 'validation' AND status = 1") == 2));

        var (before, watch) = (server.Ask("SELECT max(scheduled_for) FROM runs"), Stopwatch.StartNew());
        Set(by);
        await Eventually.Async(() => Task.FromResult(server.Ask("SELECT count(*) FROM audit WHERE object_kind = 'clock'") > 0));
        var noticed = watch.Elapsed;
        await Eventually.Async(() => Task.FromResult(server.Ask("SELECT count(*) FROM runs WHERE pool = 'validation' AND status = 3") == 3), seconds: 30);
        var waiting = watch.Elapsed;
        // A while by the new time; after a small step back until the clock has been there.
        if (by > TimeSpan.Zero || by >= TimeSpan.FromSeconds(-10)) await Eventually.Async(() => Task.FromResult(server.Ask("SELECT max(scheduled_for) FROM runs WHERE trigger_type = 0 AND status = 3") > before + Math.Max(0, by.TotalMilliseconds) + 3000), seconds: 60);
        else await Task.Delay(5000);
        await server.Process.TerminateAsync();

        var faults = Faults(server, by, before);
        var missed = server.Rows("SELECT schedule_name, trigger_type, status, cause, sum(stands_for), count(*), max(not_before > 32503680000000) FROM runs WHERE trigger_type = 1 OR cause IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3", r =>
            string.Create(CultureInfo.InvariantCulture, $"{r.GetString(0)}: {r.GetInt64(4)} occurrences in {r.GetInt64(5)} rows, trigger type {r.GetInt64(1)}, status {r.GetInt64(2)}{(r.GetInt64(6) == 1 ? ", waits for an answer" : "")}"));
        output.WriteLine($"{jump}: noticed after {noticed.TotalSeconds:0.00} s; what waited for a slot had ended after {waiting.TotalSeconds:0.0} s; {server.Ask("SELECT count(*) FROM runs")} runs; {Figures.Machine}.\n{string.Join('\n', missed)}\n{string.Join('\n', server.Rows("SELECT action || ' ' || details FROM audit WHERE object_kind = 'clock'", r => r.GetString(0)))}");
        Assert.True(noticed < TimeSpan.FromSeconds(5), $"It took {noticed} to notice.");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
        Assert.Equal(1, server.Ask("SELECT count(*) FROM audit WHERE object_kind = 'clock'"));
        var asked = server.Ask("SELECT count(*) FROM runs WHERE trigger_type = 1 AND status = 0 AND not_before > 32503680000000");
        Assert.Equal(by > TimeSpan.FromDays(1), asked > 0);
    }

    private static List<string> Faults(DrillServer server, TimeSpan by, long before)
    {
        (string Name, long Every)[] schedules = by > TimeSpan.FromDays(1) ? [("latest", 1000), ("all", 600_000), ("skip", 600_000)] : [("latest", 1000), ("all", 2000), ("skip", 3000)];
        var faults = DrillLedger.Faults(server, schedules);
        foreach (var (name, every) in schedules)
        {
            var last = DrillLedger.Rows(server, name).LastOrDefault().At;
            if (by > TimeSpan.Zero && last < before + by.TotalMilliseconds - every) faults.Add($"{name} did not go on after the jump");
            if (by < TimeSpan.FromSeconds(-10) && last > before + every) faults.Add($"{name} ran for {last}, which the clock has not reached");
        }
        faults.AddRange(server.Rows("SELECT id FROM runs WHERE attempt > 1", r => $"run {r.GetInt64(0)} was tried twice"));
        return faults;
    }

    private void Set(TimeSpan by) => _shim.SetClock(_offset += by);

    private static TimeSpan Length(string text) => double.Parse(text[..^1], CultureInfo.InvariantCulture) is var number && text[^1] == 'd' ? TimeSpan.FromDays(number) : text[^1] == 'h' ? TimeSpan.FromHours(number) : TimeSpan.FromSeconds(number);

    public void Dispose()
    {
        _data.Dispose();
        _work.Dispose();
    }
}
