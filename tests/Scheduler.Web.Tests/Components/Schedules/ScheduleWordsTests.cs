using Scheduler.Core.Schedules;
using Scheduler.Core.Triggers;
using Scheduler.Web.Components.Schedules;

namespace Scheduler.Web.Tests.Components.Schedules;

public sealed class ScheduleWordsTests
{
    [Theory]
    [InlineData(ScheduleState.Paused, "0 2 * * *", "it is paused")]
    [InlineData(ScheduleState.Disabled, "0 2 * * *", "it is disabled")]
    [InlineData(ScheduleState.Completed, "at(2026-03-02T08:00:00)", "its last occurrence has passed")]
    [InlineData(ScheduleState.Active, "event(code.pushed)", "it starts when an event code.pushed arrives")]
    [InlineData(ScheduleState.Paused, "event(code.pushed)", "it is paused")]
    [InlineData(ScheduleState.Active, "manual", "it starts when somebody starts it")]
    public void NoneAhead_SaysWhy(ScheduleState state, string trigger, string words) => Assert.Equal(words, ScheduleWords.NoneAhead(state, TriggerText.Parse(trigger)));
}
