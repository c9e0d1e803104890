using Scheduler.Core.Schedules;
using Scheduler.Web.Components.Schedules;

namespace Scheduler.Web.Tests.Components.Schedules;

public sealed class BulkPlanTests
{
    [Fact]
    public void Pause_SaysWhomItTouches_AndWhomNot()
    {
        var plan = BulkPlan.For(BulkAct.Pause, [.. Many(12, ScheduleState.Active), .. Many(3, ScheduleState.Paused), .. Many(1, ScheduleState.Completed), .. Many(2, ScheduleState.Disabled)]);
        Assert.Equal("12 will be paused, 3 are paused already, 2 are disabled and stay, 1 is completed and stays.", plan.Summary);
        Assert.Equal(12, plan.Names.Count);
        Assert.All(plan.Names, name => Assert.StartsWith("Active", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Resume_TouchesPausedAndDisabled() => Assert.Equal("3 will be resumed, 1 is active already, 1 is completed and stays.",
        BulkPlan.For(BulkAct.Resume, [.. Many(2, ScheduleState.Paused), .. Many(1, ScheduleState.Disabled), .. Many(1, ScheduleState.Active), .. Many(1, ScheduleState.Completed)]).Summary);

    [Fact]
    public void Run_TouchesAll_AndSaysThatSomeAreNotActive() => Assert.Equal("3 will run now, 1 of them is not active and runs all the same.",
        BulkPlan.For(BulkAct.Run, [.. Many(2, ScheduleState.Active), .. Many(1, ScheduleState.Paused)]).Summary);

    [Fact]
    public void Labels_LeaveAloneThoseThatAreSoAlready()
    {
        IReadOnlyList<ScheduleSummary> chosen = [.. Many(2, ScheduleState.Active, ("team", "web")), .. Many(1, ScheduleState.Paused, ("team", "core")), .. Many(1, ScheduleState.Completed)];
        Assert.Equal("2 will get the label, 2 have it already.", BulkPlan.For(BulkAct.AddLabel, chosen, ("team", "web")).Summary);
        Assert.Equal("3 will lose the label, 1 does not have it.", BulkPlan.For(BulkAct.RemoveLabel, chosen, ("team", null)).Summary);
        Assert.Equal("None will lose the label, 4 do not have it.", BulkPlan.For(BulkAct.RemoveLabel, chosen, ("env", null)).Summary);
    }

    [Theory]
    [InlineData(12, 12, "12 paused.")]
    [InlineData(11, 12, "11 paused; 1 was so already, or has changed or gone meanwhile.")]
    [InlineData(9, 12, "9 paused; 3 were so already, or have changed or gone meanwhile.")]
    public void After_SaysWhatBecameOfIt(int done, int asked, string words) => Assert.Equal(words, BulkPlan.After(BulkAct.Pause, done, asked));

    private static IEnumerable<ScheduleSummary> Many(int count, ScheduleState state, params (string Key, string Value)[] labels) => Enumerable.Range(1, count).Select(i => new ScheduleSummary
    {
        Name = $"{state}-{i}", State = state, StateReason = "", Generation = 1, Labels = labels.ToDictionary(l => l.Key, l => l.Value), TriggerText = "1h", TimeZone = "UTC", JobKind = "noop",
        Pool = "light", Priority = 0, Succeeded = 0, Failed = 0, Active = 0, CreatedAt = default, CreatedBy = "ana", ChangedAt = default, ChangedBy = "ana", Recent = [],
    });
}
