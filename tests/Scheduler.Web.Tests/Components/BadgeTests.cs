using Bunit;
using Scheduler.Core.Findings;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Shared;

namespace Scheduler.Web.Tests.Components;

public sealed class BadgeTests : ComponentTest
{
    [Theory]
    [InlineData(RunStatus.Queued, "Queued", "tone-neutral")]
    [InlineData(RunStatus.Running, "Running", "tone-accent")]
    [InlineData(RunStatus.Retrying, "Retrying", "tone-warning")]
    [InlineData(RunStatus.Succeeded, "Succeeded", "tone-good")]
    [InlineData(RunStatus.Failed, "Failed", "tone-bad")]
    [InlineData(RunStatus.TimedOut, "Timed out", "tone-bad")]
    [InlineData(RunStatus.Cancelled, "Cancelled", "tone-faint")]
    [InlineData(RunStatus.Interrupted, "Interrupted", "tone-warning")]
    [InlineData(RunStatus.Skipped, "Skipped", "tone-faint")]
    public void ARunState_IsShapeWordAndTone(RunStatus status, string word, string tone)
    {
        var badge = Render<StateBadge>(p => p.Add(b => b.Status, status));

        Assert.Equal(word, badge.Find(".word").TextContent);
        Assert.Contains(tone, badge.Find(".state").ClassList);
        Assert.NotEmpty(badge.Find("svg").Children);
    }

    [Fact]
    public void EveryState_HasAShapeOfItsOwn()
    {
        Assert.Equal(StateLook.All.Count, StateLook.All.Select(l => l.Shape).Distinct().Count());
        Assert.Equal(StateLook.All.Count, StateLook.All.Select(l => l.Word).Distinct().Count());
        Assert.All(Enum.GetValues<RunStatus>(), status => Assert.Contains(StateLook.Of(status), StateLook.All));
        Assert.All(Enum.GetValues<ScheduleState>(), state => Assert.Contains(StateLook.Of(state), StateLook.All));
    }

    [Fact]
    public void ASmallBadge_StillTellsTheWordToScreenReaders()
    {
        var badge = Render<StateBadge>(p => p.Add(b => b.Schedule, ScheduleState.Paused).Add(b => b.Small, true).Add(b => b.Reason, "paused by ana: \"db move\""));

        Assert.Equal("Paused", badge.Find(".visually-hidden").TextContent);
        Assert.Equal("paused by ana: \"db move\"", badge.Find(".state").GetAttribute("title"));
    }

    [Theory]
    [InlineData(Severity.Info, 0)]
    [InlineData(Severity.Medium, 2)]
    [InlineData(Severity.Critical, 4)]
    public void ASeverity_IsItsWordAndAsManySteps(Severity severity, int steps)
    {
        var badge = Render<SeverityBadge>(p => p.Add(b => b.Of, severity));

        Assert.Equal(severity.ToString(), badge.Find(".word").TextContent);
        Assert.Equal(steps, badge.FindAll("rect").Count(r => r.GetAttribute("opacity") == "1"));
    }

    [Fact]
    public void ASeverityWithACount_ShowsTheNumberAndFadesAtZero()
    {
        Assert.Equal("7", Render<SeverityBadge>(p => p.Add(b => b.Of, Severity.High).Add(b => b.Count, 7)).Find(".count").TextContent);
        Assert.Contains("none", Render<SeverityBadge>(p => p.Add(b => b.Of, Severity.High).Add(b => b.Count, 0)).Find(".severity").ClassList);
    }

    [Fact]
    public void RunBars_TellTheLastRunsInWordsToo()
    {
        RunBar[] runs =
        [
            .. Enumerable.Repeat(new RunBar(RunStatus.Cancelled, null), 5),      // pushed out: only the newest fit
            .. Enumerable.Repeat(new RunBar(RunStatus.Succeeded, TimeSpan.FromSeconds(10)), 18),
            new(RunStatus.Failed, TimeSpan.FromSeconds(40)), new(RunStatus.Failed, TimeSpan.Zero),
        ];

        var bars = Render<RunBars>(p => p.Add(b => b.Items, runs));

        Assert.Equal("Last 20 runs: 18 succeeded, 2 failed", bars.Find(".run-bars").GetAttribute("aria-label"));
        Assert.Equal(20, bars.FindAll(".run-bar").Count);
        Assert.Equal(["height:62%", "height:100%", "height:25%"], bars.FindAll(".run-bar").Skip(17).Select(b => b.GetAttribute("style")));
    }

    [Fact]
    public void RunBars_WithoutRuns_SaySo()
    {
        var bars = Render<RunBars>(p => p.Add(b => b.Items, []).Add(b => b.Slots, 4));

        Assert.Equal("No runs yet", bars.Find(".run-bars").GetAttribute("aria-label"));
        Assert.Equal(4, bars.FindAll(".absent").Count);
    }
}
