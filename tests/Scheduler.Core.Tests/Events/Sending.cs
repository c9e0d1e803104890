using System.Text.Json;
using Scheduler.Core.Access;
using Scheduler.Core.Events;
using Scheduler.Core.Runs;
using Scheduler.Core.Tests.Support;

namespace Scheduler.Core.Tests.Events;

/// <summary>Sends events to a scheduler and reads what came of them.</summary>
internal static class Sending
{
    public static readonly Actor Ci = new("ci@example.com", Role.Operator, "test");

    public static Task<EventReceipt> SendAsync(this TestScheduler scheduler, string type, string data = "{}", string? source = null, Actor? actor = null) =>
        scheduler.Get<EventIntake>().SendAsync(new NewEvent(type, source, JsonElement.Parse(data)), actor ?? Ci, CancellationToken.None);

    public static async Task<EventView> EventAsync(this TestScheduler scheduler, long id) => (await scheduler.Get<EventQueries>().GetAsync(id, CancellationToken.None))!;

    /// <summary>Newest first.</summary>
    public static Task<IReadOnlyList<EventView>> EventsAsync(this TestScheduler scheduler, string? type = null) =>
        scheduler.Get<EventQueries>().ListAsync(new EventListFilter { Type = type, Limit = 500 }, CancellationToken.None);

    /// <summary>What the last event of a type came to for a schedule.</summary>
    public static async Task<EventVerdictView> VerdictAsync(this TestScheduler scheduler, string type, string schedule) =>
        (await scheduler.EventsAsync(type))[0].Verdicts.Single(v => v.Schedule == schedule);

    /// <summary>Takes the next run of a pool and ends it.</summary>
    public static async Task<long> RunNextAsync(this TestScheduler scheduler, RunStatus status = RunStatus.Succeeded, string pool = "light")
    {
        var queue = scheduler.Get<RunQueue>();
        var run = await queue.TryClaimAsync(pool, false, 1, default) ?? throw new InvalidOperationException("No run waits that may start.");
        await queue.CompleteAsync(run, new RunEnding(status, "as the test says", status == RunStatus.Succeeded ? null : "bad", null, []), default);
        return run.Id;
    }
}
