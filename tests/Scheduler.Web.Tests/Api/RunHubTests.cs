using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Access;
using Scheduler.Core.Live;
using Scheduler.Web.Identity;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Api;

public sealed class RunHubTests(ApiServer server) : IClassFixture<ApiServer>
{
    private Uri Address => server.Server.Address;

    [Fact]
    public async Task Watch_AsAViewer_TellsOfARunUntilItsEnd_AsTheApiDoes()
    {
        var name = await server.ScheduleAsync();
        await using var hub = await ConnectAsync();

        var watching = await hub.InvokeAsync("Watch", $"[\"{name}\"]");
        var id = await server.RunAsync(name);
        var run = await hub.NextRunAsync();
        while (run.Text("status") is "Queued" or "Running") run = await hub.NextRunAsync();

        Assert.False(watching.TryGetProperty("error", out _));
        Assert.Equal(id, run.GetProperty("id").GetInt64());
        Assert.Equal("Succeeded", run.Text("status"));
        Assert.Equal((await server.Viewer.JsonAsync($"/api/v1/runs/{id}")).GetRawText(), run.GetRawText());
    }

    [Theory]
    [InlineData("[]")] // the argument may be left out
    [InlineData("[null]")]
    [InlineData("[\"\"]")]
    public async Task Watch_WithoutASchedule_TellsOfAll(string arguments)
    {
        await using var hub = await ConnectAsync();

        await hub.InvokeAsync("Watch", arguments);
        var id = await server.RunAsync(await server.ScheduleAsync());

        while ((await hub.NextRunAsync()).GetProperty("id").GetInt64() != id) { }
    }

    [Fact]
    public async Task Watch_AgainForAnotherSchedule_TakesThePlaceOfTheFirst()
    {
        var (one, other) = (await server.ScheduleAsync(), await server.ScheduleAsync());
        await using var hub = await ConnectAsync();

        await hub.InvokeAsync("Watch", $"[\"{one}\"]");
        await hub.InvokeAsync("Watch", $"[\"{other.ToUpperInvariant()}\"]"); // names differ by more than case
        await server.EndOfAsync(await server.RunAsync(one));
        var id = await server.RunAsync(other);

        Assert.Equal(id, (await hub.NextRunAsync()).GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task AnythingElseThanWatch_IsRefused()
    {
        await using var hub = await ConnectAsync();

        Assert.True((await hub.InvokeAsync("Cancel", "[1]")).TryGetProperty("error", out _));
        Assert.True((await hub.InvokeAsync("Watch", "[1,2]")).TryGetProperty("error", out _));
        Assert.True((await hub.InvokeAsync("Watch", "[{}]")).TryGetProperty("error", out _));
    }

    [Fact]
    public async Task Nobody_IsRefused()
    {
        var refusal = await Assert.ThrowsAsync<WebSocketException>(() => HubClient.ConnectAsync(Address));

        Assert.Contains("401", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AForeignOrigin_IsRefused_EvenWithASession()
    {
        using var ana = await server.Server.SignedInAsync();

        using var answer = await ana.SendAsync("GET", "/hubs/runs", null, ("Origin", "http://evil.example"), ("Connection", "Upgrade"), ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="));

        await answer.ProblemAsync(403);
    }

    [Fact]
    public async Task ATokenInTheAddress_Counts_BecauseBrowsersCantSendHeaders()
    {
        await using var hub = await HubClient.ConnectAsync(Address, await server.TokenAsync("vera@example.com", null), inAddress: true);

        Assert.False((await hub.InvokeAsync("Watch", "[]")).TryGetProperty("error", out _));
    }

    [Fact]
    public async Task ARevokedToken_EndsItsConnection()
    {
        var tokens = server.Server.Services.GetRequiredService<ApiTokens>();
        var token = await tokens.CreateAsync("vera@example.com", "hub", null, null, Actor.LocalConsole);
        await using var hub = await HubClient.ConnectAsync(Address, token.Text);
        await hub.InvokeAsync("Watch", "[]");

        await tokens.RevokeAsync(token.Id, Actor.LocalConsole);

        await hub.ClosedAsync();
    }

    [Fact]
    public async Task ARunThatChangesAllTheTime_IsToldFourTimesASecondAtMost()
    {
        var name = await server.ScheduleAsync("""{"outcome":"hang"}""");
        var id = await server.RunAsync(name);
        await server.InStateAsync(id, "Running");
        await using var hub = await ConnectAsync();
        await hub.InvokeAsync("Watch", $"[\"{name}\"]");
        var feed = server.Server.Services.GetRequiredService<LiveFeed>();

        var watch = Stopwatch.StartNew();
        var told = 0;
        using var stop = new CancellationTokenSource();
        var busy = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                feed.Publish(new LiveChange.RunChanged(id, name));
                await Task.Yield();
            }
        });
        for (; told < 6; told++) await hub.NextRunAsync();
        await stop.CancelAsync();
        await busy;
        using (await server.Operator.PostAsync($"/api/v1/runs/{id}/cancel", null)) { }

        // Six messages have five rests of a quarter second between them; timers may be early by a few milliseconds.
        Assert.True(watch.Elapsed >= TimeSpan.FromSeconds(1.2), $"Six messages came within {watch.Elapsed.TotalSeconds:0.00} s.");
    }

    private async Task<HubClient> ConnectAsync() => await HubClient.ConnectAsync(Address, await server.TokenAsync("vera@example.com", null));
}
