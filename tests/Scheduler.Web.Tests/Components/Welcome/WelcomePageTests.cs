using Bunit;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Welcome;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Welcome;

public sealed class WelcomePageTests : CorePageTest
{
    public WelcomePageTests() => Services.AddSingleton<IServer>(new NoServer());

    [Fact]
    public async Task Create_MakesWhatIsTicked_AndLeavesTheRest()
    {
        var page = Render<WelcomePage>();
        page.Find("#starter-heartbeat").Change(false);

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll(".starter-state").Count), TimeSpan.FromSeconds(10));
        Assert.Equal(["self-health", "self-web-scan"], await NamesAsync());
        Assert.Equal("Create", page.Find("button").TextContent);
    }

    [Fact]
    public async Task WhatIsThereAlready_IsNotOffered()
    {
        await SaveAsync("heartbeat");

        var page = Render<WelcomePage>();

        Assert.True(page.Find("#starter-heartbeat").HasAttribute("disabled"));
        Assert.Equal("Create both", page.Find("button").TextContent);
    }

    [Theory]
    [InlineData("http://localhost:5080/", "http://0.0.0.0:5080", "http://localhost:5080/")]
    [InlineData("http://127.0.0.1:5080/", "", "http://127.0.0.1:5080/")]
    [InlineData("https://soc.example.com/", "http://[::]:5080", "http://127.0.0.1:5080/")]      // behind a proxy
    [InlineData("http://10.0.0.7:5080/", "https://*:5443", "http://127.0.0.1:5080/")]
    public void OwnAddress_IsAlwaysThisMachine(string seen, string listening, string expected) =>
        Assert.Equal(new Uri(expected), Starters.OwnAddress(new Uri(seen), listening.Split(';', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Manifests_AreRightAsTheyStand()
    {
        var reader = Services.GetRequiredService<ManifestReader>();

        foreach (var starter in Starters.Of(new Uri("http://127.0.0.1:5080/")))
            Assert.Equal(starter.Name, reader.Read(starter.Manifest, Services.GetRequiredService<Core.Jobs.ScopeStore>().Current).Name);
    }

    private async Task<IEnumerable<string>> NamesAsync() =>
        (await Services.GetRequiredService<ScheduleQueries>().ListAsync(new ScheduleFilter(), CancellationToken.None)).Select(s => s.Name);

    /// <summary>Listens nowhere, as a test does.</summary>
    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();
        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public void Dispose() { }
    }
}
