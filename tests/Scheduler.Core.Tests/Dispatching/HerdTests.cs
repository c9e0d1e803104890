using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Dispatching;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Dispatching;

/// <summary>Schedules that fall due together are recorded by statements that take all of them: with the same outcome as one after the other.</summary>
public sealed partial class HerdTests
{
    private const string Due = "at(2026-03-02T08:00:30)", Again = "* * * * *", Seconds = "10s";
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly Absence OnDuty = new(DateTimeOffset.MinValue);
    private static readonly string[] Policies = ["Forbid", "Allow", "Replace", "Queue"];

    // What there is of a schedule's earlier runs when it falls due.
    private enum Before { Nothing, Waits, Runs, BackfillRuns, SkippedAhead }

    [Fact]
    public async Task Herd_IsRecordedAsOneAfterTheOther()
    {
        var together = await RecordedAsync(async (scheduler, due) =>
        {
            Assert.Equal(due.Count, await scheduler.Get<RunQueue>().EnqueueDueAsync(due, default));
            await using var db = scheduler.Database.Read();
            var over = due.Where(d => d.NextRunAt is null).Select(d => d.ScheduleId).ToList();
            Assert.NotEmpty(over);
            Assert.All(await db.Schedules.Where(s => over.Contains(s.Id)).ToListAsync(), s => Assert.Equal((ScheduleState.Completed, "Its last occurrence has passed."), (s.State, s.StateReason)));
        });
        var oneByOne = await RecordedAsync(async (scheduler, due) =>
        {
            foreach (var name in due.Select(d => d.ScheduleName))
                await scheduler.Writer.WriteAsync(write =>
                {
                    scheduler.Get<RunQueue>().EnqueueDue(write, write.Db.Schedules.Single(s => s.Name == name));
                    write.Db.SaveChanges();
                }, default);
        });
        Assert.Equal(string.Join('\n', oneByOne), string.Join('\n', together));
        // Else there would be nothing to compare: each of them is there, with what it had before and without.
        Assert.True(together.Count > Policies.Length * Enum.GetValues<Before>().Length * 3, $"{together.Count} rows");
    }

    [Fact]
    public async Task WhatWasChangedSinceItWasRead_IsLeftAlone()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        foreach (var name in (string[])["kept", "changed", "paused", "deleted", "moved"]) await scheduler.SaveAsync(name, Again);
        clock.Advance(TimeSpan.FromMinutes(1));
        var due = await DueAsync(scheduler, clock);
        await scheduler.Writer.WriteAsync(write => write.Execute("UPDATE schedules SET generation = 2 WHERE name = 'changed'"), default);
        await scheduler.Writer.WriteAsync(write => write.Execute("UPDATE schedules SET state = 1 WHERE name = 'paused'"), default);
        await scheduler.Writer.WriteAsync(write => write.Execute("DELETE FROM schedules WHERE name = 'deleted'"), default);
        await scheduler.Writer.WriteAsync(write => write.Execute("UPDATE schedules SET next_run_at = next_run_at + 60000 WHERE name = 'moved'"), default);

        Assert.Equal(1, await scheduler.Get<RunQueue>().EnqueueDueAsync(due, default));
        Assert.Equal("kept", Assert.Single(await scheduler.Runs.ListAsync(new RunFilter(), default)).Schedule);
        Assert.Equal(0, await scheduler.Get<RunQueue>().EnqueueDueAsync(due, default)); // a second look at the same instant
        Assert.Single(await scheduler.Runs.ListAsync(new RunFilter(), default));
    }

    private static async Task<List<string>> RecordedAsync(Func<TestScheduler, List<DueSchedule>, Task> record)
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        scheduler.Get<RunQueue>().Absence = OnDuty;
        var names = new List<(string Name, Before Before)>();
        foreach (var policy in Policies)
            foreach (var before in Enum.GetValues<Before>())
                foreach (var (kind, trigger) in ((string, string)[])[("once", Due), ("minutely", Again), ("often", Seconds)])
                {
                    var name = $"{policy}-{before}-{kind}".ToLowerInvariant();
                    var more = $""" "concurrencyPolicy": "{policy}", "startingDeadlineSeconds": 3600, "priority": {names.Count % 5} """;
                    Assert.IsType<SaveOutcome.Saved>(await scheduler.SaveAsync(name, trigger, more: names.Count % 2 == 0 ? more : more.Replace("\"startingDeadlineSeconds\": 3600, ", "", StringComparison.Ordinal)));
                    names.Add((name, before));
                }
        foreach (var (name, before) in names)
        {
            if (before is Before.Waits or Before.Runs or Before.BackfillRuns) await scheduler.Control.RunNowAsync(name, new RunRequest(), TestScheduler.Ana, default);
            if (before == Before.SkippedAhead) await scheduler.Editor.SkipNextAsync(name, null, TestScheduler.Ana, default);
        }
        await ChangeRunsAsync(scheduler, names.Where(n => n.Before is Before.Runs or Before.BackfillRuns).Select(n => n.Name), "status = 1, started_at = queued_at");
        await ChangeRunsAsync(scheduler, names.Where(n => n.Before == Before.BackfillRuns).Select(n => n.Name), "trigger_type = 5");

        clock.Advance(TimeSpan.FromMinutes(1));
        await record(scheduler, await DueAsync(scheduler, clock));
        return [.. await RowsAsync(scheduler, "SELECT * FROM runs"), .. await RowsAsync(scheduler, "SELECT name, next_run_at, last_scheduled_at, not_run FROM schedules")];
    }

    private static Task ChangeRunsAsync(TestScheduler scheduler, IEnumerable<string> schedules, string set) => scheduler.Writer.WriteAsync(write =>
    {
        foreach (var name in schedules) Assert.Equal(1, write.Execute($"UPDATE runs SET {set} WHERE schedule_name = ?1", name));
    }, default);

    private static async Task<List<DueSchedule>> DueAsync(TestScheduler scheduler, ManualTime clock)
    {
        await using var db = scheduler.Database.Read();
        var now = clock.GetUtcNow();
        var recorded = (await db.Runs.Where(r => r.TriggerType == TriggerType.Scheduled).ToListAsync()).ToLookup(r => r.ScheduleId, r => r.ScheduledFor!.Value);
        return (await db.Schedules.Where(s => s.State == ScheduleState.Active && s.NextRunAt <= now).OrderBy(s => s.Name).ToListAsync())
            .ConvertAll(s => DuePlan.For(s, Timing.Of(s), now, OnDuty, 100, recorded[s.Id].ToHashSet()));
    }

    // Without the numbers, which follow the order, and which a reason may name.
    private static async Task<List<string>> RowsAsync(TestScheduler scheduler, string query)
    {
        await using var db = scheduler.Database.Read();
        await db.Database.OpenConnectionAsync();
        await using var command = ((SqliteConnection)db.Database.GetDbConnection()).CreateCommand();
        command.CommandText = query;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join(" | ", Enumerable.Range(0, reader.FieldCount).Where(i => reader.GetName(i) != "id").Select(i => $"{reader.GetName(i)}={RunNumber().Replace($"{reader.GetValue(i)}", "run #")}")));
        return [.. rows.Order(StringComparer.Ordinal)];
    }

    [GeneratedRegex("run [0-9]+")]
    private static partial Regex RunNumber();
}
