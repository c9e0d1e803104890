using Bunit;
using Microsoft.AspNetCore.Components;
using Scheduler.Web.Components.Layout;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Tests.Components;

public sealed class PageTests : ComponentTest
{
    [Fact]
    public void PageHeader_HasOneHeading_AndTheWayHere()
    {
        var header = Render<PageHeader>(p => p.Add(h => h.Title, "shop-nightly").Add(h => h.Crumbs, [new Crumb("Schedules", "/schedules")])
            .Add(h => h.Actions, "<button>Run now</button>"));

        Assert.Equal("shop-nightly", header.Find("h1").TextContent);
        Assert.Equal("/schedules", header.Find(".crumbs a").GetAttribute("href"));
        Assert.Equal("Run now", header.Find(".page-header-actions button").TextContent);
    }

    [Fact]
    public void EmptyState_SaysWhatToDoNext()
    {
        var empty = Render<EmptyState>(p => p.Add(e => e.Title, "No schedules yet").AddChildContent("<a href=\"/schedules/new\">New schedule</a>"));

        Assert.Equal("No schedules yet", empty.Find(".empty-title").TextContent);
        Assert.Equal("/schedules/new", empty.Find("a").GetAttribute("href"));
        Assert.Empty(empty.FindAll("h1"));
    }

    [Fact]
    public void StatTile_WithAnAddress_IsALink()
    {
        var tile = Render<StatTile>(p => p.Add(t => t.Label, "Failed").Add(t => t.Value, "4").Add(t => t.Unit, "runs").Add(t => t.Tone, Tone.Bad).Add(t => t.Href, "/runs?status=Failed"));

        Assert.Equal("/runs?status=Failed", tile.Find("a.stat-tile").GetAttribute("href"));
        Assert.Equal("4runs", tile.Find(".stat-value").TextContent.Trim());
        Assert.Contains("tone-bad", tile.Find(".stat-value").ClassList);
    }

    [Fact]
    public void Tabs_TheShownOne_IsMarkedAsCurrent()
    {
        var tabs = Render<Tabs>(p => p.Add(t => t.Links, [new("Running", "/runs", false, 3), new("All", "/runs?tab=all", true, 10_482)]));

        Assert.Equal("All10,482", tabs.Find("[aria-current=page]").TextContent.Trim());
    }

    [Fact]
    public void Panel_WithATitle_IsNamedByIt()
    {
        var panel = Render<Panel>(p => p.Add(x => x.Title, "Tokens").AddChildContent("<p>None</p>"));

        Assert.Equal("Tokens", panel.Find($"#{panel.Find("section").GetAttribute("aria-labelledby")}").TextContent);
    }

    [Fact]
    public void KeyValueList_AnEmptyValue_IsADash()
    {
        var list = Render<KeyValueList>(p => p.AddChildContent<KeyValue>(k => k.Add(x => x.Label, "Pool").Add(x => x.Value, "")));

        Assert.Equal("Pool", list.Find("dt").TextContent);
        Assert.Equal("–", list.Find("dd").TextContent.Trim());
    }

    [Theory]
    [InlineData(Tone.Bad, "alert")]
    [InlineData(Tone.Good, "status")]
    public void Notice_WhatIsBad_IsReadOutAtOnce(Tone tone, string role) =>
        Assert.Equal(role, Render<Notice>(p => p.Add(n => n.Tone, tone).AddChildContent("Words")).Find(".notice").GetAttribute("role"));

    [Fact]
    public void CopyButton_CarriesTheText_Encoded() =>
        Assert.Equal("a\"b<c", Render<CopyButton>(p => p.Add(c => c.Text, "a\"b<c").Add(c => c.Label, "Copy the link")).Find("[aria-label='Copy the link']").GetAttribute("data-copy"));

    [Theory]
    [InlineData("/", "Dashboard")]
    [InlineData("/schedules", "Schedules")]
    [InlineData("/schedules/shop-nightly", "Schedules")]
    [InlineData("/schedulesque", null)]
    [InlineData("/settings", "Settings")]
    [InlineData("/settings/pools", "Settings")]
    [InlineData("/settings/users", "Users")]         // the nearer of two
    public void Navigation_AnAddress_IsAtOnePlace(string path, string? expected) =>
        Assert.Equal(expected, NavigationItem.All.SingleOrDefault(item => item.IsAt(path))?.Text);
}
