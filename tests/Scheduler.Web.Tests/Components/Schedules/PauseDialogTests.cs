using System.Globalization;
using Bunit;
using Scheduler.Web.Components.Schedules;

namespace Scheduler.Web.Tests.Components.Schedules;

/// <summary>Until when, and why. It is Saturday, 10:00 in Berlin and 09:00 UTC.</summary>
public sealed class PauseDialogTests : ComponentTest
{
    [Theory]
    [InlineData("2026-11-21T09:00:00Z", "Europe/Berlin", PauseEnd.OneHour, "2026-11-21T10:00:00Z")]
    [InlineData("2026-11-21T09:00:00Z", "Europe/Berlin", PauseEnd.Tomorrow, "2026-11-22T07:00:00Z")]
    [InlineData("2026-11-21T23:30:00Z", "Europe/Berlin", PauseEnd.Tomorrow, "2026-11-23T07:00:00Z")]  // it is Sunday in Berlin already
    [InlineData("2026-11-21T09:00:00Z", "Europe/Berlin", PauseEnd.Monday, "2026-11-23T07:00:00Z")]
    [InlineData("2026-11-23T05:00:00Z", "Europe/Berlin", PauseEnd.Monday, "2026-11-30T07:00:00Z")]    // on a Monday: the next one
    [InlineData("2026-03-28T12:00:00Z", "Europe/Berlin", PauseEnd.Tomorrow, "2026-03-29T06:00:00Z")]  // summer time begins in that night
    [InlineData("2026-11-21T09:00:00Z", "Asia/Tokyo", PauseEnd.Monday, "2026-11-22T23:00:00Z")]
    [InlineData("2026-11-21T09:00:00Z", "UTC", PauseEnd.UntilISay, null)]
    [InlineData("2026-11-21T09:00:00Z", "UTC", PauseEnd.At, null)]
    public void End_IsOnTheClockOfTheZone(string now, string zone, PauseEnd end, string? expected) => Assert.Equal(
        expected is null ? null : At(expected), PauseEnds.Of(end, At(now), TimeZoneInfo.FindSystemTimeZoneById(zone)));

    [Theory]
    [InlineData("2026-03-29T02:30", "2026-03-29T01:00:00Z")] // does not exist: the first instant after the gap
    [InlineData("2026-10-25T02:30", "2026-10-25T00:30:00Z")] // comes twice: the first
    public void End_AtATimeOfOnesOwn_KnowsClockChanges(string local, string expected) => Assert.Equal(
        At(expected), PauseEnds.Of(PauseEnd.At, Now, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), DateTime.Parse(local, CultureInfo.InvariantCulture)));

    [Fact]
    public async Task Answer_IsTheInstantAndTheReason()
    {
        var dialog = Render<PauseDialog>();
        var answer = Ask(dialog);

        Assert.Equal(["For 1 hour", "Until tomorrow, 08:00", "Until Monday, 08:00", "Until a time of my own", "Until I say"], dialog.FindAll(".check > span:first-of-type").Select(s => s.TextContent));
        await dialog.Find("input[value=Tomorrow]").ChangeAsync(new() { Value = "Tomorrow" });
        await dialog.Find("#pause-reason").InputAsync(new() { Value = " db move " });
        await dialog.Find("form").SubmitAsync();

        Assert.Equal(new PauseAnswer(At("2026-11-22T07:00:00Z"), "db move"), await answer);
        Assert.Empty(dialog.FindAll("form"));
    }

    [Fact]
    public async Task ATimeOfOnesOwn_ThatHasPassed_IsSaidAtTheField()
    {
        var dialog = Render<PauseDialog>();
        var answer = Ask(dialog);
        await dialog.Find("input[value=At]").ChangeAsync(new() { Value = "At" });
        Assert.Equal("2026-11-22T08:00", dialog.Find("input[type=datetime-local]").GetAttribute("value"));

        await dialog.Find("input[type=datetime-local]").InputAsync(new() { Value = "2026-11-21T10:00" });
        await dialog.Find("form").SubmitAsync();
        Assert.Equal("Must lie ahead; it is 10:00 now.", dialog.Find("#pause-fault").TextContent);
        Assert.False(answer.IsCompleted);

        await dialog.Find("input[type=datetime-local]").InputAsync(new() { Value = "2026-11-21T10:01" });
        await dialog.Find("form").SubmitAsync();
        Assert.Equal(new PauseAnswer(At("2026-11-21T09:01:00Z"), ""), await answer);
    }

    [Fact]
    public async Task UntilISay_HasNoEnd_AndCancelIsNo()
    {
        var dialog = Render<PauseDialog>();
        var endless = Ask(dialog);
        await dialog.Find("input[value=UntilISay]").ChangeAsync(new() { Value = "UntilISay" });
        await dialog.Find("form").SubmitAsync();
        Assert.Equal(new PauseAnswer(null, ""), await endless);

        var no = Ask(dialog);
        await dialog.Find("button[type=button]").ClickAsync(new());
        Assert.Null(await no);
    }

    private static Task<PauseAnswer?> Ask(IRenderedComponent<PauseDialog> dialog)
    {
        Task<PauseAnswer?>? answer = null;
        dialog.InvokeAsync(() => { answer = dialog.Instance.AskAsync("Pause shop?", "What it means.", "Europe/Berlin"); });
        dialog.WaitForElement("form");
        return answer!;
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
