using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Events;

/// <summary>What is kept of events, and how it is found.</summary>
public sealed class EventHistoryTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task List_IsFoundByTypeSourceScheduleOutcomeAndTime_PageByPage()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("main", "event(push)", more: """ "concurrencyPolicy": "Allow", "eventFilter": [{ "path": "data.ref", "op": "equals", "value": "main" }] """);
        await scheduler.SaveAsync("all", "event(push)", more: """ "concurrencyPolicy": "Allow" """);
        var ids = new List<long>();
        foreach (var (type, data, source) in new[] { ("push", """{ "ref": "main" }""", "github"), ("push", """{ "ref": "dev" }""", "gitlab"), ("pull", "{}", "github") })
        {
            ids.Add((await scheduler.SendAsync(type, data, source)).Id);
            clock.Advance(TimeSpan.FromMinutes(1));
        }
        await AssertAsync(new EventListFilter(), ids[2], ids[1], ids[0]);
        await AssertAsync(new EventListFilter { Type = "push" }, ids[1], ids[0]);
        await AssertAsync(new EventListFilter { Source = "github" }, ids[2], ids[0]);
        await AssertAsync(new EventListFilter { Schedule = "main" }, ids[1], ids[0]);
        await AssertAsync(new EventListFilter { Outcome = EventOutcome.Filtered }, ids[1]);
        await AssertAsync(new EventListFilter { Schedule = "all", Outcome = EventOutcome.Filtered });
        await AssertAsync(new EventListFilter { From = Eight.AddMinutes(1) }, ids[2], ids[1]);
        await AssertAsync(new EventListFilter { To = Eight.AddMinutes(1) }, ids[1], ids[0]);
        await AssertAsync(new EventListFilter { Limit = 1, BeforeId = ids[2] }, ids[1]);

        var middle = (await scheduler.EventsAsync())[1];
        Assert.Equal([(EventOutcome.Fired, 1), (EventOutcome.Filtered, 1)], middle.Outcomes.OrderBy(o => o.Key).Select(o => (o.Key, o.Value)));
        Assert.Equal(["main", "all"], middle.Verdicts.Select(v => v.Schedule));

        // What a deleted schedule came to is still told, under its name.
        await scheduler.Editor.DeleteAsync("main", TestScheduler.Ana, default);
        await AssertAsync(new EventListFilter { Schedule = "main" }, ids[1], ids[0]);

        async Task AssertAsync(EventListFilter filter, params long[] expected) => Assert.Equal(expected, (await scheduler.Get<EventQueries>().ListAsync(filter, default)).Select(e => e.Id));
    }

    [Fact]
    public async Task Types_AreThoseThatCame_ThatAreFollowed_AndTheSchedulersOwn()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(waited-for)");
        foreach (var type in (string[])["b", "a", "b", "a", "c"]) await scheduler.SendAsync(type);
        Assert.Equal(["a", "b", "backfill.finished", "c", "file.changed", "findings.new", "run.failed", "run.finished", "run.recovered", "run.succeeded", "url.changed", "waited-for"], await scheduler.Get<EventQueries>().TypesAsync(default));
    }

    [Fact]
    public async Task List_ShowsTheBeginningOfTheData_AndOneEventAllOfIt()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var id = (await scheduler.SendAsync("push", $"\"{new string('x', 1000)}\"")).Id;
        Assert.Equal(200, (await scheduler.EventsAsync())[0].Data.Length);
        Assert.Equal(1002, (await scheduler.EventAsync(id)).Data.Length);
        Assert.Null(await scheduler.Get<EventQueries>().GetAsync(id + 1, default));
    }

    [Fact]
    public async Task Try_SaysForPastEventsWhetherAFilterHeld_AndNothingComesOfIt()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        foreach (var branch in (string[])["main", "dev"]) await scheduler.SendAsync("push", $$"""{ "ref": "{{branch}}" }""");
        await scheduler.SendAsync("pull");
        var queries = scheduler.Get<EventQueries>();
        var filter = JsonElement.Parse("""[{ "path": "data.ref", "op": "equals", "value": "main" }]""");
        Assert.Equal(["data.ref equals \"main\": found nothing there.", "data.ref equals \"main\": found \"dev\".", null], (await queries.TryAsync(filter, null, 10, TestScheduler.Ana, default)).Select(t => t.Mismatch));
        Assert.Equal([false, true], (await queries.TryAsync(filter, "push", 10, TestScheduler.Ana, default)).Select(t => t.Mismatch is null));
        Assert.Single(await queries.TryAsync(filter, null, 1, TestScheduler.Ana, default));
        Assert.Equal(["filter[0].op", "limit"], (await Assert.ThrowsAsync<InvalidInputException>(() => queries.TryAsync(JsonElement.Parse("""[{ "path": "data", "op": "x" }]"""), null, 101, TestScheduler.Ana, default))).Errors.Select(e => e.Path));
        await Assert.ThrowsAsync<AccessDeniedException>(() => queries.TryAsync(filter, null, 10, TestScheduler.Vic, default));
        Assert.Equal(3, (await scheduler.EventsAsync()).Count);
    }

    [Fact]
    public async Task Retention_TakesWhatIsTooOld_WithItsVerdicts_AndLeavesTheRuns()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithFollowerAsync(clock);
        await scheduler.SendAsync("push");
        clock.Advance(TimeSpan.FromDays(1));
        var younger = (await scheduler.SendAsync("push")).Id;
        clock.Advance(TimeSpan.FromDays(29) + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await PassAsync(scheduler, clock));
        Assert.Equal([younger], (await scheduler.EventsAsync()).Select(e => e.Id));
        Assert.Equal(2, (await scheduler.RunsOfAsync("s")).Count);
        await using var db = scheduler.Database.Read();
        Assert.Equal([younger], await db.EventVerdicts.Select(v => v.EventId).ToListAsync());
        Assert.Equal(0, await PassAsync(scheduler, clock));
    }

    [Fact]
    public async Task Retention_KeepsSoManyEventsAtMost_TheNewest()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.EventRows = 1000);
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(_ => scheduler.SendAsync("push")));
        Assert.Equal(500, await PassAsync(scheduler, clock));
        await using var db = scheduler.Database.Read();
        Assert.Equal((1000, 501L), (await db.Events.CountAsync(), await db.Events.MinAsync(e => e.Id)));
    }

    [Fact]
    public async Task Retention_KeepsSoManyBytesAtMost()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.EventBytes = 1024 * 1024);
        for (var i = 0; i < 10; i++) await scheduler.SendAsync("push", $"\"{new string('x', 200_000)}\"");
        Assert.Equal(5, await PassAsync(scheduler, clock));
        Assert.Equal(5, (await scheduler.EventsAsync()).Count);
    }

    [Fact]
    public async Task Options_OutOfTheirBounds_AreRefusedAtTheStart() =>
        Assert.Equal("EventAge", (await Assert.ThrowsAsync<ArgumentException>(() => TestScheduler.CreateAsync(configure: o => o.EventAge = TimeSpan.FromHours(1)))).ParamName);

    // It rests between its batches by the test's own clock.
    private static async Task<int> PassAsync(TestScheduler scheduler, ManualTime clock)
    {
        var pass = scheduler.Get<EventRetention>().PassAsync(default);
        await Until.TrueAsync(() => { clock.Advance(TimeSpan.FromMilliseconds(1)); return pass.IsCompleted; }, "the pass ends");
        return await pass;
    }

    private static async Task<TestScheduler> WithFollowerAsync(ManualTime clock)
    {
        var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.EventAge = TimeSpan.FromDays(30));
        await scheduler.SaveAsync("s", "event(push)", more: """ "concurrencyPolicy": "Allow" """);
        return scheduler;
    }
}
