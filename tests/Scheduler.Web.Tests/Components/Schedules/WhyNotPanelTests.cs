using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Web.Components.Schedules;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Schedules;

public sealed class WhyNotPanelTests : CorePageTest
{
    [Fact]
    public async Task Ask_AnInstantOnTheSchedulesWall_PutsItIntoTheAddressAndAnswers()
    {
        await SaveAsync("shop", schedule: "0 * * * *");
        var panel = Show();
        // Nine on Berlin's wall in January is eight in UTC, long before the schedule was made.
        panel.Find("#why-at").Change("2020-01-15T09:00:00");

        await panel.Find("form").SubmitAsync();

        Assert.EndsWith("?why=2020-01-15T08%3A00%3A00Z", Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
        panel.WaitForAssertion(() => Assert.StartsWith("The schedule did not exist then: ana@example.com made it at ", panel.Find("[role=status] p").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task NotDue_LinksToItsNeighbours()
    {
        await SaveAsync("shop", schedule: "0 * * * *");
        Services.GetRequiredService<NavigationManager>().NavigateTo("/?why=2099-01-15T08:30:00Z");

        var panel = Show();

        panel.WaitForAssertion(() => Assert.Equal(["/?why=2099-01-15T08%3A00%3A00Z", "/?why=2099-01-15T09%3A00%3A00Z"],
            panel.FindAll(".why-links a").Select(a => new Uri(a.GetAttribute("href")!).PathAndQuery)), TimeSpan.FromSeconds(10));
        Assert.Equal("2099-01-15T09:30:00", panel.Find("#why-at").GetAttribute("value"));
    }

    [Fact]
    public async Task NoTime_IsSaidAtTheField()
    {
        await SaveAsync("shop", schedule: "0 * * * *");
        var panel = Show();

        await panel.Find("form").SubmitAsync();

        Assert.Equal("must be a date and a time", panel.Find("#why-at-errors").TextContent.Trim());
    }

    private IRenderedComponent<WhyNotPanel> Show() => Render<WhyNotPanel>(p => p.Add(c => c.Name, "shop").Add(c => c.Zone, "Europe/Berlin"));
}
