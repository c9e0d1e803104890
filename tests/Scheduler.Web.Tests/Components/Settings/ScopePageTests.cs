using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Core.Jobs;
using Scheduler.Web.Components.Settings;
using Scheduler.Web.Components.Shared;
using Scheduler.Web.Tests.Support;

namespace Scheduler.Web.Tests.Components.Settings;

public sealed class ScopePageTests : CorePageTest
{
    private ScopeStore Scopes => Services.GetRequiredService<ScopeStore>();

    [Fact]
    public void BuiltInLines_AreMarked_AndCannotBeRemoved()
    {
        var page = Render<ScopePage>();

        Assert.Equal(3, page.FindAll("tbody tr").Count);
        Assert.All(page.FindAll("tbody tr"), row => Assert.Contains("Built in", row.TextContent, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("tbody button"));
    }

    [Fact]
    public async Task Allow_ANetwork_StandsThereWithItsPermission()
    {
        var page = Render<ScopePage>();
        page.Find("#scope-kind").Change("network");
        page.Find("#scope-entry").Change(" 10.20.0.0/16 ");
        page.Find("#scope-note").Change("CHG-1412, Ops");

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("CHG-1412, Ops", page.Find("tbody tr:last-child").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(("network", "10.20.0.0/16", Ana.Name), (Scopes.Lines[^1].Kind, Scopes.Lines[^1].Text, Scopes.Lines[^1].AddedBy));
    }

    [Theory]
    [InlineData("host", "http://shop.example.com/", "without scheme")]
    [InlineData("network", "10.20.0.1/16", "did you mean 10.20.0.0/16")]
    [InlineData("folder", "scans", "must be an absolute path")]
    [InlineData("host", "", "is required")]
    public async Task Allow_WhatMakesNoSense_IsSaidAtTheField(string kind, string text, string expected)
    {
        var page = Render<ScopePage>();
        page.Find("#scope-kind").Change(kind);
        page.Find("#scope-entry").Change(text);

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains(expected, page.Find("#scope-entry-errors").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(3, Scopes.Lines.Count);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 4)]
    public async Task Remove_AsksFirst(bool yes, int left)
    {
        await Scopes.AddAsync("host", "shop.example.com", "", Ana, CancellationToken.None);
        var page = Render<ScopePage>();
        var confirmation = Services.GetRequiredService<Confirmation>();
        confirmation.Asked += _ => confirmation.Reply(yes ? new Answer("") : null);

        await page.Find("button[aria-label='Remove host shop.example.com']").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Equal(left, page.FindAll("tbody tr").Count), TimeSpan.FromSeconds(10));
        Assert.Equal(left, Scopes.Lines.Count);
    }
}
