using Scheduler.Core.Access;
using Scheduler.Core.Fields;
using Scheduler.Core.Tests.Support;
using Scheduler.Core.Webhooks;

namespace Scheduler.Core.Tests.Webhooks;

public sealed class WebhookEditorTests
{
    private const string Sealed = "protected-text-1";
    private static readonly DateTimeOffset Eight = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly Actor Otto = new("otto@example.com", Role.Operator, "test");
    private static readonly WebhookDraft Push = new() { Name = "shop-push", EventType = "git.push", Note = "The shop's repository" };

    [Fact]
    public async Task Create_StoresIt_WithTheProtectedSecretForTheDoorAlone()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        Assert.Equal(WebhookAct.Done, await Editor(scheduler).CreateAsync(Push, Sealed, TestScheduler.Ana, default));

        var stored = Assert.Single(await Queries(scheduler).ListAsync(default));
        Assert.Equal(("shop-push", "git.push", WebhookSigning.GitHubHmac, true, 60, "ana@example.com", Eight), (stored.Name, stored.EventType, stored.Signing, stored.Enabled, stored.PerMinute, stored.CreatedBy, stored.SecretAt));
        Assert.Equal((0L, 0L, null, null), (stored.Accepted, stored.Refused, stored.LastUsedAt, stored.LastRefusal));
        Assert.Equal(Sealed, (await Queries(scheduler).GateAsync("SHOP-push", default))!.ProtectedSecret); // addresses are typed by people
    }

    [Fact]
    public async Task EveryAct_TakesAnAdministrator()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        var editor = Editor(scheduler);
        await editor.CreateAsync(Push, Sealed, TestScheduler.Ana, default);
        foreach (var act in (Func<Task>[])
            [
                () => editor.CreateAsync(Push with { Name = "x" }, Sealed, Otto, default), () => editor.ChangeAsync("shop-push", Push, Otto, default),
                () => editor.RotateAsync("shop-push", "y", Otto, default), () => editor.EnableAsync("shop-push", false, Otto, default), () => editor.DeleteAsync("shop-push", Otto, default),
            ])
            await Assert.ThrowsAsync<AccessDeniedException>(act);
        Assert.Equal(Sealed, (await Queries(scheduler).GateAsync("shop-push", default))!.ProtectedSecret);
    }

    [Fact]
    public async Task EveryAct_IsAudited_AndNoRowHoldsTheSecret()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        var editor = Editor(scheduler);
        await editor.CreateAsync(Push, Sealed, TestScheduler.Ana, default);
        await editor.ChangeAsync("shop-push", Push with { EventType = "git.tag", Signing = WebhookSigning.Bearer, PerMinute = 5, Note = "" }, TestScheduler.Ana, default);
        await editor.RotateAsync("shop-push", "protected-text-2", TestScheduler.Ana, default);
        await editor.EnableAsync("shop-push", false, TestScheduler.Ana, default);
        await editor.DeleteAsync("shop-push", TestScheduler.Ana, default);

        await using var db = scheduler.Database.Read();
        Assert.Equal(
            [
                "created: git.push, GitHubHmac, 60 a minute: The shop's repository", "changed: git.tag, Bearer, 5 a minute", "gave a new secret to: ", "disabled: ", "deleted: ",
            ],
            db.Audit.Where(a => a.ObjectKind == "webhook").OrderBy(a => a.Id).Select(a => a.Action + ": " + a.Details).ToList());
        Assert.DoesNotContain(db.Audit.Select(a => a.Details).ToList(), d => d.Contains("protected-text", StringComparison.Ordinal));
        Assert.Empty(await Queries(scheduler).ListAsync(default));
    }

    [Fact]
    public async Task Rotate_ReplacesTheSecret_AndSaysSinceWhen()
    {
        var clock = new ManualTime(Eight);
        await using var scheduler = await TestScheduler.CreateAsync(clock);
        await Editor(scheduler).CreateAsync(Push, Sealed, TestScheduler.Ana, default);
        clock.Advance(TimeSpan.FromDays(1));
        await Editor(scheduler).RotateAsync("shop-push", "protected-text-2", TestScheduler.Ana, default);
        Assert.Equal("protected-text-2", (await Queries(scheduler).GateAsync("shop-push", default))!.ProtectedSecret);
        Assert.Equal(Eight.AddDays(1), (await Queries(scheduler).GetAsync("shop-push", default))!.SecretAt);
    }

    [Theory]
    [InlineData("name", "", "git.push", 60)]
    [InlineData("name", "shop push", "git.push", 60)]
    [InlineData("name", "../x", "git.push", 60)]
    [InlineData("eventType", "shop", "", 60)]
    [InlineData("eventType", "shop", "git push", 60)]
    [InlineData("eventType", "shop", "run.failed", 60)] // what the scheduler says of itself nobody may say for it
    [InlineData("perMinute", "shop", "git.push", 0)]
    [InlineData("perMinute", "shop", "git.push", 6001)]
    public async Task WhatMakesNoSense_IsRefusedByField(string field, string name, string type, int perMinute)
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        var draft = new WebhookDraft { Name = name, EventType = type, PerMinute = perMinute };
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Editor(scheduler).CreateAsync(draft, Sealed, TestScheduler.Ana, default));
        Assert.Equal(field, Assert.Single(refused.Errors).Path);
        Assert.Empty(await Queries(scheduler).ListAsync(default));
    }

    [Fact]
    public async Task ANameThatIsTaken_InWhateverCase_AndOneThatIsGone_AreSaid()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await Editor(scheduler).CreateAsync(Push, Sealed, TestScheduler.Ana, default);
        Assert.Equal(WebhookAct.NameTaken, await Editor(scheduler).CreateAsync(Push with { Name = "Shop-Push" }, Sealed, TestScheduler.Ana, default));
        Assert.Equal(WebhookAct.NotFound, await Editor(scheduler).RotateAsync("other", "x", TestScheduler.Ana, default));
        Assert.Equal(WebhookAct.NotFound, await Editor(scheduler).DeleteAsync("other", TestScheduler.Ana, default));
    }

    [Fact]
    public async Task Refusals_AreCounted_AndTheLastIsKept()
    {
        await using var scheduler = await TestScheduler.CreateAsync(new ManualTime(Eight));
        await Editor(scheduler).CreateAsync(Push, Sealed, TestScheduler.Ana, default);
        var id = (await Queries(scheduler).GateAsync("shop-push", default))!.Id;
        var refusals = scheduler.Get<WebhookRefusals>();
        for (var i = 0; i < 49; i++) refusals.Note(id, WebhookRefusal.WrongSignature, "192.0.2.1");
        refusals.Note(id, WebhookRefusal.Replayed, "192.0.2.9");

        await Until.TrueAsync(async () => (await Queries(scheduler).GetAsync("shop-push", default))!.Refused == 50, "all are counted");
        Assert.Equal(new LastWebhookRefusal(Eight, WebhookRefusal.Replayed, "192.0.2.9"), (await Queries(scheduler).GetAsync("shop-push", default))!.LastRefusal);
    }

    private static WebhookEditor Editor(TestScheduler scheduler) => scheduler.Get<WebhookEditor>();

    private static WebhookQueries Queries(TestScheduler scheduler) => scheduler.Get<WebhookQueries>();
}
