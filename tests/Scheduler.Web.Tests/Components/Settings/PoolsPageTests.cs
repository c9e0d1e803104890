using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Workers;
using Scheduler.Web.Components.Settings;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Settings;

public sealed class PoolsPageTests : CorePageTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Save_GivesThePoolItsSlotsAtOnce()
    {
        var page = Show();
        page.Find("#slots-scan").Change(" 5 ");

        await page.Find("button[aria-label='Save the slots of scan']").Closest("form")!.SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal("5", page.Find("#slots-scan").GetAttribute("value")), Patience);
        Assert.Equal(5, (await Services.GetRequiredService<EngineReport>().PoolsAsync(CancellationToken.None)).Single(p => p.Name == "scan").Slots);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    [InlineData("1000")]
    public async Task WhatMakesNoSense_IsSaidAtTheField(string typed)
    {
        var page = Show();
        page.Find("#slots-scan").Change(typed);

        await page.Find("button[aria-label='Save the slots of scan']").Closest("form")!.SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("must be a whole number from 1 to 256", page.Find("#slots-scan-errors").TextContent, StringComparison.Ordinal), Patience);
        Assert.Empty(page.Find("#slots-light-errors").TextContent.Trim());
    }

    private IRenderedComponent<PoolsPage> Show()
    {
        var page = Render<PoolsPage>();
        page.WaitForAssertion(() => page.Find("#slots-scan"), Patience);
        return page;
    }
}
