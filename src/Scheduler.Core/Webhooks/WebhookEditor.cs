using Microsoft.EntityFrameworkCore;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Live;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Webhooks;

/// <summary>How an act on a webhook ended.</summary>
public enum WebhookAct { Done, NotFound, NameTaken }

/// <summary>What administrators do to webhooks. Each act is one transaction with its audit row, which never holds the secret.</summary>
public sealed class WebhookEditor
{
    /// <summary>So many at most.</summary>
    public const int Most = 200;
    private const int LongestProtected = 2000;

    private readonly DatabaseWriter _writer;
    private readonly LiveFeed _feed;
    private readonly EngineState _engine;

    internal WebhookEditor(DatabaseWriter writer, LiveFeed feed, EngineState engine) => (_writer, _feed, _engine) = (writer, feed, engine);

    /// <param name="draft">What it says.</param>
    /// <param name="protectedSecret">Its secret, encrypted by the caller; the core only keeps it.</param>
    /// <param name="actor">An administrator.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="InvalidInputException">The draft is wrong, by field; nothing was written.</exception>
    public Task<WebhookAct> CreateAsync(WebhookDraft draft, string protectedSecret, Actor actor, CancellationToken ct)
    {
        DemandProtected(protectedSecret);
        return WriteAsync(actor, write =>
        {
            Demand(draft);
            if (write.Db.Webhooks.Any(w => w.Name == draft.Name)) return WebhookAct.NameTaken;
            if (write.Db.Webhooks.Count() >= Most) throw new InvalidInputException("", $"There are {Most} webhooks already; delete those that nobody uses.");
            write.Db.Webhooks.Add(new Webhook
            {
                Name = draft.Name, EventType = draft.EventType, Signing = draft.Signing, ProtectedSecret = protectedSecret, Enabled = true, PerMinute = draft.PerMinute,
                Note = draft.Note.Trim(), CreatedAt = write.Now, CreatedBy = actor.Name, SecretAt = write.Now,
            });
            Finish(write, actor, "created", draft.Name, Words(draft));
            return WebhookAct.Done;
        }, ct);
    }

    /// <summary>Changes all but name and secret.</summary>
    /// <exception cref="InvalidInputException">The draft is wrong, by field; nothing was written.</exception>
    public Task<WebhookAct> ChangeAsync(string name, WebhookDraft draft, Actor actor, CancellationToken ct) => OnOneAsync(name, actor, (write, webhook) =>
    {
        Demand(draft with { Name = webhook.Name });
        (webhook.EventType, webhook.Signing, webhook.PerMinute, webhook.Note) = (draft.EventType, draft.Signing, draft.PerMinute, draft.Note.Trim());
        Finish(write, actor, "changed", webhook.Name, Words(draft));
    }, ct);

    /// <summary>Gives it another secret; what was signed with the old one is refused from now on.</summary>
    public Task<WebhookAct> RotateAsync(string name, string protectedSecret, Actor actor, CancellationToken ct)
    {
        DemandProtected(protectedSecret);
        return OnOneAsync(name, actor, (write, webhook) =>
        {
            (webhook.ProtectedSecret, webhook.SecretAt) = (protectedSecret, write.Now);
            Finish(write, actor, "gave a new secret to", webhook.Name, "");
        }, ct);
    }

    /// <summary>A disabled one refuses everything, and senders can't tell.</summary>
    public Task<WebhookAct> EnableAsync(string name, bool enabled, Actor actor, CancellationToken ct) => OnOneAsync(name, actor, (write, webhook) =>
    {
        webhook.Enabled = enabled;
        Finish(write, actor, enabled ? "enabled" : "disabled", webhook.Name, "");
    }, ct);

    /// <summary>Deletes it with its memory of deliveries; its events stay.</summary>
    public Task<WebhookAct> DeleteAsync(string name, Actor actor, CancellationToken ct) => OnOneAsync(name, actor, (write, webhook) =>
    {
        write.Db.Webhooks.Remove(webhook);
        Finish(write, actor, "deleted", webhook.Name, "");
    }, ct);

    private Task<WebhookAct> OnOneAsync(string name, Actor actor, Action<WriteBatch, Webhook> act, CancellationToken ct) => WriteAsync(actor, write =>
    {
        if (write.Db.Webhooks.AsTracking().FirstOrDefault(w => w.Name == name) is not { } webhook) return WebhookAct.NotFound;
        act(write, webhook);
        return WebhookAct.Done;
    }, ct);

    private async Task<WebhookAct> WriteAsync(Actor actor, Func<WriteBatch, WebhookAct> act, CancellationToken ct)
    {
        actor.Require(Role.Administrator, "edit webhooks");
        _engine.DemandWritable();
        return await _writer.WriteAsync(act, ct);
    }

    private static void Demand(WebhookDraft draft)
    {
        var errors = draft.Check();
        if (errors.Count > 0) throw new InvalidInputException(errors);
    }

    private static void DemandProtected(string text)
    {
        if (text.Length is 0 or > LongestProtected) throw new ArgumentException("A protected secret is a short text.", nameof(text));
    }

    private void Finish(WriteBatch write, Actor actor, string action, string name, string details)
    {
        write.Db.SaveChanges();
        AuditChain.Append(write.Transaction, new AuditEntry(actor, action, "webhook", name, details), write.Now);
        write.AfterCommit(() => _feed.Publish(new LiveChange.WebhooksChanged()));
    }

    private static string Words(WebhookDraft draft) =>
        $"{draft.EventType}, {draft.Signing}, {draft.PerMinute} a minute{(draft.Note.Trim() is { Length: > 0 } note ? $": {note}" : "")}";
}
