using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Storage;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Http;

public sealed class ReadyTests
{
    [Fact]
    public async Task Ready_WhileTheDatabaseIsLocked_SaysSinceWhen_AndNothingAfterwards()
    {
        await using var server = await WebServer.StartAsync();
        using var client = server.Browse();
        await Eventually.Async(async () => (await client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var health = server.Services.GetRequiredService<StorageHealth>();

        health.ReportLocked(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        Assert.Equal("ready. Another program holds the database since 2026-11-21 08:00:00 UTC.", await client.GetStringAsync("/health/ready"));
        health.ReportLocked(null);
        Assert.Equal("ready", await client.GetStringAsync("/health/ready"));
    }
}
