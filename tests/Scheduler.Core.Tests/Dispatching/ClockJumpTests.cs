using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Audit;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Dispatching;

/// <summary>The wall clock moves and monotonic time does not: somebody set it, or the machine slept.</summary>
public sealed class ClockJumpTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(3600, "jumped forward", "by 0.01:00:00, to 2026-03-02 09:")]
    [InlineData(-3600, "jumped back", "by 0.01:00:00, to 2026-03-02 07:")]
    [InlineData(315_360_000, "jumped forward", "by 3650.00:00:00, to 2036-02-28 08:")] // ten years: a dead battery
    [InlineData(-315_360_000, "jumped back", "by 3650.00:00:00, to 2016-03-04 08:")]
    public async Task AJump_IsNoticedWithinFiveSeconds_AndStandsInTheAuditLog(long seconds, string action, string details)
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "at(2026-03-02T08:00:10Z)");
        await scheduler.StartAsync();
        // The dispatcher has looked at the clock before it is set.
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(500));
            return (await scheduler.RunsOfAsync("s")).Count == 1;
        }, "the one run");
        var to = clock.GetUtcNow().AddSeconds(seconds);
        clock.SetWall(to);

        var row = await Until.NotNullAsync(async () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            return (await ClockRowsAsync(scheduler)).FirstOrDefault();
        }, "the jump is recorded");

        Assert.InRange(row.At - to, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(("system", "engine", action, "clock"), (row.Actor, row.Door, row.Action, row.ObjectKind));
        Assert.StartsWith(details, row.Details, StringComparison.Ordinal);
        // Once, however often the clock is looked at afterwards.
        for (var i = 0; i < 20; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Single(await ClockRowsAsync(scheduler));
        }
        Assert.Single(await scheduler.RunsOfAsync("s"));
        using var connection = scheduler.Database.Open();
        Assert.Null(AuditCheck.Run(connection, default).Problem);
    }

    [Fact]
    public async Task TimeThatPasses_AndASmallCorrection_AreNoJump()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "* * * * *");
        await scheduler.StartAsync();
        clock.SetWall(Eight.AddSeconds(1)); // as NTP may do
        await Until.TrueAsync(async () =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return (await scheduler.RunsOfAsync("s")).Count >= 2;
        }, "two runs");
        Assert.Empty(await ClockRowsAsync(scheduler));
    }

    private static async Task<List<AuditRow>> ClockRowsAsync(TestScheduler scheduler)
    {
        await using var db = scheduler.Database.Read();
        return await db.Audit.Where(a => a.ObjectKind == "clock").ToListAsync();
    }
}
