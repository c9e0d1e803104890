using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Core.Live;
using Scheduler.Core.Storage;
using Scheduler.Web.Components.Layout;
using Scheduler.Web.Live;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components;

public sealed class StorageBannerTests : ComponentTest
{
    private readonly StorageHealth _health;

    public StorageBannerTests()
    {
        var feed = new LiveFeed();
        Services.AddSingleton(feed);
        _health = new StorageHealth(feed, new ManualTime(Now));
        Services.AddSingleton(_health);
        Services.AddSingleton(new LivePages(feed, TimeProvider.System, NullLogger<LivePages>.Instance));
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    [Fact]
    public void Banner_WhileAllIsWell_IsNotThere() => Assert.Empty(Render<StorageBanner>().Nodes);

    [Fact]
    public void Banner_WhenTheDiskIsFull_ComesByItselfAndGoesByItself()
    {
        var banner = Render<StorageBanner>();
        _health.ReportFull();
        banner.WaitForAssertion(() => Assert.Equal("The disk is full", banner.Find("[role=alert] strong").TextContent), TimeSpan.FromSeconds(10));
        Assert.Contains("Make room on the disk", banner.Markup, StringComparison.Ordinal);
        _health.ReportRoom();
        banner.WaitForAssertion(() => Assert.Empty(banner.Nodes), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Banner_WhenAnotherProgramHoldsTheDatabase_SaysSinceWhen()
    {
        _health.ReportLocked(Now.AddSeconds(-7));
        var banner = Render<StorageBanner>();
        Assert.Equal("Another program holds the database", banner.Find("[role=alert] strong").TextContent);
        Assert.NotEmpty(banner.FindAll("time"));
    }
}
