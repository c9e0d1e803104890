using System.Text.Json;
using Scheduler.Core.Events;
using Scheduler.Core.Fields;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Webhooks;

namespace Scheduler.Core.Tests.Webhooks;

public sealed class WebhookInboxTests
{
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task ADelivery_BecomesAnEventOfTheWebhooksType_AndFiresInTheWebhooksName()
    {
        await using var scheduler = await CreateAsync(new ManualTime(Eight));
        await scheduler.SaveAsync("shop", "event(git.push)");
        var gate = await GateAsync(scheduler);
        var accepted = Assert.IsType<WebhookOutcome.Accepted>(await AcceptAsync(scheduler, gate, "f1"));
        var e = (await scheduler.Get<EventQueries>().GetAsync(accepted.EventId, default))!;
        Assert.Equal(("git.push", "webhook:shop-push", "webhook shop-push"), (e.Type, e.Source, e.By));
        Assert.Equal(EventOutcome.Fired, Assert.Single(e.Verdicts).Outcome);
        var webhook = (await scheduler.Get<WebhookQueries>().GetAsync("shop-push", default))!;
        Assert.Equal((1L, Eight), (webhook.Accepted, webhook.LastUsedAt));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(7 * 24 * 60 - 1, true)]
    [InlineData(7 * 24 * 60, false)] // after a week it may come again
    public async Task TheSameDelivery_IsAReplayForAWeek(int minutes, bool isReplay)
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await CreateAsync(clock);
        await scheduler.SaveAsync("shop", "event(git.push)", more: """ "concurrencyPolicy": "Allow" """);
        var gate = await GateAsync(scheduler);
        await AcceptAsync(scheduler, gate, "f1");
        clock.Advance(TimeSpan.FromMinutes(minutes));
        Assert.Equal(isReplay, await AcceptAsync(scheduler, gate, "f1") is WebhookOutcome.Replayed);
        Assert.Equal(isReplay ? 1 : 2, (await scheduler.RunsOfAsync("shop")).Count);
        Assert.Equal(isReplay ? 1 : 2, (await scheduler.Get<WebhookQueries>().GetAsync("shop-push", default))!.Accepted);
    }

    [Fact]
    public async Task AReplay_IsOneAfterARestartToo_AndNoneOfAnotherWebhook()
    {
        var folder = Path.Combine(Path.GetTempPath(), "scheduler-tests", Guid.NewGuid().ToString("N"));
        await using (var before = await CreateAsync(new ManualTime(Eight), folder)) await AcceptAsync(before, await GateAsync(before), "f1");
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight), folder);
        scheduler.OwnsFolder = true;
        await scheduler.Get<WebhookEditor>().CreateAsync(new WebhookDraft { Name = "other", EventType = "git.push" }, "sealed", TestScheduler.Ana, default);
        Assert.IsType<WebhookOutcome.Replayed>(await AcceptAsync(scheduler, await GateAsync(scheduler), "f1"));
        Assert.IsType<WebhookOutcome.Accepted>(await AcceptAsync(scheduler, await GateAsync(scheduler, "other"), "f1"));
    }

    [Fact]
    public async Task OfManyEqualDeliveriesAtOnce_OneIsTaken()
    {
        await using var scheduler = await CreateAsync(new ManualTime(Eight));
        var gate = await GateAsync(scheduler);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => AcceptAsync(scheduler, gate, "f1")));
        Assert.Single(outcomes.OfType<WebhookOutcome.Accepted>());
        Assert.Equal(39, outcomes.OfType<WebhookOutcome.Replayed>().Count());
        Assert.Single(await scheduler.Get<EventQueries>().ListAsync(new EventListFilter(), default));
    }

    [Fact]
    public async Task WhatBecomesNoEvent_IsNotRemembered_SoThatItMayComeAgain()
    {
        await using var scheduler = await CreateAsync(new ManualTime(Eight));
        var gate = await GateAsync(scheduler);
        // The event's own transaction fails after the delivery was written down: neither is there.
        await scheduler.Writer.WriteAsync(write => write.Execute("CREATE TRIGGER no_events BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END"), default);
        await Assert.ThrowsAnyAsync<Exception>(() => AcceptAsync(scheduler, gate, "f1"));
        await scheduler.Writer.WriteAsync(write => write.Execute("DROP TRIGGER no_events"), default);
        Assert.IsType<WebhookOutcome.Accepted>(await AcceptAsync(scheduler, gate, "f1"));
    }

    [Fact]
    public async Task WithoutAFingerprint_NothingIsAReplay()
    {
        await using var scheduler = await CreateAsync(new ManualTime(Eight));
        var gate = await GateAsync(scheduler);
        await AcceptAsync(scheduler, gate, null);
        Assert.IsType<WebhookOutcome.Accepted>(await AcceptAsync(scheduler, gate, null));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("another secret")]
    [InlineData("deleted")]
    [InlineData("another type")]
    public async Task AWebhookThatChangedMeanwhile_TakesNothing(string what)
    {
        await using var scheduler = await CreateAsync(new ManualTime(Eight));
        var gate = await GateAsync(scheduler);
        var editor = scheduler.Get<WebhookEditor>();
        await (what switch
        {
            "disabled" => editor.EnableAsync("shop-push", false, TestScheduler.Ana, default),
            "another secret" => editor.RotateAsync("shop-push", "other", TestScheduler.Ana, default),
            "deleted" => editor.DeleteAsync("shop-push", TestScheduler.Ana, default),
            _ => editor.ChangeAsync("shop-push", new WebhookDraft { EventType = "git.tag" }, TestScheduler.Ana, default),
        });
        Assert.IsType<WebhookOutcome.Gone>(await AcceptAsync(scheduler, gate, "f1"));
        Assert.Empty(await scheduler.Get<EventQueries>().ListAsync(new EventListFilter(), default));
    }

    [Fact]
    public async Task OldDeliveries_GoWithNewOnes()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await CreateAsync(clock);
        var gate = await GateAsync(scheduler);
        for (var i = 0; i < 30; i++) await AcceptAsync(scheduler, gate, $"f{i}");
        clock.Advance(WebhookInbox.Memory);
        await AcceptAsync(scheduler, gate, "g1");
        await AcceptAsync(scheduler, gate, "g2");
        await using var db = scheduler.Database.Read();
        Assert.Equal(["g1", "g2"], db.WebhookDeliveries.OrderBy(d => d.Id).Select(d => d.Fingerprint).ToList());
    }

    [Fact]
    public async Task DataThatIsTooLarge_IsRefusedByField()
    {
        await using var scheduler = await CreateAsync(new ManualTime(Eight));
        var data = JsonSerializer.SerializeToElement(new { x = new string('a', NewEvent.MostBytes) });
        var refused = await Assert.ThrowsAsync<InvalidInputException>(async () => await scheduler.Get<WebhookInbox>().AcceptAsync(await GateAsync(scheduler), "f1", data, null, default));
        Assert.Equal("data", Assert.Single(refused.Errors).Path);
    }

    private static async Task<TestScheduler> CreateAsync(ManualTime clock, string? folder = null)
    {
        var scheduler = await TestScheduler.CreateAsync(clock, folder);
        await scheduler.Get<WebhookEditor>().CreateAsync(new WebhookDraft { Name = "shop-push", EventType = "git.push" }, "sealed", TestScheduler.Ana, default);
        return scheduler;
    }

    private static async Task<WebhookGate> GateAsync(TestScheduler scheduler, string name = "shop-push") => (await scheduler.Get<WebhookQueries>().GateAsync(name, default))!;

    private static Task<WebhookOutcome> AcceptAsync(TestScheduler scheduler, WebhookGate gate, string? fingerprint) =>
        scheduler.Get<WebhookInbox>().AcceptAsync(gate, fingerprint, JsonElement.Parse("""{ "ref": "main" }"""), "192.0.2.1", default);
}
