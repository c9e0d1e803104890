using Bunit;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Schedules.Editor;

namespace Scheduler.Web.Tests.Components.Schedules;

/// <summary>The trigger as choices. The text is handed back as an editor does it: what a choice writes comes in again as the text.</summary>
public sealed class SimpleWhenTests : ComponentTest
{
    private string _text = "";
    private IRenderedComponent<SimpleWhen>? _helper;

    [Theory]
    [InlineData("minutes", "*/15 * * * *")]
    [InlineData("hourly", "0 * * * *")]
    [InlineData("daily", "0 2 * * *")]
    [InlineData("weekly", "0 2 * * MON")]
    [InlineData("monthly", "0 2 1 * *")]
    [InlineData("workday", "0 2 LW * *")]
    [InlineData("once", "at(2026-11-22T02:00:00)")]    // tomorrow
    [InlineData("hand", "manual")]
    public void EveryChoice_WritesItsText(string kind, string text)
    {
        Open("");
        Find("#simple-kind").Change(kind);

        Assert.Equal(text, _text);
        Assert.Equal(kind, Find("#simple-kind").GetAttribute("value"));
    }

    [Theory]
    [InlineData("*/5 * * * *", "minutes")]
    [InlineData("15m", "minutes")]
    [InlineData("30 */6 * * *", "hourly")]
    [InlineData("@daily", "daily")]
    [InlineData("30 2 * * MON-FRI", "weekly")]
    [InlineData("30 2 L * *", "monthly")]
    [InlineData("cron(0 10 LW * ? *)", "workday")]
    [InlineData("at(2026-12-24T18:00:00)", "once")]
    [InlineData("event(data_available)", "event")]
    [InlineData("manual", "hand")]
    [InlineData("", "")]
    public void AText_IsShownAsItsChoice(string text, string kind)
    {
        Open(text);
        Assert.Equal(kind, Find("#simple-kind").GetAttribute("value"));
    }

    [Fact]
    public void AText_ThatNoChoiceSays_StaysAndSaysWhy()
    {
        Open("*/7 * * * *");

        Assert.Equal("As the text below says", Find("#simple-kind option[selected]").TextContent);
        Assert.Equal("The choices above can't show this: */7 starts anew each hour: from minute 56 to the next hour are 4 min.", Find("#simple-note").TextContent);
        Assert.Equal("*/7 * * * *", _text);
    }

    [Fact]
    public void Weekdays_ByClicksAlone()
    {
        Open("");
        Find("#simple-kind").Change("weekly");
        Find("button").Click(); // Mon to Fri
        Assert.Equal("0 2 * * MON-FRI", _text);

        Day("Wed").Change(false);
        Assert.Equal("0 2 * * MON,TUE,THU,FRI", _text);

        Find("input[type=time]").Change("06:45");
        Assert.Equal("45 6 * * MON,TUE,THU,FRI", _text);
    }

    [Fact]
    public void Weekdays_NoneLeft_StayInViewAndSayWhatIsMissing()
    {
        Open("0 2 * * MON");
        Day("Mon").Change(false);

        Assert.Equal("weekly", Find("#simple-kind").GetAttribute("value"));
        Assert.Equal("Choose at least one day.", Find("#simple-note").TextContent);
        Day("Sun").Change(true);
        Assert.Equal("0 2 * * SUN", _text);
    }

    [Fact]
    public void Minutes_ThatDoNotDivideTheHour_AreCountedFromTheStart()
    {
        Open("*/15 * * * *");
        Find("input[type=number]").Change("7");

        Assert.Equal("7m", _text);
        Assert.Equal("7 does not divide the hour, so it is counted from the start.", Find("#simple-note").TextContent);
        Assert.True(Find("input[type=checkbox]").HasAttribute("disabled"));
    }

    [Fact]
    public void ANumberOutOfBounds_IsWritten_SoThatTheTextSaysWhatIsWrong()
    {
        Open("0 * * * *");
        Find("input[type=number]").Change("75");

        Assert.Equal("75 * * * *", _text);
        Assert.Equal("hourly", Find("#simple-kind").GetAttribute("value")); // still there to be put right
    }

    [Fact]
    public void AnotherKind_KeepsTheTimeOfDay()
    {
        Open("45 6 * * *");
        Find("#simple-kind").Change("monthly");
        Assert.Equal("45 6 1 * *", _text);

        Find("select.short").Change("31");
        Assert.Equal("Months without a day 31 are left out; the last day is a choice of its own.", Find("#simple-note").TextContent);
        Find("select.short").Change("0");
        Assert.Equal("45 6 L * *", _text);
    }

    [Fact]
    public void AnEvent_IsWrittenWithItsType()
    {
        Open("manual");
        Find("#simple-kind").Change("event");
        Find("input.mono").Change(" data_available ");
        Assert.Equal("event(data_available)", _text);
    }

    private void Open(string text)
    {
        _text = text;
        _helper = Render<SimpleWhen>(p => p.Add(h => h.Text, text).Add(h => h.Trigger, Parse(text)).Add(h => h.LocalNow, new DateTime(2026, 11, 21, 10, 0, 0)).Add(h => h.Written, Follow));
    }

    private void Follow(string text)
    {
        _text = text.Trim();
        _helper!.Render(p => p.Add(h => h.Text, _text).Add(h => h.Trigger, Parse(_text)));
    }

    private AngleSharp.Dom.IElement Find(string selector) => _helper!.Find(selector);

    private AngleSharp.Dom.IElement Day(string name) => _helper!.FindAll(".day").Single(d => d.TextContent == name).QuerySelector("input")!;

    private static Trigger? Parse(string text) => TriggerText.TryParse(text, null, out var trigger, out _) ? trigger : null;
}
