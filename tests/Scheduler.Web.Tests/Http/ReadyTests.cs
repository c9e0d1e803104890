using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Http;

public sealed class ReadyTests
{
    [Fact]
    public async Task Ready_WhileTheDatabaseIsLocked_SaysSinceWhen_AndNothingAfterwards()
    {
        await using var server = await WebServer.StartAsync(settings: (SelfCheckSetting.Name, "0"));
        using var client = server.Browse();
        await Eventually.Async(async () => (await client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var health = server.Services.GetRequiredService<StorageHealth>();

        health.ReportLocked(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        Assert.Equal("ready. Another program holds the database since 2026-11-21 08:00:00 UTC. Self-check is off.", await client.GetStringAsync("/health/ready"));
        health.ReportLocked(null);
        Assert.Equal("ready. Self-check is off.", await client.GetStringAsync("/health/ready"));
    }

    [Fact]
    public async Task Ready_OnceTheSelfCheckHasPassed_SaysWhen_AndSoDoTheMetrics()
    {
        await using var server = await WebServer.StartAsync(settings: (SelfCheckSetting.Name, "1s"));
        using var client = await server.SignedInAsync();
        Assert.Matches("^ready. Self-check (has not been made yet|passed .+)\\.$", await ReadyAsync(client));
        await Eventually.Async(async () => Regex.IsMatch(await ReadyAsync(client), "^ready. Self-check passed (now|\\d+ s ago)\\.$"));

        var metrics = await client.GetStringAsync("/metrics");

        Assert.Contains("\nscheduler_selfcheck_success 1\n", metrics, StringComparison.Ordinal);
        Assert.Matches("\nscheduler_selfcheck_age_seconds [0-9]", metrics);
        Assert.Contains("\nscheduler_runs_total{status=\"Succeeded\",origin=\"Trigger\"} 0\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_OnceTheSelfCheckHasFailed_StaysReady_AndSaysAtWhichStep()
    {
        await using var server = await WebServer.StartAsync(settings: (SelfCheckSetting.Name, "1s"));
        using var client = await server.SignedInAsync();
        // A file where the folder of the logs should be.
        Directory.Delete(server.Services.GetRequiredService<SchedulerOptions>().LogFolder, recursive: true);
        await File.WriteAllTextAsync(server.Services.GetRequiredService<SchedulerOptions>().LogFolder, "");

        await Eventually.Async(async () => (await ReadyAsync(client)).StartsWith("ready. Self-check failed at the log ", StringComparison.Ordinal));

        Assert.Contains("What the job wrote is not in the run's log, which holds 0 bytes. It ", await ReadyAsync(client), StringComparison.Ordinal);
        Assert.Contains("\nscheduler_selfcheck_success 0\n", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "01:00:00")]
    [InlineData("", "01:00:00")]
    [InlineData("0", "00:00:00")]
    [InlineData("0s", "00:00:00")]
    [InlineData("15m", "00:15:00")]
    public void Setting_IsALengthOfTime(string? text, string every) => Assert.Equal(TimeSpan.Parse(every, CultureInfo.InvariantCulture), SelfCheckSetting.Read(text));

    [Theory]
    [InlineData("often")]
    [InlineData("100ms")]
    [InlineData("8d")]
    [InlineData("-1h")]
    public void Setting_ThatIsNone_IsRefusedByItsName(string text) => Assert.Equal(
        $"SCHEDULER_SELFCHECK: must be 0 for never, or a length of time from 1s to 7d such as 1h, found \"{text}\"", Assert.Throws<InvalidInputException>(() => SelfCheckSetting.Read(text)).Message);

    private static Task<string> ReadyAsync(HttpClient client) => client.GetStringAsync(new Uri("/health/ready", UriKind.Relative));
}
