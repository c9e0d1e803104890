using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Runs;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Runs;

/// <summary>Over ten million runs a list is as quick as its index: none may read all rows, nor all of one state.</summary>
public class RunPlanTests
{
    private static readonly IReadOnlyList<RunStatus> Bad = [RunStatus.Failed, RunStatus.TimedOut, RunStatus.Interrupted];
    private static readonly DateTimeOffset Since = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, RunFilter, string> Lists => new()
    {
        { "of a schedule", new RunFilter { Schedule = "s" }, "ix_runs_schedule (schedule_id=?)" },
        { "of a schedule in one state", new RunFilter { Schedule = "s", Statuses = [RunStatus.Failed] }, "ix_runs_schedule (schedule_id=?)" },
        { "in one state", new RunFilter { Statuses = [RunStatus.TimedOut] }, "ix_runs_status (status=?)" },
        { "that ended badly of late", new RunFilter { Statuses = Bad, EndedFrom = Since }, "ix_runs_bad (finished_at>?)" },
        { "that ended of late", new RunFilter { Statuses = [RunStatus.Succeeded], EndedFrom = Since }, "ix_runs_finished (finished_at>?)" },
        { "that people started", new RunFilter { TriggerType = TriggerType.Manual }, "ix_runs_trigger_type (trigger_type=?)" },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task List_IsReadFromItsIndex(string what, RunFilter filter, string index)
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "manual");
        await using var db = scheduler.Database.Read();
        var plan = Plan(db, RunQueries.Filtered(db, filter).OrderByDescending(r => r.Id).Take(51));
        Assert.True(plan.Exists(step => step.Contains(index, StringComparison.Ordinal)), $"{what}: {string.Join("; ", plan)}");
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN r", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DeadLetters_AreReadFromScheduleToSchedule()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await using var db = scheduler.Database.Read();
        var plan = Plan(db, RunQueries.Dead(db).Take(1000));
        Assert.Contains(plan, step => step.Contains("ix_runs_dead (schedule_id=? AND finished_at>?)", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN r", StringComparison.Ordinal));
    }

    private static List<string> Plan(SchedulerDb db, IQueryable<Run> query)
    {
        db.Database.OpenConnection();
        using var command = query.CreateDbCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read()) plan.Add(reader.GetString(3));
        return plan;
    }
}
