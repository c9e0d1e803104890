using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Blackouts;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Jobs;
using Scheduler.Core.Live;
using Scheduler.Core.Runs;
using Scheduler.Core.Schedules;
using Scheduler.Core.Storage;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Events;

/// <summary>What becomes of an event for each schedule that follows its type, over the real database.</summary>
public sealed class EventIntakeTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Send_ASchedulesOwnType_StartsARun_ThatNamesTheEvent()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "event(data_available)");
        await scheduler.SaveAsync("other", "event(push)");

        var receipt = await scheduler.SendAsync("data_available", """{ "bucket": "shop" }""", "ci");

        var run = Assert.Single(await scheduler.RunsOfAsync("s"));
        Assert.Equal([run.Id], receipt.Fired);
        Assert.Empty(receipt.Ignored);
        Assert.Equal((TriggerType.Event, receipt.Id, "Event data_available from ci", RunStatus.Queued), (run.TriggerType, run.EventId!.Value, run.Occasion, run.Status));
        Assert.Null(run.RequestedBy);
        Assert.Empty(await scheduler.RunsOfAsync("other"));
        var kept = await scheduler.EventAsync(receipt.Id);
        Assert.Equal(("data_available", "ci", Eight, "ci@example.com", """{"bucket":"shop"}""", 17), (kept.Type, kept.Source, kept.At, kept.By, kept.Data, kept.Size));
        Assert.Equal(("s", EventOutcome.Fired, run.Id), Assert.Single(kept.Verdicts) is var verdict ? (verdict.Schedule, verdict.Outcome, verdict.RunId!.Value) : default);
    }

    [Fact]
    public async Task Send_NobodyFollows_IsKeptWithoutAVerdict()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var receipt = await scheduler.SendAsync("lonely");
        Assert.Empty(receipt.Verdicts);
        Assert.Equal("lonely", (await scheduler.EventAsync(receipt.Id)).Type);
    }

    [Fact]
    public async Task Send_TellsWatchersOnceItIsOnDisk()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        using var watch = scheduler.Get<LiveFeed>().Watch(c => c is LiveChange.EventAccepted);
        var receipt = await scheduler.SendAsync("push");
        Assert.Equal([new LiveChange.EventAccepted(receipt.Id)], await watch.TakeAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Send_ASchedulesTypeIsChanged_TheNewOneCounts()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)");
        await scheduler.SaveAsync("s", "event(pull)");
        Assert.Empty((await scheduler.SendAsync("push")).Verdicts);
        Assert.Single((await scheduler.SendAsync("pull")).Fired);
        await scheduler.SaveAsync("s", "1h");
        Assert.Empty((await scheduler.SendAsync("pull")).Verdicts);
    }

    [Fact]
    public async Task Send_AfterAnEditThatWasRolledBack_TheFilterOfTheOneThatFollowedItCounts()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)", more: Filter("main"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => scheduler.Get<DatabaseWriter>().WriteAsync(write =>
        {
            write.Execute("UPDATE schedules SET generation = 2, spec = replace(spec, 'main', 'never')");
            var seen = scheduler.Get<EventLedger>().Record(write, new AcceptedEvent("push", "", """{"ref":"never"}"""), "ci", [], null);
            Assert.Equal(EventOutcome.Fired, Assert.Single(seen.Verdicts).Outcome);
            throw new InvalidOperationException("The disk is full, say.");
        }, default));
        await scheduler.SaveAsync("s", "event(push)", more: Filter("next"));

        Assert.Single((await scheduler.SendAsync("push", """{ "ref": "next" }""")).Fired);
        Assert.Empty((await scheduler.SendAsync("push", """{ "ref": "never" }""")).Fired);

        static string Filter(string reference) => $$""" "eventFilter": [{ "path": "data.ref", "op": "equals", "value": "{{reference}}" }] """;
    }

    [Theory]
    [InlineData("", "type", "is required, for example data_available")]
    [InlineData("two words", "type", "must be 1 to 128 letters, digits or . _ - : /, found \"two words\"")]
    [InlineData("run.finished", "type", "must not begin with run.: such events the scheduler raises itself")]
    [InlineData("Scheduler.up", "type", "must not begin with scheduler.: such events the scheduler raises itself")]
    [InlineData("file.changed", "type", "must not begin with file.changed: such events the scheduler raises itself")]
    [InlineData("findings.new", "type", "must not begin with findings.: such events the scheduler raises itself")]
    public async Task Send_AWrongType_IsRefusedByField(string type, string field, string message)
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.SendAsync(type));
        Assert.Equal(new FieldError(field, message), Assert.Single(refused.Errors));
        Assert.Empty(await scheduler.EventsAsync());
    }

    [Fact]
    public async Task Send_DataTooLargeTooDeepOrNoUnicode_IsRefusedByField()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        foreach (var (data, message) in new[]
        {
            ($"\"{new string('x', NewEvent.MostBytes)}\"", "must be at most 256 KiB of JSON, found 257 KiB"),
            (new string('[', 33) + new string(']', 33), "must have at most 32 lists and objects within each other"),
            ("""{ "a": "\ud800" }""", "holds a text that is no Unicode: half of a surrogate pair"),
            ("""{ "\udc00": 1 }""", "holds a text that is no Unicode: half of a surrogate pair"),
        })
            Assert.Equal(new FieldError("data", message), Assert.Single((await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.SendAsync("push", data))).Errors));
        Assert.NotEmpty((await Assert.ThrowsAsync<InvalidInputException>(() => scheduler.SendAsync("push", source: "two\nlines"))).Errors);
        // At the bounds themselves it is taken.
        await scheduler.SendAsync("push", $"\"{new string('x', NewEvent.MostBytes - 2)}\"", new string('s', 200));
        await scheduler.SendAsync("push", new string('[', 32) + new string(']', 32));
    }

    [Fact]
    public async Task Send_ByAViewer_IsDenied()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await Assert.ThrowsAsync<AccessDeniedException>(() => scheduler.SendAsync("push", actor: TestScheduler.Vic));
        Assert.Empty(await scheduler.EventsAsync());
    }

    [Fact]
    public async Task SendFromWebhook_ActsInItsOwnName()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)");
        var receipt = await scheduler.Get<EventIntake>().SendFromWebhookAsync(new NewEvent("push"), "shop-push", "192.0.2.7", default);
        Assert.Single(receipt.Fired);
        Assert.Equal("webhook shop-push", (await scheduler.EventAsync(receipt.Id)).By);
        await using var db = scheduler.Database.Read();
        var row = await db.Audit.SingleAsync(a => a.ObjectKind == "event");
        Assert.Equal(("webhook shop-push", "webhook", "192.0.2.7", "sent", "push", $"event {receipt.Id}: 1 run"), (row.Actor, row.Door, row.Address, row.Action, row.ObjectName, row.Details));
    }

    [Fact]
    public async Task Filtered_SaysWhichConditionDidNotHoldAndWhatWasFound()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)", more: """ "eventFilter": [{ "path": "data.branch", "op": "equals", "value": "main" }, { "path": "source", "op": "startsWith", "value": "git" }] """);
        Assert.Single((await scheduler.SendAsync("push", """{ "branch": "main" }""", "github")).Fired);
        var ignored = Assert.Single((await scheduler.SendAsync("push", """{ "branch": "dev" }""", "github")).Ignored);
        Assert.Equal(("s", EventOutcome.Filtered, "data.branch equals \"main\": found \"dev\"."), (ignored.Schedule, ignored.Outcome, ignored.Words));
        Assert.Equal("source startsWith \"git\": found \"\".", Assert.Single((await scheduler.SendAsync("push", """{ "branch": "main" }""")).Ignored).Words);
        Assert.Single(await scheduler.RunsOfAsync("s"));
    }

    [Fact]
    public async Task Paused_MakesNoRun_AndLeavesTheRecordOfTheScheduleAlone()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "event(push)");
        await scheduler.Editor.PauseAsync("s", Eight.AddMinutes(10), "db move", TestScheduler.Ana, default);

        var ignored = Assert.Single((await scheduler.SendAsync("push")).Ignored);
        Assert.Equal((EventOutcome.Paused, "Paused by ana@example.com 'db move' until 2026-03-02 08:10:00 UTC."), (ignored.Outcome, ignored.Words));
        Assert.Empty(await scheduler.RunsOfAsync("s"));
        await using var db = scheduler.Database.Read();
        Assert.Equal(0, (await db.Schedules.SingleAsync()).NotRun);

        // A pause is over at its end, whoever notices when.
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Single((await scheduler.SendAsync("push")).Fired);
    }

    [Fact]
    public async Task NotActive_BeforeTheStartAndAfterTheEnd()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await scheduler.SaveAsync("s", "event(push)", more: """ "concurrencyPolicy": "Allow", "startAt": "2026-03-02T08:01:00Z", "endAt": "2026-03-02T08:02:00Z" """);
        Assert.Equal((EventOutcome.NotActive, "It starts to count at 2026-03-02 08:01:00 UTC (startAt)."), await OnlyIgnoredAsync(scheduler));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single((await scheduler.SendAsync("push")).Fired);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single((await scheduler.SendAsync("push")).Fired); // the end itself still counts
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((EventOutcome.NotActive, "It has ended at 2026-03-02 08:02:00 UTC (endAt)."), await OnlyIgnoredAsync(scheduler));
    }

    [Fact]
    public async Task Forbid_WhileARunGoesOn_IsRecordedAsSkipped()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "event(push)");
        var first = Assert.Single((await scheduler.SendAsync("push")).Fired);
        var ignored = Assert.Single((await scheduler.SendAsync("push")).Ignored);
        Assert.Equal((EventOutcome.Skipped, $"Previous run {first} still waits to start (Forbid)."), (ignored.Outcome, ignored.Words));
        var skipped = await scheduler.RunAsync(ignored.RunId!.Value);
        Assert.Equal((RunStatus.Skipped, SkipCause.StillWaiting, TriggerType.Event), (skipped.Status, skipped.Cause!.Value, skipped.TriggerType));
        await scheduler.RunNextAsync();
        Assert.Single((await scheduler.SendAsync("push")).Fired);
    }

    [Theory]
    [InlineData("Allow", 2)] // both may start
    [InlineData("Queue", 1)] // the second waits for the first
    public async Task AllowAndQueue_EachEventHasItsRun(string policy, int atOnce)
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "event(push)", more: $""" "concurrencyPolicy": "{policy}" """);
        Assert.Single((await scheduler.SendAsync("push")).Fired);
        Assert.Single((await scheduler.SendAsync("push")).Fired);
        Assert.Equal(atOnce, (await scheduler.Get<RunQueue>().ClaimAsync("light", new PoolRoom(5, true), 1, default)).Count);
    }

    [Fact]
    public async Task Replace_CancelsWhatWaitsAndWhatRuns()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "event(push)", more: """ "concurrencyPolicy": "Replace" """);
        var running = Assert.Single((await scheduler.SendAsync("push")).Fired);
        await scheduler.Get<RunQueue>().TryClaimAsync("light", false, 1, default);
        var waiting = Assert.Single((await scheduler.SendAsync("push")).Fired);
        var third = await scheduler.SendAsync("push");
        Assert.Equal($"event {third.Id - 1} (Replace)", (await scheduler.RunAsync(running)).CancelRequestedBy);
        Assert.Equal((RunStatus.Cancelled, $"Replaced by event {third.Id} (Replace)."), await scheduler.RunAsync(waiting) is var run ? (run.Status, run.Reason) : default);
        Assert.Equal(RunStatus.Queued, (await scheduler.RunAsync(Assert.Single(third.Fired))).Status);
    }

    [Theory]
    [InlineData(BlackoutMode.Skip, "", EventOutcome.Skipped)]
    [InlineData(BlackoutMode.RunAfter, "", EventOutcome.Fired)]
    [InlineData(BlackoutMode.RunAfter, """ "startingDeadlineSeconds": 60 """, EventOutcome.Skipped)] // it could not start in time
    public async Task InABlackout_ItIsSkipped_OrItsRunWaitsForTheEnd(BlackoutMode mode, string more, EventOutcome outcome)
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("s", "event(push)", more: more);
        await scheduler.Get<BlackoutEditor>().CreateAsync(new BlackoutDraft { Name = "Freeze", From = Eight, Until = Eight.AddMinutes(5), Mode = mode }, TestScheduler.Ana, default);
        var verdict = Assert.Single((await scheduler.SendAsync("push")).Verdicts);
        Assert.Equal(outcome, verdict.Outcome);
        var run = await scheduler.RunAsync(verdict.RunId!.Value);
        if (outcome == EventOutcome.Skipped) Assert.Equal((RunStatus.Skipped, SkipCause.Blackout, "Blackout 'Freeze' until 2026-03-02 08:05:00 UTC."), (run.Status, run.Cause!.Value, verdict.Words));
        else Assert.Equal((RunStatus.Queued, Eight.AddMinutes(5), "Waits for the end of blackout 'Freeze' at 2026-03-02 08:05:00 UTC."), (run.Status, run.NotBefore, run.Reason));
    }

    [Fact]
    public async Task NoPermission_WhereATargetHasLeftTheScopeSinceItWasSaved()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        var scopes = scheduler.Get<ScopeStore>();
        await scopes.AddAsync("host", "shop.example.com", "", TestScheduler.Ana, default);
        await scheduler.SaveAsync("s", "event(push)", """{ "kind": "http", "targets": { "urls": ["https://shop.example.com/"] } }""", """ "concurrencyPolicy": "Allow" """);
        Assert.Single((await scheduler.SendAsync("push")).Fired);
        await scopes.RemoveAsync("host", "shop.example.com", TestScheduler.Ana, default);
        var ignored = Assert.Single((await scheduler.SendAsync("push")).Ignored);
        Assert.Equal(EventOutcome.NoPermission, ignored.Outcome);
        Assert.StartsWith("spec.job.targets.urls[0]: ", ignored.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EventAndRun_AreOneTransaction_WhichAFailureUndoesWhole()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)");
        await scheduler.SaveAsync("t", "event(push)");
        // The second schedule's run can't be stored: the file itself refuses it.
        await scheduler.Writer.WriteAsync(write => { write.Execute("CREATE TRIGGER broken BEFORE INSERT ON runs WHEN NEW.schedule_name = 't' BEGIN SELECT raise(ABORT, 'broken'); END"); }, default);
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => scheduler.SendAsync("push"));
        Assert.Empty(await scheduler.EventsAsync());
        Assert.Empty(await scheduler.RunsOfAsync("s"));
    }

    [Fact]
    public async Task ManyAtOnce_NoneIsLost_AndTheAuditLogHasEach()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)", more: """ "concurrencyPolicy": "Allow" """);
        var receipts = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => scheduler.SendAsync("push", $$"""{ "i": {{i}} }""")));
        Assert.Equal(500, receipts.SelectMany(r => r.Fired).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 500), (await scheduler.EventsAsync("push")).Select(e => JsonElement.Parse(e.Data).GetProperty("i").GetInt32()).Order());
        await using var db = scheduler.Database.Read();
        var runs = (await db.Audit.Where(a => a.ObjectKind == "event").Select(a => a.Details).ToListAsync()).Sum(d => int.Parse(d.Split(": ")[1].Split(' ')[0], null));
        Assert.Equal(500, runs);
    }

    [Fact]
    public async Task Rate_BeyondTheMinute_IsRefusedWithWhenToTryAgain_AndHasRoomLater()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock, configure: o => o.EventsPerMinute = 20);
        for (var i = 0; i < 10; i++) await scheduler.SendAsync("push");
        var own = await Assert.ThrowsAsync<TooManyEventsException>(() => scheduler.SendAsync("push"));
        Assert.Contains("10 events a minute come from ci@example.com", own.Message, StringComparison.Ordinal);
        // One sender leaves room for others, up to what all may send.
        for (var i = 0; i < 10; i++) await scheduler.SendAsync("push", actor: TestScheduler.Ana);
        Assert.Contains("More than 20 events a minute", (await Assert.ThrowsAsync<TooManyEventsException>(() => scheduler.SendAsync("push", actor: TestScheduler.Ana with { Name = "new" }))).Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(6), own.RetryAfter);
        clock.Advance(own.RetryAfter);
        await scheduler.SendAsync("push");
        Assert.Equal(21, (await scheduler.EventsAsync()).Count);
    }

    [Fact]
    public async Task Flood_TenThousandWait_TheNextStartsNothing_AndSaysSo()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(push)", more: """ "concurrencyPolicy": "Allow" """);
        await scheduler.SendAsync("push");
        await scheduler.Writer.WriteAsync(write =>
        {
            var columns = string.Join(", ", write.Db.Model.FindEntityType(typeof(Run))!.GetProperties().Where(p => p.Name is not ("Id" or "StartRank")).Select(p => p.GetColumnName()));
            write.Execute($"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) INSERT INTO runs ({columns}) SELECT {columns} FROM runs, n WHERE runs.id = 1");
        }, default);
        Assert.Single((await scheduler.SendAsync("push")).Fired); // the ten-thousandth
        Assert.Equal((EventOutcome.Flood, "10000 runs of the schedule wait already."), await OnlyIgnoredAsync(scheduler));
    }

    [Fact]
    public async Task AnOldFile_KnowsItsEventSchedulesAfterTheMigration()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        await scheduler.SaveAsync("s", "event(a.b-c/d:e_f)");
        await scheduler.Writer.WriteAsync(write => { write.Execute("UPDATE schedules SET event_type = substr(trigger_text, 7, length(trigger_text) - 7) WHERE trigger_text LIKE 'event(%'"); }, default);
        Assert.Single((await scheduler.SendAsync("a.b-c/d:e_f")).Fired);
    }

    [Fact]
    public async Task Followers_AreFoundByTheirIndex()
    {
        await using var scheduler = await TestScheduler.CreateAsync();
        using var connection = scheduler.Database.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + EventLedger.Followers;
        command.Parameters.AddWithValue("?1", "push");
        using var reader = command.ExecuteReader();
        var plan = new List<string>();
        while (reader.Read()) plan.Add(reader.GetString(3));
        Assert.EndsWith("schedules USING INDEX ix_schedules_event (event_type=?)", Assert.Single(plan), StringComparison.Ordinal); // and no sorting
    }

    private static async Task<(EventOutcome, string)> OnlyIgnoredAsync(TestScheduler scheduler) => Assert.Single((await scheduler.SendAsync("push")).Ignored) is var ignored ? (ignored.Outcome, ignored.Words) : default;
}
