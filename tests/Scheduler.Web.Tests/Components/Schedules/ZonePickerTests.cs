using Bunit;
using Scheduler.Web.Components.Schedules.Editor;

namespace Scheduler.Web.Tests.Components.Schedules;

public sealed class ZonePickerTests : ComponentTest
{
    private string _chosen = "UTC";

    [Theory]
    [InlineData("berl", "Europe/Berlin")]
    [InlineData("new york", "America/New_York")]      // as people write it
    [InlineData("buenos", "America/Argentina/Buenos_Aires")]
    [InlineData("+5:45", "Asia/Kathmandu")]
    [InlineData("-03:30", "America/St_Johns")]
    public void Typing_FindsTheZone_AndEnterTakesIt(string text, string zone)
    {
        var picker = Open();
        picker.Find("input").Input(text);
        Assert.Equal("true", picker.Find("input").GetAttribute("aria-expanded"));
        picker.Find("input").KeyDown("Enter");

        Assert.Equal(zone, _chosen);
        Assert.Equal("false", picker.Find("input").GetAttribute("aria-expanded"));
    }

    [Fact]
    public void Options_SayClockAndOffset()
    {
        var picker = Open();
        picker.Find("input").Input("kathmandu");
        Assert.Equal("Asia/Kathmandu14:45 · UTC+05:45", picker.Find("[role=option]").TextContent.Trim());
    }

    [Fact]
    public void Arrows_MoveTheMark_AndAreTiedToTheInput()
    {
        var picker = Open();
        picker.Find("input").KeyDown("ArrowDown"); // opens
        picker.Find("input").KeyDown("ArrowDown");
        Assert.Equal("timezone-1", picker.Find("input").GetAttribute("aria-activedescendant"));
        Assert.Equal("true", picker.Find("#timezone-1").GetAttribute("aria-selected"));
        picker.Find("input").KeyDown("ArrowUp");
        picker.Find("input").KeyDown("ArrowUp"); // no further than the first
        Assert.Equal("timezone-0", picker.Find("input").GetAttribute("aria-activedescendant"));
    }

    [Fact]
    public void FirstStand_UtcAndTheViewersOwn()
    {
        var picker = Open();
        picker.Find("input").Click();
        Assert.Equal(["Europe/Berlin", "UTC"], picker.FindAll("[role=option]").Take(2).Select(o => o.FirstElementChild!.TextContent).Order());
    }

    [Fact]
    public void Escape_LeavesWhatWasThere()
    {
        var picker = Open();
        picker.Find("input").Input("berl");
        picker.Find("input").KeyDown("Escape");
        Assert.Equal("UTC", _chosen);
        Assert.Equal("UTC", picker.Find("input").GetAttribute("value"));
    }

    [Fact]
    public void Leaving_WithAWordThatIsNoZone_HandsItOn_SoThatTheFieldSaysSo()
    {
        var picker = Open();
        picker.Find("input").Input("Berlin/Europe");
        Assert.Contains("No zone has that in its name", picker.Find("[role=option]").TextContent, StringComparison.Ordinal);
        picker.Find(".zone-picker").FocusOut();
        Assert.Equal("Berlin/Europe", _chosen);
    }

    [Fact]
    public void AClick_TakesTheZone()
    {
        var picker = Open();
        picker.Find("input").Input("berl");
        picker.Find("[role=option]").MouseDown();
        Assert.Equal("Europe/Berlin", _chosen);
    }

    private IRenderedComponent<ZonePicker> Open() => Render<ZonePicker>(p => p.Add(z => z.Id, "timezone").Add(z => z.Value, "UTC").Add(z => z.ValueChanged, zone => _chosen = zone));
}
