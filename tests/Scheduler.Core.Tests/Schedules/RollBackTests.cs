using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Schedules;

public sealed class RollBackTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task RollBack_IsANewRevision_ThatSaysWhereItCameFrom()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 12 * * *");
        await scheduler.SaveAsync("s", "0 13 * * *");

        Assert.Equal(new SaveOutcome.Saved("s", 3, false, true), await scheduler.Editor.RollBackAsync("s", 1, 2, "too late in the day", TestScheduler.Ana, default));
        var revisions = await scheduler.Schedules.RevisionsAsync("s", 10, default);
        Assert.Equal([3, 2, 1], revisions.Select(r => r.Generation));
        Assert.Equal(revisions[2].Spec, revisions[0].Spec);
        Assert.Equal("Back to generation 1: too late in the day", revisions[0].Note);
        Assert.Equal(Eight.AddHours(4), (await scheduler.Schedules.GetAsync("s", default))!.Summary.NextRunAt);
    }

    [Fact]
    public async Task RollBack_OverSomebodyElsesChange_IsStale_AndWhatIsNotThereIsNull()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "0 12 * * *");
        await scheduler.SaveAsync("s", "0 13 * * *");

        Assert.Equal(new SaveOutcome.Stale(2, "ana@example.com"), await scheduler.Editor.RollBackAsync("s", 1, 1, "", TestScheduler.Ana, default));
        Assert.Null(await scheduler.Editor.RollBackAsync("s", 7, 2, "", TestScheduler.Ana, default));
        Assert.Null(await scheduler.Editor.RollBackAsync("other", 1, 2, "", TestScheduler.Ana, default));
        Assert.Equal(2, (await scheduler.Schedules.GetAsync("s", default))!.Summary.Generation);
    }

    [Fact]
    public async Task RollBack_ToWhatIsNoLongerRight_IsRefused_AndWritesNothing()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "at(2026-03-02T09:00:00Z)");
        await scheduler.SaveAsync("s", "manual");
        clock.Advance(TimeSpan.FromHours(2));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.Editor.RollBackAsync("s", 1, 2, "", TestScheduler.Ana, default));
        Assert.Equal("spec.schedule", refused.Errors[0].Path);
        Assert.Equal(2, (await scheduler.Schedules.RevisionsAsync("s", 10, default)).Count);
    }

    [Fact]
    public async Task RollBack_ByAViewer_IsRefused()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "0 12 * * *");
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.Editor.RollBackAsync("s", 1, 1, "", TestScheduler.Ana with { Role = Role.Viewer }, default));
    }
}
