using System.Globalization;
using Scheduler.Core.Access;
using Scheduler.Core.Audit;
using Scheduler.Core.Fields;
using Scheduler.Core.Storage;
using Scheduler.Core.Workers;

namespace Scheduler.Core.Events;

/// <summary>Takes in events from outside. Each is one transaction: the event, a verdict for each schedule that follows its type, and the runs that it starts.</summary>
public sealed class EventIntake
{
    private readonly DatabaseWriter _writer;
    private readonly EventLedger _ledger;
    private readonly EventRate _rate;
    private readonly EngineState _engine;

    internal EventIntake(DatabaseWriter writer, EventLedger ledger, EventRate rate, EngineState engine) => (_writer, _ledger, _rate, _engine) = (writer, ledger, rate, engine);

    /// <summary>Accepts an event that a person or a program of theirs sends.</summary>
    /// <exception cref="InvalidInputException">It can't be accepted, by field.</exception>
    /// <exception cref="AccessDeniedException">The person may not start runs.</exception>
    /// <exception cref="TooManyEventsException">Too many come.</exception>
    public async Task<EventReceipt> SendAsync(NewEvent e, Actor actor, CancellationToken ct)
    {
        actor.Require(Role.Operator, "send events");
        return (await SendAsync(e, actor, _ => true, ct))!;
    }

    /// <summary>Accepts an event from a webhook whose caller was verified. It acts in its own name, as an Operator does.</summary>
    /// <param name="e">The event.</param>
    /// <param name="webhook">The webhook's name.</param>
    /// <param name="address">Where the call came from.</param>
    /// <param name="ct">Cancels.</param>
    /// <inheritdoc cref="SendAsync(NewEvent, Actor, CancellationToken)"/>
    public async Task<EventReceipt> SendFromWebhookAsync(NewEvent e, string webhook, string? address, CancellationToken ct) => (await SendFromWebhookAsync(e, webhook, address, _ => true, ct))!;

    /// <summary>The same, if the delivery is admitted; null where it is not.</summary>
    /// <param name="admits">Says so in the event's own transaction; what it writes is there with the event.</param>
    internal Task<EventReceipt?> SendFromWebhookAsync(NewEvent e, string webhook, string? address, Func<WriteBatch, bool> admits, CancellationToken ct) =>
        SendAsync(e, new Actor($"webhook {webhook}", Role.Operator, "webhook", address), admits, ct);

    private async Task<EventReceipt?> SendAsync(NewEvent e, Actor actor, Func<WriteBatch, bool> admits, CancellationToken ct)
    {
        _engine.DemandWritable();
        var read = e.Read();
        _rate.Demand(actor.Name, read.Size);
        return await _writer.WriteAsync(write =>
        {
            if (!admits(write)) return null;
            var receipt = _ledger.Record(write, read, actor.Name, [], null);
            write.Gather(new Sent(actor, read.Type, receipt.Id, receipt.Fired.Count()), Audit);
            return receipt;
        }, ct);
    }

    // In a flood many share a transaction, and then one row: the history of events has each of them, with who sent it.
    private static void Audit(WriteBatch write, IEnumerable<Sent> sent)
    {
        foreach (var group in sent.GroupBy(s => (s.Actor, s.Type)))
        {
            var (all, runs) = (group.ToList(), group.Sum(s => s.Runs));
            var numbers = all.Count == 1 ? $"event {Number(all[0].Id)}" : $"{Number(all.Count)} events from {Number(all[0].Id)} to {Number(all[^1].Id)}";
            AuditChain.Append(write.Transaction, new AuditEntry(group.Key.Actor, "sent", "event", group.Key.Type, $"{numbers}: {(runs == 1 ? "1 run" : $"{Number(runs)} runs")}"), write.Now);
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Sent(Actor Actor, string Type, long Id, int Runs);
}
