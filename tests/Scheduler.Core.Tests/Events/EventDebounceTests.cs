using System.Text.Json;
using Scheduler.Core.Events;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Events;

/// <summary>Which event of a burst counts: the first, or by choice the last.</summary>
public sealed class EventDebounceTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Rows()
    {
        var rows = new TheoryData<string>();
        var json = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "events", "event_debounce.json"));
        foreach (var row in JsonElement.Parse(json).EnumerateArray()) rows.Add(row.GetRawText());
        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Leading_RecordedRow_IsAnsweredAsRecorded(string json)
    {
        var row = JsonElement.Parse(json);
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        var type = row.TryGetProperty("trigger_event_type", out var named) ? named.GetString()! : "push";
        var debounce = row.TryGetProperty("debounce_seconds", out var seconds) ? seconds.GetDouble() : 0;
        // A negative one can't be saved here; there it counted as none.
        await scheduler.SaveAsync("s", $"event({type})", more: FormattableString.Invariant($""" "concurrencyPolicy": "Allow", "debounce": "{Math.Max(0, debounce)}s" """));
        if (row.TryGetProperty("schedule_status", out var status) && status.GetString() == "PAUSED") await scheduler.Editor.PauseAsync("s", null, null, TestScheduler.Ana, default);

        if (row.TryGetProperty("burst_offsets_s", out var burst))
        {
            var fired = new List<double>();
            foreach (var offset in burst.EnumerateArray().Select(o => o.GetDouble()))
            {
                clock.Advance(Eight.AddSeconds(offset) - clock.GetUtcNow());
                if ((await scheduler.SendAsync(type)).Fired.Any()) fired.Add(offset);
            }
            Assert.Equal(row.GetProperty("expected_fired_at_s").EnumerateArray().Select(o => o.GetDouble()), fired);
            return;
        }
        if (SinceLast(row) is { } elapsed)
        {
            Assert.Single((await scheduler.SendAsync(type)).Fired);
            clock.Advance(elapsed);
        }
        var sent = row.TryGetProperty("event_type", out var other) ? other.GetString()! : type;
        Assert.Equal(row.GetProperty("expected").GetBoolean(), (await scheduler.SendAsync(sent)).Fired.Any());
    }

    private static TimeSpan? SinceLast(JsonElement row) =>
        row.TryGetProperty("last_triggered", out var last) ? row.GetProperty("now").GetDateTimeOffset() - last.GetDateTimeOffset()
        : row.TryGetProperty("seconds_since_last_trigger", out var since) && since.ValueKind == JsonValueKind.Number ? TimeSpan.FromSeconds(since.GetDouble())
        : null;

    [Fact]
    public async Task Leading_CountsFromTheLastThatFired_NotFromTheLastThatCame()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithAsync(clock, """ "debounce": "60s", "concurrencyPolicy": "Allow" """);
        var fired = new List<bool>();
        for (var i = 0; i < 7; i++)
        {
            fired.Add((await scheduler.SendAsync("push")).Fired.Any());
            clock.Advance(TimeSpan.FromSeconds(25));
        }
        Assert.Equal([true, false, false, true, false, false, true], fired); // 0, 25, 50, 75, 100, 125, 150
        Assert.Equal((EventOutcome.Debounced, "Within 1m (debounce) of the event that fired at 2026-03-02 08:01:15 UTC."),
            (await scheduler.EventsAsync())[1].Verdicts[0] is var verdict ? (verdict.Outcome, verdict.Words) : default);
    }

    [Fact]
    public async Task Leading_TheClockWasSetBack_TheNextFires()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithAsync(clock, """ "debounce": "60s", "concurrencyPolicy": "Allow" """);
        await scheduler.SendAsync("push");
        clock.SetWall(Eight.AddHours(-1));
        Assert.Single((await scheduler.SendAsync("push")).Fired);
    }

    [Fact]
    public async Task Leading_IsKnownAfterARestart()
    {
        var clock = new ManualTime(Eight);
        var first = await WithAsync(clock, """ "debounce": "60s" """);
        await first.SendAsync("push");
        first.OwnsFolder = false;
        await first.DisposeAsync();
        clock.Advance(TimeSpan.FromSeconds(30));
        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        second.OwnsFolder = true;
        Assert.Equal(EventOutcome.Debounced, Assert.Single((await second.SendAsync("push")).Ignored).Outcome);
    }

    [Fact]
    public async Task Trailing_OneRunForTheBurst_WithTheLastEventsIdAndParameters()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithAsync(clock, Trailing);
        var receipts = new List<EventReceipt>();
        for (var i = 1; i <= 3; i++)
        {
            receipts.Add(await scheduler.SendAsync("push", $$"""{ "ref": "commit-{{i}}" }"""));
            clock.Advance(TimeSpan.FromSeconds(30));
        }
        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.All(receipts, r => Assert.Equal([run.Id], r.Fired)); // what each was told at its time
        Assert.Equal((receipts[2].Id, "commit-3", "Event push, the last of a burst"), (run.EventId!.Value, run.Parameters["branch"], run.Occasion));
        Assert.Equal((Eight.AddSeconds(120), RunStatus.Queued), (run.NotBefore, run.Status));
        Assert.Equal("Waits for the end of a burst: starts at 2026-03-02 08:02:00 UTC unless another event comes, and at 2026-03-02 08:10:00 UTC at the latest.", run.Reason);
        Assert.Equal(
            [(EventOutcome.Debounced, $"Event {receipts[1].Id} of the same burst took its place in run {run.Id}."), (EventOutcome.Debounced, $"Event {receipts[2].Id} of the same burst took its place in run {run.Id}."),
                (EventOutcome.Fired, "Its run waits for the end of the burst.")],
            (await scheduler.EventsAsync()).Reverse().Select(e => (e.Verdicts[0].Outcome, e.Verdicts[0].Words)));

        await Assert.ThrowsAsync<InvalidOperationException>(() => scheduler.RunNextAsync()); // not before the window is over
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(run.Id, await scheduler.RunNextAsync());
        // The next one begins a burst of its own.
        Assert.NotEqual(run.Id, Assert.Single((await scheduler.SendAsync("push")).Fired));
    }

    [Fact]
    public async Task Trailing_ABurstThatNeverEnds_FiresAfterTenWindows()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithAsync(clock, Trailing);
        var runs = new HashSet<long>();
        long? started = null;
        for (var second = 0; second < 660 && started is null; second += 10)
        {
            runs.UnionWith((await scheduler.SendAsync("push")).Fired);
            clock.Advance(TimeSpan.FromSeconds(10));
            if ((await scheduler.Get<RunQueue>().TryClaimAsync("light", false, 1, default)) is { } claimed) started = claimed.Id;
        }
        Assert.Equal(Assert.Single(runs), started);
        Assert.Equal(Eight.AddMinutes(10), clock.GetUtcNow());
    }

    [Theory]
    [InlineData("Forbid", 1)] // one at a time: the burst's run that has not begun takes it in, over or not
    [InlineData("Replace", 1)]
    [InlineData("Queue", 2)] // a run each
    [InlineData("Allow", 2)]
    public async Task Trailing_TheBurstIsOverButNotBegun_ByThePolicyTheNextEventJoinsOrBeginsItsOwn(string policy, int runs)
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithAsync(clock, $"""{Trailing}, "concurrencyPolicy": "{policy}" """);
        await scheduler.SendAsync("push");
        clock.Advance(TimeSpan.FromMinutes(2));
        await scheduler.SendAsync("push");
        Assert.Equal(runs, (await scheduler.RunsOfAsync("s")).Count);
    }

    [Fact]
    public async Task Trailing_WhileARunGoesOn_TheLastOfTheBurstIsNotLost_ItWaitsItsTurn()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithAsync(clock, Trailing);
        await scheduler.SendAsync("push");
        clock.Advance(TimeSpan.FromMinutes(1));
        var queue = scheduler.Get<RunQueue>();
        var first = (await queue.TryClaimAsync("light", false, 1, default))!;
        var second = Assert.Single((await scheduler.SendAsync("push")).Fired);
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(await queue.TryClaimAsync("light", false, 1, default));
        await queue.CompleteAsync(first, new RunEnding(RunStatus.Succeeded, "", null, null, []), default);
        Assert.Equal(second, (await queue.TryClaimAsync("light", false, 1, default))!.Id);
    }

    [Fact]
    public async Task Trailing_SurvivesARestart_WithoutATimerOfItsOwn()
    {
        var clock = new ManualTime(Eight);
        var first = await WithAsync(clock, Trailing);
        var run = Assert.Single((await first.SendAsync("push")).Fired);
        first.OwnsFolder = false;
        await first.DisposeAsync();
        clock.Advance(TimeSpan.FromSeconds(30));
        await using var second = await TestScheduler.CreateAsync(clock, first.Options.DataFolder);
        second.OwnsFolder = true;
        Assert.Equal(run, Assert.Single((await second.SendAsync("push")).Fired));
        await second.StartAsync();
        clock.Advance(TimeSpan.FromSeconds(60));
        await second.ReachAsync(clock, clock.GetUtcNow(), runs => runs.Single().Status == RunStatus.Succeeded);
    }

    [Fact]
    public async Task Trailing_TheQueueSaysWhyItWaits()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await WithAsync(clock, Trailing);
        await scheduler.StartAsync();
        await scheduler.SendAsync("push");
        var waiting = Assert.Single((await scheduler.Get<QueueQueries>().ViewAsync(new QueueFilter(), default)).Waiting);
        Assert.Equal((WaitCause.Burst, Eight.AddMinutes(1)), (waiting.Wait.Cause, waiting.Wait.Until!.Value));
        Assert.StartsWith("Waits for the end of a burst: starts at 2026-03-02 08:01:00 UTC", waiting.Words, StringComparison.Ordinal);
    }

    private const string Trailing = """ "debounce": "60s", "debounceMode": "trailing", "parameters": { "branch": "data.ref" } """;

    private static async Task<TestScheduler> WithAsync(ManualTime clock, string more)
    {
        var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "event(push)", more: more);
        return scheduler;
    }
}
